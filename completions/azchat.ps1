# PowerShell completion for azchat
Register-ArgumentCompleter -Native -CommandName azchat -ScriptBlock {
  param($word, $ast, $position)
  $words = @{
    '' = @('ask', 'code', 'chat', 'image', 'info', 'models', 'sessions', 'templates', 'config', 'demo', 'tools', '-V', '--version', '--show-completion', '-h', '--help', '-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stdin', '--no-stream', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '-t', '--template', '-p', '--param', '--save', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet')
    'ask' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stdin', '--no-stream', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '-t', '--template', '-p', '--param', '--save', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'code' = @('--lang', '--sdk', '--stream', '-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stdin', '--no-stream', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '-t', '--template', '-p', '--param', '--save', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'chat' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--reasoning', '--reasoning-history', '--strict', '--no-stream', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--timeout', '--idle-timeout', '--max-time', '--retries', '-n', '--no-log', '-c', '--continue', '--session', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'image' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stdin', '--no-stream', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '-t', '--template', '-p', '--param', '--save', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'info' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--header', '--demo', '--timeout', '--check', '--json', '--debug', '-h', '--help')
    'models' = @('--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--header', '--demo', '--timeout', '--catalog', '--json', '--debug', '-h', '--help')
    'sessions' = @('list', 'show', 'search', 'think', 'export', 'rename', 'delete', 'fork', 'resume', 'repair', '-h', '--help')
    'sessions list' = @('--limit', '--json', '-h', '--help')
    'sessions show' = @('--json', '--thinking', '-h', '--help')
    'sessions search' = @('--in', '--limit', '--json', '-h', '--help')
    'sessions think' = @('-h', '--help')
    'sessions export' = @('--format', '--output', '-h', '--help')
    'sessions rename' = @('-h', '--help')
    'sessions delete' = @('--older-than', '-y', '--yes', '-h', '--help')
    'sessions fork' = @('--turns', '-h', '--help')
    'sessions resume' = @('--demo', '-h', '--help')
    'sessions repair' = @('-h', '--help')
    'templates' = @('list', 'show', 'edit', 'path', '-h', '--help')
    'templates list' = @('--json', '-h', '--help')
    'templates show' = @('-h', '--help')
    'templates edit' = @('-h', '--help')
    'templates path' = @('-h', '--help')
    'config' = @('path', 'show', 'get', 'set', 'unset', 'profiles', 'forget', 'trust', '-h', '--help')
    'config path' = @('-h', '--help')
    'config show' = @('--profile', '-h', '--help')
    'config get' = @('--profile', '-h', '--help')
    'config set' = @('--profile', '-h', '--help')
    'config unset' = @('--profile', '-h', '--help')
    'config profiles' = @('-h', '--help')
    'config forget' = @('-h', '--help')
    'config trust' = @('-h', '--help')
    'demo' = @('serve', '-h', '--help')
    'demo serve' = @('--port', '--key-env', '--audience', '--speed', '-h', '--help')
    'tools' = @('ask', 'list', 'forget', '-h', '--help')
    'tools ask' = @('--tools-debug', '-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stdin', '--no-stream', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '-t', '--template', '-p', '--param', '--save', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'tools list' = @('-T', '--tool', '--mcp', '--json', '-h', '--help')
    'tools forget' = @('-h', '--help')
  }
  $choices = @{
    '--show-completion' = @('bash', 'zsh', 'fish', 'powershell')
    '--auth' = @('auto', 'key', 'entra', 'az', 'azd', 'managed', 'browser')
    '--detail' = @('low', 'high', 'auto')
    '--extra-parameters' = @('drop', 'error', 'pass-through')
    '--effort' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    '--think' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    '--thinking' = @('auto', 'live', 'summary', 'hide', 'stderr')
    '--reasoning' = @('auto', 'tags', 'implicit', 'none')
    '--reasoning-history' = @('auto', 'strip', 'tools', 'all')
    '--output-format' = @('text', 'json', 'stream-json')
    '--color' = @('auto', 'always', 'never')
    '--lang' = @('python', 'javascript', 'csharp', 'curl')
    '--sdk' = @('auto', 'azure', 'openai')
    '--in' = @('all', 'questions', 'answers', 'thinking')
    '--format' = @('md', 'html', 'json')
  }
  $valued = @('--show-completion', '-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '-s', '--system', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--extra-parameters', '--header', '--effort', '--think', '--thinking', '--thinking-file', '--reasoning', '--reasoning-history', '--output-format', '--schema', '--schema-retries', '-t', '--template', '-p', '--param', '--save', '--color', '--code-theme', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '--session', '--record', '--replay', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--lang', '--sdk', '--limit', '--in', '--format', '--older-than', '--turns', '--port', '--key-env', '--audience', '--speed')
  $before = @($ast.CommandElements | Where-Object {
    $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $at = ''
  for ($i = 1; $i -lt $before.Count; $i++) {
    if ($valued -ccontains $before[$i - 1] -or $before[$i] -like '-*') { continue }
    $next = "$at $($before[$i])".Trim()
    if (-not $words.ContainsKey($next)) { break }
    $at = $next
  }
  $candidates = $words[$at]
  if ($choices.ContainsKey($before[-1])) { $candidates = $choices[$before[-1]] }
  if ($before[-1] -cin @('-m', '--model')) {
    $data = if ($env:XDG_DATA_HOME) { $env:XDG_DATA_HOME } else { "$HOME/.local/share" }
    $folders = "$data/azchat", "$env:LOCALAPPDATA/azchat",
      "$HOME/Library/Application Support/azchat"
    if ($env:AZCHAT_DATA_DIR) { $folders = @($env:AZCHAT_DATA_DIR) }
    $files = $folders | ForEach-Object { "$_/models.txt" } |
      Where-Object { Test-Path $_ }
    $candidates = if ($files) { Get-Content @($files)[0] } else { @() }
  }
  $candidates | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_) }
}

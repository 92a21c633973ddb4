# PowerShell completion for azchat
Register-ArgumentCompleter -Native -CommandName azchat -ScriptBlock {
  param($word, $ast, $position)
  $words = @{
    '' = @('ask', 'code', 'chat', 'image', 'import', 'info', 'models', 'usage', 'batch', 'compare', 'web', 'sessions', 'templates', 'config', 'demo', 'tools', '-V', '--version', '--show-completion', '-h', '--help', '-s', '--system', '-t', '--template', '-p', '--param', '--save', '--no-stdin', '--allow-empty', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '--output', '--no-stream', '--sanitize', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--dry-run', '--record', '--replay', '--debug', '--debug-content')
    'ask' = @('-s', '--system', '-t', '--template', '-p', '--param', '--save', '--no-stdin', '--allow-empty', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '--output', '--no-stream', '--sanitize', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-h', '--help')
    'code' = @('--lang', '--sdk', '--stream', '--async', '--info', '-s', '--system', '-t', '--template', '-p', '--param', '--save', '--no-stdin', '--allow-empty', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '--output', '--no-stream', '--sanitize', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-h', '--help')
    'chat' = @('-s', '--system', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--no-stream', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--debug', '--debug-content', '-h', '--help')
    'image' = @('-s', '--system', '-t', '--template', '-p', '--param', '--save', '--no-stdin', '--allow-empty', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '--output', '--no-stream', '--sanitize', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-h', '--help')
    'import' = @('--from', '--dry-run', '--since', '--limit', '--keys', '-h', '--help')
    'info' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--dialect', '--auth', '--tenant', '--header', '--demo', '--timeout', '--debug', '--check', '--anonymous', '--json', '-h', '--help')
    'models' = @('--profile', '--endpoint', '--api-version', '--dialect', '--auth', '--tenant', '--header', '--demo', '--timeout', '--debug', '--catalog', '--all', '--json', '-h', '--help')
    'usage' = @('--since', '--until', '--json', '--csv', '-h', '--help')
    'batch' = @('-o', '--output', '--errors', '--ordered', '--retry-failed', '--jobs', '--rpm', '--tpm', '--halt', '-m', '--model', '--profile', '--endpoint', '--api-version', '--dialect', '--auth', '--tenant', '--header', '--demo', '--timeout', '-s', '--system', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '--effort', '--think', '--summary', '--extra-parameters', '--strict', '--reasoning', '--max-cost', '-t', '--template', '-p', '--param', '--json-mode', '--schema', '--schema-retries', '--idle-timeout', '--max-time', '--retries', '-T', '--tool', '--mcp', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--tool-result', '--plain', '-q', '--quiet', '--no-stream', '--debug', '--option', '-h', '--help')
    'compare' = @('-m', '--model', '--profile', '--effort', '--think', '--runs', '--jobs', '--blind', '--json', '--csv', '--output-format', '-s', '--system', '-t', '--template', '-p', '--param', '--no-stdin', '--allow-empty', '--encoding', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--summary', '--reasoning', '--reasoning-history', '--plain', '--color', '--code-theme', '--theme', '--width', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '--no-stream', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '-n', '--no-log', '--header', '--timeout', '--idle-timeout', '--max-time', '--retries', '--debug', '--debug-content', '-h', '--help')
    'web' = @('--port', '--no-open', '-s', '--system', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--reasoning', '--reasoning-history', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--header', '--timeout', '--idle-timeout', '--max-time', '--retries', '--debug', '--debug-content', '-h', '--help')
    'sessions' = @('list', 'show', 'search', 'think', 'export', 'wait', 'cancel', 'rename', 'delete', 'fork', 'resume', 'repair', '-h', '--help')
    'sessions list' = @('--limit', '--since', '--until', '--json', '--failed', '-h', '--help')
    'sessions show' = @('<sessions>', '--json', '--thinking', '--all', '-h', '--help')
    'sessions search' = @('--in', '--limit', '--since', '--until', '--json', '-h', '--help')
    'sessions think' = @('<sessions>', '-h', '--help')
    'sessions export' = @('<sessions>', '--format', '--output', '-h', '--help')
    'sessions wait' = @('<sessions>', '--demo', '-h', '--help')
    'sessions cancel' = @('<sessions>', '--demo', '-h', '--help')
    'sessions rename' = @('<sessions>', '-h', '--help')
    'sessions delete' = @('<sessions>', '--older-than', '-y', '--yes', '-h', '--help')
    'sessions fork' = @('<sessions>', '--turns', '-h', '--help')
    'sessions resume' = @('<sessions>', '--demo', '-h', '--help')
    'sessions repair' = @('-h', '--help')
    'templates' = @('list', 'show', 'edit', 'path', '-h', '--help')
    'templates list' = @('--json', '-h', '--help')
    'templates show' = @('<templates>', '-h', '--help')
    'templates edit' = @('<templates>', '-h', '--help')
    'templates path' = @('-h', '--help')
    'config' = @('path', 'show', 'get', 'set', 'unset', 'profiles', 'connect', 'forget', 'prices', 'trust', '-h', '--help')
    'config path' = @('-h', '--help')
    'config show' = @('--profile', '-h', '--help')
    'config get' = @('api-version', 'auth', 'background', 'code-theme', 'color', 'dialect', 'effort', 'endpoint', 'extra-parameters', 'frequency-penalty', 'headers', 'idle-timeout', 'keep', 'keep-tokens', 'key', 'key-command', 'key-env', 'key-file', 'key-keyring', 'keybindings', 'max-cost', 'max-time', 'max-tokens', 'model', 'option', 'plain', 'presence-penalty', 'profile', 'raw', 'reasoning', 'reasoning-history', 'retries', 'seed', 'stop', 'strict', 'summary', 'system', 'temperature', 'tenant', 'theme', 'thinking', 'timeout', 'top-k', 'top-p', 'usage', 'verbosity', 'width', '--profile', '-h', '--help')
    'config set' = @('api-version', 'auth', 'background', 'code-theme', 'color', 'dialect', 'effort', 'endpoint', 'extra-parameters', 'frequency-penalty', 'headers', 'idle-timeout', 'keep', 'keep-tokens', 'key', 'key-command', 'key-env', 'key-file', 'key-keyring', 'keybindings', 'max-cost', 'max-time', 'max-tokens', 'model', 'option', 'plain', 'presence-penalty', 'profile', 'raw', 'reasoning', 'reasoning-history', 'retries', 'seed', 'stop', 'strict', 'summary', 'system', 'temperature', 'tenant', 'theme', 'thinking', 'timeout', 'top-k', 'top-p', 'usage', 'verbosity', 'width', '--profile', '-h', '--help')
    'config unset' = @('api-version', 'auth', 'background', 'code-theme', 'color', 'dialect', 'effort', 'endpoint', 'extra-parameters', 'frequency-penalty', 'headers', 'idle-timeout', 'keep', 'keep-tokens', 'key', 'key-command', 'key-env', 'key-file', 'key-keyring', 'keybindings', 'max-cost', 'max-time', 'max-tokens', 'model', 'option', 'plain', 'presence-penalty', 'profile', 'raw', 'reasoning', 'reasoning-history', 'retries', 'seed', 'stop', 'strict', 'summary', 'system', 'temperature', 'tenant', 'theme', 'thinking', 'timeout', 'top-k', 'top-p', 'usage', 'verbosity', 'width', '--profile', '-h', '--help')
    'config profiles' = @('-h', '--help')
    'config connect' = @('--profile', '--with-key', '--auth', '--tenant', '--plain', '-h', '--help')
    'config forget' = @('-h', '--help')
    'config prices' = @('-h', '--help')
    'config trust' = @('-h', '--help')
    'demo' = @('serve', '-h', '--help')
    'demo serve' = @('--port', '--key-env', '--audience', '--azure', '--speed', '--rpm', '--tpm', '-h', '--help')
    'tools' = @('ask', 'list', 'forget', '-h', '--help')
    'tools ask' = @('--tools-debug', '-s', '--system', '-t', '--template', '-p', '--param', '--save', '--no-stdin', '--allow-empty', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--demo', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--strict', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--theme', '--width', '--json', '--output-format', '--json-mode', '--schema', '--schema-multi', '--schema-retries', '-x', '--extract', '--extract-last', '--output', '--no-stream', '--sanitize', '-q', '--quiet', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '--keep-metadata', '--inline', '--no-preview', '--last-image-only', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '-n', '--no-log', '-c', '--continue', '--session', '--header', '--background', '--keep', '--timeout', '--idle-timeout', '--max-time', '--retries', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-h', '--help')
    'tools list' = @('-T', '--tool', '--mcp', '--json', '-h', '--help')
    'tools forget' = @('get_flight_info', 'get_time', 'calculate', 'read_file', 'list_dir', '-h', '--help')
  }
  $values = @{
    '--show-completion' = @('bash', 'zsh', 'fish', 'powershell')
    '-s' = @()
    '--system' = @()
    '-t' = @('<templates>')
    '--template' = @('<templates>')
    '-m' = @('<models>')
    '--model' = @('<models>')
    '--profile' = @('<profiles>')
    '--dialect' = @('auto', 'chat', 'responses', 'messages')
    '--auth' = @('auto', 'key', 'entra', 'az', 'azd', 'managed', 'browser', 'device')
    '--verbosity' = @('low', 'medium', 'high')
    '--extra-parameters' = @('drop', 'error', 'pass-through')
    '--effort' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    '--think' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    '--summary' = @('auto', 'concise', 'detailed', 'none')
    '--thinking' = @('auto', 'live', 'summary', 'hide', 'stderr')
    '--reasoning' = @('auto', 'tags', 'implicit', 'none')
    '--reasoning-history' = @('auto', 'strip', 'tools', 'all')
    '--thinking-file' = @()
    '--color' = @('auto', 'always', 'never')
    '--theme' = @('auto', 'light', 'dark')
    '--output-format' = @('text', 'json', 'stream-json')
    '--schema' = @()
    '--output' = @()
    '-a' = @()
    '--attach' = @()
    '-i' = @()
    '--image' = @()
    '--detail' = @('low', 'high', 'auto')
    '-T' = @('get_flight_info', 'get_time', 'calculate', 'read_file', 'list_dir')
    '--tool' = @('get_flight_info', 'get_time', 'calculate', 'read_file', 'list_dir')
    '--approve' = @('ask', 'all', 'never', 'get_flight_info', 'get_time', 'calculate', 'read_file', 'list_dir')
    '--tool-choice' = @('auto', 'none', 'required', 'get_flight_info', 'get_time', 'calculate', 'read_file', 'list_dir')
    '--session' = @('<sessions>')
    '--record' = @()
    '--replay' = @()
    '--lang' = @('python', 'javascript', 'csharp', 'curl')
    '--sdk' = @('auto', 'azure', 'openai', 'anthropic')
    '--from' = @('llm', 'mods', 'aichat', 'sgpt', 'chatgpt', 'claude')
    '--errors' = @()
    '--in' = @('all', 'questions', 'answers', 'thinking')
    '--format' = @('md', 'html', 'json')
    'config set,model' = @('<models>')
    'config set,profile' = @('<profiles>')
    'config set,dialect' = @('auto', 'chat', 'responses', 'messages')
    'config set,auth' = @('auto', 'key', 'entra', 'az', 'azd', 'managed', 'browser', 'device')
    'config set,keep-tokens' = @('auto', 'keyring', 'file', 'never')
    'config set,verbosity' = @('low', 'medium', 'high')
    'config set,effort' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
    'config set,summary' = @('auto', 'concise', 'detailed', 'none')
    'config set,extra-parameters' = @('drop', 'error', 'pass-through')
    'config set,strict' = @('true', 'false')
    'config set,thinking' = @('auto', 'live', 'summary', 'hide', 'stderr')
    'config set,reasoning' = @('auto', 'tags', 'implicit', 'none')
    'config set,reasoning-history' = @('auto', 'strip', 'tools', 'all')
    'config set,usage' = @('true', 'false')
    'config set,plain' = @('true', 'false')
    'config set,raw' = @('true', 'false')
    'config set,color' = @('auto', 'always', 'never')
    'config set,theme' = @('auto', 'light', 'dark')
    'config set,keybindings' = @('emacs', 'vi')
    'config set,background' = @('true', 'false')
    'config set,keep' = @('true', 'false')
  }
  $valued = @('--show-completion', '-s', '--system', '-t', '--template', '-p', '--param', '--save', '--encoding', '-m', '--model', '--profile', '--endpoint', '--dialect', '--api-version', '--auth', '--tenant', '--temperature', '--top-p', '--top-k', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '--verbosity', '-o', '--option', '--extra-parameters', '--max-cost', '--effort', '--think', '--summary', '--thinking', '--reasoning', '--reasoning-history', '--thinking-file', '--color', '--code-theme', '--theme', '--width', '--output-format', '--schema', '--schema-retries', '--output', '-a', '--attach', '-i', '--image', '--mime', '--detail', '--max-side', '--max-file', '--max-pages', '-T', '--tool', '--mcp', '--tool-result', '--approve', '--max-tool-rounds', '--tool-timeout', '--tool-choice', '--session', '--header', '--timeout', '--idle-timeout', '--max-time', '--retries', '--record', '--replay', '--lang', '--sdk', '--from', '--since', '--limit', '--until', '--errors', '--jobs', '--rpm', '--tpm', '--halt', '--runs', '--port', '--in', '--format', '--older-than', '--turns', '--key-env', '--audience', '--speed')
  $before = @($ast.CommandElements | Where-Object {
    $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $at = ''
  for ($i = 1; $i -lt $before.Count; $i++) {
    if ($valued -ccontains $before[$i - 1] -or $before[$i] -like '-*') { continue }
    $next = "$at $($before[$i])".Trim()
    if (-not $words.ContainsKey($next)) { break }
    $at = $next
  }
  $option, $lead = $before[-1], ''
  if ($word -match '^(--[^=]+)=(.*)$') {
    $option, $lead, $word = $Matches[1], "$($Matches[1])=", $Matches[2]
  }
  $candidates = if ($values.ContainsKey("$at,$option")) { $values["$at,$option"] }
    elseif ($values.ContainsKey($option)) { $values[$option] }
    elseif ($valued -ccontains $option) { @() }
    else { $words[$at] }
  $mac = "$HOME/Library/Application Support/azchat"
  $data = if ($env:XDG_DATA_HOME) { $env:XDG_DATA_HOME } else { "$HOME/.local/share" }
  $folders = "$data/azchat", "$env:LOCALAPPDATA/azchat", $mac
  if ($env:AZCHAT_DATA_DIR) { $folders = @($env:AZCHAT_DATA_DIR) }
  $base = if ($env:XDG_CONFIG_HOME) { $env:XDG_CONFIG_HOME } else { "$HOME/.config" }
  $configs = "$base/azchat/config.toml", "$env:LOCALAPPDATA/azchat/config.toml", "$mac/config.toml"
  if ($env:AZCHAT_CONFIG) { $configs = @($env:AZCHAT_CONFIG) }
  $config = @($configs | Where-Object { Test-Path $_ })[0]
  $candidates | ForEach-Object {
    if ($_ -eq '<profiles>') {
      if ($config) { Get-Content $config |
        Where-Object { $_ -match '^ *\[profiles\."?(\w[\w.-]*)"?\]' } |
        ForEach-Object { $_ -replace '^ *\[profiles\."?(\w[\w.-]*)"?\].*', '$1' } }
    } elseif ($_ -eq '<templates>') {
      if ($config) { Get-ChildItem -Name "$(Split-Path $config)/templates" -ErrorAction Ignore |
        Where-Object { $_ -match '^\w[\w.-]*\.(toml|yaml|yml)$' } |
        ForEach-Object { $_ -replace '(\.prompt)?\.(toml|yaml|yml)$' } }
    } elseif ($_ -like '<*>') {
      $file = "$($_.Trim('<', '>')).txt"
      $folders | ForEach-Object { "$_/$file" } | Where-Object { Test-Path $_ } |
        Select-Object -First 1 | Get-Content
    } else { $_ }
  } | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new("$lead$_") }
}

# PowerShell completion for azchat
Register-ArgumentCompleter -Native -CommandName azchat -ScriptBlock {
  param($word, $ast, $position)
  $words = @{
    '' = @('ask', 'chat', 'info', 'sessions', 'config', 'demo', '-V', '--version', '--show-completion', '-h', '--help', '-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stream', '--json', '--output-format', '--json-mode', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-q', '--quiet')
    'ask' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '--temperature', '--top-p', '--max-tokens', '--presence-penalty', '--frequency-penalty', '--stop', '--seed', '-o', '--option', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--thinking-file', '--reasoning', '--reasoning-history', '--strict', '--no-stream', '--json', '--output-format', '--json-mode', '-u', '--usage', '--plain', '--raw', '--color', '--code-theme', '--sanitize', '--output', '--timeout', '--idle-timeout', '--max-time', '--retries', '--encoding', '-n', '--no-log', '-c', '--continue', '--session', '--dry-run', '--record', '--replay', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'chat' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '-s', '--system', '--temperature', '--top-p', '--max-tokens', '--seed', '-o', '--option', '--effort', '--think', '--thinking', '-R', '--hide-thinking', '--hide-reasoning', '--hidethinking', '--reasoning', '--reasoning-history', '--strict', '--no-stream', '-u', '--usage', '--raw', '--plain', '--color', '--code-theme', '-n', '--no-log', '-c', '--continue', '--session', '--timeout', '--idle-timeout', '--max-time', '--retries', '--debug', '--debug-content', '-q', '--quiet', '-h', '--help')
    'info' = @('-m', '--model', '--profile', '--endpoint', '--api-version', '--auth', '--tenant', '--demo', '--timeout', '--json', '--debug', '-h', '--help')
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
    'config' = @('path', 'profiles', 'trust', '-h', '--help')
    'config path' = @('-h', '--help')
    'config profiles' = @('-h', '--help')
    'config trust' = @('-h', '--help')
    'demo' = @('serve', '-h', '--help')
    'demo serve' = @('--port', '--key-env', '--speed', '-h', '--help')
  }
  $choices = @{
    '--show-completion' = @('bash', 'zsh', 'fish', 'powershell')
    '--auth' = @('auto', 'key', 'entra', 'az', 'azd', 'managed', 'browser')
    '--effort' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh')
    '--think' = @('none', 'minimal', 'low', 'medium', 'high', 'xhigh')
    '--thinking' = @('auto', 'live', 'summary', 'hide', 'stderr')
    '--reasoning' = @('auto', 'tags', 'implicit', 'none')
    '--reasoning-history' = @('auto', 'strip', 'tools', 'all')
    '--output-format' = @('text', 'json', 'stream-json')
    '--color' = @('auto', 'always', 'never')
    '--in' = @('all', 'questions', 'answers', 'thinking')
    '--format' = @('md', 'html', 'json')
  }
  $before = @($ast.CommandElements | Where-Object {
    $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })
  $at = ''
  if ($before.Count -gt 1 -and $words.ContainsKey($before[1])) { $at = $before[1] }
  if ($before.Count -gt 2 -and $words.ContainsKey("$at $($before[2])")) {
    $at = "$at $($before[2])" }
  $candidates = $words[$at]
  if ($choices.ContainsKey($before[-1])) { $candidates = $choices[$before[-1]] }
  $candidates | Where-Object { $_ -like "$word*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_) }
}

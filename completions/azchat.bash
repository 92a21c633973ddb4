# bash completion for azchat
_azchat() {
  local words=() word before at="" list="" lead="" part kept i n=-1 joins=""
  for ((i = 0; i <= COMP_CWORD; i++)); do  # readline cuts words at : and =
    part="${COMP_WORDS[i]}"
    [[ "$joins" || "$part" == [:=]* ]] || n=$((n + 1))
    words[n]="${words[n]}$part"
    [[ "$part" == [:=]* ]] && joins=1 || joins=""
  done
  word="${words[n]}" before="${words[n-1]}"
  [ "$joins" ] && kept="$word" || kept="${word%"$part"}"  # what no reply takes the place of
  [[ "$word" == --*=* ]] && before="${word%%=*}" && lead="$before=" word="${word#*=}"
  for ((i = 1; i < n; i++)); do
    case "${words[i-1]}" in --show-completion|-m|--model|--profile|--endpoint|--api-version|--auth|--tenant|-s|--system|-a|--attach|-i|--image|--mime|--detail|--max-side|--max-file|--max-pages|--temperature|--top-p|--max-tokens|--presence-penalty|--frequency-penalty|--stop|--seed|-o|--option|--extra-parameters|--header|--effort|--think|--thinking|--thinking-file|--reasoning|--reasoning-history|--output-format|--schema|--schema-retries|-t|--template|-p|--param|--save|--color|--code-theme|--output|--timeout|--idle-timeout|--max-time|--retries|--encoding|--session|--record|--replay|-T|--tool|--mcp|--approve|--max-tool-rounds|--tool-timeout|--tool-choice|--lang|--sdk|--limit|--in|--format|--older-than|--turns|--port|--key-env|--audience|--speed) continue ;; esac
    case "$at,${words[i]}" in
      *,-*) continue ;;
      ,ask|,code|,chat|,image|,info|,models|,sessions|,templates|,config|,demo|,tools) at="${words[i]}" ;;
      sessions,*|templates,*|config,*|demo,*|tools,*) at="$at ${words[i]}"; break ;;
      *) break ;;
    esac
  done
  COMPREPLY=()  # left empty, readline completes file names
  case "$before" in
    --show-completion) list="bash zsh fish powershell" ;;
    --auth) list="auto key entra az azd managed browser" ;;
    --detail) list="low high auto" ;;
    --extra-parameters) list="drop error pass-through" ;;
    --effort|--think) list="none minimal low medium high xhigh max" ;;
    --thinking) list="auto live summary hide stderr" ;;
    --reasoning) list="auto tags implicit none" ;;
    --reasoning-history) list="auto strip tools all" ;;
    --output-format) list="text json stream-json" ;;
    --color) list="auto always never" ;;
    --lang) list="python javascript csharp curl" ;;
    --sdk) list="auto azure openai" ;;
    --in) list="all questions answers thinking" ;;
    --format) list="md html json" ;;
    -m|--model)
      local names="${AZCHAT_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/azchat}/models.txt"
      [ -r "$names" ] || names="$HOME/Library/Application Support/azchat/models.txt"
      [ -r "$names" ] && list="$(<"$names")" ;;
    -s|--system|-a|--attach|-i|--image|--thinking-file|--schema|-t|--template|--output|--record|--replay) return ;;
    *) case "$at" in
      "ask") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stdin --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
      "code") list="--lang --sdk --stream -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stdin --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
      "chat") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --reasoning --reasoning-history --strict --no-stream -u --usage --plain --raw --color --code-theme --timeout --idle-timeout --max-time --retries -n --no-log -c --continue --session -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
      "image") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stdin --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
      "info") list="-m --model --profile --endpoint --api-version --auth --tenant --header --demo --timeout --check --json --debug -h --help" ;;
      "models") list="--profile --endpoint --api-version --auth --tenant --header --demo --timeout --catalog --json --debug -h --help" ;;
      "sessions") list="list show search think export rename delete fork resume repair -h --help" ;;
      "sessions list") list="--limit --json -h --help" ;;
      "sessions show") list="--json --thinking -h --help" ;;
      "sessions search") list="--in --limit --json -h --help" ;;
      "sessions think") list="-h --help" ;;
      "sessions export") list="--format --output -h --help" ;;
      "sessions rename") list="-h --help" ;;
      "sessions delete") list="--older-than -y --yes -h --help" ;;
      "sessions fork") list="--turns -h --help" ;;
      "sessions resume") list="--demo -h --help" ;;
      "sessions repair") list="-h --help" ;;
      "templates") list="list show edit path -h --help" ;;
      "templates list") list="--json -h --help" ;;
      "templates show") list="-h --help" ;;
      "templates edit") list="-h --help" ;;
      "templates path") list="-h --help" ;;
      "config") list="path show get set unset profiles forget trust -h --help" ;;
      "config path") list="-h --help" ;;
      "config show") list="--profile -h --help" ;;
      "config get") list="--profile -h --help" ;;
      "config set") list="--profile -h --help" ;;
      "config unset") list="--profile -h --help" ;;
      "config profiles") list="-h --help" ;;
      "config forget") list="-h --help" ;;
      "config trust") list="-h --help" ;;
      "demo") list="serve -h --help" ;;
      "demo serve") list="--port --key-env --audience --speed -h --help" ;;
      "tools") list="ask list forget -h --help" ;;
      "tools ask") list="--tools-debug -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stdin --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
      "tools list") list="-T --tool --mcp --json -h --help" ;;
      "tools forget") list="-h --help" ;;
      *) list="ask code chat image info models sessions templates config demo tools -V --version --show-completion -h --help -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stdin --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet" ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -P "$lead" -W "$list" -- "$word"))
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -o default -F _azchat azchat

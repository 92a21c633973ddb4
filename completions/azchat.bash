# bash completion for azchat
_azchat() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" at="" list
  [ "$COMP_CWORD" -gt 1 ] && at="${COMP_WORDS[1]}"
  [ "$COMP_CWORD" -gt 2 ] && case "$at" in
    sessions|templates|config|demo|tools) at="$at ${COMP_WORDS[2]}" ;;
  esac
  COMPREPLY=()  # left empty, readline completes file names
  case "$before" in
    --show-completion)
      COMPREPLY=($(compgen -W "bash zsh fish powershell" -- "$word")); return ;;
    --auth)
      COMPREPLY=($(compgen -W "auto key entra az azd managed browser" -- "$word")); return ;;
    --detail)
      COMPREPLY=($(compgen -W "low high auto" -- "$word")); return ;;
    --extra-parameters)
      COMPREPLY=($(compgen -W "drop error pass-through" -- "$word")); return ;;
    --effort|--think)
      COMPREPLY=($(compgen -W "none minimal low medium high xhigh max" -- "$word")); return ;;
    --thinking)
      COMPREPLY=($(compgen -W "auto live summary hide stderr" -- "$word")); return ;;
    --reasoning)
      COMPREPLY=($(compgen -W "auto tags implicit none" -- "$word")); return ;;
    --reasoning-history)
      COMPREPLY=($(compgen -W "auto strip tools all" -- "$word")); return ;;
    --output-format)
      COMPREPLY=($(compgen -W "text json stream-json" -- "$word")); return ;;
    --color)
      COMPREPLY=($(compgen -W "auto always never" -- "$word")); return ;;
    --lang)
      COMPREPLY=($(compgen -W "python javascript csharp curl" -- "$word")); return ;;
    --sdk)
      COMPREPLY=($(compgen -W "auto azure openai" -- "$word")); return ;;
    --in)
      COMPREPLY=($(compgen -W "all questions answers thinking" -- "$word")); return ;;
    --format)
      COMPREPLY=($(compgen -W "md html json" -- "$word")); return ;;
    -m|--model)
      local names="${AZCHAT_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/azchat}/models.txt"
      [ -r "$names" ] || names="$HOME/Library/Application Support/azchat/models.txt"
      [ -r "$names" ] && COMPREPLY=($(compgen -W "$(<"$names")" -- "$word")); return ;;
    -s|--system|-a|--attach|-i|--image|--thinking-file|--schema|-t|--template|--output|--record|--replay) return ;;
  esac
  case "$at" in
    "ask") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
    "code") list="--lang --sdk --stream -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
    "chat") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --reasoning --reasoning-history --strict --no-stream -u --usage --plain --raw --color --code-theme --timeout --idle-timeout --max-time --retries -n --no-log -c --continue --session -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
    "image") list="-m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
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
    "tools ask") list="--tools-debug -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet -h --help" ;;
    "tools list") list="-T --tool --mcp --json -h --help" ;;
    "tools forget") list="-h --help" ;;
    *) list="ask code chat image info models sessions templates config demo tools -V --version --show-completion -h --help -m --model --profile --endpoint --api-version --auth --tenant --demo -s --system -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only --temperature --top-p --max-tokens --presence-penalty --frequency-penalty --stop --seed -o --option --extra-parameters --header --effort --think --thinking -R --hide-thinking --hide-reasoning --hidethinking --thinking-file --reasoning --reasoning-history --strict --no-stream --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last -t --template -p --param --save -u --usage --plain --raw --color --code-theme --sanitize --output --timeout --idle-timeout --max-time --retries --encoding -n --no-log -c --continue --session --dry-run --record --replay -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --debug --debug-content -q --quiet" ;;
  esac
  COMPREPLY=($(compgen -W "$list" -- "$word"))
}
complete -o default -F _azchat azchat

# bash completion for azchat
_azchat_values() {  # what the user has: names that no shell would act on, a line each
  local data="${AZCHAT_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/azchat}"
  local config="${AZCHAT_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/azchat/config.toml}"
  local mac="$HOME/Library/Application Support/azchat" word='[A-Za-z0-9_][A-Za-z0-9_.-]*'
  [ -e "$data" ] || data="$mac"
  [ -e "$config" ] || config="$mac/config.toml"
  case "$1" in
    profiles) sed -nE "s/^ *\[profiles\.\"?($word)\"?\].*/\1/p" "$config" ;;
    templates) command ls "${config%/*}/templates" |
      sed -nE "s/^($word)\.(toml|yaml|yml)\$/\1/p" | sed 's/\.prompt$//' ;;
    *) cat "$data/$1.txt" ;;
  esac 2>/dev/null
}
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
    case "${words[i-1]}" in --show-completion|-s|--system|-t|--template|-p|--param|--save|--encoding|-m|--model|--profile|--endpoint|--dialect|--api-version|--auth|--tenant|--temperature|--top-p|--top-k|--max-tokens|--presence-penalty|--frequency-penalty|--stop|--seed|--verbosity|-o|--option|--extra-parameters|--max-cost|--effort|--think|--summary|--thinking|--reasoning|--reasoning-history|--thinking-file|--color|--code-theme|--theme|--width|--output-format|--schema|--schema-retries|--output|-a|--attach|-i|--image|--mime|--detail|--max-side|--max-file|--max-pages|-T|--tool|--mcp|--tool-result|--approve|--max-tool-rounds|--tool-timeout|--tool-choice|--session|--header|--timeout|--idle-timeout|--max-time|--retries|--record|--replay|--lang|--sdk|--from|--since|--limit|--until|--errors|--jobs|--rpm|--tpm|--halt|--runs|--port|--in|--format|--older-than|--turns|--key-env|--audience|--speed) continue ;; esac
    case "$at,${words[i]}" in
      *,-*) continue ;;
      ,ask|,code|,chat|,image|,import|,info|,models|,usage|,batch|,compare|,web|,sessions|,templates|,config|,demo|,tools) at="${words[i]}" ;;
      sessions,*|templates,*|config,*|demo,*|tools,*) at="$at ${words[i]}"; break ;;
      *) break ;;
    esac
  done
  COMPREPLY=()  # left empty, readline completes file names
  case "$before" in
    --show-completion) list="bash zsh fish powershell" ;;
    -t|--template) list="$(_azchat_values templates)" ;;
    -m|--model) list="$(_azchat_values models)" ;;
    --profile) list="$(_azchat_values profiles)" ;;
    --dialect) list="auto chat responses messages" ;;
    --auth) list="auto key entra az azd managed browser device" ;;
    --verbosity) list="low medium high" ;;
    --extra-parameters) list="drop error pass-through" ;;
    --effort|--think) list="none minimal low medium high xhigh max" ;;
    --summary) list="auto concise detailed none" ;;
    --thinking) list="auto live summary hide stderr" ;;
    --reasoning) list="auto tags implicit none" ;;
    --reasoning-history) list="auto strip tools all" ;;
    --color) list="auto always never" ;;
    --theme) list="auto light dark" ;;
    --output-format) list="text json stream-json" ;;
    --detail) list="low high auto" ;;
    -T|--tool) list="get_flight_info get_time calculate read_file list_dir" ;;
    --approve) list="ask all never get_flight_info get_time calculate read_file list_dir" ;;
    --tool-choice) list="auto none required get_flight_info get_time calculate read_file list_dir" ;;
    --session) list="$(_azchat_values sessions)" ;;
    --lang) list="python javascript csharp curl" ;;
    --sdk) list="auto azure openai anthropic" ;;
    --from) list="llm mods aichat sgpt chatgpt claude" ;;
    --in) list="all questions answers thinking" ;;
    --format) list="md html json" ;;
    -s|--system|--thinking-file|--schema|--output|-a|--attach|-i|--image|--record|--replay|--errors) return ;;
    *) case "$at,$before" in
      "config set,model") list="$(_azchat_values models)" ;;
      "config set,profile") list="$(_azchat_values profiles)" ;;
      "config set,dialect") list="auto chat responses messages" ;;
      "config set,auth") list="auto key entra az azd managed browser device" ;;
      "config set,keep-tokens") list="auto keyring file never" ;;
      "config set,verbosity") list="low medium high" ;;
      "config set,effort") list="none minimal low medium high xhigh max" ;;
      "config set,summary") list="auto concise detailed none" ;;
      "config set,extra-parameters") list="drop error pass-through" ;;
      "config set,strict") list="true false" ;;
      "config set,thinking") list="auto live summary hide stderr" ;;
      "config set,reasoning") list="auto tags implicit none" ;;
      "config set,reasoning-history") list="auto strip tools all" ;;
      "config set,usage") list="true false" ;;
      "config set,plain") list="true false" ;;
      "config set,raw") list="true false" ;;
      "config set,color") list="auto always never" ;;
      "config set,theme") list="auto light dark" ;;
      "config set,keybindings") list="emacs vi" ;;
      "config set,background") list="true false" ;;
      "config set,keep") list="true false" ;;
      "ask",*) list="-s --system -t --template -p --param --save --no-stdin --allow-empty --encoding -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking --thinking-file -u --usage --plain --raw --color --code-theme --theme --width --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last --output --no-stream --sanitize -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --dry-run --record --replay --debug --debug-content -h --help" ;;
      "code",*) list="--lang --sdk --stream --async --info -s --system -t --template -p --param --save --no-stdin --allow-empty --encoding -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking --thinking-file -u --usage --plain --raw --color --code-theme --theme --width --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last --output --no-stream --sanitize -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --dry-run --record --replay --debug --debug-content -h --help" ;;
      "chat",*) list="-s --system -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking -u --usage --plain --raw --color --code-theme --theme --width --no-stream -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --debug --debug-content -h --help" ;;
      "image",*) list="-s --system -t --template -p --param --save --no-stdin --allow-empty --encoding -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking --thinking-file -u --usage --plain --raw --color --code-theme --theme --width --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last --output --no-stream --sanitize -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --dry-run --record --replay --debug --debug-content -h --help" ;;
      "import",*) list="--from --dry-run --since --limit --keys -h --help" ;;
      "info",*) list="-m --model --profile --endpoint --api-version --dialect --auth --tenant --header --demo --timeout --debug --check --anonymous --json -h --help" ;;
      "models",*) list="--profile --endpoint --api-version --dialect --auth --tenant --header --demo --timeout --debug --catalog --all --json -h --help" ;;
      "usage",*) list="--since --until --json --csv -h --help" ;;
      "batch",*) list="-o --output --errors --ordered --retry-failed --jobs --rpm --tpm --halt -m --model --profile --endpoint --api-version --dialect --auth --tenant --header --demo --timeout -s --system --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity --effort --think --summary --extra-parameters --strict --reasoning --max-cost -t --template -p --param --json-mode --schema --schema-retries --idle-timeout --max-time --retries -T --tool --mcp --approve --max-tool-rounds --tool-timeout --tool-choice --tool-result --plain -q --quiet --no-stream --debug --option -h --help" ;;
      "compare",*) list="-m --model --profile --effort --think --runs --jobs --blind --json --csv --output-format -s --system -t --template -p --param --no-stdin --allow-empty --encoding --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --summary --reasoning --reasoning-history --plain --color --code-theme --theme --width --json-mode --schema --schema-multi --schema-retries --no-stream -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline -n --no-log --header --timeout --idle-timeout --max-time --retries --debug --debug-content -h --help" ;;
      "web",*) list="--port --no-open -s --system -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --reasoning --reasoning-history --detail --max-side --max-file --max-pages --keep-metadata -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice --header --timeout --idle-timeout --max-time --retries --debug --debug-content -h --help" ;;
      "sessions",*) list="list show search think export wait cancel rename delete fork resume repair -h --help" ;;
      "sessions list",*) list="--limit --since --until --json --failed -h --help" ;;
      "sessions show",*) list="$(_azchat_values sessions) --json --thinking --all -h --help" ;;
      "sessions search",*) list="--in --limit --since --until --json -h --help" ;;
      "sessions think",*) list="$(_azchat_values sessions) -h --help" ;;
      "sessions export",*) list="$(_azchat_values sessions) --format --output -h --help" ;;
      "sessions wait",*) list="$(_azchat_values sessions) --demo -h --help" ;;
      "sessions cancel",*) list="$(_azchat_values sessions) --demo -h --help" ;;
      "sessions rename",*) list="$(_azchat_values sessions) -h --help" ;;
      "sessions delete",*) list="$(_azchat_values sessions) --older-than -y --yes -h --help" ;;
      "sessions fork",*) list="$(_azchat_values sessions) --turns -h --help" ;;
      "sessions resume",*) list="$(_azchat_values sessions) --demo -h --help" ;;
      "sessions repair",*) list="-h --help" ;;
      "templates",*) list="list show edit path -h --help" ;;
      "templates list",*) list="--json -h --help" ;;
      "templates show",*) list="$(_azchat_values templates) -h --help" ;;
      "templates edit",*) list="$(_azchat_values templates) -h --help" ;;
      "templates path",*) list="-h --help" ;;
      "config",*) list="path show get set unset profiles connect forget prices trust -h --help" ;;
      "config path",*) list="-h --help" ;;
      "config show",*) list="--profile -h --help" ;;
      "config get",*) list="api-version auth background code-theme color dialect effort endpoint extra-parameters frequency-penalty headers idle-timeout keep keep-tokens key key-command key-env key-file key-keyring keybindings max-cost max-time max-tokens model option plain presence-penalty profile raw reasoning reasoning-history retries seed stop strict summary system temperature tenant theme thinking timeout top-k top-p usage verbosity width --profile -h --help" ;;
      "config set",*) list="api-version auth background code-theme color dialect effort endpoint extra-parameters frequency-penalty headers idle-timeout keep keep-tokens key key-command key-env key-file key-keyring keybindings max-cost max-time max-tokens model option plain presence-penalty profile raw reasoning reasoning-history retries seed stop strict summary system temperature tenant theme thinking timeout top-k top-p usage verbosity width --profile -h --help" ;;
      "config unset",*) list="api-version auth background code-theme color dialect effort endpoint extra-parameters frequency-penalty headers idle-timeout keep keep-tokens key key-command key-env key-file key-keyring keybindings max-cost max-time max-tokens model option plain presence-penalty profile raw reasoning reasoning-history retries seed stop strict summary system temperature tenant theme thinking timeout top-k top-p usage verbosity width --profile -h --help" ;;
      "config profiles",*) list="-h --help" ;;
      "config connect",*) list="--profile --with-key --auth --tenant --plain -h --help" ;;
      "config forget",*) list="-h --help" ;;
      "config prices",*) list="-h --help" ;;
      "config trust",*) list="-h --help" ;;
      "demo",*) list="serve -h --help" ;;
      "demo serve",*) list="--port --key-env --audience --azure --speed --rpm --tpm -h --help" ;;
      "tools",*) list="ask list forget -h --help" ;;
      "tools ask",*) list="--tools-debug -s --system -t --template -p --param --save --no-stdin --allow-empty --encoding -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking --thinking-file -u --usage --plain --raw --color --code-theme --theme --width --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last --output --no-stream --sanitize -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --dry-run --record --replay --debug --debug-content -h --help" ;;
      "tools list",*) list="-T --tool --mcp --json -h --help" ;;
      "tools forget",*) list="get_flight_info get_time calculate read_file list_dir -h --help" ;;
      *,*) list="ask code chat image import info models usage batch compare web sessions templates config demo tools -V --version --show-completion -h --help -s --system -t --template -p --param --save --no-stdin --allow-empty --encoding -m --model --profile --endpoint --dialect --api-version --auth --tenant --demo --temperature --top-p --top-k --max-tokens --presence-penalty --frequency-penalty --stop --seed --verbosity -o --option --extra-parameters --max-cost --strict --effort --think --summary --thinking --reasoning --reasoning-history -R --hide-thinking --hide-reasoning --hidethinking --thinking-file -u --usage --plain --raw --color --code-theme --theme --width --json --output-format --json-mode --schema --schema-multi --schema-retries -x --extract --extract-last --output --no-stream --sanitize -q --quiet -a --attach -i --image --mime --detail --max-side --max-file --max-pages --keep-metadata --inline --no-preview --last-image-only -T --tool --mcp --tool-result --approve --max-tool-rounds --tool-timeout --tool-choice -n --no-log -c --continue --session --header --background --keep --timeout --idle-timeout --max-time --retries --dry-run --record --replay --debug --debug-content" ;;
    esac ;;
  esac
  COMPREPLY=($(compgen -P "$lead" -W "$list" -- "$word"))
  COMPREPLY=("${COMPREPLY[@]#"$kept"}")
}
complete -o default -F _azchat azchat

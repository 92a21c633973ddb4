"""``azchat config get|set|unset|show``: the file of profiles, without an editor."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from azchat.azure.endpoint import Endpoint, parse_endpoint
from azchat.commands.keeping import forget_key, keep_key, only
from azchat.environment import Environment
from azchat.errors import AzchatError, ConfigError, ExitCode, InputError, UsageError
from azchat.redaction import MASK, Redactor, Secret
from azchat.settings import layers
from azchat.settings.dotenv import trust
from azchat.settings.file import change_config, load_config, profiles_of
from azchat.settings.keys import KEY_PLACES, usable_key
from azchat.settings.specs import IN_PROFILES, SPECS, in_words, shown
from azchat.terminal.safe import visible

_KEY_WORDS = {
    "key_env": "the variable {}",
    "key_command": "printed by: {}",
    "key_keyring": "the keyring of this system ({})",
    "key_file": "the file {}",
}
_SWITCH = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
_MOST_BYTES = 8192  # of a piped key


def print_path(env: Environment) -> ExitCode:
    """Print where the config file is."""
    env.stdout.write(f"{env.config_file}\n")
    return ExitCode.OK


def trust_here(env: Environment) -> ExitCode:
    """Remember the content of this folder's ``.env`` as trusted."""
    path = env.cwd / ".env"
    trust(path, layers.trust_file(env))
    env.stdout.write(f"trusted until it changes: {path}\n")
    return ExitCode.OK


def get_setting(env: Environment, name: str, *, profile: str | None) -> ExitCode:
    """Print a setting as the config file has it for a profile; of a key only its place."""
    name = _known(name)
    if name == "default_profile":
        value = load_config(env.config_file).get(name)
    else:
        settings = layers.profile_settings(env, profile)
        value = _key_place(settings) if name == "key" else shown(name, settings.get(name))
    if value is None:
        hint = f"set it: azchat config set {name}{'' if name == 'key' else ' VALUE'}"
        raise ConfigError(
            f"{name} is not set in {_place(env, layers.profile_in_use(env, profile))}", hint
        )
    env.stdout.write(_shown(env, value) + "\n")
    return ExitCode.OK


def show_settings(env: Environment, redactor: Redactor, *, profile: str | None) -> ExitCode:
    """Print the config file's settings; with ``profile`` those that count for it."""
    if profile is not None:
        lines = [*_lines(layers.profile_settings(env, profile))]
    else:
        config = load_config(env.config_file)
        if not config:
            _say(env, f"azchat: nothing is set in {env.config_file}")
        lines = [*_lines({name: value for name, value in config.items() if name != "profiles"})]
        for name, settings in profiles_of(config, env.config_file).items():
            lines += ["", f"[{name}]", *_lines(settings)]
    if env.stdout.is_terminal and lines:
        from azchat.render.choose import show_rows
        from azchat.render.drawn import program

        choose_theme(env, profile)
        text = redactor.redact_shown("\n".join(lines))
        show_rows(env, program(text, "toml", env.stdout.size()[0], env.variables))
    else:
        env.stdout.write("".join(f"{line}\n" for line in lines))
    return ExitCode.OK


def choose_theme(env: Environment, profile: str | None = None) -> None:
    """Let what is drawn without the settings of a question obey ``theme`` all the same."""
    from azchat.terminal.background import choose_background

    with suppress(ConfigError):  # told by what needs the file
        choose_background(layers.profile_settings(env, profile).get("theme", "auto"))


def list_profiles(env: Environment) -> ExitCode:
    """Print the names of the profiles, a line each."""
    names = layers.profile_names(env)
    env.stdout.write("".join(f"{name}\n" for name in names))
    if not names:
        _say(env, f"azchat: there is no profile in {env.config_file}")
    return ExitCode.OK


def set_setting(
    env: Environment, redactor: Redactor, name: str, values: Sequence[str], *, profile: str | None
) -> ExitCode:
    """Write a setting into the config file, a key to where it is safe; say where."""
    name = _known(name)
    profile = layers.profile_in_use(env, profile)
    if name == "key":
        if values:
            raise UsageError(
                "a key is not taken from the command line, which others can see",
                "run: azchat config set key  (it asks; or pipe the key in). What was typed is in "
                "your shell's history: remove it there, or renew the key",
            )
        return _set_key(env, redactor, profile)
    if len(values) != 1:
        raise UsageError(f"{name} takes one value", f"azchat config set {name} VALUE")
    if name == "default_profile":
        return _set_default(env, values[0])
    changes, told, notes = _changes(name, values[0])
    own = _own_settings(env, profile)
    change_config(env.config_file, profile, changes)
    if name in KEY_PLACES and forget_key(env, profile, own, changes):
        notes = ["the key that azchat kept until now is removed"]
    written = f"{name} = {in_words(shown(name, told))} in {_place(env, profile)}"
    _say(env, written, *notes, *_unused(env, profile))
    if name == "endpoint" and _key_place(_own_settings(env, profile)):
        _say(env, "its key goes there from now on; for another: azchat config set key")
    return ExitCode.OK


def unset_setting(env: Environment, name: str, *, profile: str | None) -> ExitCode:
    """Take a setting out of the config file; a key out of where azchat put it, too."""
    name = _known(name)
    profile = None if name == "default_profile" else layers.profile_in_use(env, profile)
    own = _own_settings(env, profile)
    names = KEY_PLACES if name == "key" else (name,)
    if not any(name in own for name in names):
        _say(env, f"{name} was not set in {_place(env, profile)}")
        return ExitCode.OK
    change_config(env.config_file, profile, dict.fromkeys(names))
    if names[0] in KEY_PLACES:
        left = {other: value for other, value in own.items() if other not in names}
        forget_key(env, profile, own, left)
    _say(env, f"{name} is no longer set in {_place(env, profile)}")
    return ExitCode.OK


# Names and values


def _known(name: str) -> str:
    """Return the setting that ``name`` means; it is not repeated: it may be a key."""
    known = [*IN_PROFILES, "key", "default_profile"]
    wanted = name.replace("-", "_").lower()
    if wanted in known:
        return wanted
    close = get_close_matches(wanted.partition("=")[0], known, 1, 0.75)
    hint = f"did you mean {close[0]}?" if close else f"settings: {', '.join(known)}"
    raise UsageError("there is no setting of that name", hint)


def _changes(name: str, text: str) -> tuple[dict[str, Any], Any, list[str]]:
    """Return what to write for a setting, how to tell it, and notes."""
    if name == "endpoint":
        endpoint = parse_endpoint(text)
        return endpoint_settings(text, endpoint), endpoint.written, list(endpoint.notes)
    value = layers.check_setting(name, _parsed(name, text))
    if name == "key_file" and not value.startswith("~"):
        value = str(Path(value).absolute())
    changes = only(**{name: value}) if name in KEY_PLACES else {name: value}
    return changes, value, []


def endpoint_settings(text: str, endpoint: Endpoint) -> dict[str, Any]:
    """Return what a profile says of an endpoint that was pasted as ``text``."""
    written = endpoint.written
    is_named = endpoint.api_version is not None and "api-version=" in text
    version = endpoint.api_version if is_named and written == endpoint.base else None
    return {"endpoint": written, "api_version": version}


def _parsed(name: str, text: str) -> Any:
    if isinstance(SPECS[name].default, bool):
        return _SWITCH.get(text.strip().lower(), text)
    if name in ("option", "headers") or (name in ("stop", "key_command") and text.startswith("[")):
        try:
            return json.loads(text)
        except ValueError:
            example = '{"x-team": "${TEAM}"}' if name == "headers" else '{"min_p": 0.1}'
            raise UsageError(f"{name} is no JSON", f"such as: {example}") from None
    return text


def _set_default(env: Environment, profile: str) -> ExitCode:
    profiles = profiles_of(load_config(env.config_file), env.config_file)
    if profile not in profiles:
        known = ", ".join(profiles) or "none"
        raise UsageError(f"there is no profile {profile!r}", f"profiles there: {known}")
    change_config(env.config_file, None, {}, default_profile=profile)
    _say(env, f"default_profile = {profile} in {env.config_file}")
    return ExitCode.OK


# The key


def _set_key(env: Environment, redactor: Redactor, profile: str | None) -> ExitCode:
    own = _own_settings(env, profile)
    url = own.get("endpoint")
    if not isinstance(url, str):
        option = f" --profile {profile}" if profile else ""
        what = f"{_place(env, profile)} has no endpoint, and a key goes to its own endpoint only"
        raise ConfigError(what, f"first: azchat config set endpoint URL{option}")
    host = parse_endpoint(url, api_version="1", model="m").host
    key = _read_key(env, host)
    redactor.add(key)
    kept = keep_key(env, profile, host, key)
    change_config(env.config_file, profile, kept.settings)
    forget_key(env, profile, own, kept.settings)
    _say(env, f"the key for {host} is kept in {kept.words}", *_unused(env, profile))
    return ExitCode.OK


def _read_key(env: Environment, host: str) -> Secret:
    """Return the key that is piped in, else the one that is typed on the terminal."""
    if env.stdin.has_data:
        data = env.stdin.read(_MOST_BYTES, lambda: _say(env, "waiting for the key on stdin"))
        try:
            text = (data.decode("utf-8-sig").splitlines() or [""])[0]
        except UnicodeDecodeError:
            raise InputError("stdin is no text", "pipe one line in: the key") from None
    else:
        from azchat.terminal.confirmation import ask_secret

        text = ask_secret(f"Key for {host} (it is not shown): ") or ""
    key = usable_key(text, "stdin" if env.stdin.has_data else "the terminal")
    if key is None:
        hint = "type it at the question, or pipe one line in"
        raise InputError("no key was given; nothing is changed", hint)
    return key


def _key_place(settings: Mapping[str, Any]) -> str | None:
    place = next((name for name in KEY_PLACES if settings.get(name)), None)
    return f"{MASK} {_KEY_WORDS[place].format(settings[place])}" if place else None


# Where, and what is said


def _own_settings(env: Environment, profile: str | None) -> dict[str, Any]:
    """Return what the file says in one place, spelt as it is here and not checked."""
    config = load_config(env.config_file)
    profiles = profiles_of(config, env.config_file)
    found = config if profile is None else profiles.get(profile, {})
    return {name.replace("-", "_"): value for name, value in found.items() if name != "profiles"}


def _unused(env: Environment, profile: str | None) -> list[str]:
    """Say why a profile's endpoint would not be used as things are."""
    try:
        origin = layers.resolve(env, {}, needs_key=False).origin("endpoint")
    except AzchatError:
        return []
    config = load_config(env.config_file)
    if origin not in ("not set", str(env.config_file)) and not origin.startswith("profile "):
        return [f"note: the endpoint of {origin} goes before that of a profile, without its key"]
    used = (config.get("default_profile"), env.variables.get("AZCHAT_PROFILE"))
    if profile and profile not in used:
        return [f"use it with --profile {profile}, or: azchat config set default_profile {profile}"]
    return []


def _place(env: Environment, profile: str | None) -> str:
    return f"profile {profile}" if profile else str(env.config_file)


def _lines(settings: Mapping[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name == "key":  # which no profile may have: it is told when the profile is used
            value = MASK
        elif name == "mcp" and isinstance(value, dict):
            value = {server: _masked_server(table) for server, table in value.items()}
        value = shown(name.replace("-", "_"), value)
        yield f"{name} = {json.dumps(value, ensure_ascii=False, default=str)}"


def _masked_server(table: Any) -> Any:
    """Return what the file says of an MCP server, without what it is handed."""
    if not isinstance(table, dict):
        return MASK
    masked = {n: dict.fromkeys(v, MASK) if isinstance(v, dict) else MASK for n, v in table.items()}
    return {name: masked[name] if name in ("env", "headers") else table[name] for name in table}


def _shown(env: Environment, value: Any) -> str:
    return visible(in_words(value)) if env.stdout.is_terminal else in_words(value)


def _say(env: Environment, *lines: str) -> None:
    env.stderr.write("".join(f"{visible(line)}\n" for line in lines))

"""From ``-T NAME|FILE.py`` to a worker that is being started; also before the rest is imported."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from azchat.environment import Environment
from azchat.errors import AzchatError, InputError, reason_of
from azchat.files import STDIN, STDINS, RefusedError, check_own, check_way, read_whole
from azchat.redaction import handed_secrets, password_in
from azchat.settings.endpoint_key import KEY_VARIABLES
from azchat.settings.file import load_config, profiles_of
from azchat.tools import BUILTIN, Tool
from azchat.tools.leash import adopt, conceal
from azchat.tools.python import PythonTools

_ON_STDIN = ("-", *STDINS)
# Azure's own (azure-identity reads them); what stands before the @ of a proxy is one too.
_SIGN_IN = (
    *("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD"),
    *("IDENTITY_HEADER", "MSI_SECRET"),
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_LONG = 6  # characters; what is shorter stands in other values by chance


def start_python(
    env: Environment, words: Sequence[str], headers: Iterable[str] = ()
) -> list[PythonTools]:
    """Start the tools that ``words`` name; raises ``InputError`` where one is not there.

    ``headers`` are those of the command line. Each file has a process of its own: none can
    speak for the others.
    """
    named = dict.fromkeys(word for word in words if not is_defined(word))
    is_piped = any(named.pop(word, word) is None for word in _ON_STDIN)
    resolved = [_resolve(word, env.cwd) for word in named]
    if not (resolved or is_piped):
        return []
    builtin = [word for word in resolved if word in BUILTIN]
    apart = [[word] for word in resolved if word not in BUILTIN]
    variables = guarded(env, headers)
    together = [*([builtin] if builtin else []), *apart]
    piped = [_PipedTools(cwd=env.cwd, variables=variables)] if is_piped else []
    return [*piped, *(PythonTools(some, cwd=env.cwd, variables=variables) for some in together)]


class _PipedTools(PythonTools):
    """The tools of stdin's text, which is a private file until they are loaded."""

    def __init__(self, **how: Any) -> None:
        from tempfile import TemporaryDirectory

        try:
            source = read_whole(STDIN)
        except OSError as error:
            what = f"cannot read tools from stdin: {reason_of(error)}"
            raise InputError(what, "pipe a Python file to it") from None
        self._folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="azchat-")
        file = Path(self._folder.name, "stdin.py")
        file.touch(0o600)
        file.write_bytes(source)
        super().__init__([str(file)], **how)

    def load(self) -> list[Tool]:
        """Return the tools."""
        try:
            return [tool._replace(origin="stdin") for tool in super().load()]
        finally:
            self._folder.cleanup()

    def close(self) -> None:
        """End the worker."""
        self._folder.cleanup()
        super().close()


def is_defined(word: str) -> bool:
    """Return whether a word names a file of definitions, which nobody has to start."""
    return word.endswith(".json")


class EarlyTools:
    """A worker that was started by a guess from the raw arguments."""

    def __init__(self, env: Environment, arguments: Sequence[str]) -> None:
        self._words = tuple(_words(arguments, "-T", "--tool"))
        headers = _words(arguments, "--header")
        self._tools: list[PythonTools] = []
        may_start = self._words and not any(word in _ON_STDIN for word in self._words)
        try:
            self._tools = start_python(env, self._words, headers) if may_start else []
        except AzchatError:
            return  # told by the command itself

    def take(self, words: Sequence[str]) -> list[PythonTools]:
        """Return the workers if the guess was right, and end them if not."""
        tools, self._tools = self._tools, []
        if tuple(words) == self._words:
            return tools
        for one in tools:
            one.close()
        return []


def _words(arguments: Sequence[str], *options: str) -> list[str]:
    """Return what follows any of the options, the long one behind ``=`` too."""
    short, long = options[0], f"{options[-1]}="
    words: list[str] = []
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument in options:
            words.append(following)
        elif argument.startswith(long):
            words.append(argument.removeprefix(long))
        elif argument.startswith(short) and len(short) == len("-T"):
            words.append(argument[len(short) :])
    return words


def _resolve(word: str, cwd: Path) -> str:
    """Return a built-in tool's name, or the path of a file; raises ``InputError``."""
    if word in BUILTIN:
        return word
    path = cwd / word
    if path.is_file():
        try:  # it is run: who writes it, or puts another in its place, is the user
            check_own(path, path.stat())
            check_way(path)
        except RefusedError as why:
            raise InputError(f"tool file {word} is not run: {why}", why.hint) from None
        return str(path)
    if word.endswith(".py") or "/" in word:
        raise InputError(f"there is no tool file {word}", "check the path")
    hint = f"there are: {', '.join(BUILTIN)}; or name a FILE.py, or - for stdin"
    raise InputError(f"there is no built-in tool {word}", hint)


# What azchat uses as a secret is kept from tools: what they are given, they can give away.


def guarded(env: Environment, headers: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables without those that hold a secret; from now on /proc has none either.

    ``headers`` are those of the command line. Also the parent of what tools leave behind. Raises
    ``ConfigError``.
    """
    secrets = frozenset(_secrets(env, headers)) - {""}
    long = [secret for secret in secrets if len(secret) >= _LONG]
    adopt()
    conceal(secrets)
    return {
        name: value
        for name, value in env.variables.items()
        if not (_password(name, value) or value.strip() in secrets or any(s in value for s in long))
    }


def _secrets(env: Environment, headers: Iterable[str]) -> Iterator[str]:
    config = load_config(env.config_file)
    names = {*KEY_VARIABLES, *_SIGN_IN}
    servers = _tables(config.get("mcp"))
    profiles = (config, *profiles_of(config, env.config_file).values())
    names.update(str(profile.get("key_env", "")) for profile in profiles)
    texts = [*headers, *(text for table in (*profiles, *servers) for text in _texts(table))]
    for text in texts:
        names.update(Template(text).get_identifiers())
        yield Template(text).safe_substitute(env.variables)
    for server in servers:
        handed = server.get("env")
        known = handed.items() if isinstance(handed, dict) else ()
        filled = {n: Template(str(v)).safe_substitute(env.variables) for n, v in known}
        yield from (secret.reveal() for secret in handed_secrets(filled))
    for name, value in env.variables.items():
        yield value.strip() if name in names else _password(name, value)


def _tables(servers: Any) -> list[Mapping[str, Any]]:
    tables = servers.values() if isinstance(servers, dict) else ()
    return [table for table in tables if isinstance(table, dict)]


def _texts(table: Mapping[str, Any]) -> list[str]:
    headers = table.get("headers")
    return [str(text) for text in headers.values()] if isinstance(headers, dict) else []


def _password(name: str, value: str) -> str:
    """Return what stands for a password in the address of a proxy."""
    return password_in(value) if name.lower() in _PROXIES else ""

"""The templates of the user: files of the config folder, found, read and written."""

import json
import re
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path
from typing import Any

from azchat.errors import InputError, UsageError, reason_of
from azchat.files import RefusedError, read_own, read_whole, write_private
from azchat.templates.prompt_yml import read_prompt_yml
from azchat.templates.template import Template, read_template

_ENDINGS = (".toml", ".yaml", ".yml", ".prompt.yml", ".prompt.yaml")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_MAX_BYTES = 1024 * 1024


class TemplateFolder:
    """The files in ``folder``, by name without the ending; it need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """Return the names, sorted."""
        try:
            files = [path.name for path in self.folder.iterdir() if path.is_file()]
        except OSError:
            return []
        return sorted({name for file in files if (name := _without_ending(file))})

    def maybe_find(self, name: str) -> Path | None:
        """Return the file of a template; None if there is none."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"a template cannot be called {name!r}", "letters, digits, and . _ - are allowed"
            )
        if name.endswith(_ENDINGS):  # by which it would be taken for a path
            raise UsageError(f"a template cannot be called {name!r}", "leave out the ending")
        files = (self.folder / f"{name}{ending}" for ending in _ENDINGS)
        return next((file for file in files if file.is_file()), None)

    def find(self, name: str) -> Path:
        """Return the file that ``name`` means: a path, or one of the templates; else raises."""
        if "/" in name or "\\" in name or name.endswith(_ENDINGS):
            return Path(name)
        if file := self.maybe_find(name):
            return file
        from difflib import get_close_matches

        close = get_close_matches(name, self.names(), 1)
        hint = f"did you mean {close[0]}?" if close else "see: azchat templates list"
        raise InputError(f"there is no template {name!r}", hint)

    def load(self, name: str) -> Template:
        """Return a template; raises ``InputError`` where it cannot be read."""
        path = self.find(name)
        fields = _as_json(path, _parse(path, read_file(path, self.folder)))
        is_github = path.name.endswith((".prompt.yml", ".prompt.yaml")) or "messages" in fields
        read = read_prompt_yml if is_github else read_template
        return read(str(path) if path.parent != self.folder else name, fields)

    def save(self, name: str, fields: Mapping[str, Any]) -> Path:
        """Write a template of the user's own, in place of an earlier one; return its file."""
        earlier = self.maybe_find(name)
        path = self.folder / f"{name}.toml"
        if earlier and earlier != path:
            raise UsageError(f"there is a template {name} in {earlier}", "choose another name")
        import tomlkit

        blocks = {
            name: tomlkit.string(value, multiline=True)
            for name, value in fields.items()
            if isinstance(value, str) and "\n" in value
        }
        write_private(path, tomlkit.dumps({**fields, **blocks}))
        return path


def read_file(path: Path, folder: Path) -> str:
    """Return the text of a template's file; it may name tools, so nobody else may write it."""
    try:
        if str(path).startswith("/dev/fd/"):  # the shell's <(command), or stdin
            return read_whole(path, _MAX_BYTES).decode("utf-8-sig")
        return read_own(path, _MAX_BYTES, in_own_folder=path.parent == folder).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"cannot read {path}: it is not there", "check the name after -t"
        ) from None
    except RefusedError as refusal:
        raise InputError(f"{path} is not read: {refusal}", refusal.hint) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {reason_of(error)}", "check what fills it") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8", "save it as UTF-8") from None


def _without_ending(file: str) -> str:
    ending = max((e for e in _ENDINGS if file.endswith(e)), key=len, default="")
    name = file.removesuffix(ending) if ending else ""
    return name if _NAME.fullmatch(name) else ""


def _parse(path: Path, text: str) -> dict[str, Any]:
    is_toml = path.suffix == ".toml"
    if is_toml or not path.suffix:
        import tomllib

        try:
            return tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            if is_toml:
                raise _malformed(path, "TOML", error) from None
    fields = parse_yaml(path, text)
    if not isinstance(fields, dict):
        raise _malformed(path, "YAML", "it has no fields")
    return {str(name): value for name, value in fields.items()}


def parse_yaml(path: Path, text: str) -> Any:
    """Return what a text in YAML says; raises ``InputError``."""
    import yaml

    class Loader(yaml.SafeLoader):
        """One that takes no alias: a few lines of them are billions of values."""

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("an alias (*name) is not allowed: write its value out")
            return super().compose_node(parent, index)

    try:
        return yaml.load(text, Loader)  # noqa: S506 - a safe one
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise _malformed(path, "YAML", error) from None


def _as_json(path: Path, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields as JSON has them: dates become texts, and some values cannot be."""
    try:
        text = json.dumps(fields, default=_date_as_text, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        what = str(error).partition("\n")[0]
        raise InputError(f"{path} has a value that is no JSON: {what}", "mend the file") from None
    known: dict[str, Any] = json.loads(text)
    return known


def _date_as_text(value: object) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"{value!r}"[:80])


def _malformed(path: Path, language: str, error: object) -> InputError:
    what = " ".join(str(error).split())[:200]
    return InputError(f"{path} is no {language}: {what}", "mend the file")

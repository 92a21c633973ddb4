"""The lines of the input, in every form that they may have."""

import csv
import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from azchat.dialects.given import OPERATIONS, read_given
from azchat.errors import AzchatError, InputError, reason_of
from azchat.messages import Message, Text
from azchat.parameters import PARAMETERS
from azchat.settings.layers import check_setting

if TYPE_CHECKING:
    from azchat.templates.template import Template

_TABLES = {".csv": ",", ".tsv": "\t"}
_SETTINGS = ("model", "system", "option", *PARAMETERS)
_FIELDS = ("id", "prompt", "schema", "attachments", "metadata", *_SETTINGS)
_NONE: Mapping[str, Any] = MappingProxyType({})


class Question(NamedTuple):
    """One line: ``settings`` are by setting name, ``metadata`` goes to the output as it is.

    ``history`` are the messages before the last one of the user.
    """

    number: int
    id: str
    message: Message
    history: tuple[Message, ...] = ()
    settings: Mapping[str, Any] = _NONE
    schema: str | None = None
    attachments: tuple[str, ...] = ()
    metadata: Any = None

    def digest(self, way: str) -> int:
        """Return what tells the request from another; ``way`` is what all of them share."""
        said = [message.to_dict() for message in (*self.history, self.message)]
        asked = [way, self.id, said, dict(self.settings), self.schema, self.attachments]
        text = json.dumps(asked, sort_keys=True, default=str)
        return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) | 1


def read_questions(
    path: Path, template: "Template | None", ending: str
) -> Iterator[tuple[int, Question | AzchatError]]:
    """Yield each line that is not empty: a question, or what is wrong with it."""
    for number, line in _lines(path, ending):
        try:
            yield number, _question(number, line, template)
        except AzchatError as error:
            yield number, error


def _lines(path: Path, ending: str) -> Iterator[tuple[int, Any]]:
    """Yield numbers from 1, and what stands there: bytes of JSON, a text, or a row by names."""
    try:
        if ending in _TABLES:
            with path.open(encoding="utf-8-sig", newline="") as file:
                rows = csv.DictReader(file, delimiter=_TABLES[ending])
                for row in rows:
                    yield rows.line_num, {k: v for k, v in row.items() if k and v}
            return
        with path.open("rb") as raw:
            for number, line in enumerate(raw, 1):
                line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                if text := line.strip():
                    yield number, text.decode() if ending == ".txt" else text
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"cannot read {path}: {reason_of(error)}", "check the file") from None


def _question(number: int, line: Any, template: "Template | None") -> Question:
    if isinstance(line, bytes):
        try:
            line = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"it is no JSON: {error}") from None
    fields = {"prompt": line} if isinstance(line, str) else line
    if not isinstance(fields, dict):
        raise InputError("it is neither a text nor an object")
    if "body" in fields and "custom_id" in fields:
        return _of_api(number, fields)
    name = _name(number, fields.get("id"))
    if template:
        return _of_template(number, name, fields, template)
    if unknown := [field for field in fields if field not in _FIELDS]:
        hint = f"there is no field {unknown[0]!r}; any object goes with -t TEMPLATE"
        raise InputError(f"{hint}, and what is yours under metadata")
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise InputError("it has no prompt")
    schema, places = fields.get("schema"), fields.get("attachments") or []
    places = [places] if isinstance(places, str) else places
    if not isinstance(places, list) or not all(isinstance(place, str) for place in places):
        raise InputError("attachments is no list of files and addresses")
    return Question(
        number,
        name,
        Message.user(Text(prompt)),
        (),
        _settings(fields),
        json.dumps(schema) if isinstance(schema, dict) else schema,
        tuple(places),
        fields.get("metadata"),
    )


def _of_api(number: int, fields: Mapping[str, Any]) -> Question:
    """Return the question of a line as batch services take them."""
    url, body = str(fields.get("url", "")), fields["body"]
    dialect = next((name for end, name in OPERATIONS.items() if url.endswith(end)), None)
    if dialect is None or not isinstance(body, dict):
        raise InputError(f"its url is none of {', '.join(OPERATIONS)}, or its body no object")
    given = read_given(dialect, body)
    own = {"model": given.model, "system": given.system, "option": given.extras or None}
    settings = {"dialect": dialect} | {k: v for k, v in own.items() if v is not None}
    name = _name(number, fields["custom_id"])
    return Question(number, name, given.messages[-1], given.messages[:-1], settings)


def _of_template(
    number: int, name: str, fields: Mapping[str, Any], template: "Template"
) -> Question:
    """Return a template's question: the fields are its variables, those of no use are left."""
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in fields.items()}
    filled = template.filled({k: v for k, v in texts.items() if template.knows(k)})
    prompt = filled.asking(texts.get("input"))
    if not prompt.strip():
        raise InputError("the template makes no prompt of it")
    system = filled.settings.get("system")
    settings = {} if system == template.settings.get("system") else {"system": system}
    message, history = Message.user(Text(prompt)), filled.examples
    return Question(number, name, message, history, settings, metadata=fields.get("metadata"))


def _name(number: int, given: Any) -> str:
    if given is None:
        return str(number)
    if isinstance(given, bool) or not isinstance(given, str | int) or not str(given):
        raise InputError("its id is neither a text nor a whole number")
    return str(given)


def _settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: fields[name] for name in _SETTINGS if fields.get(name) is not None}
    checked = {name: check_setting(name, value) for name, value in own.items()}
    if str(checked.get("system", "")).startswith("@"):  # in a file of data it is no file's name
        checked["system"] = f" {checked['system']}"
    return checked

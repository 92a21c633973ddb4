"""llm (llm.datasette.io): ``logs.db`` in both generations, templates, models of one's own.

Until 0.31 a row of ``responses`` is a question with its answer; since 0.32 messages hang in a
tree, and a thread is the name of one in it (its ``docs/logging.md``).
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from azchat.importing import (
    Foreign,
    Item,
    Left,
    Node,
    Profile,
    Prompt,
    Said,
    UnreadableError,
    Way,
    ways_in,
)
from azchat.importing.reading import (
    Tables,
    as_json,
    call_of,
    count,
    files_in,
    from_json,
    harmless,
    items,
    moment,
    number,
    open_tables,
    parameters_of,
    picture,
    picture_at,
    read_bytes,
    read_text,
    read_yaml,
    role_of,
    table,
    text,
    words,
)
from azchat.messages import (
    Echo,
    File,
    Message,
    Part,
    Reasoning,
    Text,
    ToolResult,
    Usage,
)
from azchat.redaction import Secret

PLACES = (
    "{LLM_USER_PATH}",
    "{config}/io.datasette.llm",
    "{home}/Library/Application Support/io.datasette.llm",
    "{APPDATA}/io.datasette.llm",
)
_ORDER = 'ORDER BY "order"'
_MODELS = "extra-openai-models.yaml"
_NOT_BROUGHT = (
    *("attachments", "attachment_types", "fragments", "system_fragments", "tools", "functions"),
)
_VARIABLE = re.compile(r"\$(?:(\$)|([_a-z][_a-z0-9]*)|\{([_a-z][_a-z0-9]*)\})", re.IGNORECASE)


def knows(path: Path) -> bool:
    """Return whether it is llm's folder, or its database."""
    return path.name == "logs.db" or any((path / name).is_file() for name in ("logs.db", _MODELS))


def read(path: Path) -> Iterator[Item]:
    """Yield the conversations, the newest first, then templates and models."""
    logs = path / "logs.db" if path.is_dir() else path
    if logs.is_file():
        with open_tables(logs) as tables:
            yield from _Logs(tables).conversations()
    if path.is_dir():
        for file in files_in(path, "templates/*.y*ml"):
            yield _template(file)
        yield from _models(path)


class _Logs:
    """The conversations of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._responses = tables.grouped("responses", "conversation_id")
        self._threads = {row.get("id"): row for row in tables.each("threads")}
        links = ("prompt_attachments", "prompt_fragments", "system_fragments", "tool_calls")
        self._links = {
            name: tables.grouped(name, "response_id") for name in (*links, "tool_results")
        }
        self._lacks = Counter[str]()

    def conversations(self) -> Iterator[Item]:
        """Yield the conversations; those that were forked from others come behind them."""
        known = {*self._responses, *self._threads}
        names = sorted((name for name in known if isinstance(name, str)), reverse=True)
        names.sort(key=lambda name: bool(table(self._threads.get(name)).get("forked_from")))
        yield from [Left("sessions", "answers of no conversation")] * (len(known) > len(names))
        for name in names:
            self._lacks = Counter()
            try:
                yield self._conversation(name)
            except UnreadableError as error:
                yield Left("sessions", f"{error}")

    def _conversation(self, name: str) -> Foreign:
        """Return a conversation; one that a newer llm went on with stands in both generations."""
        thread = table(self._threads.get(name))
        about = (self._tables.rows("conversations", "id = ?", name) or [thread])[0]
        earlier = list(self._old(self._responses.get(name, ())))
        ways, lacks = self._new(thread)
        asked = sum(said.message.role == "user" for said in earlier)
        if earlier:
            ways = [earlier + _behind(way, asked) for way in ways] or [earlier]
        parent, title = thread.get("forked_from"), text(about.get("name"))
        self._lacks.update(lacks)
        return Foreign(
            name,
            "" if title.endswith("…") else title,  # which llm has cut
            ways,
            moment(thread.get("datetime_utc")),
            self._lacks,
            text(parent),
        )

    # -- until 0.31 ---------------------------------------------------------------------

    def _old(self, numbers: Any) -> Iterator[Said]:
        for row in sorted(
            self._by_number("responses", numbers), key=lambda row: str(row.get("id"))
        ):
            yield from self._exchange(row, text(row.get("id")))

    def _exchange(self, row: Mapping[str, Any], name: str) -> Iterator[Said]:
        at = moment(row.get("datetime_utc"))
        system = [part.text for part in self._fragments("system_fragments", name)]
        if told := "\n".join([*system, text(row.get("system"))]).strip():
            yield Said(f"{name}-system", Message.system(told))
        results = [
            ToolResult(text(one.get("tool_call_id")), text(one.get("output")))
            for one in self._linked("tool_results", name)
        ]
        parts = [*self._fragments("prompt_fragments", name), *words(row.get("prompt"))]
        attached = self._linked("prompt_attachments", name, _ORDER)
        parts += [self._attachment(link.get("attachment_id")) for link in attached]
        if results:
            yield Said(f"{name}-tools", Message("tool", tuple(results)), at)
        if parts:
            yield Said(f"{name}-asked", Message("user", tuple(parts)), at)
        said: list[Part] = [Reasoning(told)] if (told := text(row.get("reasoning"))) else []
        said += words(row.get("response"))
        for call in self._linked("tool_calls", name):
            called = call.get("tool_call_id") or f"call-{call['at']}"
            said.append(call_of(called, call.get("name"), call.get("arguments")))
        yield Said(name, Message("assistant", tuple(said)), at, **_facts(row))

    def _fragments(self, links: str, name: str) -> list[File]:
        linked = self._linked(links, name, _ORDER)
        return [self._fragment(link.get("fragment_id")) for link in linked]

    def _linked(self, name: str, response: str, order: str = "") -> list[dict[str, Any]]:
        return self._by_number(name, self._links[name].get(response, ()), order)

    def _by_number(self, name: str, numbers: Any, order: str = "") -> list[dict[str, Any]]:
        blanks = ", ".join("?" * len(numbers))
        return self._tables.rows(name, f"rowid IN ({blanks}) {order}", *numbers) if numbers else []

    # -- since 0.32 ---------------------------------------------------------------------

    def _new(self, thread: Mapping[str, Any]) -> tuple[list[Way], Mapping[str, int]]:
        turns = self._tables.rows("turns", "thread_id = ? ORDER BY id", thread.get("id"))
        answers = {turn.get("tip_message_hash"): turn for turn in turns}
        times = {t.get("parent_message_hash"): moment(t.get("datetime_utc")) for t in turns}
        tip = thread.get("tip_message_hash")
        pending, nodes = [tip, *answers], dict[str, Node]()
        while pending:
            name = text(pending.pop())
            found = self._tables.rows("messages", "hash = ?", name)
            if name in nodes or not found:
                continue
            row, turn = found[0], table(answers.get(name))
            message = self._message(row, text(turn.get("model")))
            at = moment(turn.get("datetime_utc")) or times.get(name)
            said = Said(name, message, at, **_facts(turn)) if message.parts else None
            nodes[name] = Node(row.get("parent_hash"), said)
            pending.append(row.get("parent_hash"))
        return ways_in(nodes, tip)

    def _message(self, row: Mapping[str, Any], model: str) -> Message:
        parts: list[Part] = []
        echoed: list[dict[str, Any]] = []
        for one in self._tables.each("parts", "message_hash = ? ORDER BY position", row["hash"]):
            payload = table(from_json(one.get("payload")))
            parts += self._parts(one, payload)
            if payload.get("provider_metadata"):
                echoed.append({"type": one.get("type"), **payload})
        role = "tool" if any(isinstance(part, ToolResult) for part in parts) else row.get("role")
        # Signatures and encrypted thinking are for who made them, and azchat knows no such origin.
        echo = Echo(("llm", "llm", model), "", tuple(echoed)) if echoed else None
        return Message(role_of(role), tuple(parts), echo)

    def _parts(self, row: Mapping[str, Any], payload: Mapping[str, Any]) -> Iterator[Part]:
        told, called = text(row.get("text")), text(payload.get("tool_call_id"))
        match row.get("type"):
            case "tool_call":
                called = called or f"call-{row['at']}"
                yield call_of(called, payload.get("name"), payload.get("arguments"))
            case "tool_result":
                shown = items(payload.get("attachments"))
                self._lacks["pictures that a tool returned"] += len(shown)
                yield ToolResult(called, text(payload.get("output")))
            case "attachment":
                yield self._attachment(table(payload.get("attachment")).get("id"))
            case "reasoning" if told:
                yield Reasoning(told)
            case "text" if told:
                yield Text(told)
            case "text":
                for piece in map(table, items(payload.get("text_ref"))):
                    if literal := text(piece.get("literal")).strip("\n"):
                        yield Text(literal)
                    elif piece.get("fragment") is not None:
                        yield self._fragment(piece["fragment"])
            case _:
                pass

    # -- of both ------------------------------------------------------------------------

    def _fragment(self, name: Any) -> File:
        found = self._tables.rows("fragments", "id = ?", name)
        row = found[0] if found else {}
        return File(text(row.get("source")) or f"fragment {name}", text(row.get("content")))

    def _attachment(self, name: Any) -> Part:
        """Return an attachment; of a path, only where the file is still what it was."""
        found = self._tables.rows("attachments", "id = ?", name)
        row = found[0] if found else {}
        url, path, data = text(row.get("url")), text(row.get("path")), row.get("content")
        if url and text(row.get("type")).startswith("image/"):
            return picture_at(url)
        if path and not data:
            try:
                data = read_bytes(Path(path))
            except UnreadableError:
                data = None
            data = data if data and sha256(data).hexdigest() == name else None
        part = picture(path or url or "attachment", data if isinstance(data, bytes) else None)
        self._lacks["attachments that are no pictures, or gone"] += isinstance(part, Text)
        return part


def _behind(way: Way, asked: int) -> Way:
    """Return what of a way comes behind its first questions, which an older llm kept too."""
    questions = [at for at, said in enumerate(way) if said.message.role == "user"]
    return way[questions[asked] :] if asked < len(questions) else []


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of an answer says of it, in both generations."""
    details = table(from_json(row.get("token_details")))
    detail = table(details.get("completion_tokens_details") or details.get("output_tokens_details"))
    sent, answered = count(row.get("input_tokens")), count(row.get("output_tokens"))
    usage = Usage(sent, answered, count(detail.get("reasoning_tokens")))
    duration = number(row.get("duration_ms"))
    return {
        "model": text(row.get("model")) or None,
        "settings": parameters_of(from_json(row.get("options_json"))),
        "usage": usage if any(usage) else None,
        "seconds": None if duration is None else duration / 1000,
    }


def _template(file: Path) -> Item:
    try:
        said = read_yaml(file)
    except UnreadableError as error:
        return Left("templates", f"{file.name}: {error}")
    fields = {"prompt": said} if isinstance(said, str) else table(said)
    kept: dict[str, Any] = {
        name: _VARIABLE.sub(
            lambda found: found[1] or f"{{{{{found[2] or found[3]}}}}}", text(fields.get(name))
        )
        for name in ("prompt", "system")
    }
    extract = "last" if fields.get("extract_last") else "first" if fields.get("extract") else None
    kept |= {
        "model": text(fields.get("model")),
        "variables": {str(k): str(v) for k, v in table(fields.get("defaults")).items()},
        "parameters": (options := parameters_of(fields.get("options"))),
        "extract": extract,
        "schema": as_json(fields["schema_object"]) if fields.get("schema_object") else None,
    }
    lacks = {f"{name} of a template": 1 for name in _NOT_BROUGHT if fields.get(name)}
    lacks["options of a template"] = len(table(fields.get("options"))) - len(options)
    return Prompt(file.stem, {name: value for name, value in kept.items() if value}, lacks)


def _models(folder: Path) -> Iterator[Item]:
    if not (folder / _MODELS).is_file():
        return
    try:
        models = items(read_yaml(folder / _MODELS))
        keys = table(from_json(read_text(folder / "keys.json")))
    except UnreadableError as error:
        yield Left("profiles", f"{_MODELS}: {error}")
        return
    for model in map(table, models):
        headers = harmless(model.get("headers"))
        settings = {
            "endpoint": text(model.get("api_base")) or "https://api.openai.com/v1",
            "model": text(model.get("api_engine")) or text(model.get("model_name")),
            "api_version": text(model.get("api_version")),
            "headers": headers,
        }
        key = text(keys.get(text(model.get("api_key_name")) or "openai"))
        lost = len(table(model.get("headers"))) - len(headers)
        lacks = {"headers that may hold a key": lost}
        yield Profile(text(model.get("model_id")), settings, Secret(key) if key else None, lacks)

"""The answers that say no, each in the body form its real service uses."""

import json
from collections.abc import Iterable
from typing import Any

from azchat.demo.tables import table

_RELATIONS = {">=": "greater than or equal to", "<=": "less than or equal to"}


class Refused(Exception):  # noqa: N818 - an outcome of the protocol, not an error of the demo
    """A request that gets an HTTP error; ``body`` is the JSON of the reply.

    ``name`` and ``words`` are what it was made of, for dialects that say the same otherwise.
    """

    def __init__(
        self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers or {}
        self.name, self.words = "", dict[str, Any]()


def refused(name: str, /, **words: object) -> Refused:
    """Return a refusal of ``refusals.json``, its blanks filled in.

    One with a ``param`` has OpenAI's four fields, and is a 400 where it says nothing else; the
    others have Azure's code and message.
    """
    row = table("refusals")[name]
    error = {"code": row["code"], "message": row["message"].format(**words)}
    if "param" in row:
        error |= {"param": row["param"], "type": row.get("type", "invalid_request_error")}
        error |= {key: error[key].format(**words) for key in ("param", "code") if error[key]}
    headers = {key: text.format(**words) for key, text in row.get("headers", {}).items()}
    refusal = Refused(row.get("status", 400), {"error": error | row.get("more", {})}, headers)
    refusal.name, refusal.words = name, words
    return refusal


def listed(values: Iterable[object]) -> str:
    """Return values as a refusal lists them: ``'low', 'medium', and 'high'``."""
    *others, last = [quoted(value) for value in values]
    return f"{', '.join(others)}{',' * (len(others) > 1)} and {last}" if others else last


def quoted(value: object) -> str:
    """Return a value as a refusal names it: a text in quotes, all else as JSON."""
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def unprocessable(field: str, problem: str, *, is_missing: bool) -> Refused:
    """Return the 422 of the inference routes: a JSON text inside a JSON string."""
    kind, problem = ("missing", "Field required") if is_missing else ("value_error", problem)
    detail = {"detail": [{"type": kind, "loc": ["body", field], "msg": problem}]}
    error = {"code": "Invalid input", "message": json.dumps(detail), "status": 422}
    return Refused(422, {"error": error})


def extra_parameters(names: list[str]) -> Refused:
    """Return what the inference routes say to body keys they do not know."""
    detail = (
        f"Extra parameters {names} are not allowed when extra-parameters is not set or set to be "
        "'error'. Set extra-parameters to 'pass-through' to pass to the model."
    )
    return Refused(400, {"detail": detail})


def refuse(name: str, /, **words: Any) -> Refused:
    """Return what Claude's service says no with; a row with a status and no type is a gateway's."""
    row = table("refusals")["messages"][name]
    others, _, last = str(words.get("supported", "")).rpartition(" and ")
    words["supported"] = f"{others.removesuffix(',')} or {last}" if others else last
    words["relation"] = _RELATIONS.get(words.get("sign", ""))
    words["param"] = str(words.get("param")).replace("[", ".").replace("]", "")
    message = row["message"].format(**words)
    status = row.get("status", 400)
    if "type" not in row and "status" in row:
        return Refused(status, {"statusCode": status, "message": message})
    error = {"type": row.get("type", "invalid_request_error"), "message": message}
    return Refused(status, {"type": "error", "error": error})


def retold(refusal: Refused) -> Refused:
    """Return what another dialect refuses in these words; what has none stays as it is."""
    if refusal.name not in table("refusals")["messages"]:
        return refusal
    told = refuse(refusal.name, **refusal.words)
    told.headers = refusal.headers
    return told

"""What Claude's service says no with; Azure's gateway before it has forms of its own."""

from typing import Any

from azchat.demo.refusals import Refused
from azchat.demo.tables import table

_RELATIONS = {">=": "greater than or equal to", "<=": "less than or equal to"}


def refuse(name: str, /, **words: Any) -> Refused:
    """Return a refusal of the service; a row without a type, but with a status, is a gateway's."""
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

"""What the service says for itself alone: ids that tell what came together, sealed thinking."""

import base64
import hashlib
from contextlib import suppress

_MARK = "gAAAAA"  # how real ones begin: a Fernet token


def item_id(prefix: str, response: str, index: int, *, thought: bool = False) -> str:
    """Return the id of an item; it tells whether its response began with a reasoning item."""
    tail = f"{response}{index:02x}{int(thought)}"
    return f"{prefix}_{tail}{_sign(tail)[:9]}"


def needed_reasoning(id: str) -> str | None:  # noqa: A002
    """Return the id of the reasoning item that an item came with; None for a foreign id."""
    tail = id.partition("_")[2]
    response, index, thought, sign = tail[:32], tail[32:34], tail[34:35], tail[35:]
    is_own = sign == _sign(f"{response}{index}{thought}")[:9]
    return item_id("rs", response, 0) if is_own and thought == "1" else None


def seal(model: str, id: str) -> str:  # noqa: A002
    """Return the ``encrypted_content`` of a reasoning item, for this model alone."""
    text = f"{id} {_sign(f'{model.lower()} {id}')}"
    return _MARK + base64.urlsafe_b64encode(text.encode()).decode()


def unseal(model: str, content: str) -> str | None:
    """Return the id of the item that this content is of; None where it cannot be decrypted."""
    with suppress(ValueError):
        text = base64.urlsafe_b64decode(content.removeprefix(_MARK)).decode()
        return next((one for one in text.split()[:1] if seal(model, one) == content), None)
    return None


def _sign(text: str) -> str:
    return hashlib.sha256(f"azchat demo {text}".encode()).hexdigest()

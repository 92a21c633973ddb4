"""A model that answers what a test wrote, one answer for each request."""

import json
from pathlib import Path
from typing import Any

from tests.faults.payloads import DONE, USAGE, chunk, content, event, usage_chunk
from tests.faults.scripted import Scripted, reply
from tests.front_door import Result, azchat
from tests.oracles import CANARY


def says(text: str, finish: str = "stop") -> bytes:
    """Return a streamed reply; the text comes in several pieces."""
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    events = [*map(content, pieces), chunk({}, finish), usage_chunk(USAGE)]
    return reply(b"".join(map(event, events)) + DONE)


def refuses(message: str, status: str = "400 Bad Request") -> bytes:
    """Return a refusal as OpenAI and Azure word it."""
    error = {"error": {"message": message, "type": "invalid_request_error", "param": None}}
    return reply(json.dumps(error).encode(), status, content_type="application/json")


def ask(model: Scripted, home: Path, *args: str, prompt: str = "hi", **more: Any) -> Result:
    """Ask the model by azchat."""
    env = {
        "AZURE_INFERENCE_ENDPOINT": model.url,
        "AZURE_INFERENCE_CREDENTIAL": CANARY,
        "AZURE_INFERENCE_MODEL": "m",
    }
    return azchat("ask", prompt, *args, home=home, env=env, **more)

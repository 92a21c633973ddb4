"""A user who has asked things: ``say`` saves a turn, ``sessions`` looks at what is saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.payloads import DONE, chunk, content, event
from tests.faults.scripted import Scripted, reply
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

Say = Callable[..., Result]
Sessions = Callable[..., Result]


@pytest.fixture
def sessions(home: Path) -> Sessions:
    """``azchat sessions``: ``sessions("show", "notes", tty=True)``."""

    def run(*args: str, **more: Any) -> Result:
        return azchat("sessions", *args, home=home, **more)

    return run


@pytest.fixture
def say(home: Path) -> Say:
    """Ask ``question`` and get ``answer``: ``say("Why?", "So.", "--session", "notes")``."""

    def run(
        question: str,
        answer: str,
        *args: str,
        thinking: str = "",
        finish: str | None = "stop",
        code: int = 0,
        alone: bool = True,
    ) -> Result:
        thoughts = event(chunk({"reasoning_content": thinking})) if thinking else b""
        end = event(chunk({}, finish)) + DONE if finish else b""
        with Scripted(reply(thoughts + event(content(answer)) + end)) as model:
            env = {
                "AZURE_INFERENCE_ENDPOINT": model.url,
                "AZURE_INFERENCE_CREDENTIAL": CANARY,
                "AZURE_INFERENCE_MODEL": "m",
            }
            result = azchat("ask", *args, "--", question, home=home, env=env)
        check(result, code=code, servers=[model], alone=alone)
        return result

    return run

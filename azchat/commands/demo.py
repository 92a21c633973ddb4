"""``azchat demo serve``: the scripted service over HTTP."""

import time
from contextlib import ExitStack
from typing import Any

from azchat.environment import Environment
from azchat.errors import ConfigError, ExitCode, LocalError

_QUESTION = '"How many languages are in the world?"'


def run(
    env: Environment,
    *,
    port: int,
    key_env: str | None,
    audience: str | None = None,
    azure: bool = False,
    speed: float | None,
    rpm: int | None = None,
    tpm: int | None = None,
) -> ExitCode:
    """Serve until a signal comes."""
    from azchat.demo.server import DemoServer

    key = env.variables.get(key_env, "").strip() if key_env else None
    if key == "":
        raise ConfigError(f"{key_env} is empty", f"set {key_env} to the key to demand")

    def log(line: str) -> None:
        env.stderr.write(f"{line}\n")

    how: dict[str, Any] = {"tokens_per_second": speed, "rpm": rpm, "tpm": tpm, "log": log}
    how["key"] = key
    with ExitStack() as stack:
        if azure:
            from azchat.demo.azure.cloud import Cloud

            how |= {"cloud": Cloud(time.time), "audience": audience or "auto"}
        try:
            server = DemoServer(port=port, **{"audience": audience, **how})
        except OSError as error:
            what = f"cannot listen on 127.0.0.1:{port}: {(error.strerror or '').lower()}"
            raise LocalError(what, "choose another with --port, or 0 for any") from None
        lines = _stage(stack, server.url, how) if azure else _variables(server.url, key, audience)
        told = "".join(f"  {line}\n" for line in lines)
        env.stdout.write(f"serving on {server.url} (Ctrl-C ends it)\n{_speakers()}{told}")
        server.serve_forever()
    return ExitCode.OK


def _stage(stack: ExitStack, root: str, how: dict[str, Any]) -> list[str]:
    """Play the authority too, over TLS; return what makes a shell use both."""
    from azchat.demo.azure.stage import Stage
    from azchat.demo.server import DemoServer
    from azchat.settings.families import NAMES

    stage = Stage.made()
    stack.callback(stage.close)
    how["cloud"].page = f"{root}/devicelogin"
    authority = stack.enter_context(DemoServer(tls=stage.context(), **how))
    return stage.furnish(root, authority.port, NAMES)


def _variables(root: str, key: str | None, audience: str | None) -> list[str]:
    """Return what makes a shell use the demo."""
    from azchat.demo.models import DEFAULT_MODEL

    own = [f"export AZURE_INFERENCE_CREDENTIAL={'...' if key else 'any'}"]
    return [
        f"export AZURE_INFERENCE_ENDPOINT={root}/openai/v1",
        f"export AZURE_INFERENCE_MODEL={DEFAULT_MODEL}",
        *([] if audience else own),
        f"azchat ask {'--auth entra ' if audience else ''}{_QUESTION}",
    ]


def _speakers() -> str:
    from azchat.demo.models import speakers

    return (
        f"  Chat Completions: {', '.join(speakers('chat'))}\n"
        f"  Responses, at /openai/v1: {', '.join(speakers('responses'))}\n"
        f"  Messages, at /anthropic: {', '.join(speakers('messages'))}\n"
        "in another terminal:\n"
    )

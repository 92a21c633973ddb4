"""``azchat demo serve``: the scripted service over HTTP."""

from typing import Any

from azchat.environment import Environment
from azchat.errors import ConfigError, ExitCode, LocalError


def run(
    env: Environment,
    *,
    port: int,
    key_env: str | None,
    audience: str | None = None,
    speed: float | None,
    rpm: int | None = None,
    tpm: int | None = None,
) -> ExitCode:
    """Serve until a signal comes."""
    from azchat.demo.models import speakers
    from azchat.demo.server import DemoServer

    key = env.variables.get(key_env, "").strip() if key_env else None
    if key == "":
        raise ConfigError(f"{key_env} is empty", f"set {key_env} to the key to demand")

    def log(line: str) -> None:
        env.stderr.write(f"{line}\n")

    try:
        own: dict[str, Any] = {"audience": audience, "rpm": rpm, "tpm": tpm}
        server = DemoServer(port=port, key=key, tokens_per_second=speed, log=log, **own)
    except OSError as error:
        what = f"cannot listen on 127.0.0.1:{port}: {(error.strerror or '').lower()}"
        raise LocalError(what, "choose another with --port, or 0 for any") from None
    key_line = f"  export AZURE_INFERENCE_CREDENTIAL={'...' if key else 'any'}\n"
    env.stdout.write(
        f"serving on {server.url} (Ctrl-C ends it)\n"
        f"  Chat Completions: {', '.join(speakers('chat'))}\n"
        f"  Responses, at /openai/v1: {', '.join(speakers('responses'))}\n"
        f"  Messages, at /anthropic: {', '.join(speakers('messages'))}\n"
        "in another terminal:\n"
        f"  export AZURE_INFERENCE_ENDPOINT={server.url}/models\n"
        f"{'' if audience else key_line}"
        f"  azchat ask {'--auth entra ' if audience else ''}"
        '"How many languages are in the world?"\n'
    )
    server.serve_forever()
    return ExitCode.OK

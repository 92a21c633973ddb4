"""``azchat web``: a chat page in the browser of this machine."""

import threading
from typing import TYPE_CHECKING

from azchat.asking.route import Means
from azchat.environment import Environment
from azchat.errors import ExitCode, UsageError
from azchat.redaction import Redactor

if TYPE_CHECKING:
    from azchat.asking.toolset import ToolWish
    from azchat.attachments import AttachmentOptions
    from azchat.web.guard import Secret


def run(
    env: Environment,
    redactor: Redactor,
    means: Means,
    options: "AttachmentOptions",
    tools: "ToolWish | None",
    *,
    port: int,
    opens: bool,
) -> ExitCode:
    """Serve the page until a signal comes."""
    try:
        from azchat.web.serving import listen, serve
    except ModuleNotFoundError:
        raise UsageError("the page needs a server", "pip install 'azchat[web]'") from None
    from azchat.asking.link import Link
    from azchat.web.hub import Hub

    link = Link.choose(env, redactor, means)  # what is wrong is told before a page opens
    listening = listen(port)
    for notice in link.notices:
        env.stderr.write(f"azchat: {notice}\n")
    opened = tools.open(env, redactor) if tools else None
    hub = Hub(env, redactor, means, options, opened)
    if opened:
        _ = opened.toolbox  # those that cannot be used are told before the first question

    def ready(url: str, secret: "Secret") -> None:
        env.stdout.write(f"{url}#{secret.text}\n")
        env.stderr.write("azchat: the page is for this machine alone; Ctrl-C ends it\n")
        if opens:
            import webbrowser

            webbrowser.open(f"{url}#ticket={secret.ticket}")
        importing = threading.Thread(target=_import_engine, daemon=True)
        importing.start()

    serve(hub, listening, ready)
    return ExitCode.OK


def _import_engine() -> None:
    """Import what an answer takes while the page is being looked at."""
    import azchat.azure.client
    import azchat.web.blocks
    import azchat.wire.response  # noqa: F401

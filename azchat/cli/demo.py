"""``azchat demo …``."""

import typer

from azchat.cli.options import plain
from azchat.parameters import FLAG, SECONDS, TEXT, Spec, whole

app = typer.Typer(no_args_is_help=True, help="The built-in scripted service.")

# fmt: off
plain(app, "serve", "demo:run",
    "Serve the demo over HTTP on this machine. Scripts can be tried without an account.",
    port=Spec(whole(0, 65535), "--port", "Port on 127.0.0.1; 0: any.", default=8931),
    key_env=Spec(TEXT, "--key-env", "Demand the key that this variable holds.", "VAR"),
    audience=Spec(TEXT, "--audience",
        "Take no key, but Entra tokens for this audience; auto: the route's own.", "URL|auto"),
    azure=Spec(FLAG, "--azure",
        "Play Azure and its sign-in too, for one shell: `az login`, then `azchat`."),
    speed=Spec(SECONDS, "--speed", "Tokens a second; default: all at once.", "N"),
    rpm=Spec(whole(1), "--rpm", "Requests a minute; more are refused."),
    tpm=Spec(whole(1), "--tpm", "Tokens a minute; more are refused."))
# fmt: on

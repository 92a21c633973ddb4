"""Draws the README's picture: the program runs on a pseudo-terminal, Rich turns it into SVG.

Run from the repository root: python -m tests.screenshots
"""

import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from azchat.demo.server import DemoServer
from tests.front_door import azchat

PICTURE = Path(__file__).parent / "ask.svg"
QUESTION = "How many languages are in the world?"
WIDTH = 92


def draw() -> str:
    """Return the SVG of one question to the demo."""
    with DemoServer(tokens_per_second=400) as demo, tempfile.TemporaryDirectory() as home:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"{demo.url}/models",
            "AZURE_INFERENCE_CREDENTIAL": "any",
            "AZURE_INFERENCE_MODEL": "DeepSeek-R1",
            "TERM": "xterm-256color",
        }
        result = azchat(
            "ask", "-u", "--thinking", "summary", QUESTION,
            home=Path(home), env=env, tty=True, size=(WIDTH, 24), timeout=30,
        )  # fmt: skip
    console = Console(record=True, width=WIDTH, file=open("/dev/null", "w"), force_terminal=True)  # noqa: PTH123, SIM115
    console.print(Text(f'$ azchat ask -u --thinking summary "{QUESTION}"', style="bold"))
    console.print(Text.from_ansi(result.terminal.decode().replace("\r\n", "\n")))
    return console.export_svg(title="azchat")


if __name__ == "__main__":
    PICTURE.write_text(draw())

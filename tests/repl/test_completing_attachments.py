"""Tab behind ``/attach``."""

from pathlib import Path

from azchat.repl.loop import completions
from tests.repl.fake_host import Chat


def test_attach_completes_files(tmp_path: Path) -> None:
    (tmp_path / "chart.png").touch()
    (tmp_path / "notes.md").touch()
    found = completions(Chat().session, f"/attach {tmp_path}/ch")
    assert [choice.text for choice in found] == ["chart.png"]

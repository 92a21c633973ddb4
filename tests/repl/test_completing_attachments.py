"""Tab behind ``/attach``."""

from pathlib import Path

from azchat.repl.completing import completions


def test_attach_completes_files(tmp_path: Path) -> None:
    (tmp_path / "chart.png").touch()
    (tmp_path / "notes.md").touch()
    found = completions(f"/attach {tmp_path}/ch", lambda before: [])
    assert [choice.text for choice in found] == ["chart.png"]

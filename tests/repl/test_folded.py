"""A long paste is a few words at the prompt, and is sent and kept whole."""

from pathlib import Path

import pytest
from prompt_toolkit.document import Document
from prompt_toolkit.layout.processors import TransformationInput

from azchat.repl.folded import FoldedPastes
from tests.faults.server import FaultServer
from tests.oracles import check
from tests.repl.chatting import PROMPT_TOOLKIT, chatting, data_folder, sent

LINES = "\n".join(f"row {n}" for n in range(64))
PASTED = f"\x1b[200~{LINES}\x1b[201~"


def test_a_paste_of_64_lines_folds_and_is_sent_and_kept_whole(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok")) as chat:
        chat.type(f"look at {PASTED} now", "> look at [64 lines pasted] now")
        chat.ask("")
        chat.type("\x1b[A", "> look at [64 lines pasted] now")
        chat.send("\x03")
        result = chat.leave()
    check(result, code=0, servers=[fs], allow=PROMPT_TOOLKIT)
    assert sent(fs.requests)[-1] == ("user", f"look at {LINES} now")
    history = (data_folder(home) / "history").read_text()
    assert "+look at row 0\n+row 1\n" in history
    assert "+row 63 now\n" in history


def test_tab_behind_it_unfolds_it_and_backspace_takes_it_away(fs: FaultServer, home: Path) -> None:
    with chatting(home, fs.url("ok"), size=(80, 80)) as chat:
        chat.wait_for_prompt()
        chat.type(f"a{PASTED}{PASTED}\x7f", "> a[64 lines pasted]")
        chat.type("\t!", "· row 63!")
        chat.ask("")
        chat.leave()
    assert sent(fs.requests)[-1] == ("user", f"a{LINES}!")


def test_the_editor_gets_it_whole(fs: FaultServer, home: Path) -> None:
    editor = home / "editor"
    editor.write_text("#!/bin/sh\nsed -n 's/row/line/;$p' $1 > new && cp new $1\n")
    editor.chmod(0o700)
    with chatting(home, fs.url("ok"), env={"EDITOR": str(editor)}) as chat:
        chat.type(PASTED, "> [64 lines pasted]")
        chat.type("\x07", "> line 63")
        chat.ask("")
        chat.leave()
    assert sent(fs.requests)[-1] == ("user", "line 63")


@pytest.mark.parametrize("text", ["one", "a\nb\n", "\n" * 8, "é" * 2000])
def test_a_short_paste_stays_as_it_is(text: str) -> None:
    assert FoldedPastes().fold(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [("a\n" * 9, "[9 lines pasted]"), ("x" * 2001, "[2001 characters pasted]")],
)
def test_each_cell_of_the_words_is_the_paste(text: str, words: str) -> None:
    folded = FoldedPastes()
    line = f"ab{folded.fold(text)}c"
    assert folded.unfold(line) == f"ab{text}c"
    given = TransformationInput(
        None,  # type: ignore[arg-type]  # it is not looked at
        Document(line),
        0,
        lambda at: at,
        [("", line)],
        80,
        1,
    )
    shown = folded.apply_transformation(given)
    assert "".join(piece[1] for piece in shown.fragments) == f"ab{words}c"
    places = [shown.source_to_display(at) for at in range(5)]
    assert places == [0, 1, 2, 2 + len(words), 3 + len(words)]
    assert [shown.display_to_source(at) for at in (0, 2, 5, 2 + len(words))] == [0, 2, 2, 3]

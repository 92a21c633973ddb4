"""Text that is kept up to a limit."""

from azchat.render.kept import LIMIT, KeptText


def test_text_is_kept_until_it_is_taken() -> None:
    kept = KeptText()
    assert kept.add("a")
    assert kept.add("b")
    assert (kept.size, kept.take(), kept.size, kept.text) == (2, "ab", 0, "")


def test_text_without_end_does_not_fill_the_memory() -> None:
    kept = KeptText()
    assert kept.add("x" * LIMIT)
    assert not kept.add("y")
    assert kept.size == LIMIT
    kept.clear()
    assert kept.add("z")

"""Marks of code in prose stay what they are; marks of Markdown become styles."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.documents import PROPERTY, shown

DATA = Path(__file__).parent.parent / "data" / "marks"
CODE = [line for line in (DATA / "code.txt").read_text().splitlines() if not line.startswith("##")]
EMPHASIS = (DATA / "emphasis.txt").read_text().splitlines()
BETWEEN = st.sampled_from([" and ", ", ", "; ", " ", " or `x`, ", "\n", " (see) "])


@pytest.mark.parametrize("code", CODE)
def test_code_in_prose_is_what_was_written(code: str) -> None:
    assert shown(f"See {code} there", 200) == [f"See {code} there"]
    assert shown(f'See "{code}".', 200) == [f'See "{code}".']
    assert shown(code, 200) == [code]


@settings(PROPERTY, max_examples=600)
@given(st.lists(st.sampled_from(CODE), min_size=2, max_size=3), BETWEEN)
def test_no_pieces_of_code_make_emphasis_together(codes: list[str], between: str) -> None:
    text = f"Use {between.join(codes)}."
    assert "\n".join(shown(text, 2_000)) == text.replace("`x`", "x")


@settings(PROPERTY, max_examples=300)
@given(st.lists(st.sampled_from(EMPHASIS), min_size=1, max_size=3), st.sampled_from(CODE))
def test_emphasis_beside_code_is_emphasis(texts: list[str], code: str) -> None:
    alone = [" ".join(shown(text)) for text in texts]
    assert shown(" ".join([*texts, f"`{code}`"]), 2_000) == [" ".join([*alone, code])]


@pytest.mark.parametrize("text", EMPHASIS)
def test_emphasis_is_emphasis(text: str) -> None:
    left = "".join(shown(text))
    assert not {"*", "_"} & set(left) or left in ("__init__.py", "snake_case_name", "a * b")

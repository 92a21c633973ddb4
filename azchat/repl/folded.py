"""Long pastes at the prompt: one character of the text each, shown as a few words, sent whole."""

from bisect import bisect_right
from itertools import accumulate

from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments

_LINES, _CHARACTERS = 8, 2000  # what is longer is folded
_FIRST = 0x100000  # of the last private use area: nobody types it


class FoldedPastes(Processor):
    """The pastes of a run."""

    def __init__(self) -> None:
        self._pastes: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def fold(self, text: str) -> str:
        """Return what stands for a paste in the text that is edited: itself, where it is short."""
        lines = text.rstrip("\n").count("\n") + 1
        if lines <= _LINES and len(text) <= _CHARACTERS:
            return text
        mark = chr(_FIRST + len(self._pastes))
        self._pastes[mark] = text
        size = f"{lines} lines" if lines > 1 else f"{len(text)} characters"
        self._words[mark] = f"[{size} pasted]"
        return mark

    def unfold(self, text: str) -> str:
        """Return a text with its pastes whole."""
        return "".join(self._pastes.get(character, character) for character in text)

    def is_in(self, text: str) -> bool:
        """Return whether something in it is folded."""
        return not self._pastes.keys().isdisjoint(text)

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Show the words; for prompt-toolkit."""
        fragments = explode_text_fragments(transformation_input.fragments)
        if not self.is_in("".join(fragment[1] for fragment in fragments)):
            return Transformation(transformation_input.fragments)
        words = [self._words.get(fragment[1], fragment[1]) for fragment in fragments]
        starts = [0, *accumulate(map(len, words))]
        return Transformation(
            [(fragment[0], shown) for fragment, shown in zip(fragments, words, strict=True)],
            lambda at: starts[min(at, len(starts) - 1)],
            lambda at: bisect_right(starts, at) - 1,
        )

r"""Which marks within a line are Markdown's, and which belong to code that stands in prose.

By CommonMark ``5*4*3`` has emphasis, ``__init__.py`` is bold, and ``\_temp\*.log`` loses its
backslashes. A mark is Markdown's where it stands as marks do in prose, on the edge of a word; in
doubt it is text: what is shown too much can be read, what is lost cannot.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis, link, strikethrough
from markdown_it.rules_inline import escape as plain_escape
from markdown_it.rules_inline.state_inline import Delimiter

_CJK = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
# Scripts that set no space between a word and what is emphasised beside it.
_UNSPACED = re.compile(r"[\u0590-\u08ff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff]")
_RUN = 0x100  # more than any mark's code
_NEAR = 200  # characters: how far is looked for what a mark belongs to
_ADDRESS = re.compile(r"\w://\S*$")
_PAIRS = ("()", "[]", "{}", "<>", "«»", "“”")
_C_TYPE = r"(?<![*\w])(?:\w+_t|int|char|void|float|double|long|short|bool|(?:un)?signed|FILE|const)"
_PUNCTUATION = r"[!-/:-@\[-`{-~]"

# Where no emphasis begins or ends: "\0" is the mark. Of one mark more is asked than of two.
_NO_BEGIN = re.compile(
    rf"(?:[)\]}}\\$%^&@#]|\S\|)\0|(?<![\s*_])/\0|\0{_PUNCTUATION}(?:\s|$)|\0[,;)\]}}=>|]"
)
_NO_BEGIN_ONE = re.compile(
    rf"(?:[.+=]|::|{_C_TYPE}\s|=\s|\w\()\0|\0_\w|\0\w+ ?=|[\"']\0\w+_[\"']"
    r"|\0[^\w\"'(\[{<$#@~`!\\&*\u0080-\U0010ffff]"
)
_MORE = re.compile(r"[^*]*[\s(,\[](?:\*|\*\*(?!.+?\*\*))\w")  # behind *args in *args, *more
_NO_BEGIN_TWO = re.compile(r"\0/(?![^\s*]*[^\s*/]\*\*(?![\w/]))")
_NO_END = re.compile(
    rf"[(\[{{<=|&^@\\]\0|(?:^|\s){_PUNCTUATION}\0|\0[={{$%^@#&]|\0\\\w|\0\*+[.\w]"
    r"|[0-9A-Za-z_\u00c0-\u03ff)\].]\*+(?![)\"'.,:;!?])[^\s*]*\0|\*\.\0|[\\^]\S*\]\0|://\S*\*\S*\0"
)
_NO_END_ONE = re.compile(
    rf"(?:[/-]|[\"']_\w+(?=\0[\"'])|(?<![^\s\"'])\$|\\\w|\b\w\.|{_C_TYPE})\0|\.\0[,;]"
    r"|\0(?:[(+]|[.?!:,;]\w|-\d|/(?!\*)|\\(?!\n))"
)
_NO_END_TWO = re.compile(r"(?s)^(?!.*(?:^|[\s(])\*\*[^\s*/][^\s*]*/\0).*/\0")  # but **src/**
_WORD_END = re.compile(r"[^\W\d_]{2}$|[.!?:\"'”]$")
_PART_OF_WORD = re.compile(r"(?<![\w*)\]])\*\*[^\W\d_]+$")  # **A**bbreviations
# Be**cause**: "\0" is behind the mark.
_SYLLABLE = re.compile(r"(?<![\w*])[^\W\d_]{2,}\*\*\0[^\W\d_]{2,}\*\*(?![\w*(\[])")
_SYLLABLE_END = re.compile(r"(?<![\w*])[^\W\d_]{2,}\*\*[^\W\d_]{2,}\*\*\0(?![\w*(\[])")
_DUNDER = re.compile(r"__(?:[a-z]\w*|[A-Z][A-Z0-9_]*)__(?!_)")
_DUNDER_END = re.compile(r"(?<!_)__(?:[a-z]\w*|[A-Z][A-Z0-9_]*)$")
_NAME = re.compile(r"[^\W_]+(?:_+[^\W_]|\()|\([\"']")
_NAME_END = re.compile(r"[\w)=/.?&#%:|-]_[^\s_]+$|://\S*$")

# Marks that a backslash makes text; before anything else it is text itself.
_ESCAPABLE = re.compile(r"[*_#\[\]()~`<>!$+\-]|\.|&\w*;|&#")
_CODE_WORD = re.compile(
    r"\\[^\W_]|^[\"'(\[]*(?:[A-Za-z]:|\.{1,2}|~|%\w+%|\$[\w:]+)\\"  # a path
    r"|^\\\\\w|\.[*+]|\[\^|\(\?|[)\]][*+?{]|\{\d+,?\d*\}|^\^|(?<!\\)\$$"  # a regular expression
)
_LATEX = re.compile(r"\\[A-Za-z]{2,}\s*[\[{]")
_MARK = re.compile(r"[*_$\[\]~]")
# handlers[i](event) is a call.
_CALL = re.compile(r"\[[^\]\n]*\]\((?:[^)\s/.:#]*|[\"'][^)\n]*)\)")


def add_inline_rules(markdown: MarkdownIt) -> None:
    """Let ``markdown`` tell its marks from those of code."""
    markdown.inline.ruler.at("emphasis", _emphasis)
    markdown.inline.ruler.at("strikethrough", _emphasis)
    markdown.inline.ruler.at("escape", _escape)
    markdown.inline.ruler.at("link", _link)
    markdown.inline.ruler2.before("balance_pairs", "part_runs", _part_runs)
    markdown.inline.ruler2.after("balance_pairs", "join_runs", _join_runs)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Read asterisks, underlines and tildes.

    By CommonMark asterisks between punctuation and a letter are text, also where Chinese,
    Japanese or Korean goes on without a space, as in **「a」**的.
    """
    begin, known = state.pos, len(state.delimiters)
    rule = strikethrough if state.src[begin] == "~" else emphasis
    if not rule.tokenize(state, silent) or known == len(state.delimiters):
        return state.pos > begin
    src, mark, end = state.src, state.src[begin], state.pos
    near, after = _beside(src, begin, end)
    first, *others = state.delimiters[known:]
    if mark == "*":
        first.open |= bool(after[:1].strip()) and bool(_CJK.match(near[-1:]))
        first.close |= bool(near[-1:].strip()) and bool(_CJK.match(after[:1]))
    is_glob = near[-1:] == "*" and not (known and state.delimiters[known - 1].open)  # a_*_b
    if mark == "*" and end == begin + 1 and _MORE.match(src, end, end + _NEAR):
        is_glob = True
    first.open = first.open and not is_glob and _may_open(near, after, mark, end - begin)
    first.close = first.close and _may_close(near, after, mark, end - begin)
    for other in others:
        other.open, other.close = first.open, first.close
    return True


def _beside(src: str, begin: int, end: int) -> tuple[str, str]:
    """Return what may matter of the text on both sides of a mark: the nearest words."""
    first = src.rfind(" ", max(0, begin - _NEAR), max(0, begin - 1))
    last = src.find(" ", end + 1, end + _NEAR)
    return src[max(0, begin - _NEAR, first) : begin], src[
        end : last + 2 if last > 0 else end + _NEAR
    ]


def _part_runs(state: StateInline) -> None:
    """Let one mark match one, and two match two: ``**argv`` does not begin what ``b*`` ends."""
    for delimiters in _delimiters(state):
        if all(delimiter.length < 3 for delimiter in delimiters):
            for delimiter in delimiters:
                delimiter.marker += delimiter.length * _RUN


def _join_runs(state: StateInline) -> None:
    for delimiters in _delimiters(state):
        for delimiter in delimiters:
            delimiter.marker %= _RUN


def _delimiters(state: StateInline) -> list[list[Delimiter]]:
    metas = [meta["delimiters"] for meta in state.tokens_meta if meta and "delimiters" in meta]
    return [state.delimiters, *metas]


def _joins(character: str) -> bool:
    """Return whether a mark beside ``character`` stands in the middle of a word."""
    is_word = character.isalnum() or character == "_"
    return is_word and not _CJK.match(character) and not _UNSPACED.match(character)


def _is_alone(before: str, after: str) -> bool:
    """Return whether a mark is all there is between two signs, as in COUNT(*) and '*'."""
    around = before[-1:] + after[:1]
    is_twice = len(around) == 2 and around[0] == around[1]
    is_word = around[:1].isalnum() or around[:1] in ("(", ")", "[", "]") or around.isspace()
    return around in _PAIRS or (is_twice and not is_word)


def _may_open(before: str, after: str, mark: str, length: int) -> bool:
    if _SYLLABLE.search(f"{before}{mark * length}\0{after}"):
        return True
    if _joins(before[-1:]) or _is_alone(before, after) or _ADDRESS.search(before):
        return False
    if mark == "_" and (_DUNDER.match(f"{'_' * length}{after}") or _NAME.match(after)):
        return False
    if mark == "~":
        return True
    return not _found(f"{before}\0{after}", _NO_BEGIN, (_NO_BEGIN_TWO, _NO_BEGIN_ONE)[length == 1])


def _may_close(before: str, after: str, mark: str, length: int) -> bool:
    if _SYLLABLE_END.search(f"{before}{mark * length}\0{after}"):
        return True
    if _is_alone(before, after):
        return False
    if mark == "_" and (_DUNDER_END.search(before) or _NAME_END.search(before)):
        return False
    is_part = length == 2 and bool(_PART_OF_WORD.search(before))
    if not is_part and (
        _joins(after[:1]) or (after[:1] in ("(", "[", "-") and not _WORD_END.search(before))
    ):
        return False
    return mark == "~" or not _found(
        f"{before}\0{after}", _NO_END, (_NO_END_TWO, _NO_END_ONE)[length == 1]
    )


def _found(place: str, *patterns: re.Pattern[str]) -> bool:
    return any(pattern.search(place) for pattern in patterns)


def _escape(state: StateInline, silent: bool) -> bool:
    """Read a backslash that makes the mark behind it text."""
    src, at = state.src, state.pos
    if src[at] != "\\":
        return False
    length = 2 if src.startswith("\\", at + 1) else 1
    is_break = src.startswith("\n", at + 1) and not src[at - 1 : at].isspace()
    if is_break or (length == 1 and _is_escape(src, at)):
        return plain_escape(state, silent)
    if length == 1 and _MARK.match(src, at + 1):
        length = 2  # what it does not make text is no mark either
    if not silent:
        state.append_pending(src[at : at + length])
    state.pos += length
    return True


def _is_escape(src: str, at: int) -> bool:
    near, after = src[max(0, at - _NEAR) : at], src[at : at + _NEAR]
    if not _ESCAPABLE.match(after, 1) or (after[1] == "." and not near[-1:].isdigit()):
        return False
    word = (near.split() or [""])[-1] if near[-1:].strip() else ""
    word += after.split(maxsplit=1)[0]
    line = near.rpartition("\n")[2] + after.partition("\n")[0]
    return not _CODE_WORD.search(word) and not _LATEX.search(line)


def _link(state: StateInline, silent: bool) -> bool:
    before = state.src[state.pos - 1 : state.pos] if state.pos else ""
    is_call = before.isascii() and (_joins(before) or before in (")", "]"))
    if is_call and _CALL.match(state.src, state.pos):
        return False
    return link(state, silent)

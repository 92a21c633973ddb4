"""Makes a text safe to consent to: nothing in it is invisible, or passes for something else."""

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from azchat.terminal.safe import visible

# Beyond what is never shown as it is: joiners, variation selectors, fillers and blanks.
_UNSEEN = (
    "[\u00a0\u034f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202f\u205f\u2800"
    "\u3000\u3164\ufe00-\ufe0f\uffa0\U0001d173-\U0001d17a]"
)
_BETWEEN = r"([ \t\n\u3040-\u9fff\uac00-\ud7af]+)"  # words end where such a script begins
# Digits; letters without capitals that have our shapes: of Hebrew, Arabic, syllabics, runes, Lisu.
_CASELESS = (
    r"[\d\u05d5\u05df\u05e1\u0627\u0647\u1400-\u167f\u16a0-\u16ff\u2d30-\u2d7f\ua4d0-\ua4ff]"
)
_LIKE_LATIN = frozenset(
    "асеорхуіјѕһԁԛԝԍѵӏАВЕКМНОРСТХУІЈЅԌΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναυρικγ"
    "օոսհզցքՍՏՕⲟⲥⲣⲭⲓⲕᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᏀᏂᏃᏆᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏴᐯᑌᑎᑭᒪᗅᗞᖴᖇᔕᐸᐳᒍᑕᕼᗪᗷᕮ"
    "ᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢꓐꓑꓒꓓꓔꓕꓖꓗꓘꓙꓚꓛꓜꓝꓞꓟꓠꓡꓢꓣꓤꓥꓦꓧꓨꓩꓪꓫꓬꓭꓮꓯꓰꓱꓲꓳꓴꓵꓶꓷ"
    "\u02b9\u02bc\u02c8\u02cb\u02d7\u2035\u2043\u204e\u2216\u2217\u2223\u223c\u27cb\u27cd\u29f5\u29f8\ua78c"
    "\u0131\u0251\u0261\u0269\u01c0\u01c3\u2010\u2011\u2012\u2013\u2212\u2024\u2044\u2215\u2236\u02d0\ua789\u0589"
)


def exposed(text: str) -> str:
    r"""Return ``text`` as it can be shown, such characters as ``\u{0430}``.

    A letter that looks like a Latin one is told in a word with Latin ones, and in a text in which
    none of its script looks different.
    """
    others = [c for c in text if c.isalpha() and not c.isascii() and not _is_alike(c)]
    words = [_told(word, is_foreign=bool(others)) for word in re.split(_BETWEEN, text)]
    return re.sub(_UNSEEN, _number, visible("".join(words)))


def exposed_json(arguments: Mapping[str, Any]) -> str:
    """Return arguments as JSON in which all that cannot be seen is written as its number."""
    text = json.dumps(arguments, indent=2, ensure_ascii=False)
    return "".join(c if exposed(c) == c else json.dumps(c)[1:-1] for c in text)


def _told(word: str, *, is_foreign: bool) -> str:
    if word.isascii() or (is_foreign and not re.search("[A-Za-z0-9]", word)):
        return word
    is_mixed = re.search("[A-Za-z0-9]", word)
    told = (_is_alike(c) or (is_mixed and _is_stranger(c)) for c in word)
    return "".join(_number(c) if is_told else c for c, is_told in zip(word, told, strict=True))


def _is_alike(character: str) -> bool:
    if character.isascii():
        return False
    plain = unicodedata.normalize("NFKC", character)
    return character in _LIKE_LATIN or (plain != character and len(plain) == 1 and plain.isascii())


def _is_stranger(character: str) -> bool:
    """Return whether it is of a script that is built like the Latin one, or a digit of another."""
    if character.isascii() or re.match(_CASELESS, character):
        return not character.isascii()
    is_cased = character.lower() != character.upper()
    return is_cased and not unicodedata.name(character, "").startswith("LATIN")


def _number(character: str | re.Match[str]) -> str:
    return f"\\u{{{ord(character if isinstance(character, str) else character[0]):04X}}}"

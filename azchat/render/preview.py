"""A picture, small, on the terminal: by its own graphics where it has some, else as half blocks.

Pillow's home for what is seen. No library does it: those there are ask the terminal when they
are imported, or hold Pillow back at an old version.
"""

import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Mapping
from io import BytesIO
from itertools import zip_longest
from typing import Literal, NamedTuple

from PIL import Image as Pictures

from azchat.render.rows import Row

Way = Literal["kitty", "iterm2", "sixel", "blocks"]

COLUMNS, LINES = 40, 12
"""Cells: small, so that the answer is still in sight."""
_MAX_PIXELS = 120_000_000
_KITTY_PIECE = 4096  # bytes of base64 (the protocol's own limit)
_ITERM2_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "mintty")
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError)
_COLOURS = 128  # of a picture in Sixel
_RUN = re.compile(r"(.)\1{3,}")


class Cells(NamedTuple):
    """How many columns and lines there are for it, and the pixels of one cell."""

    columns: int
    lines: int
    width: int
    height: int


def choose_way(variables: Mapping[str, str], says_sixel: Callable[[], bool]) -> Way:
    """Return how the terminal draws pictures; tmux and screen let only Sixel through.

    ``says_sixel`` asks the terminal, where its name does not tell.
    """
    term = variables.get("TERM", "")
    if not variables.get("TMUX") and not term.startswith(("screen", "tmux")):
        if variables.get("KITTY_WINDOW_ID") or term in ("xterm-kitty", "xterm-ghostty"):
            return "kitty"
        program = variables.get("TERM_PROGRAM")
        if program in _ITERM2_PROGRAMS or variables.get("LC_TERMINAL") == "iTerm2":
            return "iterm2"
    return "sixel" if says_sixel() else "blocks"


def draw(data: bytes, way: Way, cells: Cells, deep: bool = True) -> str:
    """Return what shows the picture, "" for a damaged one; not ``deep``: in 216 colours."""
    columns, lines, width, height = cells
    if way == "blocks":
        return "".join(f"{row.text}\n" for row in half_blocks(data, columns, lines, deep))
    small = _maybe_small(data, columns * width, lines * height)
    if small is None:
        return ""
    if way == "sixel":
        return to_sixel(small) + "\n"
    file = BytesIO()
    small.save(file, "PNG", compress_level=1)
    text = b64encode(file.getvalue()).decode()
    if way == "iterm2":
        size = f"width={small.width}px;height={small.height}px"
        return f"\x1b]1337;File=inline=1;size={len(file.getvalue())};{size}:{text}\x07\n"
    codes = []
    for at in range(0, len(text), _KITTY_PIECE):
        # q=2: no answer, which would look as if it was typed.
        head, piece = "" if at else "a=T,f=100,q=2,", text[at : at + _KITTY_PIECE]
        codes.append(f"\x1b_G{head}m={int(at + _KITTY_PIECE < len(text))};{piece}\x1b\\")
    return "".join(codes) + "\n"


def is_deep(variables: Mapping[str, str]) -> bool:
    """Return whether the terminal says that it knows all colours."""
    return variables.get("COLORTERM") in ("truecolor", "24bit")


def half_blocks(data: bytes, columns: int, lines: int, deep: bool = True) -> list[Row]:
    """Return the picture as rows: two pixels a cell, one above the other; none if it is damaged."""
    small = _maybe_small(data, columns, 2 * lines)
    if small is None:
        return []
    pixels, step = small.tobytes(), 3 * small.width  # bytes
    drawn = [pixels[at : at + step] for at in range(0, len(pixels), step)]
    pairs = zip_longest(drawn[::2], drawn[1::2], fillvalue=b"")
    return [Row(_block_text(upper, lower, deep=deep), small.width) for upper, lower in pairs]


def _block_text(upper: bytes, lower: bytes, *, deep: bool) -> str:
    parts, before = [], ""
    for at in range(0, len(upper), 3):
        code = f"\x1b[38;{_colour(upper[at : at + 3], deep=deep)}"
        if lower:
            code += f";48;{_colour(lower[at : at + 3], deep=deep)}"
        parts.append("▀" if code == before else f"{code}m▀")
        before = code
    return "".join(parts) + "\x1b[0m"


def _colour(pixel: bytes, *, deep: bool) -> str:
    red, green, blue = pixel
    if deep:
        return f"2;{red};{green};{blue}"
    red, green, blue = ((value * 5 + 127) // 255 for value in pixel)
    return f"5;{16 + 36 * red + 6 * green + blue}"  # xterm's cube of six steps a colour


def _maybe_small(data: bytes, width: int, height: int) -> Pictures.Image | None:
    """Return the picture in colours, on white, within so many pixels; None for a damaged one.

    It is never larger than it was.
    """
    Pictures.MAX_IMAGE_PIXELS = _MAX_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Pictures.open(BytesIO(data), formats=["PNG", "JPEG", "GIF", "WEBP"])
            return _fitting(picture, width, height)
    except (Pictures.DecompressionBombError, MemoryError, *_DAMAGED):
        return None


def _fitting(picture: Pictures.Image, width: int, height: int) -> Pictures.Image:
    picture.draft("RGB", (2 * width, 2 * height))
    scale = min(1.0, width / picture.width, height / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    if "A" in picture.getbands() or "transparency" in picture.info:
        small = picture.convert("RGBA").resize(size, Pictures.Resampling.BOX)
        white = Pictures.new("RGBA", size, "white")
        return Pictures.alpha_composite(white, small).convert("RGB")
    return picture.convert("RGB").resize(size, Pictures.Resampling.BOX, reducing_gap=2.0)


def to_sixel(picture: Pictures.Image) -> str:
    """Return an RGB picture, with fewer colours, as Sixel: in bands of six lines.

    By the VT330/VT340 programmer reference, chapter 14.
    """
    few = picture.quantize(_COLOURS)
    palette, width, height = few.getpalette() or [], *few.size
    pixels = bytes(few.tobytes())
    parts = [f'\x1bPq"1;1;{width};{height}']
    for number in range(len(palette) // 3):
        shares = (round(value / 2.55) for value in palette[3 * number : 3 * number + 3])
        parts.append("#{};2;{};{};{}".format(number, *shares))
    for top in range(0, height, 6):
        lines = [pixels[at * width : (at + 1) * width] for at in range(top, min(top + 6, height))]
        colours = sorted(set(b"".join(lines)))
        parts.append("$".join(f"#{colour}{_band(lines, colour)}" for colour in colours))
        parts.append("-")
    return "".join((*parts, "\x1b\\"))


def _band(lines: list[bytes], colour: int) -> str:
    """Return where a colour is in a band: a character for each column, a bit for each line."""
    bits = [0] * len(lines[0])
    for line, pixels in enumerate(lines):
        at = pixels.find(colour)
        while at >= 0:
            bits[at] |= 1 << line
            at = pixels.find(colour, at + 1)
    text = "".join(chr(63 + each) for each in bits).rstrip("?")
    return _RUN.sub(lambda run: f"!{len(run[0])}{run[1]}", text)

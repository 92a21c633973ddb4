"""Pictures as Sixel (VT330/VT340 programmer reference, chapter 14): bands of six lines."""

import re

from PIL import Image as Pictures

_COLOURS = 128
_RUN = re.compile(r"(.)\1{3,}")


def to_sixel(picture: Pictures.Image) -> str:
    """Return the codes that draw an RGB picture, with fewer colours."""
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

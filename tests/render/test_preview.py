"""Previews: each way of drawing shows the picture, in the size that there is room for."""

import re
from base64 import b64decode
from itertools import product

import pytest
from PIL import Image

from azchat.render.preview import Cells, choose_way, draw, half_blocks, to_sixel
from tests.attachments.samples import chart, opened, saved

CELLS = Cells(40, 12, 8, 16)


def no() -> bool:
    return False


def yes() -> bool:
    return True


@pytest.mark.parametrize(
    ("variables", "way"),
    [
        ({"TERM": "xterm-kitty"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm2"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm2"),
        ({"TERM": "xterm-256color"}, "blocks"),
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ({"TERM": "screen", "LC_TERMINAL": "iTerm2"}, "blocks"),
    ],
)
def test_the_terminal_tells_by_its_name(variables: dict[str, str], way: str) -> None:
    assert choose_way(variables, no) == way


def test_a_terminal_that_says_so_gets_sixel() -> None:
    assert choose_way({"TERM": "xterm-256color"}, yes) == "sixel"
    assert choose_way({"TERM": "tmux-256color", "TMUX": "x"}, yes) == "sixel"


def test_half_blocks_have_the_colours_of_the_picture() -> None:
    picture = Image.new("RGB", (2, 2), "red")
    picture.putpixel((1, 1), (0, 0, 255))
    (row,) = half_blocks(saved(picture, "PNG"), 10, 10)
    assert row.width == 2
    assert row.text == ("\x1b[38;2;255;0;0;48;2;255;0;0m▀\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[0m")


def test_half_blocks_have_few_colours_where_there_are_no_more() -> None:
    (row,) = half_blocks(saved(Image.new("RGB", (1, 2), "red"), "PNG"), 9, 9, deep=False)
    assert row.text == "\x1b[38;5;196;48;5;196m▀\x1b[0m"


@pytest.mark.parametrize(("size", "rows"), [((400, 200), 10), ((200, 400), 12), ((3, 3), 2)])
def test_half_blocks_keep_the_shape_and_the_room(size: tuple[int, int], rows: int) -> None:
    drawn = half_blocks(chart(size=size), 40, 12)
    assert len(drawn) == rows
    assert all(row.width <= 40 for row in drawn)


def test_what_is_transparent_is_white() -> None:
    (row,) = half_blocks(saved(Image.new("RGBA", (1, 1), (0, 0, 0, 0)), "PNG"), 9, 9)
    assert row.text == "\x1b[38;2;255;255;255m▀\x1b[0m"


def test_kitty_gets_a_png_in_pieces() -> None:
    noise = Image.effect_noise((300, 180), 90).convert("RGB")
    codes = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", draw(saved(noise, "PNG"), "kitty", CELLS))
    assert codes[0][0] == "a=T,f=100,q=2,m=1"
    assert [head for head, _ in codes[1:]] == ["m=1"] * (len(codes) - 2) + ["m=0"]
    assert all(len(data) <= 4096 for _, data in codes)
    shown = opened(b64decode("".join(data for _, data in codes)))
    assert shown.convert("RGB").tobytes() == noise.tobytes()


def test_iterm2_gets_the_file_and_its_size() -> None:
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;size=(\d+);width=(\d+)px;height=(\d+)px:([^\x07]*)\x07\n",
        draw(chart(size=(640, 200)), "iterm2", CELLS),
    )
    assert found
    data = b64decode(found[4])
    assert (len(data), opened(data).size) == (int(found[1]), (320, 100))
    assert (found[2], found[3]) == ("320", "100")


def test_sixel_draws_each_pixel() -> None:
    picture = Image.new("RGB", (50, 20), "white")
    picture.paste("red", (10, 3, 30, 17))
    assert from_sixel(to_sixel(picture)) == picture.tobytes()


@pytest.mark.parametrize("way", ["kitty", "iterm2", "sixel", "blocks"])
@pytest.mark.parametrize("data", [b"", b"words", chart()[:60], chart("JPEG")[:200]])
def test_a_damaged_picture_is_not_drawn(way: str, data: bytes) -> None:
    assert draw(data, way, CELLS) == ""  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("way", ["kitty", "iterm2", "sixel", "blocks"])
def test_each_format_is_drawn_each_way(way: str, form: str) -> None:
    assert draw(chart(form), way, CELLS).endswith("\n")  # type: ignore[arg-type]


def from_sixel(codes: str) -> bytes:
    """Draw sixels as a terminal does; return the pixels."""
    head = re.match(r'\x1bPq"1;1;(\d+);(\d+)', codes)
    assert head
    assert codes.endswith("\x1b\\")
    width, height = int(head[1]), int(head[2])
    pixels = bytearray(3 * width * height)
    colours: dict[str, bytes] = {}
    colour, x, top = b"", 0, 0
    for token in re.finditer(
        r"#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|!(\d+)(.)|(\$)|(-)|([?-~])", codes[head.end() : -2]
    ):
        if token[1]:
            colours[token[1]] = bytes(round(int(token[n]) * 2.55) for n in (2, 3, 4))
        elif token[5]:
            colour = colours[token[5]]
        elif token[8]:
            x = 0
        elif token[9]:
            x, top = 0, top + 6
        else:
            count, bits = (int(token[6]), token[7]) if token[6] else (1, token[10])
            for place, line in product(range(x, x + count), range(6)):
                if ord(bits) - 63 >> line & 1:
                    at = 3 * ((top + line) * width + place)
                    pixels[at : at + 3] = colour
            x += count
    return bytes(pixels)

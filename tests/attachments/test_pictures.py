"""Pictures that are sent: the very ones that were meant, and no more than them."""

import sys
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.attachments.samples import QUESTION, chart, opened, photo, saved, sent, sent_urls
from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import ROOT, Result, azchat
from tests.oracles import CANARY, check


@pytest.fixture
def picture(home: Path) -> Path:
    path = home / "chart.png"
    path.write_bytes(chart())
    return path


def put(home: Path, name: str, data: bytes) -> str:
    (home / name).write_bytes(data)
    return name


def test_the_demo_answers_the_question_about_a_chart(home: Path, picture: Path) -> None:
    result = azchat("image", "--demo", QUESTION, "chart.png", home=home)
    check(result, code=0)
    assert result.out.startswith("The chart illustrates")
    assert "chart.png: PNG 320×200" in result.err  # noqa: RUF001


def test_the_demo_says_that_it_got_the_very_picture(home: Path, picture: Path) -> None:
    result = azchat("image", "--demo", "What?", "chart.png", home=home)
    assert f"sha256 {sha256(picture.read_bytes()).hexdigest()[:16]}" in result.out


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_service_gets_the_bytes_of_a_picture_that_needs_no_change(
    fs: FaultServer, ask: Ask, home: Path, form: str
) -> None:
    name = put(home, "picture.bin", chart(form))
    check(ask(fs.url("ok"), "What?", "-i", name), code=0, servers=[fs])
    assert sent(fs) == chart(form)
    assert sent_urls(fs)[0].startswith(f"data:image/{form.lower()};base64,")


def test_the_question_comes_before_its_pictures(fs: FaultServer, ask: Ask, home: Path) -> None:
    names = [put(home, "a.png", chart()), put(home, "b.jpg", chart("JPEG"))]
    check(ask(fs.url("ok"), "What?", "-i", names[0], "-i", names[1]), code=0, servers=[fs])
    parts = fs.requests[-1].json()["messages"][-1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url", "image_url"]


def test_a_picture_comes_through_a_pipe(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "What?", "-i", "-", stdin=chart()), code=0, servers=[fs])
    assert sent(fs) == chart()


def test_a_tilde_is_the_home(fs: FaultServer, ask: Ask, home: Path, picture: Path) -> None:
    check(ask(fs.url("ok"), "What?", "-i", "~/chart.png"), code=0, servers=[fs])


@pytest.mark.parametrize("detail", ["low", "high", "auto"])
def test_the_detail_is_sent(
    fs: FaultServer, ask: Ask, picture: Path, home: Path, detail: str
) -> None:
    ask(fs.url("ok"), "What?", "-i", "chart.png", "--detail", detail)
    assert fs.requests[-1].json()["messages"][-1]["content"][1]["image_url"]["detail"] == detail


def test_a_large_picture_is_scaled_and_that_is_said(fs: FaultServer, ask: Ask, home: Path) -> None:
    name = put(home, "large.png", chart(size=(3000, 1500)))
    result = ask(fs.url("ok"), "What?", "-i", name)
    check(result, code=0, servers=[fs])
    assert opened(sent(fs)).size == (2048, 1024)
    assert "scaled from 3000×1500" in result.err  # noqa: RUF001
    assert "tokens" in result.err


def test_a_scaled_picture_is_still_the_same_picture(fs: FaultServer, ask: Ask, home: Path) -> None:
    name = put(home, "large.png", chart(size=(800, 400)))
    ask(fs.url("ok"), "What?", "-i", name, "--max-side", "400")
    meant = opened(chart(size=(800, 400))).convert("RGB").resize((400, 200))
    difference = ImageChops.difference(opened(sent(fs)).convert("RGB"), meant)
    assert sum(difference.convert("L").histogram()[64:]) < 400 * 200 / 50


def test_the_side_can_be_left_as_it_is(fs: FaultServer, ask: Ask, home: Path) -> None:
    name = put(home, "large.png", chart(size=(3000, 100)))
    ask(fs.url("ok"), "What?", "-i", name, "--max-side", "0")
    assert opened(sent(fs)).size == (3000, 100)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_metadata_stay_at_home(fs: FaultServer, ask: Ask, home: Path, form: str) -> None:
    result = ask(fs.url("ok"), "What?", "-i", put(home, "p", photo(form=form)))
    assert b"SECRETMAKER" not in sent(fs)
    assert not opened(sent(fs)).getexif()
    assert "metadata removed" in result.err


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_metadata_are_sent_when_they_are_asked_for(
    fs: FaultServer, ask: Ask, home: Path, form: str
) -> None:
    ask(fs.url("ok"), "What?", "-i", put(home, "p", photo(form=form)), "--keep-metadata")
    assert sent(fs) == photo(form=form)


def test_metadata_of_a_scaled_picture_stay_at_home_too(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    ask(fs.url("ok"), "What?", "-i", put(home, "p", photo()), "--max-side", "20")
    assert b"SECRETMAKER" not in sent(fs)


def test_metadata_of_a_scaled_picture_can_be_sent(fs: FaultServer, ask: Ask, home: Path) -> None:
    name = put(home, "p", photo(6))
    ask(fs.url("ok"), "What?", "-i", name, "--max-side", "20", "--keep-metadata")
    exif = opened(sent(fs)).getexif()
    assert exif[0x010F] == "SECRETMAKER"
    assert 0x0112 not in exif  # it is turned already


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_on_its_side_is_turned(fs: FaultServer, ask: Ask, home: Path, form: str) -> None:
    result = ask(fs.url("ok"), "What?", "-i", put(home, "p", photo(6, form)))
    assert f"{form} 40×60, turned, metadata removed, " in result.err.replace("WebP", "WEBP")  # noqa: RUF001
    turned = opened(sent(fs)).convert("RGB")
    assert turned.size == (40, 60)
    assert turned.getpixel((20, 5))[0] > 200  # type: ignore[index]  # red is above now
    assert not opened(sent(fs)).getexif()


@pytest.mark.parametrize("mode", ["I;16", "1", "L", "LA", "P", "RGBA"])
def test_a_picture_of_any_colours_is_scaled(
    fs: FaultServer, ask: Ask, home: Path, mode: str
) -> None:
    data = saved(Image.new(mode, (2000, 100)), "PNG")
    check(ask(fs.url("ok"), "What?", "-i", put(home, "p", data), "--max-side", "50"), code=0)
    assert opened(sent(fs)).size == (50, 3)


@pytest.mark.parametrize(
    ("form", "mode", "becomes"),
    [
        ("BMP", "RGB", "PNG"),
        ("TIFF", "RGB", "JPEG"),
        ("TIFF", "RGBA", "PNG"),
        ("AVIF", "RGB", "JPEG"),
        ("HEIF", "RGB", "JPEG"),
    ],
)
def test_what_models_do_not_take_is_converted(
    fs: FaultServer, ask: Ask, home: Path, form: str, mode: str, becomes: str
) -> None:
    if form == "HEIF":
        __import__("pillow_heif").register_heif_opener()
    data = saved(opened(chart()).convert(mode), form)
    result = ask(fs.url("ok"), "What?", "-i", put(home, "p.png", data))
    check(result, code=0, servers=[fs])
    picture = opened(sent(fs))
    assert (picture.format, picture.size) == (becomes, (320, 200))
    assert f"sent as {becomes}" in result.err


def test_quiet_says_nothing_of_attachments(home: Path, picture: Path) -> None:
    assert not azchat("image", "-q", "--demo", QUESTION, "chart.png", home=home).err


def test_a_dry_run_sends_nothing_and_shows_the_picture(
    fs: FaultServer, ask: Ask, home: Path, picture: Path
) -> None:
    result = ask(fs.url("ok"), "What?", "-i", "chart.png", "--dry-run")
    assert "data:image/png;base64," in result.out
    assert not fs.requests


def test_image_takes_text_files_beside_pictures(fs: FaultServer, home: Path, picture: Path) -> None:
    put(home, "notes.txt", b"the notes")
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    result = azchat("image", "What?", "chart.png", "-a", "notes.txt", home=home, env=env)
    check(result, code=0, servers=[fs])
    assert "notes.txt:\n```\nthe notes\n```" in str(fs.requests[-1].json()["messages"]).replace(
        "\\n", "\n"
    )


# -- without Pillow -------------------------------------------------------------------------


def without_pillow(fs: FaultServer, home: Path, data: bytes) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok"), "AZURE_INFERENCE_CREDENTIAL": CANARY}
    args = ("ask", "What?", "-i", put(home, "p", data))
    (home / "without").mkdir()
    (home / "without" / "PIL.py").write_text("raise ImportError")
    return azchat(*args, home=home, env={**env, "PYTHONPATH": f"{home / 'without'}:{ROOT}"})


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_without_pillow_metadata_stay_at_home_too(fs: FaultServer, home: Path, form: str) -> None:
    result = without_pillow(fs, home, photo(6, form))
    check(result, code=0, servers=[fs])
    assert b"SECRETMAKER" not in sent(fs)
    assert opened(sent(fs)).getexif().get(0x0112) == 6  # the service must turn it
    assert "not changed: pip install 'azchat[images]'" in result.err


def test_without_pillow_nothing_is_converted(fs: FaultServer, home: Path) -> None:
    result = without_pillow(fs, home, chart("BMP"))
    check(result, code=5, servers=[fs])
    assert "azchat[images]" in result.err
    assert not fs.requests


def test_pillow_is_imported_for_pictures_that_change_alone(home: Path, picture: Path) -> None:
    program = (sys.executable, "-X", "importtime", "-P", "-m", "azchat")
    plain = azchat("ask", "--demo", "hi", home=home, program=program)
    assert "PIL" not in plain.err
    assert "azchat.attachments" not in plain.err
    as_it_is = azchat("image", "--demo", "hi", "chart.png", home=home, program=program)
    assert "PIL" not in as_it_is.err


def test_an_animation_is_sent_as_it_is(fs: FaultServer, ask: Ask, home: Path) -> None:
    pictures = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    data = saved(pictures[0], "GIF", save_all=True, append_images=pictures[1:])
    ask(fs.url("ok"), "What?", "-i", put(home, "p.gif", data))
    assert sent(fs) == data

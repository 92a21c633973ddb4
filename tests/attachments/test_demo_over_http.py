"""The demo over HTTP decodes what it is sent, and tells what it is."""

from hashlib import sha256
from pathlib import Path

from azchat.demo.server import DemoServer
from tests.attachments.samples import QUESTION, chart
from tests.front_door import Result, azchat
from tests.oracles import check


def ask_over_http(home: Path, question: str, data: bytes) -> Result:
    (home / "chart").write_bytes(data)
    with DemoServer() as server:
        env = {
            "AZURE_INFERENCE_ENDPOINT": f"http://127.0.0.1:{server.port}/models",
            "AZURE_INFERENCE_CREDENTIAL": "any",
            "AZURE_INFERENCE_MODEL": "DeepSeek-R1",
        }
        return azchat("image", question, "chart", home=home, env=env)


def test_the_chart_example_runs(home: Path) -> None:
    result = ask_over_http(home, QUESTION, chart("JPEG"))
    check(result, code=0)
    assert result.out.startswith("The chart illustrates that larger models tend to perform better")


def test_image_takes_the_options_of_ask_and_more_pictures_by_i(home: Path) -> None:
    (home / "a.png").write_bytes(chart("PNG"))
    (home / "b.jpg").write_bytes(chart("JPEG"))
    args = ("What?", "a.png", "-i", "b.jpg", "--stop", "x", "--temperature", "0", "--dry-run")
    request = azchat("image", *args, "--demo", home=home).out
    assert ("image/png" in request, "image/jpeg" in request) == (True, True)
    assert ('"temperature": 0' in request, '"stop"' in request) == (True, True)


def test_the_service_got_the_very_picture(home: Path) -> None:
    result = ask_over_http(home, "What is it?", chart("JPEG"))
    digest = sha256(chart("JPEG")).hexdigest()[:16]
    size = f"{len(chart('JPEG')):,}"
    assert f"**Images:** 1 (image/jpeg, {size} bytes, sha256 {digest})" in result.out

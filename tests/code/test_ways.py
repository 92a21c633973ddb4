"""Programs sign in with a key or without, know the content filter, tell the model, run tools."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from azchat.demo.server import DemoServer
from tests.attachments.samples import chart
from tests.attachments.test_documents import pdf
from tests.code.programs import FILTERED, KEY, run
from tests.faults.entra import People
from tests.faults.tls import Authority
from tests.front_door import azchat
from tests.oracles import check

FLIGHTS = "When is the next flight from Miami to Seattle?"
STOPPED = (
    "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your "
    "knife skills."
)
TRAIN = "There are no flights available from Miami to Seattle. You should take a train"


class Way(NamedTuple):
    """A package and a dialect, and where the demo serves them."""

    lang: str
    base: str
    args: tuple[str, ...]


WAYS = {
    f"{lang}-{name}": Way(lang, base, args)
    for lang in ("python", "javascript")
    for name, base, args in (
        ("azure", "/models", ("-m", "gpt-4o")),
        ("openai", "/openai/v1", ("-m", "gpt-4o")),
        ("responses", "/openai/v1", ("-m", "gpt-5.6", "--dialect", "responses")),
        ("messages", "/anthropic", ("-m", "claude-opus-5-5")),
    )
}
EVERY = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
BOTH = pytest.mark.parametrize("more", [(), ("--stream",)], ids=["whole", "stream"])


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    with DemoServer(key=KEY) as server:
        yield server.url


@pytest.fixture(scope="module")
def keyless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The demo over TLS, where tokens alone are taken, and whom to trust for it."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    server = DemoServer(audience="auto")
    context: ssl.SSLContext = authority.context("good")
    http = server._http  # the demo itself speaks no TLS
    http.socket = context.wrap_socket(http.socket, server_side=True)
    with server:
        yield f"https://127.0.0.1:{server.port}", authority.file


def written(home: Path, way: Way, root: str, *args: str, key: str | None = KEY) -> str:
    env = {"AZURE_INFERENCE_ENDPOINT": root + way.base, "AZURE_INFERENCE_CREDENTIAL": key}
    args = ("code", "--lang", way.lang, *way.args, *args)
    result = azchat(*args, home=home, env={k: v for k, v in env.items() if v})
    check(result, code=0)
    return result.out


@BOTH
@EVERY
def test_the_filter_is_told_apart_from_a_crash(
    home: Path, tmp_path: Path, root: str, way: Way, more: tuple[str, ...]
) -> None:
    program = written(home, way, root, STOPPED, *more)
    told = run(way.lang, program, tmp_path, root + way.base, code=FILTERED)
    assert told.startswith("content_filter: The response was filtered due to the prompt")
    assert "  violence: medium" in told
    assert "hate" not in told


@EVERY
def test_any_other_refusal_is_raised(home: Path, tmp_path: Path, root: str, way: Way) -> None:
    program = written(home, way, root, "hi")
    wrong = {"AZURE_INFERENCE_CREDENTIAL": "another"}
    told = run(way.lang, program, tmp_path, root + way.base, env=wrong, code=1)
    assert "401" in told
    assert "content_filter:" not in told


@BOTH
@EVERY
def test_the_own_function_is_run_to_the_answer(
    home: Path, tmp_path: Path, root: str, way: Way, more: tuple[str, ...]
) -> None:
    program = written(home, way, root, FLIGHTS, "-T", "get_flight_info", *more)
    out = run(way.lang, program, tmp_path, root + way.base)
    assert out.count("Tool call: get_flight_info(") == 1
    assert out.count(TRAIN) == 2  # what the function returned, and the answer
    assert "Usage:" in out


@pytest.mark.parametrize("more", [(), ("--stream",), ("-T", "get_flight_info", "--stream")])
@pytest.mark.parametrize("name", [name for name in WAYS if name.startswith("python")])
def test_asynchronously_it_is_the_same(
    home: Path, tmp_path: Path, root: str, name: str, more: tuple[str, ...]
) -> None:
    way = WAYS[name]
    program = written(home, way, root, FLIGHTS, "--async", *more)
    assert "async with" in program
    env = {"PYTHONWARNINGS": "error::ResourceWarning", "PYTHONASYNCIODEBUG": "1"}
    out = run(way.lang, program, tmp_path, root + way.base, env=env)
    assert ("Tool call:" in out) == ("-T" in more)
    assert "Usage:" in out


@pytest.mark.parametrize("more", [(), ("--stream",)], ids=["whole", "stream"])
@EVERY
def test_without_a_key_a_token_for_the_right_scope_is_shown(
    home: Path,
    tmp_path: Path,
    keyless: tuple[str, Path],
    way: Way,
    more: tuple[str, ...],
) -> None:
    root, trusted = keyless
    people = People(home)
    people.write_az()
    program = written(home, way, root, "hi", "--auth", "entra", *more, key=None)
    assert "AZURE_INFERENCE_CREDENTIAL" not in program
    env = people.env | {
        "HOME": str(home),
        "AZURE_INFERENCE_CREDENTIAL": "",
        "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
        "SSL_CERT_FILE": str(trusted),
        "REQUESTS_CA_BUNDLE": str(trusted),
        "NODE_EXTRA_CA_CERTS": str(trusted),
    }
    out = run(way.lang, program, tmp_path, root + way.base, env=env)
    assert "scripted demo" in out
    [call, *_] = people.calls("az")
    scope = "cognitiveservices" if way.base == "/models" else "ai"
    assert f"https://{scope}.azure.com" in call


@pytest.mark.parametrize("lang", ["python", "javascript", "curl"])
def test_the_model_is_asked_what_it_is(home: Path, tmp_path: Path, root: str, lang: str) -> None:
    way = WAYS["python-azure"]._replace(lang=lang)
    out = run(lang, written(home, way, root, "hi", "--info"), tmp_path, root + way.base)
    assert "DeepSeek-V4-Pro" in out
    assert "chat-completions" in out


def test_only_some_routes_tell_the_model(home: Path, root: str) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": f"{root}/openai/v1"}
    check(azchat("code", "hi", "-m", "m", "--info", home=home, env=env), code=2)
    check(azchat("code", "hi", "--info", "--async", "--lang", "curl", home=home), code=2)


BUILT_IN = {
    "calculate": ('{"expression": "demo"}', ("error", "arithmetic")),
    "read_file": ('{"path": "demo"}', ("the text of it",)),
    "list_dir": ("{}", ("demo",)),
    "get_time": ("{}", ("202",)),
}


@pytest.mark.parametrize("lang", ["python", "javascript"])
@pytest.mark.parametrize("tool", BUILT_IN)
def test_the_other_functions_are_real_too(
    home: Path, tmp_path: Path, root: str, lang: str, tool: str
) -> None:
    (tmp_path / "demo").write_text("the text of it")
    way = WAYS[f"{lang}-openai"]
    program = written(home, way, root, "hi", "-T", tool, "--tool-choice", "required")
    folder = "import os; os.chdir(os.path.dirname(__file__))\n"
    move = folder if lang == "python" else ""
    if lang == "javascript":
        here = "process.chdir(import.meta.dirname);"
        program = program.replace("\n\nconst client", f"\n{here}\n\nconst client", 1)
    out = run(lang, move + program, tmp_path, root + way.base)
    returned = out.partition("-> ")[2].partition("\n")[0]
    assert all(word in returned for word in BUILT_IN[tool][1]), out


@pytest.mark.parametrize("lang", ["python", "javascript"])
@pytest.mark.parametrize("dialect", ["responses", "messages"])
def test_pictures_and_documents_arrive_in_all_dialects(
    home: Path, tmp_path: Path, root: str, lang: str, dialect: str
) -> None:
    (home / "a.png").write_bytes(chart())
    (home / "a.pdf").write_bytes(pdf("Hello"))
    way = WAYS[f"{lang}-{dialect}"]
    program = written(home, way, root, "What is it?", "-i", "a.png", "-a", "a.pdf")
    out = run(lang, program, tmp_path, root + way.base)
    assert "image/png" in out
    assert "a.pdf" in out

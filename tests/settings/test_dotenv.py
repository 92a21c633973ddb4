"""A ``.env`` in the current folder may be somebody else's: what it may do, and what it may not.

The endpoint of a hostile one is the fault server's foreign host, which must see nothing.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.payloads import text_of
from tests.faults.server import FaultServer
from tests.faults.tls import Authority, tls_server
from tests.front_door import PROGRAM, azchat
from tests.oracles import CANARY, check

ENDPOINTS = (
    "AZURE_INFERENCE_ENDPOINT",
    "AZURE_AI_PROJECT_ENDPOINT",
    "AZURE_OPENAI_ENDPOINT",
    "OPENAI_BASE_URL",
)
KEYS = ("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY", "OPENAI_API_KEY")
KEY = {"AZURE_INFERENCE_CREDENTIAL": CANARY}

Write = Callable[..., Path]


@pytest.fixture
def write(home: Path) -> Write:
    """``write(NAME="value")`` writes a well-behaved .env, by default into the home."""

    def run(folder: Path | None = None, /, **values: str) -> Path:
        path = (folder or home) / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        path.chmod(0o600)
        return path

    return run


def foreign(fs: FaultServer) -> str:
    return f"http://127.0.0.1:{fs.foreign_port}/ok/v1"


# -- an endpoint without a key -------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "key"),
    [*[(endpoint, KEYS[0]) for endpoint in ENDPOINTS], *[(ENDPOINTS[0], key) for key in KEYS[1:]]],
)
def test_a_lone_endpoint_in_dotenv_gets_no_key_of_the_environment(
    fs: FaultServer, home: Path, write: Write, endpoint: str, key: str
) -> None:
    write(**{endpoint: foreign(fs)})
    result = azchat("ask", "hi", home=home, env={key: CANARY})
    check(result, code=3, servers=[fs])
    assert "endpoint from untrusted ./.env" in result.err
    assert not fs.foreign_connections


@pytest.mark.parametrize(
    "args",
    [["hi there"], ["ask", "-"], ["ask"], ["info"], ["ask", "--json", "x"], ["ask", "-q", "x"]],
    ids=" ".join,
)
def test_every_command_refuses_the_lone_endpoint_with_stdin_piped_too(
    fs: FaultServer, home: Path, write: Write, args: list[str]
) -> None:
    write(AZURE_INFERENCE_ENDPOINT=foreign(fs))
    result = azchat(*args, home=home, env=KEY, stdin="piped")
    check(result, code=3, servers=[fs])
    assert not fs.foreign_connections


def test_a_lone_endpoint_is_refused_on_a_terminal_without_a_question(
    fs: FaultServer, home: Path, write: Write
) -> None:
    write(AZURE_INFERENCE_ENDPOINT=foreign(fs))
    check(azchat("ask", "hi", home=home, env=KEY, tty=True), code=3, servers=[fs])
    assert not fs.foreign_connections


@pytest.mark.parametrize("way", ["az", "azd", "entra", "managed"])
def test_a_lone_endpoint_gets_no_sign_in(
    fs: FaultServer, home: Path, write: Write, way: str
) -> None:
    write(AZURE_OPENAI_ENDPOINT=f"http://127.0.0.1:{fs.foreign_port}/openai/v1")
    check(azchat("ask", "--auth", way, "hi", home=home), code=3, servers=[fs])
    assert not fs.foreign_connections


@pytest.mark.parametrize("key", ["any", '" "', "'\"\"'"], ids=["a key", "blank", "quotes"])
@pytest.mark.parametrize("way", ["az", "entra"])
def test_a_key_beside_the_endpoint_does_not_win_it_a_sign_in(
    fs: FaultServer, home: Path, write: Write, way: str, key: str
) -> None:
    url = f"http://127.0.0.1:{fs.foreign_port}/openai/v1"
    write(AZURE_INFERENCE_ENDPOINT=url, AZURE_INFERENCE_CREDENTIAL=key)
    check(azchat("ask", "--auth", way, "hi", home=home), code=3, servers=[fs])
    assert not fs.foreign_connections


@pytest.mark.parametrize("key", ['" "', "'\"\"'"], ids=["blank", "quotes"])
def test_a_key_that_is_none_does_not_make_the_endpoint_trusted(
    home: Path, write: Write, key: str
) -> None:
    url = "https://someone.openai.azure.com/openai/v1"
    write(AZURE_INFERENCE_ENDPOINT=url, AZURE_INFERENCE_CREDENTIAL=key)
    result = azchat("ask", "--dry-run", "hi", home=home)
    check(result, code=3)
    assert "azchat config trust" in result.err


def test_a_lone_endpoint_elsewhere_is_refused_even_without_any_key(
    home: Path, write: Write
) -> None:
    write(AZURE_OPENAI_ENDPOINT="https://someone.openai.azure.com/openai/v1")
    result = azchat("ask", "hi", home=home)
    check(result, code=3)
    assert "azchat config trust" in result.err


def test_a_lone_endpoint_on_this_machine_is_used_without_a_key_and_said(
    fs: FaultServer, home: Path, write: Write
) -> None:
    path = write(OPENAI_BASE_URL=fs.url("ok"))
    result = azchat("ask", "hi", home=home)
    check(result, code=0, servers=[fs])
    assert str(path) in result.err
    assert fs.requests[0].key == ""


@pytest.mark.parametrize("place", ["key_env", "key_file"])
def test_a_lone_endpoint_gets_no_key_of_a_profile(
    fs: FaultServer, home: Path, write: Write, place: str
) -> None:
    secret = home / "key"
    secret.write_text(CANARY)
    secret.chmod(0o600)
    value = {"key_env": "WORK_KEY", "key_file": str(secret)}[place]
    (home / "c.toml").write_text(f'endpoint = "{fs.url("ok")}"\n{place} = "{value}"\n')
    write(AZURE_INFERENCE_ENDPOINT=foreign(fs))
    env = {"AZCHAT_CONFIG": str(home / "c.toml"), "WORK_KEY": CANARY}
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=result.code, servers=[fs], made=[secret])


@pytest.mark.parametrize("args", [["ask", "--demo", "hi"], ["info", "--demo"]], ids=" ".join)
def test_the_demo_needs_nothing_of_a_dotenv(home: Path, write: Write, args: list[str]) -> None:
    write(AZURE_OPENAI_ENDPOINT="https://someone.openai.azure.com/openai/v1")
    check(azchat(*args, home=home, env=KEY), code=0)


# -- a key without an endpoint -------------------------------------------------------


def test_a_lone_key_in_dotenv_is_ignored_with_a_warning(
    fs: FaultServer, ask: Ask, write: Write
) -> None:
    write(AZURE_INFERENCE_CREDENTIAL="sk-of-another-account")
    result = ask(fs.url("ok"))
    check(result, code=0, servers=[fs])
    assert "the key in ./.env is ignored" in result.err
    assert fs.requests[0].key == CANARY


def test_a_lone_key_in_dotenv_is_no_key_for_an_endpoint_from_elsewhere(
    fs: FaultServer, ask: Ask, write: Write
) -> None:
    write(AZURE_INFERENCE_CREDENTIAL=CANARY)
    result = ask(fs.url("ok"), env={"AZURE_INFERENCE_CREDENTIAL": None})
    check(result, code=3, servers=[fs], made=[result.home / ".env"])
    assert not fs.requests


# -- both together -------------------------------------------------------------------


@pytest.mark.parametrize("env", [{}, KEY, {"OPENAI_API_KEY": CANARY}], ids=str)
def test_endpoint_and_key_from_dotenv_belong_together_and_that_is_said(
    fs: FaultServer, home: Path, write: Write, env: dict[str, str]
) -> None:
    path = write(AZURE_INFERENCE_ENDPOINT=foreign(fs), AZURE_INFERENCE_CREDENTIAL="sk-own")
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=0, servers=[fs])
    assert f"using the endpoint and the key of {path}" in result.err
    assert fs.foreign_requests[0].key == "sk-own"


def test_quiet_leaves_out_what_dotenv_was_used_for(
    fs: FaultServer, home: Path, write: Write
) -> None:
    write(AZURE_INFERENCE_ENDPOINT=fs.url("ok"), AZURE_INFERENCE_CREDENTIAL="sk-own")
    result = azchat("ask", "-q", "hi", home=home)
    check(result, code=0)
    assert result.err == ""


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffAZURE_INFERENCE_ENDPOINT={url}\nAZURE_INFERENCE_CREDENTIAL=sk-own\n",
        "AZURE_INFERENCE_ENDPOINT={url}\r\nAZURE_INFERENCE_CREDENTIAL=sk-own\r\n",
        "export AZURE_INFERENCE_ENDPOINT='{url}'\nexport AZURE_INFERENCE_CREDENTIAL=\"sk-own\"\n",
        "# ours\n\nAZURE_INFERENCE_ENDPOINT = {url} # here\nAZURE_INFERENCE_CREDENTIAL=sk-own",
    ],
    ids=["byte order mark", "CRLF", "export and quotes", "comments, no newline at the end"],
)
def test_dotenv_is_read_however_it_was_saved(fs: FaultServer, home: Path, content: str) -> None:
    (home / ".env").write_bytes(content.format(url=fs.url("ok")).encode())
    (home / ".env").chmod(0o600)
    result = azchat("ask", "hi", home=home)
    check(result, code=0)
    assert fs.requests[0].key == "sk-own"


@pytest.mark.parametrize("line", ["what is this", "=", "A='unclosed", "\x00\x01", "B" * 5000])
def test_lines_for_other_tools_are_passed_over_in_silence(
    fs: FaultServer, ask: Ask, home: Path, line: str
) -> None:
    (home / ".env").write_text(f"DATABASE=x\n{line}\n")
    (home / ".env").chmod(0o600)
    result = ask(fs.url("ok"))
    check(result, code=0)
    assert result.err == ""


# -- what it may not say -------------------------------------------------------------


def test_interpolation_does_not_put_a_key_into_the_url(
    fs: FaultServer, home: Path, write: Write
) -> None:
    url = f"http://127.0.0.1:{fs.foreign_port}/${{AZURE_INFERENCE_CREDENTIAL}}/v1"
    write(AZURE_INFERENCE_ENDPOINT=url, AZURE_OPENAI_API_KEY="x", AZURE_INFERENCE_CREDENTIAL="x")
    check(azchat("ask", "hi", home=home, env=KEY), code=3, servers=[fs])
    assert not fs.foreign_connections


def test_interpolation_does_not_put_a_key_into_another(
    fs: FaultServer, home: Path, write: Write
) -> None:
    write(
        AZURE_INFERENCE_ENDPOINT=foreign(fs),
        AZURE_INFERENCE_CREDENTIAL="${AZURE_INFERENCE_CREDENTIAL}",
    )
    check(azchat("ask", "hi", home=home, env=KEY), code=0, servers=[fs])
    assert fs.foreign_requests[0].key == "${AZURE_INFERENCE_CREDENTIAL}"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_dotenv_chooses_no_proxy(fs: FaultServer, ask: Ask, write: Write, name: str) -> None:
    write(**{name: f"http://127.0.0.1:{fs.foreign_port}"})
    check(ask(fs.url("ok")), code=0, servers=[fs])
    assert not fs.foreign_connections


def test_dotenv_chooses_no_proxy_for_https(fs: FaultServer, ask: Ask, write: Write) -> None:
    write(HTTPS_PROXY=f"http://127.0.0.1:{fs.foreign_port}")
    result = ask("https://127.0.0.1:9/v1")
    check(result, code=6)
    assert "proxy" not in result.err
    assert not fs.foreign_connections


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_dotenv_chooses_no_certificate_authority(
    ask: Ask, write: Write, tmp_path: Path, name: str
) -> None:
    authority = Authority(tmp_path)
    write(**{name: str(authority.file)})
    with tls_server("good", authority) as server:
        check(ask(server.url("ok")), code=6, servers=[server])
        assert not server.requests


def test_dotenv_chooses_no_config_file(fs: FaultServer, home: Path, write: Write) -> None:
    (home / "evil.toml").write_text(f'endpoint = "{foreign(fs)}"\n')
    write(AZCHAT_CONFIG=str(home / "evil.toml"))
    result = azchat("ask", "hi", home=home, env=KEY)
    check(result, code=3, servers=[fs])
    assert "no endpoint is set" in result.err


def test_dotenv_cannot_vouch_for_itself_with_a_data_folder_of_its_own(
    fs: FaultServer, home: Path, write: Write
) -> None:
    evil = str(home / "evil")
    write(AZCHAT_DATA_DIR=evil, XDG_DATA_HOME=evil, AZURE_INFERENCE_ENDPOINT=foreign(fs))
    check(azchat("config", "trust", home=home, env={"AZCHAT_DATA_DIR": evil}), code=0)
    check(azchat("ask", "hi", home=home, env=KEY), code=3, servers=[fs])
    assert not fs.foreign_connections


@pytest.mark.parametrize("name", ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_TOKEN_CREDENTIALS"])
def test_dotenv_does_not_choose_who_signs_in(home: Path, write: Write, name: str) -> None:
    write(**{name: "theirs"})
    result = azchat("info", "--demo", "--json", home=home)
    check(result, code=0)
    assert "theirs" not in result.out


def test_a_model_in_dotenv_is_used_and_its_origin_told(
    fs: FaultServer, ask: Ask, home: Path, write: Write
) -> None:
    write(AZURE_INFERENCE_MODEL="from-the-file")
    result = ask(fs.url("ok"), env={"AZURE_INFERENCE_MODEL": None})
    check(result, code=0, servers=[fs])
    assert fs.requests[0].json()["model"] == "from-the-file"
    told = json.loads(azchat("info", "--demo", "--json", home=home).out)["settings"]
    assert {"AZURE_INFERENCE_MODEL in ./.env"} == {
        s["origin"] for s in told if s["name"] == "model"
    }


# -- where it may not be -------------------------------------------------------------


def _other_owner(path: Path) -> None:
    if os.getuid():
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, 12345)


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _link_to(target: str) -> Callable[[Path], None]:
    def link(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return link


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir(0o700)


def _writable_behind_a_link(path: Path) -> None:
    path.chmod(0o666)
    path.rename(path.with_name("real.env"))
    path.symlink_to("real.env")


BAD: dict[str, Callable[[Path], object]] = {
    "group-writable": lambda path: path.chmod(0o620),
    "world-writable": lambda path: path.chmod(0o666),
    "of another user": _other_owner,
    "FIFO": _fifo,
    "folder": _folder,
    "link to a device": _link_to("/dev/zero"),
    "link to itself": _link_to(".env"),
    "writable behind a link": _writable_behind_a_link,
    "larger than 64 KiB": lambda path: path.write_bytes(path.read_bytes() + b"#" * 65536),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_dotenv_that_others_may_have_written_is_not_read(
    fs: FaultServer, home: Path, write: Write, spoil: Callable[[Path], object]
) -> None:
    spoil(write(AZURE_INFERENCE_ENDPOINT=foreign(fs), AZURE_INFERENCE_CREDENTIAL="sk-own"))
    result = azchat("ask", "hi", home=home)
    check(result, code=3, servers=[fs])
    assert "./.env is not read: " in result.err
    assert not fs.foreign_connections


@pytest.mark.parametrize("what", ["world-writable", "FIFO", "folder"])
def test_a_dotenv_that_is_not_needed_only_gets_a_notice(
    fs: FaultServer, ask: Ask, write: Write, what: str
) -> None:
    BAD[what](write(AZURE_INFERENCE_ENDPOINT=foreign(fs), AZURE_INFERENCE_CREDENTIAL="sk-own"))
    result = ask(fs.url("ok"))
    check(result, code=0, servers=[fs])
    assert result.out == text_of() + "\n"
    assert "./.env is not read: " in result.err


def test_a_dotenv_in_a_parent_folder_is_not_read(fs: FaultServer, home: Path, write: Write) -> None:
    write(AZURE_INFERENCE_ENDPOINT=foreign(fs), AZURE_INFERENCE_CREDENTIAL="sk-own")
    (home / "sub").mkdir(0o700)
    result = azchat("ask", "hi", home=home, cwd=home / "sub")
    check(result, code=3, servers=[fs])
    assert not fs.foreign_connections


def test_a_link_to_a_good_dotenv_is_read(fs: FaultServer, home: Path, write: Write) -> None:
    (home / "real").mkdir(0o700)
    write(home / "real", AZURE_INFERENCE_ENDPOINT=fs.url("ok"), AZURE_INFERENCE_CREDENTIAL="sk-own")
    (home / ".env").symlink_to("real/.env")
    check(azchat("ask", "hi", home=home), code=0)


def test_a_link_that_leads_nowhere_is_no_dotenv(fs: FaultServer, ask: Ask, home: Path) -> None:
    (home / ".env").symlink_to("nowhere")
    result = ask(fs.url("ok"))
    check(result, code=0)
    assert result.err == ""


# -- trust ---------------------------------------------------------------------------


@pytest.fixture
def trusted(fs: FaultServer, home: Path, write: Write) -> Path:
    path = write(AZURE_INFERENCE_ENDPOINT=fs.url("ok"))
    result = azchat("config", "trust", home=home)
    check(result, code=0)
    assert str(path) in result.out
    return path


def test_a_trusted_dotenv_may_bring_the_endpoint_for_the_key(
    fs: FaultServer, home: Path, trusted: Path
) -> None:
    trusted.touch()  # its time does not matter, its content does
    result = azchat("ask", "hi", home=home, env=KEY)
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


def test_a_trusted_dotenv_that_changed_is_untrusted_again(
    fs: FaultServer, home: Path, trusted: Path, write: Write
) -> None:
    write(AZURE_INFERENCE_ENDPOINT=foreign(fs))
    result = azchat("ask", "hi", home=home, env=KEY)
    check(result, code=3, servers=[fs])
    assert not fs.foreign_connections


def test_trust_is_for_one_folder(fs: FaultServer, home: Path, trusted: Path) -> None:
    (home / "other").mkdir(0o700)
    copy = home / "other" / ".env"
    copy.write_bytes(trusted.read_bytes())
    copy.chmod(0o600)
    check(azchat("ask", "hi", home=home, env=KEY, cwd=copy.parent), code=3, servers=[fs])


def test_trust_does_not_outlive_a_mode_that_lets_others_write(
    fs: FaultServer, home: Path, trusted: Path
) -> None:
    trusted.chmod(0o666)
    check(azchat("ask", "hi", home=home, env=KEY), code=3, servers=[fs])


@pytest.mark.parametrize("what", ["missing", "world-writable", "FIFO", "link to a device"])
def test_what_is_not_read_cannot_be_trusted(home: Path, write: Write, what: str) -> None:
    spoil = BAD.get(what, Path.unlink)
    spoil(write(AZURE_INFERENCE_ENDPOINT="http://127.0.0.1:9/v1"))
    result = azchat("config", "trust", home=home, timeout=3)
    check(result, code=9)
    assert result.out == ""
    assert (f"there is no {home / '.env'}" in result.err) == (what == "missing")


def test_a_full_disk_does_not_cost_the_trust_in_other_folders(
    fs: FaultServer, home: Path, trusted: Path, write: Write
) -> None:
    (home / "other").mkdir(mode=0o700)
    write(home / "other", AZURE_INFERENCE_ENDPOINT=fs.url("ok"))
    full = ("bash", "-c", 'ulimit -f 0; exec "$@"', "bash", *PROGRAM)
    check(azchat("config", "trust", home=home, cwd=home / "other", program=full), code=9)
    check(azchat("ask", "hi", home=home, env=KEY), code=0, servers=[fs], made=[trusted])


def test_trust_that_cannot_be_kept_names_the_file_it_is_kept_in(home: Path, write: Write) -> None:
    write(AZURE_INFERENCE_ENDPOINT="http://127.0.0.1:9/v1")
    (home / "file").touch(0o600)
    result = azchat("config", "trust", home=home, env={"AZCHAT_DATA_DIR": str(home / "file")})
    check(result, code=9)
    assert f"cannot write {home / 'file'}/" in result.err

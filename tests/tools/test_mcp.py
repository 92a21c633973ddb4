import json
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Ask
from tests.faults.server import FaultServer
from tests.front_door import Session, azchat
from tests.oracles import check
from tests.tools.test_consent import answered, asked
from tests.tools.test_limits import session_gone
from tests.tools.test_rounds import fine

SERVER = str(Path(__file__).with_name("mcp_server.py"))
SDK = shlex.join([sys.executable, SERVER])
QUICK = str(Path(__file__).with_name("quick_mcp_server.py"))
STDIO = shlex.join([sys.executable, QUICK])
PLAIN = shlex.join([sys.executable, str(Path(__file__).with_name("plain_mcp_server.py"))])


def called(fs: FaultServer, tool: str, text: str = "hi", **more: object) -> str:
    return fs.url("tool", tool=tool, arguments=json.dumps({"text": text}), **more)


@pytest.fixture
def http() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, SERVER, str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if "Uvicorn running" in line:
                break
        yield f"http://127.0.0.1:{port}/mcp"
        process.kill()


def test_a_tool_of_a_server_is_called_over_stdio(fs: FaultServer, ask: Ask) -> None:
    result = ask(called(fs, "say"), "hi", "--mcp", SDK, "--approve", "say")
    assert fine(result, fs) == "results: said hi\n"
    assert result.err == ""


def test_a_tool_of_a_server_is_called_over_http(fs: FaultServer, ask: Ask, http: str) -> None:
    result = ask(called(fs, "say"), "hi", "--mcp", http, "--approve", "say")
    assert fine(result, fs) == "results: said hi\n"


def test_a_name_that_services_do_not_take_is_made_one(fs: FaultServer, ask: Ask) -> None:
    result = ask(called(fs, "dotted_name"), "hi", "--mcp", STDIO, "--approve", "all")
    assert fine(result, fs) == "results: dotted hi\n"


def test_its_tools_need_consent_whatever_it_says_of_them(fs: FaultServer, ask: Ask) -> None:
    assert "denied" in fine(ask(called(fs, "say"), "hi", "--mcp", STDIO), fs, 8)


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("fail", "error: "),
        ("die", "error: MCP server"),
        ("endless", "a line of more than 16 MiB"),
        ("hang", "error: no result after 1 s"),
    ],
)
def test_what_goes_wrong_in_it_is_told_to_the_model(
    fs: FaultServer, ask: Ask, tool: str, told: str
) -> None:
    seconds = "1" if tool == "hang" else "8"
    args = ("--mcp", STDIO, "--approve", "all", "--tool-timeout", seconds)
    assert told in fine(ask(called(fs, tool), "hi", *args), fs)


def test_a_server_that_died_is_told_at_the_next_call_too(fs: FaultServer, ask: Ask) -> None:
    args = ("--mcp", STDIO, "--approve", "all")
    assert fine(ask(called(fs, "die", rounds=2), "hi", *args), fs).count("error: MCP server") == 2


def test_it_does_not_see_the_keys(fs: FaultServer, ask: Ask) -> None:
    out = fine(ask(called(fs, "environment"), "hi", "--mcp", STDIO, "--approve", "all"), fs)
    assert "PATH" in out
    assert "CREDENTIAL" not in out


def test_a_server_of_the_config_file_is_known_by_its_name(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    config = home / ".config" / "azchat" / "config.toml"
    config.parent.mkdir(parents=True, mode=0o700)
    config.parent.parent.chmod(0o700)
    config.write_text(
        f"[mcp.mine]\ncommand = {json.dumps(sys.executable)}\nargs = [{json.dumps(QUICK)}]\n"
        'env = {GREETING = "from $HOME"}\n'
    )
    config.chmod(0o600)
    out = fine(ask(called(fs, "environment"), "hi", "--mcp", "mine", "--approve", "all"), fs)
    assert "GREETING" in out


def test_what_it_is_handed_is_shown_and_kept_nowhere(fs: FaultServer, ask: Ask, home: Path) -> None:
    config = home / "config.toml"
    config.write_text(
        f"[mcp.mine]\ncommand = {json.dumps(sys.executable)}\nargs = [{json.dumps(QUICK)}]\n"
        'env = {GITHUB = "handed-to-one-server", PLACE = "a place"}\n'
    )
    config.chmod(0o600)
    url = called(fs, "say", "handed-to-one-server in a place")
    args = ("hi", "--mcp", "mine", "--approve", "all", "--record", "kept")
    result = ask(url, *args, env={"AZCHAT_CONFIG": str(config)})
    assert fine(result, fs) == "results: said *** in a place\n"
    files = [path for path in home.rglob("*") if path.is_file() and path != config]
    assert not [path for path in files if b"handed-to-one" in path.read_bytes()]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[mcp.mine]\nargs = []\n", "needs a command or a url"),
        ("[mcp.mine]\ncommand = 'x'\nurl = 'y'\n", "needs a command or a url"),
        ("[mcp.mine]\ncommands = 'x'\n", "unknown setting 'commands'"),
        ("mcp = 3\n", "must be tables"),
        ("[mcp.mine]\ncommand = 3\n", "--mcp mine"),
    ],
)
def test_a_wrong_table_is_told(fs: FaultServer, ask: Ask, home: Path, text: str, told: str) -> None:
    path = home / "config.toml"
    path.write_text(text)
    env = {"AZCHAT_CONFIG": str(path)}
    result = ask(fs.url("ok"), "hi", "--mcp", "mine", env=env)
    check(result, code=3, made=[path])
    assert told in result.err


@pytest.mark.parametrize(
    "word",
    [
        "/nowhere/server",
        "true",
        "http://127.0.0.1:1/mcp",
        shlex.join([sys.executable, "-c", "print('no JSON')"]),
    ],
)
def test_a_server_that_cannot_be_used_is_told_before_anything_is_sent(
    fs: FaultServer, ask: Ask, word: str
) -> None:
    check(ask(fs.url("ok"), "hi", "--mcp", word), code=5, servers=[fs])
    assert not fs.requests


def test_http_is_for_this_machine_alone(fs: FaultServer, ask: Ask) -> None:
    check(ask(fs.url("ok"), "hi", "--mcp", "http://example.com/mcp"), code=3)


def test_its_tools_are_listed(home: Path) -> None:
    out = azchat("tools", "list", "--mcp", SDK, home=home).out
    assert f"say (MCP {SDK}; asks first)\n  Says it." in out


def test_tools_of_the_same_name_are_told_apart(home: Path) -> None:
    args = ("tools", "list", "--mcp", STDIO, "--mcp", f"{STDIO} ", "--json")
    names = [tool["name"] for tool in json.loads(azchat(*args, home=home).out)["tools"]]
    assert len(set(names)) == len(names) == 14


def test_names_that_become_the_same_are_told_apart(fs: FaultServer, ask: Ask, home: Path) -> None:
    listed = azchat("tools", "list", "--mcp", PLAIN, "--json", home=home)
    names = [tool["name"] for tool in json.loads(listed.out)["tools"]]
    assert len(set(names)) == 6
    assert max(map(len, names)) == 64
    url = fs.url("tool", tool=names[2], arguments="{}")
    assert fine(ask(url, "hi", "--mcp", PLAIN, "--approve", "all"), fs) == "results: called a b\n"


def test_a_schema_without_properties_is_offered_with_none(fs: FaultServer, ask: Ask) -> None:
    """OpenAI refuses one: ``object schema missing properties``."""
    ask(fs.url("ok"), "hi", "--mcp", PLAIN)
    offered = fs.requests[-1].json()["tools"]
    assert offered[0]["function"]["parameters"] == {"type": "object", "properties": {}}


def test_a_lone_surrogate_does_not_end_the_server(fs: FaultServer, ask: Ask) -> None:
    url = fs.url("tool", tool="say", arguments='{"text": "\\ud83d"}', rounds=2)
    out = fine(ask(url, "hi", "--mcp", SDK, "--approve", "all"), fs)
    assert out.count("surrogates not allowed") == 2


def test_a_server_that_never_speaks_ends_with_ctrl_c(home: Path) -> None:
    pids = home / "pids"
    args = ("tools", "list", "--mcp", f"{PLAIN} {shlex.quote(str(pids))}")
    with Session(*args, home=home) as session:
        session.wait_until(lambda: pids.exists() and pids.read_text().endswith("."))
        session.interrupt()
        assert session.finish().status == 130
    session_gone(pids)


def test_a_server_that_ends_shows_its_last_lines_and_a_command_to_paste(home: Path) -> None:
    program = "import sys; sys.stderr.write('one\\n' * 9 + 'no \\x1b[31mkey\\n'); sys.exit(3)"
    command = shlex.join([sys.executable, "-c", program])
    result = azchat("tools", "list", "--mcp", command, home=home)
    check(result, code=5)
    assert result.err.count("  one\n") == 4
    assert "  no ^[[31mkey\n" in result.err
    assert result.err.endswith(f": {command}\n")


def test_a_server_that_starts_slowly_is_told(home: Path) -> None:
    pids = home / "pids"
    args = ("tools", "list", "--mcp", f"{PLAIN} {shlex.quote(str(pids))}")
    with Session(*args, home=home, tty=True) as session:
        session.wait_for("azchat: starting MCP server")
        session.wait_until(lambda: pids.exists() and pids.read_text().endswith("."))
        session.interrupt()
        assert session.finish().status == 130
    session_gone(pids)


LEAVING = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    os.umask(0o077)
    open(sys.argv[1], "w").write(f"{os.getpid()} .")
    time.sleep(1000)
os.execv(sys.executable, [sys.executable, sys.argv[2]])
"""


@pytest.mark.parametrize("ending", ["interrupt", "kill"])
def test_what_a_server_starts_ends_with_azchat(home: Path, ending: str) -> None:
    pids = home / "pids"
    mute = home / "mute.py"
    mute.write_text("import time; time.sleep(1000)")
    mute.chmod(0o600)
    command = shlex.join([sys.executable, "-c", LEAVING, str(pids), str(mute)])
    with Session("tools", "list", "--mcp", command, home=home) as session:
        session.wait_until(lambda: pids.exists() and pids.read_text().endswith("."))
        getattr(session, ending)()
        session.finish()
    session_gone(pids)


def test_always_ends_with_a_change_of_the_servers_file(
    fs: FaultServer, ask: Ask, home: Path
) -> None:
    path = home / "server.py"
    path.write_text(Path(QUICK).read_text())
    path.chmod(0o600)
    args = ("--mcp", shlex.join([sys.executable, str(path)]))
    with asked(home, called(fs, "say"), *args) as session:
        session.send("a\n")
        answered(session, fs)
    assert "said hi" in fine(ask(called(fs, "say"), "hi", *args), fs)
    path.write_text(path.read_text() + "# changed\n")
    assert "denied" in fine(ask(called(fs, "say"), "hi", *args), fs, 8)

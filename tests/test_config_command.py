"""``azchat config``: settings and keys go into the right files, and keys never come out."""

import stat
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, Session, azchat
from tests.keyring_backend import kept, ring_file, use_keyring
from tests.oracles import CANARY, check

URL = "https://r.openai.azure.com/openai/v1"
COMMENTED = f"""\
# my own words
default_profile = "work"   # at work
thinking = "summary"

[profiles.work]            # the big one
endpoint = "{URL}"
frequency-penalty = 0.5    # spelt as the option

[profiles.local]
endpoint = "http://localhost:11434/v1"
"""


def config(home: Path, *args: str, **more: object) -> Result:
    return azchat("config", *args, home=home, **more)  # type: ignore[arg-type]


def written(home: Path) -> str:
    return (home / ".config/azchat/config.toml").read_text()


def write(home: Path, text: str) -> Path:
    path = home / ".config/azchat/config.toml"
    path.parent.mkdir(parents=True, mode=0o700)
    path.parent.parent.chmod(0o700)
    path.write_bytes(text.encode())
    return path


# -- settings --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("model", "DeepSeek-R1", 'model = "DeepSeek-R1"'),
        ("top-p", "0.5", "top_p = 0.5"),
        ("max_tokens", "100", "max_tokens = 100"),
        ("usage", "on", "usage = true"),
        ("effort", "high", 'effort = "high"'),
        ("stop", "END", 'stop = ["END"]'),
        ("stop", '["a", "b"]', 'stop = ["a", "b"]'),
        ("option", '{"top_k": 40}', "option = {top_k = 40}"),
        ("key_command", "pass show azure", 'key_command = "pass show azure"'),
        ("key_env", "WORK_KEY", 'key_env = "WORK_KEY"'),
        ("key_file", "~/my.key", 'key_file = "~/my.key"'),
        ("endpoint", f"{URL}/chat/completions", f'endpoint = "{URL}"'),
        ("endpoint", "Target URI: r.openai.azure.com", f'endpoint = "{URL}"'),
    ],
)
def test_a_setting_is_written_and_read_again(home: Path, name: str, value: str, line: str) -> None:
    check(config(home, "set", name, value), code=0)
    assert written(home) == f"{line}\n"
    result = config(home, "get", name)
    check(result, code=0)
    assert result.out.strip().strip('"[]{}') in line.replace(": ", " = ") + value


def test_a_switch_is_told_as_it_is_written(home: Path) -> None:
    result = config(home, "set", "usage", "on")
    check(result, code=0)
    assert "usage = true in " in result.err


def test_the_api_version_of_an_endpoint_is_kept_where_it_takes_one(home: Path) -> None:
    deployment = "https://r.openai.azure.com/openai/deployments/d"
    url = f"{deployment}/chat/completions?api-version=2025-01-01-preview"
    check(config(home, "set", "endpoint", url), code=0)
    assert written(home) == f'endpoint = "{deployment}"\napi_version = "2025-01-01-preview"\n'


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("temperature", "hot", "is not a number"),
        ("usage", "maybe", "true or false"),
        ("effort", "very high", "one word"),
        ("option", "top_k=40", "no JSON"),
        ("key_command", "pass 'x", "quotes closed"),
        ("modle", "x", "did you mean model?"),
        ("profile", "x", "no setting of that name"),
        ("default_profile", "nope", "no profile 'nope'"),
    ],
)
def test_a_wrong_setting_is_refused_and_nothing_is_written(
    home: Path, name: str, value: str, what: str
) -> None:
    result = config(home, "set", name, value)
    check(result, code=2)
    assert what in result.err
    assert not (home / ".config").exists()


@pytest.mark.parametrize("url", ["http://r.openai.azure.com/", "https://ai.azure.com/", "r"])
def test_a_wrong_endpoint_is_refused_with_the_part_that_is_wrong(home: Path, url: str) -> None:
    check(config(home, "set", "endpoint", url), code=3)
    assert not (home / ".config").exists()


def test_comments_and_order_stay(home: Path) -> None:
    write(home, COMMENTED)
    check(config(home, "set", "model", "m"), code=0)
    check(config(home, "set", "frequency_penalty", "1"), code=0)
    check(config(home, "set", "--profile", "local", "temperature", "0.2"), code=0)
    expected = COMMENTED.replace("penalty = 0.5 ", "penalty = 1.0 ")
    expected = expected.replace("\n\n[profiles.local]", '\nmodel = "m"\n\n[profiles.local]')
    assert written(home) == f"{expected}temperature = 0.2\n"


def test_a_file_of_windows_stays_one(home: Path) -> None:
    path = write(home, COMMENTED.replace("\n", "\r\n"))
    check(config(home, "set", "thinking", "hide"), code=0)
    assert b'thinking = "hide"\r\n' in path.read_bytes() or b"hide" in path.read_bytes()
    assert b"[profiles.work]            # the big one\r\n" in path.read_bytes()


def test_processes_that_change_the_file_at_a_time_lose_nothing(home: Path) -> None:
    changes = {"model": '"m"', "seed": "1", "top_p": "0.5", "usage": "true", "retries": "3"}
    with ExitStack() as stack:
        setting = [
            Session("config", "set", name, value.strip('"'), home=home, tty=False)
            for name, value in changes.items()
        ]
        for session in setting:
            stack.enter_context(session)
        for session in setting:
            check(session.finish(), code=0, alone=False)
    lines = written(home).splitlines()
    assert sorted(lines) == sorted(f"{name} = {value}" for name, value in changes.items())


def test_an_empty_variable_names_no_profile(home: Path) -> None:
    write(home, COMMENTED)
    env = {"AZCHAT_PROFILE": ""}
    check(config(home, "set", "model", "m", env=env), code=0)
    assert config(home, "get", "model", "--profile", "work").out == "m\n"
    assert config(home, "get", "model", "--profile", "local").code == 3


def test_the_file_becomes_private(home: Path) -> None:
    path = write(home, COMMENTED)
    path.chmod(0o644)
    check(config(home, "set", "model", "m"), code=0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_to_the_file_stays_a_link(home: Path) -> None:
    (home / "dotfiles").mkdir(mode=0o700)
    (home / "dotfiles/azchat.toml").write_text(COMMENTED)
    (home / "link.toml").symlink_to("dotfiles/azchat.toml")
    env = {"AZCHAT_CONFIG": str(home / "link.toml")}
    check(config(home, "set", "model", "m", env=env), code=0)
    assert (home / "link.toml").is_symlink()
    assert 'model = "m"' in (home / "dotfiles/azchat.toml").read_text()


def test_a_file_that_is_no_toml_is_left_alone(home: Path) -> None:
    path = write(home, "model =\n")
    check(config(home, "set", "model", "m"), code=3)
    assert path.read_text() == "model =\n"


def test_a_file_that_the_library_would_garble_is_left_alone(home: Path) -> None:
    text = 'profiles.work.model = "x"\nprofiles.work.seed = 1\nmodel = "y"\n'
    write(home, text)
    result = config(home, "set", "--profile", "other", "model", "m")
    check(result, code=3)
    assert "only you can change" in result.err
    assert written(home) == text


def test_a_setting_is_taken_out(home: Path) -> None:
    write(home, COMMENTED)
    check(config(home, "unset", "frequency_penalty"), code=0)
    assert "penalty" not in written(home)
    result = config(home, "unset", "frequency_penalty")
    check(result, code=0)
    assert "was not set" in result.err


def test_what_is_not_set_is_an_error_to_get(home: Path) -> None:
    write(home, COMMENTED)
    result = config(home, "get", "model")
    check(result, code=3)
    assert "profile work" in result.err
    assert result.out == ""


def test_a_profile_has_what_is_set_for_all(home: Path) -> None:
    write(home, COMMENTED)
    result = config(home, "get", "thinking", "--profile", "local")
    check(result, code=0)
    assert result.out == "summary\n"


@pytest.mark.parametrize(("command", "what"), [("show", "nothing is"), ("profiles", "no profile")])
def test_an_empty_file_is_told(home: Path, command: str, what: str) -> None:
    result = config(home, command)
    check(result, code=0)
    assert what in result.err
    assert result.out == ""


def test_show_tells_every_profile(home: Path) -> None:
    write(home, COMMENTED)
    result = config(home, "show")
    check(result, code=0)
    assert 'default_profile = "work"' in result.out
    assert '[local]\nendpoint = "http://localhost:11434/v1"\n' in result.out
    assert config(home, "show", "--profile", "local").out.startswith('thinking = "summary"\n')


def test_a_key_that_stands_in_the_file_is_not_shown(home: Path) -> None:
    path = write(home, f'key = "{CANARY}"\n')
    check(config(home, "show"), code=0, made=[path])
    check(config(home, "get", "key"), code=3, made=[path])


def test_a_new_profile_is_made_and_its_use_is_told(home: Path) -> None:
    result = config(home, "set", "--profile", "work", "endpoint", URL)
    check(result, code=0)
    assert "azchat config set default_profile work" in result.err
    assert written(home) == f'[profiles.work]\nendpoint = "{URL}"\n'
    check(config(home, "set", "default_profile", "work"), code=0)
    assert config(home, "get", "endpoint").out == f"{URL}\n"


def test_an_endpoint_of_the_environment_that_goes_before_is_told(home: Path) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": "http://127.0.0.1:9/v1"}
    result = config(home, "set", "endpoint", URL, env=env)
    check(result, code=0)
    assert "AZURE_INFERENCE_ENDPOINT goes before" in result.err


# -- keys ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [
        ["set", "key", CANARY],
        ["set", "key", CANARY, CANARY],
        ["set", f"key={CANARY}"],
        ["set", CANARY],
        ["set", CANARY, "x"],
        ["set", "api_key", CANARY],
        ["set", "AZURE_INFERENCE_CREDENTIAL", CANARY],
        ["set", "model", "m", CANARY],
        ["set", "--key", CANARY],
        ["get", CANARY],
        ["unset", CANARY],
    ],
    ids=range(11),
)
def test_a_key_on_the_command_line_is_refused_and_not_repeated(home: Path, args: list[str]) -> None:
    write(home, f'endpoint = "{URL}"\n')
    check(config(home, *args), code=2)
    assert written(home) == f'endpoint = "{URL}"\n'


def test_a_piped_key_goes_into_a_private_file_where_there_is_no_keyring(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\n')
    result = config(home, "set", "key", stdin=f"{CANARY}\nmore\n")
    path = home / ".config/azchat/key"
    check(result, code=0, made=[path])
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (f"{CANARY}\n", 0o600)
    assert str(path) in result.err
    assert "no keyring" in result.err
    assert f'key_file = "{path}"' in written(home)


def test_a_piped_key_goes_into_the_keyring_where_there_is_one(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\n')
    result = config(home, "set", "key", stdin=CANARY, env=use_keyring(home))
    check(result, code=0, made=[ring_file(home)])
    assert kept(home) == {"azchat/default@r.openai.azure.com": CANARY}
    assert "the keyring" in result.err
    assert 'key_keyring = "default@r.openai.azure.com"' in written(home)
    assert not (home / ".config/azchat/key").exists()


@pytest.mark.parametrize("backend", ["Locked", "Forgetful", "Missing"])
def test_a_keyring_that_does_not_keep_keys_is_passed_over_and_said(
    home: Path, backend: str
) -> None:
    write(home, f'endpoint = "{URL}"\n')
    env = use_keyring(home, backend)
    result = config(home, "set", "key", stdin=CANARY, env=env)
    check(result, code=0, made=[home / ".config/azchat/key"])
    assert "no keyring: " in result.err


def test_on_a_terminal_the_key_is_asked_for_without_an_echo(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\n')
    with Session("config", "set", "key", home=home) as session:
        session.wait_for("Key for r.openai.azure.com (it is not shown): ")
        session.send(f"{CANARY}\r")
        result = session.finish()
    check(result, code=0, made=[home / ".config/azchat/key"])
    assert (home / ".config/azchat/key").read_text() == f"{CANARY}\n"


def test_the_question_reaches_the_terminal_when_the_outputs_lead_elsewhere(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\n')
    with Session("config", "set", "key", home=home, tty=["stdin"]) as session:
        session.wait_for("(it is not shown): ")
        session.send(f"{CANARY}\r")
        check(session.finish(), code=0, made=[home / ".config/azchat/key"])


@pytest.mark.parametrize(
    ("keys", "code"), [(b"\r", 5), (b"\x04", 5), (b"\x03", 130)], ids=["empty", "Ctrl-D", "Ctrl-C"]
)
def test_no_key_changes_nothing(home: Path, keys: bytes, code: int) -> None:
    write(home, f'endpoint = "{URL}"\n')
    with Session("config", "set", "key", home=home) as session:
        session.wait_for("(it is not shown): ")
        session.send(keys)
        check(session.finish(), code=code)
    assert written(home) == f'endpoint = "{URL}"\n'


@pytest.mark.parametrize(
    ("stdin", "code", "what"),
    [
        (b"", 5, "no key was given"),
        (b"\n", 5, "no key was given"),
        (b"\xff\xfe\0", 5, "no text"),
        (f"{CANARY} x".encode(), 3, "white space"),
        (f"{CANARY}é".encode(), 3, "no key has"),
        (None, 5, "no key was given"),
    ],
    ids=["empty", "blank", "binary", "space", "accent", "/dev/null"],
)
def test_what_is_no_key_is_refused_and_not_shown(
    home: Path, stdin: bytes | None, code: int, what: str
) -> None:
    write(home, f'endpoint = "{URL}"\n')
    result = config(home, "set", "key", stdin=stdin)
    check(result, code=code)
    assert what in result.err
    assert written(home) == f'endpoint = "{URL}"\n'


def test_a_key_needs_the_endpoint_it_is_for(home: Path) -> None:
    write(home, COMMENTED)
    result = config(home, "set", "key", "--profile", "new", stdin=CANARY)
    check(result, code=3)
    assert "azchat config set endpoint URL --profile new" in result.err


@pytest.mark.parametrize("profile", ["../../x", "a/b", ".", "..", "ä ö"])
def test_the_name_of_a_profile_does_not_lead_out_of_the_folder(home: Path, profile: str) -> None:
    check(config(home, "set", "--profile", profile, "endpoint", URL), code=0)
    config(home, "set", "--profile", profile, "key", stdin=CANARY)
    (path,) = (home / ".config/azchat/keys").iterdir()
    assert path.name.startswith("profile-")
    assert config(home, "get", "key", "--profile", profile).out == f"*** the file {path}\n"


@pytest.mark.parametrize("backend", ["Keyring", "keyring.backends.fail.Keyring"])
def test_get_tells_the_place_and_unset_empties_it(home: Path, backend: str) -> None:
    write(home, f'endpoint = "{URL}"\n')
    env, path = use_keyring(home, backend), home / ".config/azchat/key"
    config(home, "set", "key", stdin=CANARY, env=env)
    told = config(home, "get", "key", env=env)
    check(told, code=0)
    assert told.out.startswith("*** the ")
    check(config(home, "unset", "key", env=env), code=0, made=[ring_file(home)])
    assert written(home) == f'endpoint = "{URL}"\n'
    assert not path.exists()
    assert not kept(home)
    check(config(home, "get", "key", env=env), code=3)


def test_a_new_key_takes_the_place_of_every_other(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\nkey_command = "pass show azure"\n')
    config(home, "set", "key", stdin=CANARY)
    assert "key_command" not in written(home)
    check(config(home, "set", "key", stdin=CANARY, env=use_keyring(home)), code=0,
          made=[ring_file(home)])  # fmt: skip
    assert "key_file" not in written(home)
    assert not (home / ".config/azchat/key").exists()


@pytest.mark.parametrize(
    "args", [("set", "key_command", "pass show azure"), ("unset", "key_file")], ids=str
)
def test_no_key_is_left_behind_that_nothing_names(home: Path, args: tuple[str, ...]) -> None:
    write(home, f'endpoint = "{URL}"\n')
    config(home, "set", "key", stdin=CANARY)
    result = config(home, *args)
    check(result, code=0)
    assert not (home / ".config/azchat/key").exists()
    assert ("is removed" in result.err) == (args[0] == "set")


@pytest.mark.parametrize("name", ["~/.config/azchat/key", ".config/../.config/azchat/key"])
def test_a_key_stays_when_its_place_is_named_otherwise(home: Path, name: str) -> None:
    write(home, f'endpoint = "{URL}"\n')
    config(home, "set", "key", stdin=CANARY)
    path = home / ".config/azchat/key"
    check(config(home, "set", "key_file", name), code=0, made=[path])
    assert path.read_text() == f"{CANARY}\n"


@pytest.mark.parametrize("name", ["key_file", "key_keyring"])
def test_a_place_of_the_key_that_is_no_text_can_be_mended(home: Path, name: str) -> None:
    write(home, f'endpoint = "{URL}"\n{name} = 5\n')
    check(config(home, "set", "key_file", "~nobody-of-that-name/key"), code=0)
    assert f"{name} = 5" not in written(home)


def test_a_key_file_of_the_users_own_is_not_removed(home: Path) -> None:
    (home / "my.key").write_text(CANARY)
    write(home, f'endpoint = "{URL}"\nkey_file = "{home}/my.key"\n')
    check(config(home, "unset", "key"), code=0)
    assert (home / "my.key").exists()


def test_a_new_endpoint_says_where_the_key_will_go(home: Path) -> None:
    write(home, f'endpoint = "{URL}"\nkey_env = "WORK_KEY"\n')
    result = config(home, "set", "endpoint", "https://other.openai.azure.com")
    check(result, code=0)
    assert "its key goes there from now on" in result.err


def test_what_was_set_answers(fs: FaultServer, home: Path) -> None:
    config(home, "set", "endpoint", fs.url("ok"))
    config(home, "set", "key", stdin=CANARY)
    check(azchat("ask", "hi", home=home), code=0, servers=[fs])
    assert fs.requests[0].key == CANARY


@pytest.mark.parametrize("args", [["config", "show"], ["tools", "list"]], ids=" ".join)
def test_what_is_drawn_obeys_the_theme(home: Path, args: list[str]) -> None:
    shown = {}
    for theme in ("light", "dark"):
        azchat("config", "set", "theme", theme, home=home)
        azchat("config", "set", "temperature", "1", home=home)
        env = {"TERM": "xterm-256color"}
        shown[theme] = azchat(*args, home=home, tty=True, env=env).terminal
        assert b"\x1b]11;?" not in shown[theme]  # nobody has to be asked
    same = shown["light"].replace(b"light", b"dark")
    assert same != shown["dark"]

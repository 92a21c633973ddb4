"""Where each setting comes from: flag, environment, .env, profile, default, in this order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import FaultServer
from tests.front_door import Result, azchat
from tests.oracles import CANARY, check

URL = "http://127.0.0.1:9/{}/v1"  # nobody listens there, and ``info`` does not ask it
Origins = dict[str, tuple[Any, str]]


@pytest.fixture
def config(home: Path) -> Callable[[str], dict[str, str]]:
    """``config(toml)`` writes the config file; its result is the environment that names it."""

    def write(toml: str) -> dict[str, str]:
        (home / "config.toml").write_text(toml, encoding="utf-8")
        return {"AZCHAT_CONFIG": str(home / "config.toml")}

    return write


Config = Callable[[str], dict[str, str]]


def settings(result: Result) -> Origins:
    """Return what ``info --json`` says: name to value and origin."""
    return {s["name"]: (s["value"], s["origin"]) for s in json.loads(result.out)["settings"]}


def body(result: Result) -> dict[str, Any]:
    """Return the body that ``ask --dry-run`` shows."""
    value: dict[str, Any] = json.loads(result.out.partition("\n\n")[2])
    return value


def dry_run(home: Path, *args: str, env: dict[str, str]) -> Result:
    env = {"AZURE_INFERENCE_ENDPOINT": URL.format("env"), **env}
    result = azchat("ask", "hi", "--dry-run", *args, home=home, env=env)
    check(result, code=0)
    return result


# -- the order -----------------------------------------------------------------------

LEVELS = ("flag", "environment", ".env", "profile")
ORIGINS = {
    "model": ("flag", "AZCHAT_MODEL", "AZCHAT_MODEL in ./.env", "profile p"),
    "endpoint": ("flag", "OPENAI_BASE_URL", "OPENAI_BASE_URL in ./.env", "profile p"),
}


@pytest.mark.parametrize("level", range(4), ids=LEVELS)
@pytest.mark.parametrize("name", ["model", "endpoint"])
def test_the_first_place_that_has_a_setting_wins_and_is_told(
    home: Path, config: Config, name: str, level: int
) -> None:
    values = [URL.format(place) if name == "endpoint" else place for place in LEVELS]
    variable = ORIGINS[name][1]
    env = config(f'default_profile = "p"\n[profiles.p]\n{name} = "{values[3]}"\n')
    (home / ".env").write_text(f"{variable}={values[2]}\n" if level < 3 else "")
    (home / ".env").chmod(0o600)
    env |= {variable: values[1]} if level < 2 else {}
    flags = [f"--{name}", values[0]] if level < 1 else []
    env |= {} if name == "endpoint" else {"OPENAI_BASE_URL": URL.format("any")}
    result = azchat("info", "--json", *flags, home=home, env=env)
    check(result, code=0)
    assert settings(result)[name] == (values[level], ORIGINS[name][level])


@pytest.mark.parametrize(
    ("env", "value", "origin"),
    [
        ({"AZCHAT_THINKING": "hide"}, "hide", "AZCHAT_THINKING"),
        ({}, "live", "profile p"),
        ({"AZCHAT_CONFIG": ""}, "auto", "default"),
    ],
    ids=["environment", "profile", "default"],
)
def test_a_choice_has_the_same_order_down_to_the_default(
    home: Path, config: Config, env: dict[str, str], value: str, origin: str
) -> None:
    known = config('default_profile = "p"\n[profiles.p]\nthinking = "live"\n')
    result = azchat("info", "--demo", "--json", home=home, env=known | env)
    check(result, code=0)
    assert settings(result)["thinking"] == (value, origin)


PARAMETERS = """
temperature = 0.1
top_p = 0.2
max_tokens = 3
presence_penalty = 0.4
frequency-penalty = 0.5
stop = ["6"]
seed = 7
effort = "low"
option = {x = 9}
"""
SENT = {
    "temperature": 0.1,
    "top_p": 0.2,
    "max_tokens": 3,
    "presence_penalty": 0.4,
    "frequency_penalty": 0.5,
    "stop": ["6"],
    "seed": 7,
    "reasoning_effort": "low",
    "x": 9,
}


def test_the_parameters_of_the_config_are_sent(home: Path, config: Config) -> None:
    sent = body(dry_run(home, env=config(PARAMETERS)))
    assert {name: sent.get(name) for name in SENT} == SENT


def test_flags_take_the_place_of_the_configs_parameters(home: Path, config: Config) -> None:
    flags = "--temperature=1 --top-p=1 --max-tokens=1 --presence-penalty=1 --frequency-penalty=1"
    others = "--stop=1 --seed=1 --effort=high -ox=1"
    sent = body(dry_run(home, *flags.split(), *others.split(), env=config(PARAMETERS)))
    ones = {**dict.fromkeys(SENT, 1), "stop": ["1"], "reasoning_effort": "high"}
    assert {name: sent.get(name) for name in SENT} == ones


def test_a_system_message_may_stand_in_the_config(home: Path, config: Config) -> None:
    asked = body(dry_run(home, env=config('system = "Be brief."\n')))["messages"]
    assert asked[0] == {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("AZURE_INFERENCE_ENDPOINT", "AZURE_OPENAI_ENDPOINT"),
        ("AZURE_INFERENCE_ENDPOINT", "AZURE_AI_PROJECT_ENDPOINT"),
        ("AZURE_OPENAI_ENDPOINT", "OPENAI_BASE_URL"),
        ("AZCHAT_MODEL", "AZURE_INFERENCE_MODEL"),
        ("AZURE_INFERENCE_MODEL", "AZURE_DEEPSEEK_DEPLOYMENT"),
    ],
)
def test_of_two_variables_the_more_specific_one_counts(home: Path, first: str, second: str) -> None:
    env = {first: URL.format("first"), second: URL.format("second")}
    result = azchat("info", "--demo", "--json", home=home, env=env)
    check(result, code=0)
    assert (URL.format("first"), first) in settings(result).values()


def test_an_empty_variable_counts_as_not_set(home: Path, config: Config) -> None:
    env = {**config('model = "from-config"\n'), "AZCHAT_MODEL": " "}
    assert body(dry_run(home, env=env))["model"] == "from-config"


def test_the_api_version_of_azure_openai_is_not_for_other_endpoints(home: Path) -> None:
    env = {"AZURE_OPENAI_API_VERSION": "2024-10-21"}
    assert "api-version" not in dry_run(home, env=env).out
    env |= {"AZURE_INFERENCE_ENDPOINT": "", "AZURE_OPENAI_ENDPOINT": "http://127.0.0.1:9/openai"}
    assert "api-version=2024-10-21" in dry_run(home, "-m", "gpt-4o", env=env).out


# -- profiles ------------------------------------------------------------------------

PROFILES = """
default_profile = "home"
temperature = 0.5
[profiles.home]
model = "home-model"
[profiles.work]
endpoint = "http://127.0.0.1:9/work/v1"
model = "work-model"
temperature = 0.9
"""


@pytest.mark.parametrize(
    ("args", "env", "model", "temperature"),
    [
        ([], {}, "home-model", 0.5),
        ([], {"AZCHAT_PROFILE": "work"}, "work-model", 0.9),
        (["--profile", "work"], {}, "work-model", 0.9),
        (["--profile", "home"], {"AZCHAT_PROFILE": "work"}, "home-model", 0.5),
        ([], {"AZCHAT_MODEL": "env-model"}, "env-model", 0.5),
        (["--profile", "work"], {"AZCHAT_MODEL": "env-model"}, "work-model", 0.9),
        (["--profile", "work", "-m", "flag-model"], {}, "flag-model", 0.9),
    ],
    ids=["default", "variable", "flag", "flag over variable", "variable over profile",
         "named profile over variable", "flag over named profile"],
)  # fmt: skip
def test_a_profile_named_on_the_command_line_ranks_as_a_flag(
    home: Path, config: Config, args: list[str], env: dict[str, str], model: str, temperature: float
) -> None:
    sent = body(dry_run(home, *args, env={**config(PROFILES), **env}))
    assert (sent["model"], sent["temperature"]) == (model, temperature)


def test_a_named_profile_brings_its_endpoint_over_that_of_the_environment(
    home: Path, config: Config
) -> None:
    result = dry_run(home, "--profile", "work", env=config(PROFILES))
    assert "/work/v1/chat/completions" in result.out


def test_a_dotenv_may_choose_among_the_users_own_profiles(home: Path, config: Config) -> None:
    (home / ".env").write_text("AZCHAT_PROFILE=work\n")
    (home / ".env").chmod(0o600)
    assert body(dry_run(home, env=config(PROFILES)))["model"] == "work-model"


def test_an_unknown_profile_names_those_that_there_are(home: Path, config: Config) -> None:
    result = azchat("ask", "hi", "--profile", "wrok", home=home, env=config(PROFILES))
    check(result, code=3)
    assert "'wrok'" in result.err
    assert "home, work" in result.err


def test_the_profiles_are_listed(home: Path, config: Config) -> None:
    result = azchat("config", "profiles", home=home, env=config(PROFILES))
    check(result, code=0)
    assert result.out.split() == ["home", "work"]


@pytest.mark.parametrize(
    ("env", "path"),
    [
        ({}, ".config/azchat/config.toml"),
        ({"XDG_CONFIG_HOME": "/x"}, "/x/azchat/config.toml"),
        ({"XDG_CONFIG_HOME": "relative"}, ".config/azchat/config.toml"),
        ({"AZCHAT_CONFIG": "/x/my.toml"}, "/x/my.toml"),
    ],
    ids=str,
)
def test_the_config_files_path_is_told(home: Path, env: dict[str, str], path: str) -> None:
    result = azchat("config", "path", home=home, env=env)
    check(result, code=0)
    assert result.out == f"{home / path}\n"


# -- keys of profiles, and keys that must not cross ------------------------------------


@pytest.mark.parametrize("name", ["key_env", "key_file"])
def test_the_key_of_a_profile_goes_to_its_endpoint_and_its_place_is_told(
    fs: FaultServer, home: Path, config: Config, name: str
) -> None:
    secret = home / "my key"
    secret.write_text(f"{CANARY}\n")
    secret.chmod(0o600)
    place = {"key_env": "WORK_KEY", "key_file": str(secret)}[name]
    env = config(f'endpoint = "{fs.url("ok")}"\n{name} = "{place}"\n')
    env |= {"WORK_KEY": CANARY, "AZURE_INFERENCE_CREDENTIAL": "sk-other"}
    result = azchat("ask", "hi", "--debug", home=home, env=env)
    check(result, code=0, servers=[fs], chatter=True, made=[secret])
    assert fs.requests[0].key == CANARY


def test_a_key_file_may_be_under_the_home(fs: FaultServer, home: Path, config: Config) -> None:
    (home / "key").write_text(CANARY)
    (home / "key").chmod(0o600)
    env = config(f'endpoint = "{fs.url("ok")}"\nkey_file = "~/key"\n')
    check(azchat("ask", "hi", home=home, env=env), code=0, made=[home / "key"])
    assert fs.requests[0].key == CANARY


@pytest.mark.parametrize("place", ['key_env = "WORK_KEY"', 'key_file = "/nowhere/key"'])
def test_a_profile_whose_key_is_missing_gets_no_other_one(
    fs: FaultServer, home: Path, config: Config, place: str
) -> None:
    env = config(f'endpoint = "{fs.url("ok")}"\n{place}\n')
    env |= {"AZURE_INFERENCE_CREDENTIAL": CANARY}
    result = azchat("ask", "hi", home=home, env=env)
    check(result, code=3, servers=[fs])
    assert place.split('"')[1] in result.err
    assert not fs.requests


def test_the_key_of_a_profile_stays_when_a_flag_names_another_endpoint(
    fs: FaultServer, home: Path, config: Config
) -> None:
    env = {**config(f'endpoint = "{URL.format("p")}"\nkey_env = "WORK_KEY"\n'), "WORK_KEY": CANARY}
    result = azchat("ask", "hi", "--endpoint", fs.url("ok"), home=home, env=env)
    check(result, code=0, servers=[fs])
    assert fs.requests[0].key == ""


AZURE = "https://r.openai.azure.com/openai/v1"
ELSEWHERE = "https://api.elsewhere.example/v1"
LOOKALIKE = "https://r.openai.azure.com.evil.example/openai/v1"
AZURE_KEYS = ("AZURE_INFERENCE_CREDENTIAL", "AZURE_OPENAI_API_KEY")


@pytest.mark.parametrize(
    ("variable", "url", "key"),
    [
        *[("--endpoint", url, key) for url in (ELSEWHERE, LOOKALIKE) for key in AZURE_KEYS],
        *[("OPENAI_BASE_URL", ELSEWHERE, key) for key in AZURE_KEYS],
        ("--endpoint", AZURE, "OPENAI_API_KEY"),
        ("AZURE_INFERENCE_ENDPOINT", AZURE, "OPENAI_API_KEY"),
        ("AZURE_OPENAI_ENDPOINT", AZURE, "OPENAI_API_KEY"),
        ("AZURE_AI_PROJECT_ENDPOINT", AZURE, "OPENAI_API_KEY"),
        ("profile", AZURE, "OPENAI_API_KEY"),
        *[("profile", ELSEWHERE, key) for key in AZURE_KEYS],
    ],
)
def test_a_key_never_crosses_to_another_make_of_service(
    home: Path, config: Config, variable: str, url: str, key: str
) -> None:
    env = config(f'endpoint = "{url}"\n' if variable == "profile" else "")
    env |= {key: CANARY} | ({variable: url} if variable.isupper() else {})
    flags = ["--endpoint", url] if variable == "--endpoint" else []
    result = azchat("ask", "hi", "--dry-run", *flags, home=home, env=env)
    check(result, code=0)
    assert key not in result.out


@pytest.mark.parametrize(
    ("variable", "url", "key", "header"),
    [
        ("AZURE_INFERENCE_ENDPOINT", AZURE, "AZURE_INFERENCE_CREDENTIAL", "api-key: ***"),
        ("AZURE_OPENAI_ENDPOINT", AZURE, "AZURE_OPENAI_API_KEY", "api-key: ***"),
        ("OPENAI_BASE_URL", ELSEWHERE, "OPENAI_API_KEY", "authorization: Bearer ***"),
    ],
)
def test_a_key_goes_with_the_endpoint_of_its_own_make(
    home: Path, variable: str, url: str, key: str, header: str
) -> None:
    result = azchat("ask", "hi", "--dry-run", home=home, env={variable: url, key: CANARY})
    check(result, code=0)
    assert f"{header} (from {key})" in result.out


# -- wrong values ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "what"),
    [
        ("temprature = 1", "unknown setting 'temprature'"),
        ('timeout = "soon"', "timeout"),
        ("timeout = -1", "timeout"),
        ("timeout = inf", "timeout"),
        ("temperature = nan", "temperature"),
        ("temperature = true", "temperature"),
        ("max_tokens = 1.5", "max_tokens"),
        ("max_tokens = 0", "max_tokens"),
        ("retries = -1", "retries"),
        ("retries = 1000000", "retries"),
        ("seed = true", "seed"),
        ('usage = "yes"', "usage"),
        ('thinking = "loud"', "one of: auto, live"),
        ('effort = "very high"', "one word"),
        ("model = 5", "model"),
        ("stop = [1]", "stop"),
        ("option = 5", "option"),
        ("option = { day = 2026-11-21 }", "that JSON can hold"),
        ("option.a = [nan]", "that JSON can hold"),
        (f"timeout = 1{'0' * 400}", "timeout"),
        (f"seed = {'1' * 5000}", "not valid TOML: a number in it is too long"),
        (f"seed = {'[' * 2000}", "not valid TOML: it is nested too deeply"),
        ('profile = "p"', "profile"),
        ("profiles = 5", "profiles"),
        ("profiles.p = 5", "profiles"),
        ("default_profile = 5", "profile"),
        ("default_profile = [1]", "profile"),
        ("model =", "not valid TOML"),
        (f'key = "{CANARY}"', "key_env"),
        (f'api_key = "{CANARY}"', "api_key"),
        (f'key_env = "{CANARY}', "not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_the_config_file_is_named(
    home: Path, config: Config, toml: str, what: str
) -> None:
    env = {**config(toml + "\n"), "AZURE_INFERENCE_ENDPOINT": URL.format("x")}
    result = azchat("ask", "hi", "--dry-run", home=home, env=env)
    check(result, code=3, made=[home / "config.toml"])
    assert what in result.err
    assert result.out == ""


@pytest.mark.parametrize(
    "content", [b"model = '\xe9'\n", b"\xff\xfem\0"], ids=["latin-1", "UTF-16"]
)
def test_a_config_file_that_is_not_utf8_is_named(home: Path, content: bytes) -> None:
    (home / "c.toml").write_bytes(content)
    result = azchat("ask", "hi", home=home, env={"AZCHAT_CONFIG": str(home / "c.toml")})
    check(result, code=3)
    assert "not UTF-8" in result.err


def test_a_config_file_saved_by_notepad_is_read(home: Path, config: Config) -> None:
    assert body(dry_run(home, env=config("\ufeffmodel = 'x'\r\n")))["model"] == "x"


def test_a_config_file_that_is_a_folder_is_named(home: Path) -> None:
    result = azchat("ask", "hi", home=home, env={"AZCHAT_CONFIG": str(home)})
    check(result, code=3)
    assert str(home) in result.err


@pytest.mark.parametrize("value", ["loud", "AUTO", "\x1b[31m", "é"], ids=repr)
def test_a_wrong_variable_is_named_with_what_it_may_be(home: Path, value: str) -> None:
    result = azchat("ask", "hi", "--demo", home=home, env={"AZCHAT_THINKING": value})
    check(result, code=3)
    assert "AZCHAT_THINKING" in result.err
    assert "one of: auto, live, summary, hide, stderr" in result.err


@pytest.mark.parametrize(
    "flag",
    [
        "--temperature=hot", "--temperature=nan", "--top-p=inf", "--max-tokens=0", "--seed=1.5",
        "--timeout=0", "--timeout=nan", "--idle-timeout=-1", "--max-time=inf", "--retries=-1",
        "--retries=21", "--effort=", "--thinking=loud", "--reasoning=x", "--auth=x",
        "--color=red", "--output-format=xml", "-o", "-onovalue", "-o=5", "-ox=1e999", "--no",
        "--encoding=no",
    ],
)  # fmt: skip
def test_a_wrong_flag_is_a_usage_error_before_anything_is_sent(
    fs: FaultServer, home: Path, flag: str
) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok")}
    result = azchat("ask", "hi", flag, home=home, env=env, stdin="text")
    check(result, code=2, servers=[fs])
    assert not fs.requests


@pytest.mark.parametrize("version", ["2024-05-01&model=x", "1 2", "../x", "2024#", "é"])
def test_an_api_version_cannot_change_the_url(fs: FaultServer, home: Path, version: str) -> None:
    env = {"AZURE_INFERENCE_ENDPOINT": fs.url("ok", base="models")}
    check(azchat("ask", "hi", "--api-version", version, home=home, env=env), code=3)
    assert not fs.requests


def test_no_endpoint_at_all_says_how_to_set_one_and_of_the_demo(home: Path) -> None:
    result = azchat("ask", "hi", home=home)
    check(result, code=3)
    assert "AZURE_INFERENCE_ENDPOINT" in result.err
    assert "--demo" in result.err

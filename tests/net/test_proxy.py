import pytest

from azchat.errors import ConfigError
from azchat.net.proxy import choose_proxy

URL = "https://r.openai.azure.com/openai/v1"
LOCAL = "http://localhost:11434/v1"


def chosen(url: str = URL, **variables: str) -> str | None:
    proxy = choose_proxy(url, variables)
    return str(proxy) if proxy else None


def test_without_a_variable_the_connection_is_direct() -> None:
    assert chosen() is None


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_each_variable_for_https_is_read(name: str) -> None:
    assert chosen(**{name: "http://proxy.test:3128"}) == "proxy.test:3128"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_a_variable_for_http_is_not_for_https(name: str) -> None:
    assert chosen(**{name: "http://proxy.test:3128"}) is None


def test_the_special_variable_goes_before_the_general_one() -> None:
    assert chosen(HTTPS_PROXY="http://one.test:1", ALL_PROXY="http://two.test:2") == "one.test:1"


def test_lower_case_goes_before_capitals() -> None:
    assert chosen(https_proxy="http://one.test:1", HTTPS_PROXY="http://two.test:2") == "one.test:1"


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_variable_is_none(value: str) -> None:
    assert chosen(HTTPS_PROXY=value) is None


@pytest.mark.parametrize(
    ("value", "proxy"),
    [
        ("http://proxy.test:3128", "proxy.test:3128"),
        ("http://proxy.test:3128/", "proxy.test:3128"),
        ("proxy.test:3128", "proxy.test:3128"),
        ("http://proxy.test", "proxy.test:80"),
        (" http://10.0.0.1:8080 ", "10.0.0.1:8080"),
        ("HTTP://Proxy.Test:3128", "proxy.test:3128"),
    ],
)
def test_each_spelling_of_a_proxy_is_understood(value: str, proxy: str) -> None:
    assert chosen(HTTPS_PROXY=value) == proxy


@pytest.mark.parametrize("value", ["http://", "http://:3128", "http://p:x", "p:99999"])
def test_what_is_no_address_is_told_by_the_variable(value: str) -> None:
    with pytest.raises(ConfigError, match="HTTPS_PROXY is no proxy address"):
        chosen(HTTPS_PROXY=value)


@pytest.mark.parametrize("value", ["http://[::1", "http://[x]:1", "p..test:80", f"{'p' * 64}:80"])
def test_what_is_no_address_at_all_is_told_too(value: str) -> None:
    with pytest.raises(ConfigError, match="HTTPS_PROXY"):
        chosen(HTTPS_PROXY=value)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "https", "ftp"])
def test_a_proxy_of_another_kind_is_refused_rather_than_passed_by(scheme: str) -> None:
    with pytest.raises(ConfigError, match=f"{scheme}:// proxy"):
        chosen(ALL_PROXY=f"{scheme}://proxy.test:1080")


# Exemptions


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        "r.openai.azure.com",
        ".openai.azure.com",
        "azure.com",
        "other.test, r.openai.azure.com",
        "*",
        "R.OPENAI.AZURE.COM",
    ],
)
def test_an_exempt_host_is_reached_directly(name: str, value: str) -> None:
    assert chosen(**{"HTTPS_PROXY": "http://proxy.test:1", name: value}) is None


@pytest.mark.parametrize("value", ["", "other.test", "r.openai", "penai.azure.com"])
def test_a_host_that_is_not_exempt_goes_through_the_proxy(value: str) -> None:
    assert chosen(HTTPS_PROXY="http://proxy.test:1", NO_PROXY=value) == "proxy.test:1"


def test_an_exempt_host_does_not_mind_a_proxy_it_could_not_use() -> None:
    assert chosen(HTTPS_PROXY="socks5://proxy.test:1080", NO_PROXY="azure.com") is None


# Keys in clear


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:3128", "http://localhost:3128"])
def test_plain_http_may_go_through_a_proxy_on_this_machine(proxy: str) -> None:
    assert chosen(LOCAL, http_proxy=proxy) is not None


def test_plain_http_never_leaves_this_machine_by_a_proxy() -> None:
    assert chosen(LOCAL, http_proxy="http://proxy.test:3128") is None


# Sign-in at the proxy


def test_a_user_and_password_become_a_header() -> None:
    proxy = choose_proxy(URL, {"HTTPS_PROXY": "http://user:p%40ss@proxy.test:3128"})
    assert proxy
    assert proxy.headers == {"Proxy-Authorization": "Basic dXNlcjpwQHNz"}


def test_a_proxy_without_a_user_needs_no_header() -> None:
    proxy = choose_proxy(URL, {"HTTPS_PROXY": "http://proxy.test:3128"})
    assert proxy
    assert proxy.headers == {}


def test_the_password_is_known_as_a_secret_and_not_shown() -> None:
    proxy = choose_proxy(URL, {"HTTPS_PROXY": "http://user:hunter2@proxy.test:3128"})
    assert proxy
    assert "hunter2" not in str(proxy)
    assert proxy.password
    assert proxy.password.reveal() == "hunter2"


@pytest.mark.parametrize("value", ["http://user:hunter2@:3128", "socks5://user:hunter2@p.test:1"])
def test_an_error_does_not_repeat_the_password(value: str) -> None:
    with pytest.raises(ConfigError) as raised:
        chosen(HTTPS_PROXY=value)
    assert "hunter2" not in raised.value.what + raised.value.hint

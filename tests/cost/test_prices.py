"""What tokens cost, by the config file or by Azure's list."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azchat.azure.retail import read_meters
from azchat.messages import Usage
from azchat.prices import Cost, Price, money
from azchat.settings.prices import Prices, plain
from tests.front_door import azchat

GPT = ("Azure OpenAI GPT5", "1M")
METERS: list[tuple[str, str, str, float]] = [
    ("gpt 4.1 nano Inp glbl Tokens", "Azure OpenAI", "1K", 0.0001),
    ("gpt 4.1 nano Outp glbl Tokens", "Azure OpenAI", "1K", 0.0004),
    ("gpt 4.1 nano Batch Inp glbl Tokens", "Azure OpenAI", "1K", 0.00005),
    ("gpt 4.1 nano Inp regnl Tokens", "Azure OpenAI", "1K", 0.00011),
    ("5.6 sol ShortCo Cd Inp Std Gl 1M Tokens", *GPT, 0.5),
    ("5.6 sol ShortCo Inp Std Gl 1M Tokens", *GPT, 5.0),
    ("5.6 sol ShortCo Opt Std Gl 1M Tokens", *GPT, 30.0),
    ("5.6 sol LongCo Inp Std Gl 1M Tokens", *GPT, 10.0),
    ("5.6 sol LongCo Opt Std Gl 1M Tokens", *GPT, 45.0),
    ("5.6 sol ShortCo Inp Std DZ 1M Tokens", *GPT, 5.5),
    ("V4 Pro Inp glbl Tokens", "Azure Deepseek Models", "1K", 0.00174),
    ("V4 Pro Outp glbl Tokens", "Azure Deepseek Models", "1K", 0.00348),
    ("gpt-4o 1120 Inp glbl Tokens", "Azure OpenAI", "1K", 0.0025),
    ("gpt-4o 1120 Outp glbl Tokens", "Azure OpenAI", "1K", 0.01),
    ("gpt 4o 0806 Inp glbl Tokens", "Azure OpenAI", "1K", 0.0025),
    ("gpt 4o 0806 Outp glbl Tokens", "Azure OpenAI", "1K", 0.01),
    ("gpt 4o 0513 Inp glbl Tokens", "Azure OpenAI Media", "1 Hour", 7.0),
]


def items() -> list[dict[str, Any]]:
    names = ("meterName", "productName", "unitOfMeasure", "retailPrice")
    return [dict(zip(names, row, strict=True)) | {"type": "Consumption"} for row in METERS]


def listed() -> dict[str, Price]:
    rows = read_meters(items())
    return {name: Price(row["input"], output=row["output"]) for name, row in rows.items()}


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("gpt-4.1-nano", (0.1, 0.4)),
        ("gpt-4.1-nano-2025-04-14", (0.1, 0.4)),
        ("gpt-5.6-sol", (5.0, 30.0)),
        ("DeepSeek-V4-Pro", (1.74, 3.48)),
        ("gpt-4o-2024-11-20", (2.5, 10.0)),
        ("gpt-4o", (2.5, 10.0)),  # its versions cost the same
    ],
)
def test_a_model_is_found_in_the_words_of_the_meters(
    name: str, figures: tuple[float, float]
) -> None:
    price = Prices({}, listed()).find([name], is_azure=True)
    assert price
    assert (price.input, price.output) == figures


def test_a_version_of_its_own_price_is_not_guessed() -> None:
    known = {"gpt4o1120": Price(1, output=2), "gpt4o0513": Price(3, output=4)}
    assert Prices({}, known).find(["gpt-4o"], is_azure=True) == Price()


def test_a_long_context_is_a_tier() -> None:
    row = read_meters(items())["gpt5.6sol"]
    assert row["cached"] == 0.5
    assert row["tiers"] == [{"above": 272_000, "input": 10.0, "output": 45.0}]


def test_without_any_price_nothing_is_said_and_beside_others_it_is_unknown() -> None:
    assert Prices({}, {}).find(["m"], is_azure=True) is None
    assert Prices({plain("Other"): Price(1, output=1)}, {}).find(["m"], is_azure=True) == Price()
    assert Prices({}, listed()).find(["gpt-5.6-sol"], is_azure=False) is None


def test_a_cache_has_its_price_and_a_write_its_own() -> None:
    price = Price(10.0, 1.0, 12.5, 20.0)
    cost = price.of(Usage(1_000_000, 500_000, 400_000, 600_000, None, 100_000))
    assert cost.input == pytest.approx(0.3 * 10 + 0.6 * 1 + 0.1 * 12.5)
    assert (cost.thinking, cost.answer) == pytest.approx((8.0, 2.0))


def test_from_a_length_on_the_tier_counts() -> None:
    price = Price(1.0, output=2.0, tiers=((100, Price(10.0, output=20.0)),))
    assert price.of(Usage(100, 0)).total == pytest.approx(100 / 1e6)
    assert price.of(Usage(101, 1)).total == pytest.approx((1010 + 20) / 1e6)


FLAT = st.builds(
    Price, *[st.none() | st.floats(0, 1e4)] * 4, currency=st.just("USD"), tiers=st.just(())
)
TIERS = st.lists(st.tuples(st.integers(0, 10**7), FLAT), max_size=2).map(tuple)


@given(
    st.builds(Usage, *[st.none() | st.integers(0, 10**9)] * 6),
    st.builds(lambda flat, tiers: flat._replace(tiers=tiers), FLAT, TIERS),
)
def test_what_is_not_known_is_never_nothing(usage: Usage, price: Price) -> None:
    cost = price.of(usage)
    if usage.completion is None or (usage.completion and price.output is None):
        assert cost.total is None
    if usage.prompt is None:
        assert cost.total is None
    if cost.total is not None:
        assert cost.total >= 0
    assert cost.plus(Cost(None, None)).total is None


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, "?"), (0.000412, "$0.000412"), (0.0123, "$0.0123"), (12.345, "$12.35"), (0, "$0.00")],
)
def test_small_amounts_can_be_told_apart(amount: float | None, shown: str) -> None:
    assert (
        money(amount).removesuffix("0000") == shown.removesuffix("0000") or money(amount) == shown
    )


# The list, over HTTP


class _List(BaseHTTPRequestHandler):
    pages: ClassVar[list[list[dict[str, Any]]]]
    asked: ClassVar[list[str]]
    url: ClassVar[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        number = int(self.path.rpartition("skip=")[2]) if "skip=" in self.path else 0
        more = number + 1 < len(self.pages)
        link = f"http://elsewhere.example/api/retail/prices?skip={number + 1}" if more else None
        body = json.dumps({"Items": self.pages[number], "NextPageLink": link}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def price_list() -> Iterator[type[_List]]:
    class Handler(_List):
        pages: ClassVar = [items()[:6], items()[6:]]
        asked: ClassVar = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.url = f"http://127.0.0.1:{server.server_address[1]}"
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Handler
    server.shutdown()
    server.server_close()


def test_the_list_is_asked_for_page_by_page_and_kept(home: Path, price_list: type[_List]) -> None:
    env = {"AZCHAT_PRICES_URL": price_list.url}
    update = azchat("config", "prices", "update", home=home, env=env)
    assert (update.code, update.out) == (0, "")
    assert len(price_list.asked) == 2
    assert "Foundry%20Models" in price_list.asked[0]
    known = azchat("config", "prices", home=home).out.splitlines()
    assert [line.split("\t")[0] for line in known[1:]] == sorted(read_meters(items()))


def test_without_a_list_that_can_be_read_the_old_one_stays(
    home: Path, price_list: type[_List]
) -> None:
    env = {"AZCHAT_PRICES_URL": price_list.url}
    azchat("config", "prices", "update", home=home, env=env)
    before = azchat("config", "prices", home=home).out
    price_list.pages = [[{"meterName": "something new"}]]
    failed = azchat("config", "prices", "update", home=home, env=env)
    assert failed.code == 7
    assert azchat("config", "prices", home=home).out == before


def test_nobody_is_asked_for_prices_but_then(home: Path, price_list: type[_List]) -> None:
    env = {"AZCHAT_PRICES_URL": price_list.url}
    azchat("ask", "--demo", "-u", "hi", home=home, env=env)
    azchat("config", "prices", home=home, env=env)
    azchat("usage", home=home, env=env)
    assert price_list.asked == []

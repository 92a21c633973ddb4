"""The dated table: what has ended, what ends soon, and what is left in peace."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from azchat.azure import retirement
from azchat.azure.retirement import (
    retirement_of_host,
    retirement_of_model,
    retirements,
    updated,
)

TODAY = "2026-11-21"


@pytest.mark.parametrize(
    ("model", "date"),
    [
        ("DeepSeek-R1", "2026-08-13"),
        ("deepseek-r1-0528", "2026-07-13"),
        ("DeepSeek-V3.1", "2026-07-13"),
        ("gpt-4o", "2026-10-01"),
        ("gpt-4o-2024-08-06", "2026-10-01"),
        ("o1", "2026-09-16"),
        ("o3-mini-prod", "2026-10-01"),
        ("azure/o4-mini", "2026-10-16"),
        ("grok-3-mini", "2026-05-01"),
    ],
)
def test_a_model_of_the_table_is_found_by_its_name_or_one_that_begins_with_it(
    model: str, date: str
) -> None:
    found = retirement_of_model(model)
    assert found is not None
    assert found.date == date
    assert found.instead in found.warning(TODAY)


@pytest.mark.parametrize(
    "model",
    [
        *(None, "", "gpt-5-mini", "o10", "o3-pro", "gpt-4omni", "my-gpt-4o", "DeepSeek-V4-Pro"),
        *("deepseek-r1-distill-llama-70b", "MAI-Thinking-1"),
    ],
)
def test_other_names_are_left_in_peace(model: str | None) -> None:
    assert retirement_of_model(model) is None


def test_the_model_inference_route_is_retired_and_the_replacement_said() -> None:
    (found,) = retirements("inference", "2024-05-01-preview", None, TODAY)
    assert found.warning(TODAY) == (
        "the Model Inference route (/models) was retired on 2026-08-26; "
        "use the resource's /openai/v1"
    )


def test_an_old_preview_version_counts_on_the_route_that_takes_versions() -> None:
    (found,) = retirements("deployment", "2023-07-01-preview", "mine", TODAY)
    assert "2024-10-21" in found.warning(TODAY)
    assert not retirements("deployment", "2024-10-21", "mine", TODAY)
    assert not retirements("v1", None, "mine", TODAY)


@pytest.mark.parametrize(
    ("today", "says"),
    [
        ("2026-05-01", None),
        ("2026-08-01", "retires on 2026-10-01"),
        ("2026-10-01", "was retired on 2026-10-01"),
    ],
)
def test_a_retirement_is_told_when_it_is_near(today: str, says: str | None) -> None:
    found = [one.warning(today) for one in retirements("v1", None, "gpt-4o", today)]
    assert [says in warning for warning in found] == [True] if says else found == []


def test_github_models_is_in_the_table() -> None:
    found = retirement_of_host("models.github.ai")
    assert found is not None
    assert found.date == "2026-07-30"
    assert retirement_of_host("models.example.com") is None


def test_the_table_says_of_when_it_is_and_where_from() -> None:
    assert updated() > "2026-11"
    table = tomllib.loads((Path(retirement.__file__).with_name("retirement.toml")).read_text())
    assert all(one.startswith("https://learn.microsoft.com/") for one in table["sources"])
    ends = [*table["models"].values(), *(one[1:] for one in table["hosts"].values())]
    assert all(date.fromisoformat(end[0]) for end in ends if end)

"""Schemas as real APIs and standards have them, all keywords of theirs, through ``--schema``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scripted import Scripted
from tests.oracles import check
from tests.structured.model import ask, says

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
CASES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(SCHEMAS.glob("*.json"))
}


def test_there_are_twenty() -> None:
    assert len(CASES) >= 20


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_what_is_right_passes(home: Path, name: str) -> None:
    case = CASES[name]
    schema = home / f"{name}.json"
    schema.write_text(json.dumps(case["schema"]))
    wrong = [json.dumps(answer) for answer in case["invalid"]]
    right = json.dumps(case["valid"][0])
    with Scripted(*map(says, [*wrong, right])) as model:
        result = ask(model, home, "--schema", schema.name, "--schema-retries", str(len(wrong)))
        check(result, code=0, servers=[model], made=[schema])
        assert len(model.requests) == len(wrong) + 1
        sent = model.requests[0].json()["response_format"]["json_schema"]
    assert sent["schema"] == case["schema"]
    assert result.out == right + "\n"

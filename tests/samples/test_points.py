"""Every point that the documents teach: a command, and what comes out. The table is beside this."""

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest

from azchat.demo.responder import respond
from tests.attachments.samples import chart
from tests.front_door import Result, azchat

QUESTION = "How many languages are in the world?"
FLIGHTS = "When is the next flight from Miami to Seattle?"
STOPPED = (
    "Chopping tomatoes and cutting them into cubes or wedges are great ways to practice your "
    "knife skills."
)
CITY = {"type": "string", "description": "The name of the city where the flight originates"}
FLIGHT = {
    "type": "function",
    "function": {
        "name": "get_flight_info",
        "description": "Returns information about the next flight between two cities. This "
        "includes the name of the airline, flight number and the date and time of the next flight",
        "parameters": {
            "type": "object",
            "properties": {
                "origin_city": CITY,
                "destination_city": {
                    "type": "string",
                    "description": "The flight destination city",
                },
            },
            "required": ["origin_city", "destination_city"],
        },
    },
}
WORDS = {"Q": QUESTION, "F": FLIGHTS, "T": STOPPED, "FLIGHT": "f.json", "PICTURE": "p.png"}


class Point(NamedTuple):
    """A line of the table."""

    name: str
    what: str
    command: str
    expected: str


def read_points() -> list[Point]:
    lines = (Path(__file__).parent / "points.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 3) for line in lines if not line.startswith("#")]
    return [Point(*map(str.strip, row)) for row in rows]


POINTS = read_points()
OUT = [point for point in POINTS if point.command == "out of scope"]
DONE = [point for point in POINTS if point not in OUT]


def words_of(step: str) -> list[str]:
    lexer = shlex.shlex(step, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, ""
    lexer.quotes, lexer.escape = '"', ""
    if "{" in step:  # JSON keeps its quotes
        return [WORDS.get(word, word) for word in step.split(" ")]
    return [WORDS.get(word, word) for word in lexer]


def play(step: str, home: Path) -> Result | tuple[int, str]:
    if step.startswith("page "):
        reply = respond("POST", "/chat/stream", {}, step.removeprefix("page ").encode())
        return 0, b"".join(data for _, data in reply.pieces).decode()
    variable = re.match(r"([A-Z_]+)=(\S+) ", step)
    env = {variable[1]: variable[2]} if variable else {}
    return azchat(*words_of(step[variable.end() :] if variable else step), home=home, env=env)


@pytest.mark.parametrize("point", DONE, ids=[point.name for point in DONE])
def test_the_command_gives_what_is_taught(point: Point, home: Path) -> None:
    (home / "f.json").write_text(json.dumps(FLIGHT))
    (home / "p.png").write_bytes(chart())
    *before, last = point.command.split(" ;; ")
    for step in before:
        play(step, home)
    result = play(last, home)
    code, told = result if isinstance(result, tuple) else (result.code, result.out + result.err)
    found = re.match(r"(\d): ", point.expected)
    assert code == (int(found[1]) if found else 0), told
    for pattern in point.expected[3 if found else 0 :].split(" && "):
        flags = re.DOTALL if pattern.startswith("^((") else re.MULTILINE
        assert re.search(pattern, told.strip(), flags), f"{point.what}: {pattern}\n{told}"


def test_no_point_is_left_out_and_what_is_out_of_scope_says_why() -> None:
    assert [int(point.name.split()[0]) for point in POINTS] == list(range(1, 112))
    assert {point.name.split()[1] for point in POINTS} == {"000", "001", "002", "003", "004"}
    assert all(len(point.expected) > 20 for point in OUT)
    assert len(OUT) <= 6

"""Thousands of questions, nothing lost, nothing paid twice."""

import json
import random
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.batch.service import Service
from tests.front_door import Result, Session, azchat


def write(home: Path, *lines: Any, name: str = "in.jsonl") -> Path:
    file = home / name
    file.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return file


def questions(home: Path, count: int) -> list[str]:
    asked = [f"question {number}" for number in range(1, count + 1)]
    write(home, *asked)
    return asked


def batch(home: Path, *args: str, **more: Any) -> Result:
    return azchat("batch", "in.jsonl", "-o", "out.jsonl", *args, home=home, **more)


def records(home: Path, name: str = "out.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / name).read_text().splitlines()]


def lines_of(home: Path) -> list[int]:
    return sorted(record["line"] for record in records(home))


# The lines


FORMS: list[Any] = [
    "hello",
    {"prompt": "hello", "id": "a", "metadata": {"label": 3}},
    {"prompt": "hello", "id": 7, "model": "gpt-5-mini", "effort": "low", "system": "@nobody"},
    {"prompt": "a person", "schema": {"type": "object", "properties": {"n": {"type": "integer"}}}},
    {"prompt": "what is in it?", "attachments": ["note.txt"]},
    {
        "custom_id": "c",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {
            "model": "DeepSeek-R1",
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "one"},
                {"role": "assistant", "content": "two"},
                {"role": "user", "content": [{"type": "text", "text": "three"}]},
            ],
            "temperature": 0.2,
        },
    },
    {"custom_id": "r", "url": "/v1/responses", "body": {"model": "gpt-5-mini", "input": "hello"}},
]


def test_every_form_of_a_line_is_answered(home: Path) -> None:
    (home / "note.txt").write_text("a note")
    write(home, *FORMS)
    run = batch(home, "--demo", "--ordered")
    assert run.code == 0, run.err
    found = records(home)
    assert [record["id"] for record in found] == ["1", "a", "7", "4", "5", "c", "r"]
    assert [record["line"] for record in found] == list(range(1, 8))
    assert all(record["complete"] and record["answer"] for record in found)
    assert found[1]["metadata"] == {"label": 3}
    assert json.loads(found[3]["answer"]).keys() <= {"n"}
    assert "be brief" not in found[6]["answer"]
    assert "**System message:** yes" in found[5]["answer"]
    assert "`temperature` = `0.2`" in found[5]["answer"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "JSON"),
        ("[1]", "neither"),
        ("7", "neither"),
        ('{"promt": "x"}', "promt"),
        ('{"prompt": ""}', "no prompt"),
        ('{"prompt": 1}', "no prompt"),
        ('{"prompt": "x", "id": {}}', "id"),
        ('{"prompt": "x", "temperature": "hot"}', "temperature"),
        ('{"prompt": "x", "verbosity": "huge"}', "verbosity"),
        ('{"prompt": "x", "attachments": ["gone.png"]}', "gone.png"),
        ('{"prompt": "x", "schema": "{"}', "schema"),
        ('{"custom_id": "c", "url": "/v1/embeddings", "body": {}}', "url"),
        ('{"custom_id": "c", "url": "/v1/responses", "body": {"input": []}}', "input"),
        ('{"custom_id": "c", "url": "/responses", "body": {"input": [{"role": "x"}]}}', "roles"),
        ('{"prompt": "x", "id": "same"}', "was there before"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_sent(home: Path, line: str, why: str) -> None:
    (home / "in.jsonl").write_text(f'{{"prompt": "x", "id": "same"}}\n\n{line}\n')
    with Service() as service:
        run = batch(home, env=service.env)
    assert run.code == 5
    told = next(row for row in run.err.splitlines() if "line 3" in row)
    assert why in told
    assert not service.asked
    assert not (home / "out.jsonl").exists()


def test_of_many_bad_lines_the_first_are_told(home: Path) -> None:
    (home / "in.jsonl").write_text("nonsense\n" * 100)
    run = batch(home, "--demo")
    assert "100 of 100 lines" in run.err
    assert "and 80 more" in run.err


@pytest.mark.parametrize("content", ["", "\n \n", "\ufeff\n"])
def test_a_file_without_questions_is_no_batch(home: Path, content: str) -> None:
    (home / "in.jsonl").write_text(content)
    assert batch(home, "--demo").code == 5


def test_a_byte_order_mark_is_no_part_of_a_line(home: Path) -> None:
    (home / "in.jsonl").write_text('\ufeff"hello"\n')
    assert batch(home, "--demo").code == 0


def test_a_table_is_read_by_its_head(home: Path) -> None:
    (home / "in.csv").write_text('id,prompt,effort\nx,"one,\ntwo",low\ny,three,\n')
    run = azchat("batch", "in.csv", "--demo", "--ordered", "-q", home=home)
    assert [json.loads(line)["id"] for line in run.out.splitlines()] == ["x", "y"]


def test_a_template_makes_a_question_of_any_object(home: Path) -> None:
    (home / "t.toml").write_text('prompt = "Say {{word}} in {{lang}}"\n')
    write(home, {"word": "one", "id": "a", "other": 1}, {"word": 2, "lang": "French"})
    args = ("-t", "./t.toml", "-p", "lang=Latin")
    with Service() as service:
        run = batch(home, *args, env=service.env)
    assert run.code == 0, run.err
    assert {*service.asked} == {"Say one in Latin", "Say 2 in French"}


def test_what_a_template_misses_is_told_of_the_line(home: Path) -> None:
    (home / "t.toml").write_text('prompt = "Say {{word}}"\n')
    write(home, {"word": "one"}, {"wort": "two"})
    run = batch(home, "-t", "./t.toml", "--demo")
    assert run.code == 5
    assert "line 2" in run.err


# Going on


def test_the_same_command_again_does_what_is_left(home: Path) -> None:
    asked = questions(home, 20)
    with Service() as service:
        batch(home, env=service.env)
        kept = (home / "out.jsonl").read_text().splitlines(keepends=True)
        (home / "out.jsonl").write_text("".join(kept[:12]) + kept[12][:30])  # torn
        run = batch(home, env=service.env)
    assert (run.code, run.out) == (0, "")
    assert sum(service.asked.values()) == 28
    assert lines_of(home) == list(range(1, 21))
    assert [record["answer"] for record in records(home)[:12]] == [
        f"re: {asked[record['line'] - 1]}" for record in records(home)[:12]
    ]


def test_lines_that_came_behind_are_asked_too(home: Path) -> None:
    questions(home, 3)
    with Service() as service:
        batch(home, env=service.env)
        questions(home, 5)
        assert batch(home, env=service.env).code == 0
    assert all(count == 1 for count in service.asked.values())
    assert lines_of(home) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("lines", "args"),
    [
        (["other", "question 2"], ()),
        (["question 1"], ()),
        ([{"prompt": "question 1", "id": "x"}, "question 2"], ()),
        (["question 1", "question 2"], ("--temperature", "0.5")),
        (["question 1", "question 2"], ("-s", "be brief")),
        (["question 1", "question 2"], ("-m", "other")),
    ],
)
def test_answers_to_other_questions_are_left_alone(
    home: Path, lines: list[Any], args: tuple[str, ...]
) -> None:
    questions(home, 2)
    with Service() as service:
        batch(home, env=service.env)
        before = (home / "out.jsonl").read_bytes()
        write(home, *lines)
        run = batch(home, *args, env=service.env)
    assert run.code == 5
    assert "another question" in run.err
    assert sum(service.asked.values()) == 2
    assert (home / "out.jsonl").read_bytes() == before


def has_asked(service: Service, number: int) -> bool:
    return sum(service.asked.values()) >= number


def test_killed_at_any_moment_each_line_is_answered_once(home: Path) -> None:
    asked = questions(home, 60)
    chance = random.Random(7)
    with Service() as service:
        for _ in range(8):
            with Session("batch", "in.jsonl", "-o", "out.jsonl", home=home, env=service.env) as run:
                some = chance.randint(0, 12) + sum(service.asked.values())
                run.wait_until(partial(has_asked, service, some))
                run.kill()
            known = {record["line"] for record in whole_lines(home)}
            before = service.asked.copy()
        assert batch(home, env=service.env).code == 0
        again = {q for q in asked if service.asked[q] > before[q]}
    assert not again & {asked[line - 1] for line in known}
    assert lines_of(home) == list(range(1, 61))


def whole_lines(home: Path) -> list[dict[str, Any]]:
    if not (home / "out.jsonl").exists():
        return []
    text = (home / "out.jsonl").read_text()
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


# What fails


def test_a_question_that_fails_is_a_line_and_the_others_go_on(home: Path) -> None:
    questions(home, 5)
    with Service(lambda q, _: (400 if q.endswith("3") else 200, {})) as service:
        run = batch(home, env=service.env)
        assert run.code == 10
        again = batch(home, env=service.env)
    assert again.code == 10
    assert "--retry-failed" in again.err
    assert sum(service.asked.values()) == 5
    failed = next(record for record in records(home) if record["line"] == 3)
    assert not failed["complete"]
    assert failed["error"]["http_status"] == 400


def test_what_failed_is_asked_again_on_wish(home: Path) -> None:
    questions(home, 4)
    with Service(lambda q, n: (400 if q.endswith("3") and n == 1 else 200, {})) as service:
        batch(home, env=service.env)
        assert batch(home, "--retry-failed", env=service.env).code == 0
    assert lines_of(home) == [1, 2, 3, 4]
    assert service.asked["question 3"] == 2
    assert sum(service.asked.values()) == 5


def test_failures_go_to_a_file_of_their_own(home: Path) -> None:
    questions(home, 4)
    args = ("--errors", "bad.jsonl")
    with Service(lambda q, _: (400 if q.endswith("3") else 200, {})) as service:
        assert batch(home, *args, env=service.env).code == 10
        assert batch(home, *args, env=service.env).code == 10
    assert lines_of(home) == [1, 2, 4]
    assert [record["line"] for record in records(home, "bad.jsonl")] == [3]
    assert sum(service.asked.values()) == 4


def test_what_may_pass_is_tried_again(home: Path) -> None:
    questions(home, 3)
    with Service(lambda q, n: (500 if q.endswith("2") and n < 3 else 200, {})) as service:
        run = batch(home, env=service.env)
    assert run.code == 0
    assert [record["attempts"] for record in sorted(records(home), key=by_line)] == [1, 3, 1]
    assert service.asked["question 2"] == 3


def by_line(record: dict[str, Any]) -> int:
    return int(record["line"])


def test_a_refusal_of_the_rate_is_no_failure(home: Path) -> None:
    questions(home, 12)
    rule = lambda q, n: (429 if n == 1 and q.endswith("2") else 200, {"retry-after-ms": "20"})  # noqa: E731
    with Service(rule) as service:
        assert batch(home, "--retries", "0", env=service.env).code == 0
    assert lines_of(home) == list(range(1, 13))
    assert service.asked["question 2"] == service.asked["question 12"] == 2


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [(429, {"retry-after": "7200"}, 7), (402, {}, 7), (401, {}, 4), (403, {}, 4)],
)
def test_what_nobody_gets_answered_stays_unsent(
    home: Path, status: int, headers: dict[str, str], code: int
) -> None:
    questions(home, 200)
    with Service(lambda *_: (status, headers)) as service:
        run = batch(home, env=service.env)
        assert run.code == code
        assert "200 questions stay unsent" in run.err
        assert len(service.asked) < 10
        assert records(home) == []
    with Service() as service:
        again = batch(
            home,
            env={
                **service.env,
                "AZURE_INFERENCE_ENDPOINT": service.env["AZURE_INFERENCE_ENDPOINT"],
            },
        )
    assert again.code == 0


def test_quota_that_is_gone_says_when_to_come_back(home: Path) -> None:
    questions(home, 30)
    rule = lambda q, _: (200, {}) if int(q.split()[1]) < 10 else (429, {"retry-after": "7200"})  # noqa: E731
    with Service(rule) as service:
        run = batch(home, "--jobs", "1", env=service.env)
    assert run.code == 7
    assert re.search(r"hint: from \d{4}-\d\d-\d\d \d\d:\d\d on the same command", run.err)
    assert lines_of(home) == list(range(1, 10))


def test_a_service_that_is_gone_leaves_the_rest_unsent(home: Path) -> None:
    questions(home, 30)
    rule = lambda q, _: (200 if int(q.split()[1]) < 10 else 503, {"retry-after-ms": "5"})  # noqa: E731
    with Service(rule) as service:
        run = batch(home, "--jobs", "1", "--retries", "1", env=service.env)
    assert run.code == 7
    assert lines_of(home) == list(range(1, 10))


@pytest.mark.parametrize(("halt", "most"), [("3", 12), ("10%", 30)])
def test_too_many_failures_end_it(home: Path, halt: str, most: int) -> None:
    questions(home, 100)
    with Service(lambda q, _: (200 if q == "question 1" else 400, {})) as service:
        run = batch(home, "--halt", halt, env=service.env)
    assert run.code == 10
    assert "--halt" in run.err
    assert 3 <= len(records(home)) <= most


@pytest.mark.parametrize("halt", ["x", "-1", "10 %", "%"])
def test_a_halt_that_is_none_is_told(home: Path, halt: str) -> None:
    questions(home, 1)
    assert batch(home, f"--halt={halt}", "--demo").code == 2


def test_money_that_is_spent_pauses_it(home: Path) -> None:
    questions(home, 50)
    folder = home / ".config/azchat"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('[prices."m"]\ninput = 1\noutput = 1000\n')
    with Service() as service:  # 7 tokens each, for 0.007
        run = batch(home, "--jobs", "1", "--max-cost", "0.05", env=service.env)
        assert run.code == 7, run.err
        assert 4 <= len(records(home)) <= 8
        assert batch(home, "--max-cost", "9", env=service.env).code == 0
    assert all(record["cost"]["total"] > 0.007 for record in records(home))


# Where it goes


def test_it_takes_a_pipe_and_fills_one(home: Path) -> None:
    stdin = "".join(f'"question {number}"\n' for number in range(30))
    with Service() as service:
        run = azchat("batch", "-", "-o", "-", "--ordered", home=home, stdin=stdin, env=service.env)
    found = [json.loads(line) for line in run.out.splitlines()]
    assert [record["line"] for record in found] == list(range(1, 31))


@pytest.mark.parametrize(
    ("output", "code"), [("in.jsonl", 2), (".", 9), ("gone/out.jsonl", 9), ("foreign", 5)]
)
def test_an_output_that_cannot_be_one_is_told(home: Path, output: str, code: int) -> None:
    questions(home, 2)
    (home / "foreign").write_text("some text\n")
    before = {name: (home / name).read_bytes() for name in ("in.jsonl", "foreign")}
    with Service() as service:
        run = azchat("batch", "in.jsonl", "-o", output, home=home, env=service.env)
    assert run.code == code, run.err
    assert not service.asked
    assert before == {name: (home / name).read_bytes() for name in before}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no disk that is always full here")
def test_a_full_disk_ends_it(home: Path) -> None:
    questions(home, 5)
    run = azchat("batch", "in.jsonl", "-o", "/dev/full", "--demo", home=home)
    assert run.code == 9
    assert "no space" in run.err


def test_two_runs_on_one_output_are_one_too_many(home: Path) -> None:
    questions(home, 3)
    with Service(hold="question") as service:
        args = ("batch", "in.jsonl", "-o", "out.jsonl")
        with Session(*args, home=home, env=service.env) as first:
            assert service.holds.wait(10)
            second = batch(home, env=service.env)
            service.let_go.set()
            assert first.finish(10).code == 0
    assert second.code == 9
    assert "another run" in second.err
    assert lines_of(home) == [1, 2, 3]


def test_the_output_is_nobody_elses_to_read(home: Path) -> None:
    questions(home, 1)
    batch(home, "--demo")
    assert (home / "out.jsonl").stat().st_mode & 0o777 == 0o600


# Who looks


def test_ctrl_c_finishes_what_is_under_way(home: Path) -> None:
    questions(home, 50)
    with Service(hold="question 3") as service:
        args = ("batch", "in.jsonl", "-o", "out.jsonl", "--jobs", "2")
        with Session(*args, home=home, env=service.env) as run:
            assert service.holds.wait(10)
            run.interrupt()
            run.wait_for("under way")
            service.let_go.set()
            ended = run.finish(10)
        asked = sum(service.asked.values())
    assert ended.status == 130
    assert asked == len(records(home)) < 50
    assert any(record["answer"] == "re: question 3" for record in records(home))


def test_ctrl_c_twice_leaves(home: Path) -> None:
    questions(home, 50)
    with Service(hold="question 3") as service:
        args = ("batch", "in.jsonl", "-o", "out.jsonl", "--jobs", "2")
        with Session(*args, home=home, env=service.env) as run:
            assert service.holds.wait(10)
            run.interrupt()
            run.wait_for("under way")
            run.interrupt()
            assert run.finish(5).status == 130


def test_a_terminal_shows_one_line_of_it(home: Path) -> None:
    questions(home, 5)
    with Service(hold="question 5") as service:
        args = ("batch", "in.jsonl", "-o", "out.jsonl", "--jobs", "1")
        with Session(*args, home=home, env=service.env, tty=True) as run:
            assert service.holds.wait(10)
            run.wait_for("4 of 5 done")
            assert "━" in run.screen[0]
            service.let_go.set()
            ended = run.finish(10)
    assert ended.code == 0
    assert ended.screen[0].startswith("azchat: 5 of 5 done, 0 failed")


def test_quiet_says_nothing(home: Path) -> None:
    questions(home, 2)
    run = batch(home, "--demo", "-q")
    assert (run.code, run.out, run.err) == (0, "", "")


# Tools


def test_a_tool_that_must_be_asked_about_is_refused(home: Path) -> None:
    questions(home, 1)
    (home / "mine.py").write_text("def touch(path: str) -> str:\n    'Touch.'\n    return path\n")
    run = batch(home, "--demo", "-T", "mine.py")
    assert run.code == 2
    assert "--approve touch" in run.err


def test_tools_that_need_no_question_are_called(home: Path) -> None:
    write(home, *["When is the next flight from Miami to Seattle?"] * 3)
    run = batch(home, "--demo", "-T", "get_flight_info")
    assert run.code == 0, run.err
    assert all(record["tool_calls"] for record in records(home))

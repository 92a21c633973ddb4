"""What was said is found again, whatever the script, and whatever is typed as a query."""

import pytest

from azchat.sessions.search import Where
from azchat.sessions.store import Store
from tests.sessions.talk import begin, last, receive, say, text


def places(store: Store, query: str, where: Where = "all") -> list[tuple[int, int, str]]:
    return [(f.session, f.turn, f.type) for f in store.search(query, where)]


def snippets(store: Store, query: str) -> list[str]:
    return [found.snippet for found in store.search(query)]


# -- words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        *("mitochondria", "MITOCHONDRIA", "mito", "  mitochondria  ", "power mitochondria"),
        *(
            "naive",
            "naïve",
            "NAÏVE",
            "foo_bar",
            "foo bar",
            "foo-bar",
            "bar",
            "c++",
            "can't",
            "3.14",
        ),
        *('"power house"', '"house of the cell"', '"power house" naive', "cell.", "(cell)", "a"),
    ],
)
def test_words_are_found_by_their_beginnings(store: Store, query: str) -> None:
    say(
        store,
        "hi",
        "The mitochondria is the power house of the cell; a naïve foo_bar, C++ can't 3.14",
    )
    assert places(store, query) == [(1, 1, "text")]


@pytest.mark.parametrize("query", ["C++", "c#", "c", "(c)"])
def test_a_letter_is_a_word_whatever_signs_are_around_it(store: Store, query: str) -> None:
    say(store, "hi", f"It can compile. {'filler ' * 50}C++ or C#")
    say(store, "hi", "It can compile.")
    assert places(store, query) == [(1, 1, "text")]
    assert snippets(store, query)[0].endswith("C++ or C#")


@pytest.mark.parametrize(
    "query", ["ochondria", "mitochondrias", "mitochondria liver", '"house power"', "x", "foobar"]
)
def test_all_words_must_be_there_as_they_are(store: Store, query: str) -> None:
    say(store, "hi", "The mitochondria is the power house of the cell; a foo_bar")
    assert places(store, query) == []


@pytest.mark.parametrize(
    "query",
    [
        *('"', '""', '" "', "''", '"cell', 'cell"', 'ce"ll', '"""cell"""', "cell AND", "NOT cell"),
        *(
            "cell OR",
            "NEAR(cell house)",
            "cell*",
            "*",
            "^cell",
            "text:cell",
            "-cell",
            "{text}: cell",
        ),
        *("cell +house", "(", ")", "((cell", "cell' OR 1=1 --", "cell;", "cell\0", "\0", "%", "_"),
        *("😀", "cell\ud800", "\\", "", "   ", "words MATCH 'cell'"),
    ],
    ids=ascii,
)
def test_no_query_is_an_error(store: Store, query: str) -> None:
    say(store, "hi", "the power house of the cell")
    assert set(places(store, query)) <= {(1, 1, "text")}


def test_the_signs_of_a_query_language_are_only_signs(store: Store) -> None:
    say(store, "hi", "the cell")
    for query in ("cell*", '"cell', "-cell", "(cell)", "^cell", "cell\0", "cell;"):
        assert places(store, query) == [(1, 1, "text")]
    assert places(store, "house OR cell") == []


# -- scripts without spaces ------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "query"),
    [
        *(
            ("推理模型会先思考。", word)
            for word in ("推", "思", "推理", "模型会", "推理模型会先思考")
        ),
        *(
            ("「東京タワー」へ行きました", word)
            for word in ("東", "東京", "タワー", "行きました", "京タワ")
        ),
        *(
            ("한국어를 공부합니다", word)
            for word in ("한", "한국", "국어를", "공부합니다", "한국어 공부")
        ),
        *(("ภาษาไทยไม่มีช่องว่าง", word) for word in ("ภาษา", "ไทย", "ไม่มี")),
        *(("ｶﾞｷﾞｸﾞ半角カナ", word) for word in ("半角", "カナ", "ｷﾞｸﾞ")),
        *(("GPT模型v4很快", word) for word in ("gpt", "模型", "GPT模型", "v4", "很快")),
        *(("𠮷野家で食べる", word) for word in ("𠮷", "𠮷野家", "野家で")),
    ],
)
def test_a_script_without_spaces_is_found_at_any_character(
    store: Store, said: str, query: str
) -> None:
    say(store, "hi", said)
    assert places(store, query) == [(1, 1, "text")]


@pytest.mark.parametrize("query", ["型模", "推考", "理会", "東タワー", "推理GPT"])
def test_characters_must_stand_together(store: Store, query: str) -> None:
    say(store, "hi", "推理模型会先思考。「東京タワー」")
    assert places(store, query) == []


# -- where -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "types"),
    [
        ("all", [("assistant", "text"), ("assistant", "reasoning"), ("user", "text")]),
        ("questions", [("user", "text")]),
        ("answers", [("assistant", "text")]),
        ("thinking", [("assistant", "reasoning")]),
    ],
)
def test_a_search_can_be_in_one_kind_of_text(
    store: Store, where: Where, types: list[tuple[str, str]]
) -> None:
    say(store, "apple?", "apple!", thought="apple…")
    assert [(found.role, found.type) for found in store.search("apple", where)] == types


def test_the_newest_is_found_first_and_not_more_than_wanted(store: Store) -> None:
    for number in range(5):
        say(store, f"question {number}", "apple")
    assert [found.session for found in store.search("apple", limit=3)] == [5, 4, 3]


def test_the_words_of_one_query_may_not_be_in_two_parts(store: Store) -> None:
    say(store, "apple", "pear")
    assert places(store, "apple pear") == []


# -- what changes ----------------------------------------------------------------------


def test_what_was_deleted_is_not_found(store: Store) -> None:
    doomed, kept = say(store, "apple", "apple").session, say(store, "apple").session
    copy = store.fork(doomed)
    store.delete([doomed])
    assert {found.session for found in store.search("apple")} == {kept, copy}


def test_turns_that_were_taken_out_stay_findable(store: Store) -> None:
    session = say(store, "apple").session
    say(store, "pear", session=session)
    store.drop_turns(session, 2)
    ((place, turn, kind),) = places(store, "pear")
    assert (place, kind) == (session, "text")
    assert turn < 0
    assert places(store, "apple") == [(session, 1, "text")]


def test_a_turn_is_found_when_it_has_ended_and_once(store: Store) -> None:
    journal = receive(begin(store, "apple"), text("pear"))
    assert places(store, "apple") + places(store, "pear") == []
    journal.finish("interrupted")
    assert places(store, "apple") == places(store, "pear") == [(1, 1, "text")]


def test_a_turn_that_was_deleted_while_it_went_on_leaves_the_others(store: Store) -> None:
    say(store, "apple", "pear")
    doomed = receive(begin(store, "apple"), text("pear")).session
    store.delete([doomed])
    assert [found.session for found in store.search("apple")] == [1]
    assert last(store).answer == "pear"


# -- snippets --------------------------------------------------------------------------


def test_a_snippet_shows_what_stands_around(store: Store) -> None:
    say(store, "hi", "x" * 500 + " before\n\n the   needle\tand after " + "y" * 500)
    (shown,) = snippets(store, "needle")
    assert "before the needle and after" in shown
    assert shown.startswith("…x")
    assert shown.endswith("y…")
    assert len(shown) < 130


@pytest.mark.parametrize(
    ("said", "query", "shown"),
    [
        ("short", "short", "short"),
        (f"{'filler ' * 50}CAFÉ au lait", "cafe", "CAFÉ au lait"),
        (f"{'填充' * 90}推理模型", "理模", "推理模型"),
        (f"{'填充' * 90}用GPT模型", "gpt", "用GPT模型"),
        (f"{'填充' * 90}用R语言", "r", "用R语言"),
        (f"scat {'filler ' * 50}cat", "cat", "cat"),
        (f"a b {'filler ' * 50}a rare thing", "a rare", "a rare thing"),
        (f"{'filler ' * 50}foo -- bar", "foo-bar", "foo -- bar"),
    ],
)
def test_a_snippet_is_about_what_was_looked_for(
    store: Store, said: str, query: str, shown: str
) -> None:
    say(store, "hi", said)
    assert snippets(store, query)[0].endswith(shown)

"""The settings are typed as the table says: a misspelt or unknown name fails at once."""

import ast
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from azchat.settings.layers import Settings
from azchat.settings.specs import SPECS
from tests.test_architecture import SOURCES

TYPES = get_type_hints(Settings)
ASKED = {
    (path.stem, node.args[0].value)
    for path in SOURCES
    for node in ast.walk(ast.parse(path.read_text()))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".setting")
    if node.args and isinstance(node.args[0], ast.Constant)
}


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_that_of_the_table(name: str) -> None:
    spec, wanted = SPECS[name], TYPES[name]
    options = get_args(wanted) if NoneType in get_args(wanted) else ()
    assert bool(options) is (spec.default is None)
    (kind,) = [each for each in options if each is not NoneType] or [wanted]
    if get_origin(kind) is Literal:
        assert get_args(kind) == spec.kind.choices
    else:
        assert isinstance(spec.kind.convert(sample_of(kind)), get_origin(kind) or kind)


def sample_of(kind: Any) -> Any:
    return {str: "auto", bool: True, float: 2.0, int: 20}.get(kind, {"a": 1})


def test_a_setting_that_nothing_set_is_its_default() -> None:
    settings = Settings({}, {})
    assert {name: getattr(settings, name) for name in TYPES} == {
        name: SPECS[name].default for name in TYPES
    }


def test_a_value_counts_as_it_is_given_none_too() -> None:
    settings = Settings({"model": "m", "strict": True, "color": None}, {})
    assert (settings.model, settings.strict) == ("m", True)
    assert getattr(settings, "color") is None  # noqa: B009  # mypy would not believe it


@pytest.mark.parametrize("name", ["modle", "api-version", "", "values"])
def test_a_value_that_is_no_setting_is_refused(name: str) -> None:
    with pytest.raises(KeyError):
        Settings({name: "x"}, {})


@pytest.mark.parametrize("name", ["modle", "reasoning_histroy", "Model"])
def test_a_misspelt_name_fails_at_once(name: str) -> None:
    with pytest.raises(AttributeError):
        getattr(Settings({}, {}), name)


def test_what_the_chat_asks_for_by_name_is_a_setting() -> None:
    assert {name for _, name in ASKED} >= {"effort", "system"}
    assert {name for _, name in ASKED} <= SPECS.keys()


def test_no_name_of_the_class_itself_is_hidden_by_a_setting() -> None:
    own = {name for name in vars(Settings) if not name.startswith("_")}
    assert not own & SPECS.keys()

import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azchat.demo.instance import UnsatisfiableError, instance

Schemas = st.SearchStrategy[dict[str, Any]]


def numbers(kind: str) -> Schemas:
    bound = st.integers(-50, 50)
    bounded = st.builds(
        lambda low, room: {"type": kind, "minimum": low, "maximum": low + room},
        bound,
        st.integers(0, 20),
    )
    ends = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    open_ended = st.builds(lambda end, at: {"type": kind, end: at}, st.sampled_from(ends), bound)
    multiple = st.builds(
        lambda low, step: {"type": kind, "exclusiveMinimum": low, "multipleOf": step},
        bound,
        st.integers(1, 9),
    )
    return st.one_of(bounded, open_ended, multiple)


def strings() -> Schemas:
    limits = st.builds(
        lambda least, room: {"type": "string", "minLength": least, "maxLength": least + room},
        st.integers(0, 9),
        st.integers(0, 9),
    )
    formats = ("date-time", "date", "email", "ipv4", "ipv6", "uuid")
    return limits | st.sampled_from([{"type": "string", "format": name} for name in formats])


def objects(inner: Schemas) -> Schemas:
    properties = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    required = st.lists(st.sampled_from("abcd"), unique=True, max_size=3)
    return st.builds(
        lambda known, names, least: {
            "type": "object",
            "properties": known,
            "required": names,
            "minProperties": least,
        },
        properties,
        required,
        st.integers(0, 5),
    )


def arrays(inner: Schemas) -> Schemas:
    return st.builds(
        lambda item, first, least: {
            "type": "array",
            "prefixItems": first,
            "items": item,
            "minItems": least,
        },
        inner,
        st.lists(inner, min_size=1, max_size=2),
        st.integers(0, 3),
    )


def unions(inner: Schemas) -> Schemas:
    return st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3))


LEAVES: Schemas = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {}]),
    st.builds(lambda value: {"const": value}, st.integers() | st.text()),
    st.builds(lambda values: {"enum": values}, st.lists(st.integers(), min_size=1)),
    numbers("integer"),
    numbers("number"),
    strings(),
)
SCHEMAS: Schemas = st.recursive(
    LEAVES, lambda inner: objects(inner) | arrays(inner) | unions(inner), max_leaves=12
)


@settings(deadline=None)
@given(schema=SCHEMAS)
def test_an_instance_satisfies_its_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(instance(schema), schema, jsonschema.Draft202012Validator)


@settings(deadline=None)
@given(schema=SCHEMAS)
def test_an_instance_satisfies_a_definition(schema: dict[str, Any]) -> None:
    inner = {"type": "array", "items": {"$ref": "#/$defs/a~1b"}, "minItems": 2}
    whole = {"$defs": {"a/b": schema}, "properties": {"x": inner}, "required": ["x"]}
    jsonschema.validate(instance(whole), whole, jsonschema.Draft202012Validator)


def test_a_recursive_schema_ends_at_the_first_branch_that_does() -> None:
    rest = {"anyOf": [{"$ref": "#"}, {"type": "null"}]}
    node = {"type": "object", "required": ["next"], "properties": {"next": rest}}
    value = instance(node)
    jsonschema.validate(value, node)
    assert value == {"next": {"next": None}}


def test_all_of_is_taken_together() -> None:
    parts = [{"required": ["a"]}, {"required": ["b"], "properties": {"b": {"const": 2}}}]
    schema = {"type": "object", "properties": {"a": {"const": 1}}, "allOf": parts}
    assert instance(schema) == {"a": 1, "b": 2}


def test_only_required_properties_are_filled() -> None:
    assert instance({"properties": {"a": {}, "b": {}}, "required": ["b"]}).keys() == {"b"}


@pytest.mark.parametrize("pattern", ["^[a-z]$", r"^\d{3}$", "^[A-Z]{2}$", "emo", r"^#[0-9a-f]{6}$"])
def test_common_patterns_are_met(pattern: str) -> None:
    assert re.search(pattern, instance({"type": "string", "pattern": pattern}))


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"enum": []},
        {"type": "strange"},
        {"type": "string", "minLength": 5, "maxLength": 2},
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"type": "number", "exclusiveMinimum": 3, "maximum": 3},
        {"type": "integer", "minimum": 11, "maximum": 14, "multipleOf": 10},
        {"type": "string", "pattern": "^unguessable$"},
        {"type": "string", "pattern": "("},
        {"$ref": "#/nowhere"},
        {"$ref": "other.json"},
        {"$ref": "#"},
        {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
        {"allOf": [True, False]},
        {"type": "array", "minItems": "many"},
    ],
)
def test_what_cannot_be_satisfied_is_said(schema: object) -> None:
    with pytest.raises(UnsatisfiableError):
        instance(schema)

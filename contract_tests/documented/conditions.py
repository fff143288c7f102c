"""Conditions to filter by: each operator of a row of the tables, with values that the records have."""

from collections.abc import Iterator
from typing import Any

from contract_tests.documented.columns import kind_of
from contract_tests.documented.differs import shown
from contract_tests.documented.known import Listed
from contract_tests.documented.reference import LISTS, OPERATORS, Json, filters_of, values_of
from contract_tests.documented.spelling import VALUELESS, can_be_text

OPERATOR_SENTENCES = {
    "S": "filter.string-operators",
    "D": "filter.date-operators",
    "I": "filter.id-operators",
    "E": "filter.enum-operators",
    "B": "filter.boolean-operators",
    "R": "filter.relation-operators",
    "EQ": "filter.eq-only",
}
MODES = ("with", "only", "without")
SETS = ("in", "nin", "notin")
LONGEST_PART = 8
"""How many characters of a text are asked for."""


def rows() -> list[tuple[str, Json]]:
    return [(name, row) for name in LISTS for row in filters_of(name).values()]


def operators_sentence(row: Json) -> str:
    is_enum = row["operators"] == "I" and kind_of(row) == "enum"
    return "filter.nullable-enum-operators" if is_enum else OPERATOR_SENTENCES[row["operators"]]


def asked_for(listed: Listed, row: Json, op: str) -> Iterator[Json]:
    """Conditions on a field under one operator, with values that the records have."""
    field, values = row["field"], candidates(listed, row)
    if op in VALUELESS:
        yield {"field": field, "op": op}
    elif kind_of(row) == "mode":
        yield from ({"field": field, "op": op, "value": mode} for mode in MODES)
    elif op in SETS and values:
        yield {"field": field, "op": op, "value": values[:2]}
    elif values:
        yield {"field": field, "op": op, "value": part(values[0], op)}


def candidates(listed: Listed, row: Json) -> list[Any]:
    """Values to ask for: those of an enum or boolean as printed, of all else those that occur."""
    kind, found = kind_of(row), listed.values(row["field"])
    if kind == "enum":
        return sorted(values_of(row["type"]), key=lambda one: one not in found)
    if kind == "boolean":
        return [True, False]
    return sorted(filter(None, found), key=lambda one: not can_be_text(one))


def part(value: Any, op: str) -> Any:
    """What of a text to ask for."""
    length = min(LONGEST_PART, max(1, len(value) // 2)) if isinstance(value, str) else 0
    parts = {"contains": lambda: value[1 : 1 + length] or value, "startswith": lambda: value[:length]}
    parts["endswith"] = lambda: value[-length:]
    return parts[op]().strip() or value if op in parts else value


def leaves(listed: Listed, field: str) -> list[Json]:
    """Conditions on a field under each of its operators."""
    row = listed.rows[field]
    return [leaf for op in OPERATORS[row["operators"]] for leaf in asked_for(listed, row, op)]


def words(leaf: Json) -> str:
    """A condition for people."""
    value = f" {shown(leaf['value'])}" if "value" in leaf else ""
    return f"{leaf['field']} {leaf['op']}{value}"

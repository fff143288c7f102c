"""Every field of every filter table, under every operator that is printed for it."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.documented.columns import UNSEEN, kind_of, members, value
from contract_tests.documented.conditions import SETS, candidates, leaves, operators_sentence, rows, words
from contract_tests.documented.differs import Difference, agree, equal, unless, untried
from contract_tests.documented.judging import ids, judged, selected
from contract_tests.documented.known import Known, Listed
from contract_tests.documented.proving import about, of_operations
from contract_tests.documented.readings import swapped
from contract_tests.documented.reference import LISTS, OPERATORS, Json
from contract_tests.documented.service import NoSuccess, Service, condition
from contract_tests.documented.spelling import VALUELESS, can_be_text

DAY = "2026-01-15T00:00:00Z"
AROUND = ({"op": "lt", "value": DAY}, {"op": "gte", "value": DAY}, {"op": "isnotnull"})
HALVES: dict[str, Any] = {
    "mode": [({"op": "eq", "value": "only"}, {"op": "eq", "value": "without"}, {"op": "eq", "value": "with"})],
    "datetime": [AROUND],
    "date": [AROUND],
}
"""Pairs of conditions that have nothing in common, and the one that finds what both find."""


def of_rows(*kinds: str, extra: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """Runs a test for each row of the tables that is of one of these kinds."""
    kept = [(name, row) for name, row in rows() if not kinds or kind_of(row) in kinds]
    params = [
        about((name, row["field"]), f"{name}-{row['field']}", extra or (operators_sentence(row), "{}.filters"), name)
        for name, row in kept
    ]
    return pytest.mark.parametrize("operation, field", params)


# ---------------------------------------------------------------- what is printed


@of_rows("string", "date", "datetime", "id", "enum", "boolean", "mode")
def test_a_field_finds_the_right_records_under_each_operator(
    service: Service, known: Known, operation: str, field: str
) -> None:
    listed = known.some(operation)
    row, sentence = listed.rows[field], operators_sentence(listed.rows[field])
    agree([
        *(found for leaf in some_leaves(listed, field) for found in of_leaf(service, listed, leaf, sentence)),
        *(parted(service, listed, row, sentence) if is_unseen(listed, field) else ()),
    ])  # fmt: skip


def some_leaves(listed: Listed, field: str) -> list[Json]:
    return leaves(listed, field) or untried("no record found: none has a value to ask for")


def of_leaf(service: Service, listed: Listed, leaf: Json, sentence: str) -> Iterator[Difference]:
    """What is wrong with the answer to one condition; one that is refused is not in the table."""
    try:
        yield from judged(service, listed, [leaf], condition([leaf]), words(leaf), sentence)
    except NoSuccess as refused:
        yield from equal(f"status of filter {words(leaf)}", 200, refused.status, f"{listed.operation}.filters")


def is_unseen(listed: Listed, field: str) -> bool:
    """Whether the answers do not print what the filter reads."""
    return all(value(record, field) is UNSEEN for record in listed.records)


def parted(service: Service, listed: Listed, row: Json, sentence: str) -> Iterator[Difference]:
    """What nobody can see is still there or not, before a day or not, and in the archive or not."""
    conditions = [[{"field": row["field"], **rest} for rest in halves] for halves in HALVES.get(kind_of(row), ())]
    for *halves, whole in conditions:
        parts = [all_ids(service, listed, leaf) for leaf in halves]
        both = parts[0] & parts[1]
        yield from unless(not both, f"{words(halves[0])} and {words(halves[1])}", "nothing in common", both, sentence)
        if listed.whole:
            wanted, got = all_ids(service, listed, whole), parts[0] | parts[1]
            yield from unless(
                got == wanted, f"{words(halves[0])} or {words(halves[1])}", words(whole), got ^ wanted, sentence
            )


def all_ids(service: Service, listed: Listed, leaf: Json) -> set[str]:
    return {str(one.get("id")) for one in selected(service, listed, condition([leaf]))}


# ---------------------------------------------------------------- relations


@of_rows(
    "relation", extra=("filter.relation-operators", "filter.relation-count", "F10", "{}.sub-tasks", "{}.projects")
)
def test_a_relation_is_asked_about_its_members(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    row = listed.rows[field]
    owners = [record for record in listed.records if record.get(field)]
    if not owners:
        untried("no record found: none is related to any")
    for name in row["members"]:
        member = members(owners[0], row)[0]
        inner = {"field": name, "op": "eq", "value": member[name]}
        for op in ("any", "none", "all"):
            agree(of_leaf(service, listed, {"field": field, "op": op, "value": [inner]}, "filter.relation-operators"))
    for op, number in (("gte", 1), ("eq", 0), ("lt", 2)):
        leaf = {"field": f"{field}.count", "op": op, "value": number}
        agree(of_leaf(service, listed, leaf, "filter.relation-count"))


# ---------------------------------------------------------------- what we have decided


@of_rows("string", extra=("F6",))
def test_case_and_accents_of_a_text_do_not_count(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    texts = [one for one in candidates(listed, listed.rows[field]) if can_be_text(one) and swapped(one) != one]
    if not texts:
        untried("no record found: none has letters")
    for op in ("eq", "contains", "startswith", "endswith"):
        leaf = {"field": field, "op": op, "value": swapped(texts[0])}
        agree(judged(service, listed, [leaf], condition([leaf]), words(leaf), "F6", strict=True))


@of_rows("string", "date", "datetime", "id", "enum", extra=("F5",))
def test_only_the_operators_for_null_find_null(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    found, row = candidates(listed, listed.rows[field]), listed.rows[field]
    if not found or not any(value(one, field) is None for one in listed.records):
        untried("no record found: no value is null while others are not")
    for op in ("ne", "nin", "lt", "gte"):
        if op in OPERATORS[row["operators"]]:
            leaf = {"field": field, "op": op, "value": found[:1] if op == "nin" else found[0]}
            agree(judged(service, listed, [leaf], condition([leaf]), words(leaf), "F5", strict=True))


@of_rows("id", extra=("F16",))
def test_an_id_that_belongs_to_nothing_finds_nothing(
    service: Service, known: Known, operation: str, field: str
) -> None:
    leaf = {"field": field, "op": "eq", "value": "no-such-id"}
    found = ids(service, known.some(operation), condition([leaf]))
    agree(unless(found == [], words(leaf), "no record", found))


# ---------------------------------------------------------------- what is refused


@of_operations(LISTS, "errors.bad-filter", "filter.own-fields")
def test_a_field_that_is_not_in_the_table_is_refused(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    for leaf in ({"field": "no_such_field", "op": "eq", "value": "x"}, {"field": "no.such", "op": "isnull"}):
        agree(not_refused(service, listed, leaf, "a field that the table does not have"))


@of_rows(extra=("errors.bad-filter", "filter.own-fields"))
def test_an_operator_that_is_not_printed_for_a_field_is_refused(
    service: Service, known: Known, operation: str, field: str
) -> None:
    listed = known.some(operation)
    printed = OPERATORS[listed.rows[field]["operators"]]
    for op in {op for ops in OPERATORS.values() for op in ops} - {*printed, *OPERATORS["R"]}:
        leaf = {"field": field, "op": op} | ({} if op in VALUELESS else {"value": ["x"] if op in SETS else "x"})
        agree(not_refused(service, listed, leaf, f"one of {', '.join(printed)}"))


def not_refused(service: Service, listed: Listed, leaf: Json, why: str) -> Iterator[Difference]:
    answer = service.ask(listed.operation, listed.name, condition([leaf]))
    where = f"status of filter {words(leaf)}"
    yield from unless(answer.status_code == 400, where, f"400, not {why}", answer.status_code, "errors.bad-filter")

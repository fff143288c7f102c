"""One filter in its three spellings: JSON, a form, readable text."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_plus

import pytest

from contract_tests.documented.columns import kind_of
from contract_tests.documented.conditions import SETS, candidates, leaves
from contract_tests.documented.differs import Difference, agree, equal, untried
from contract_tests.documented.judging import ids, judged, like
from contract_tests.documented.known import Known, Listed
from contract_tests.documented.proving import about, of_operations
from contract_tests.documented.reference import LISTS, OPERATIONS, Json, filters_of
from contract_tests.documented.service import Page, Service, body_of, placed
from contract_tests.documented.spelling import SYMBOLS, as_form, as_json, as_text, can_be_text, text, value_text

SPELLED = (
    "filter.two-formats",
    "filter.same-concepts",
    "filter.text-words",
    "filter.text-lists",
    "filter.form",
    "F3",
)
ALIASES = {"ne": "neq", "nin": "notin", "lte": "le", "gte": "ge", "isnotnull": "notnull"}


def firsts() -> Iterator[tuple[str, Json]]:
    """The first row of each kind in each table."""
    for name in LISTS:
        met = set()
        for row in filters_of(name).values():
            if (kind := kind_of(row)) not in met and kind != "relation":
                met.add(kind)
                yield name, row


def of_firsts(*sentences: str, kinds: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    rows = [(name, row["field"]) for name, row in firsts() if not kinds or kind_of(row) in kinds]
    return pytest.mark.parametrize(
        "operation, field", [about((name, field), f"{name}-{field}", sentences, name) for name, field in rows]
    )


def spelled_leaves(listed: Listed, field: str) -> list[Json]:
    """Those whose values mean the same in every spelling."""
    return [leaf for leaf in leaves(listed, field) if can_be_text(leaf.get("value"))]


@of_firsts(*SPELLED, "filter.json-condition", "filter.json-array")
def test_a_condition_means_the_same_in_every_spelling(
    service: Service, known: Known, operation: str, field: str
) -> None:
    listed = known.some(operation)
    agree(found for leaf in spelled_leaves(listed, field) for found in misspelled(service, listed, leaf))


def misspelled(service: Service, listed: Listed, leaf: Json) -> Iterator[Difference]:
    wanted = ids(service, listed, as_json([leaf]))
    for name, spell in (("form", as_form), ("text", as_text)):
        yield from like(service, listed, spell([leaf]), wanted, f"{text(leaf)} as {name}", spelled(name, leaf["op"]))


def spelled(spelling: str, op: str) -> str:
    """The sentence by which an operator is written so."""
    if spelling == "form":
        return "F3" if op in SETS else "filter.form"
    return "filter.text-lists" if op in SETS else "filter.text-words"


# ---------------------------------------------------------------- words and signs of readable text


@of_firsts("filter.text-symbols", kinds=("string", "date", "datetime"))
def test_a_symbol_stands_for_its_operator(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    for leaf in spelled_leaves(listed, field):
        if leaf["op"] in SYMBOLS:
            wanted = ids(service, listed, as_json([leaf]))
            agree(like(service, listed, as_text({**leaf, "op": SYMBOLS[leaf["op"]]}), wanted, text(leaf)))


@of_firsts("filter.operators-any-case", "filter.json-op-any-case")
def test_operators_count_in_any_case(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    for leaf in spelled_leaves(listed, field):
        wanted = ids(service, listed, as_json([leaf]))
        loud, spoken = {**leaf, "op": leaf["op"].upper()}, {**leaf, "op": leaf["op"].capitalize()}
        agree(like(service, listed, as_text(loud), wanted, text(loud), "filter.operators-any-case"))
        agree(like(service, listed, as_json([spoken]), wanted, text(spoken), "filter.json-op-any-case"))


@of_firsts("filter.text-quotes", kinds=("string",))
def test_either_quote_stands_around_a_text(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    leaf = one_of(spelled_leaves(listed, field), "eq")
    wanted = ids(service, listed, as_json([leaf]))
    for quote in "\"'":
        written = f"{field} eq {value_text(leaf['value'], quote)}"
        agree(like(service, listed, [("filter", written)], wanted, written))


@of_firsts("filter.text-is-null", kinds=("string", "date", "datetime", "id"))
def test_is_null_takes_no_value(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    wanted = ids(service, listed, as_json([{"field": field, "op": "isnull"}]))
    agree(like(service, listed, [("filter", f"{field} is null")], wanted, f"{field} is null"))


@of_firsts("filter.aliases")
def test_two_names_of_an_operator_mean_the_same(service: Service, known: Known, operation: str, field: str) -> None:
    listed = known.some(operation)
    for leaf in spelled_leaves(listed, field):
        if leaf["op"] in ALIASES:
            other = {**leaf, "op": ALIASES[leaf["op"]]}
            agree(like(service, listed, as_json([other]), ids(service, listed, as_json([leaf])), text(other)))


@of_operations(LISTS, "filter.url-encoded")
def test_a_plus_in_a_url_is_a_space(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    leaf = one_of([leaf for field in listed.rows for leaf in spelled_leaves(listed, field)], "isnotnull")
    path = placed(OPERATIONS[operation]["path"], listed.name)
    answer = service.get(f"{path}?filter={quote_plus(text(leaf))}")
    agree(equal(f"status of filter {text(leaf)}", 200, answer.status_code))
    agree(equal("ids", ids(service, listed, as_json([leaf])), Page(body_of(answer)).ids))


@of_operations(
    [name for name in LISTS if any(kind_of(row) == "relation" for row in filters_of(name).values())],
    "filter.text-numbers",
)  # fmt: skip
def test_a_number_stands_bare(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    field = next(name for name, row in listed.rows.items() if kind_of(row) == "relation")
    leaf = {"field": f"{field}.count", "op": "gte", "value": 1}
    agree(like(service, listed, as_text(leaf), ids(service, listed, as_json([leaf])), text(leaf)))


@of_operations([name for name in LISTS if any("." in field for field in filters_of(name))], "filter.text-dotted")
def test_a_dotted_field_is_written_as_it_is_printed(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    dotted = [leaf for field in listed.rows if "." in field for leaf in spelled_leaves(listed, field)]
    leaf = one_of([one for one in dotted if "value" in one] or dotted, "eq")
    agree(like(service, listed, as_text(leaf), ids(service, listed, as_json([leaf])), text(leaf)))


def one_of(found: list[Json], op: str) -> Json:
    """A condition, under this operator if there is one."""
    if not found:
        untried("no record found: none has a value to ask for")
    return next((leaf for leaf in found if leaf["op"] == op), found[0])


# ---------------------------------------------------------------- groups


GROUPS = ("filter.json-array", "filter.json-tree", "filter.text-and-or", "filter.text-parentheses", "F3")


@of_operations(LISTS, *GROUPS)
def test_conditions_are_joined_and_grouped(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    a, b, c = three(listed)
    trees: list[Any] = [[a, b], {"or": [a, b]}, {"and": [a, {"or": [b, c]}]}, {"or": [a, {"and": [b, c]}]}]
    for tree in trees:
        agree(judged(service, listed, tree, as_json(tree), text(tree), json_sentence(tree)))
        nested = isinstance(tree, dict) and any("field" not in one for one in next(iter(tree.values())))
        wanted = ids(service, listed, as_json(tree))
        sentence = "filter.text-parentheses" if nested else "filter.text-and-or"
        agree(like(service, listed, as_text(tree), wanted, text(tree), sentence))
        agree(like(service, listed, as_form(tree), wanted, f"{text(tree)} as form", "F3"))


def json_sentence(tree: Any) -> str:
    return "filter.json-array" if isinstance(tree, list) else "filter.json-tree"


def three(listed: Listed) -> list[Json]:
    """Three conditions that find different records, where the list has so many values."""
    found = [
        {"field": field, "op": "ne" if n % 2 else "eq", "value": value}
        for field, row in listed.rows.items()
        if kind_of(row) in ("string", "enum", "date")
        for n, value in enumerate([one for one in candidates(listed, row) if can_be_text(one)][:3])
    ]
    return found[:3] if len(found) >= 3 else untried("no record found: there are no three values to ask for")

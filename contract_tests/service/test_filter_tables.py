"""Filters as the tables print them: which field takes which operator and value, in every list and spelling."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import httpx2
import pytest

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS, path_of
from contract_tests.service.filter_spellings import SPELLINGS, Leaf, Spelling, Word, as_text
from fake_server.query.kinds import Field

EQUALS, SETS, NULLS = ("eq", "ne", "neq"), ("in", "nin", "notin"), ("isnull", "isnotnull", "notnull")
COMPARISONS = (*EQUALS, "lt", "lte", "le", "gt", "gte", "ge")
MEMBERS = ("any", "none", "all")
OPERATORS = (*SETS, *COMPARISONS, "contains", "like", "startswith", "endswith", *NULLS, *MEMBERS, "count")
"""Those of all printed sets."""
SYMBOLS = {"=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
TIME_WORDS = ("now", "today", "today+3d", "today-30d", "sow", "eow", "som", "eom")
NO_OFFSETS = ("now-1d", "sow+1d", "today+3h", "today-2w", "today3d", "today+d", "yesterday", "tomorrow")

in_every_spelling = pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)


# --- the fields of every list ----------------------------------------------------------------------------


class Row(NamedTuple):
    """A field of a list's table."""

    listing: str
    field: Field

    def ask(self, api: Api, params: Any) -> httpx2.Response:
        return api.get(path_of(api, LISTINGS[self.listing]), params)


def tables() -> Iterable[Row]:
    for name, operation in LISTINGS.items():
        for field in operation.listing.filters.values() if operation.listing else ():
            yield Row(name, field)


ROWS = {f"{row.listing} {row.field.name}": row for row in tables()}


def of_every_field(keep: Callable[[Row], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Runs a test for each kept row of each table."""
    rows = {name: row for name, row in ROWS.items() if keep(row)}
    return pytest.mark.parametrize("row", rows.values(), ids=rows)


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    return of_every_field(lambda row: row.field.kind in kinds)


def first_of_its_kind(row: Row) -> bool:
    return next(other for other in ROWS.values() if other.field.kind == row.field.kind) is row


def of_each_kind(keep: Callable[[Row], bool] = lambda _: True) -> pytest.MarkDecorator:
    """Runs a test for the first row of each kind in each table, of those kept."""
    first = {(row.listing, row.field.kind, len(row.field.operators)): row for row in reversed(ROWS.values())}
    return of_every_field(lambda row: keep(row) and row in first.values())


def good_value(field: Field) -> Any:
    """A value that the field's kind can be compared with."""
    plain = {"date": "2026-01-31", "datetime": "2026-01-31T10:00:00Z", "boolean": True, "mode": "with"}
    return field.values[0] if field.kind == "enum" else plain.get(field.kind, "x")


def good_leaf(field: Field, op: str) -> Leaf:
    """The field under an operator of any set, with what that operator takes."""
    if field.kind == "relation" and op == "count":
        return Leaf(f"{field.name}.count", "gte", 2)
    if field.kind == "relation" and op in MEMBERS:
        return Leaf(field.name, op, [Leaf(name, "eq", good_value(row)) for name, row in field.members.items()])
    if op in NULLS:
        return Leaf(field.name, op)
    return Leaf(field.name, op, [good_value(field)] if op in SETS else good_value(field))


def same(answer: httpx2.Response, other: httpx2.Response) -> bool:
    """Whether both succeeded with the same records."""
    return answer.status_code == other.status_code == 200 and answer.json()["data"] == other.json()["data"]


# --- operators -------------------------------------------------------------------------------------------


@pytest.mark.proves(
    "filter.own-fields",
    "filter.string-operators",
    "filter.date-operators",
    "filter.id-operators",
    "filter.enum-operators",
    "filter.nullable-enum-operators",
    "filter.boolean-operators",
    "filter.relation-operators",
    "filter.eq-only",
    "errors.bad-filter",
    "F4",
)
@in_every_spelling
@of_every_field()
def test_a_field_takes_exactly_the_operators_of_its_set(api: Api, row: Row, spell: Spelling) -> None:
    answers = {op: row.ask(api, spell(good_leaf(row.field, op))) for op in OPERATORS}
    assert [op for op in OPERATORS if answers[op].status_code == 200] == [
        op for op in OPERATORS if op in row.field.operators
    ]
    for op in OPERATORS:
        if op not in row.field.operators:
            assert_operator_refused(answers[op], row.field, op)


def assert_operator_refused(answer: httpx2.Response, field: Field, op: str) -> None:
    message = answer.json()["message"]
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]
    assert message.startswith(f"Operator `{op}` is not allowed for filter `{field.name}`")
    assert message.endswith(f"Allowed operator(s) are `{', '.join(field.operators)}`.")
    named = set(re.findall(r"\w+", hint(answer))) & set(field.operators)
    assert named == set(field.operators) if op in OPERATORS else named


@pytest.mark.proves("errors.bad-filter", "F4")
@in_every_spelling
@of_every_field(first_of_its_kind)
def test_an_operator_that_no_set_has_is_refused_with_the_nearest_one(api: Api, row: Row, spell: Spelling) -> None:
    word = f"{row.field.operators[0]}x"
    answer = row.ask(api, spell(Leaf(row.field.name, word, "x")))
    assert answer.status_code == 400
    assert f"Operator `{word}` is not allowed for filter `{row.field.name}`" in answer.json()["message"]
    assert any(op in hint(answer) for op in row.field.operators)


@pytest.mark.proves("filter.operators-any-case", "filter.json-op-any-case", "F2")
@in_every_spelling
@of_every_field(first_of_its_kind)
def test_the_case_of_an_operator_does_not_count(api: Api, row: Row, spell: Spelling) -> None:
    for op in row.field.operators:
        leaf = good_leaf(row.field, op)
        for word in (leaf.op.upper(), leaf.op.capitalize(), leaf.op[:-1] + leaf.op[-1].upper()):
            assert same(row.ask(api, spell(leaf._replace(op=word))), row.ask(api, spell(leaf))), word


@pytest.mark.proves("filter.text-symbols", "F1")
@of_each_kind(lambda row: row.field.kind != "relation")
def test_in_text_a_symbol_stands_for_its_operator_where_the_set_has_it(api: Api, row: Row) -> None:
    for symbol, op in SYMBOLS.items():
        answer = row.ask(api, {"filter": as_text(good_leaf(row.field, op)._replace(op=symbol))})
        if op in row.field.operators:
            assert same(answer, row.ask(api, {"filter": as_text(good_leaf(row.field, op))})), symbol
        else:
            assert_operator_refused(answer, row.field, symbol)


@pytest.mark.proves("F13")
@pytest.mark.parametrize("spell", [SPELLINGS["JSON"], SPELLINGS["form"]], ids=["JSON", "form"])
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_outside_of_text_symbols_are_no_operators(api: Api, symbol: str, spell: Spelling) -> None:
    answer = api.get("/tasks", spell(Leaf("due_date", symbol, "2026-01-31")))
    assert (answer.status_code, bool(hint(answer))) == (400, True)


@pytest.mark.proves("filter.relation-count", "F10")
@in_every_spelling
@of_kind("relation")
def test_a_count_is_compared_and_nothing_else(api: Api, row: Row, spell: Spelling) -> None:
    counted = f"{row.field.name}.count"
    taken = [op for op in OPERATORS if row.ask(api, spell(Leaf(counted, op, 1))).status_code == 200]
    assert sorted(taken) == sorted(COMPARISONS)


@pytest.mark.proves("F10")
@of_kind("relation")
def test_in_text_a_count_may_stand_apart(api: Api, row: Row) -> None:
    apart, dotted = f"{row.field.name} count >= 1", f"{row.field.name}.count >= 1"
    assert same(row.ask(api, {"filter": apart}), row.ask(api, {"filter": dotted}))


@pytest.mark.proves("F10")
@in_every_spelling
@of_kind("relation")
def test_any_and_none_stand_without_conditions_but_not_all(api: Api, row: Row, spell: Spelling) -> None:
    statuses = {op: row.ask(api, spell(Leaf(row.field.name, op))).status_code for op in MEMBERS}
    assert statuses == {"any": 200, "none": 200, "all": 400}


@pytest.mark.proves("filter.text-is-null", "F1", "F17")
@of_each_kind(lambda row: row.field.kind != "relation")
def test_in_text_is_null_stands_for_the_operator_where_the_set_has_it(api: Api, row: Row) -> None:
    for words, op in (("is null", "isnull"), ("IS NOT NULL", "isnotnull")):
        answer = row.ask(api, {"filter": f"{row.field.name} {words}"})
        if op in row.field.operators:
            assert same(answer, row.ask(api, {"filter": f"{row.field.name} {op}"})), words
        else:
            assert_operator_refused(answer, row.field, op)


@pytest.mark.proves("F17", "F19")
@in_every_spelling
@of_each_kind(lambda row: row.field.kind not in ("relation", "mode"))
def test_null_is_a_value_for_eq_and_ne(api: Api, row: Row, spell: Spelling) -> None:
    null = "" if spell is SPELLINGS["form"] else None
    statuses = {op: row.ask(api, spell(Leaf(row.field.name, op, null))).status_code for op in EQUALS}
    assert statuses == dict.fromkeys(EQUALS, 200)


# --- special values --------------------------------------------------------------------------------------


@pytest.mark.proves("filter.now", "filter.week", "filter.month", "filter.today", "filter.today-offset", "F9")
@in_every_spelling
@of_kind("date", "datetime")
def test_a_date_field_takes_every_word_for_a_time(api: Api, row: Row, spell: Spelling) -> None:
    leaves = [Leaf(row.field.name, op, Word(word)) for word in TIME_WORDS for op in ("eq", "lt", "gte")]
    leaves += [Leaf(row.field.name, op, list(map(Word, TIME_WORDS))) for op in SETS]
    refused = [leaf for leaf in leaves if row.ask(api, spell(leaf)).status_code != 200]
    assert refused == []


@pytest.mark.proves("filter.me-id")
@in_every_spelling
@of_kind("id")
def test_an_id_field_takes_me(api: Api, row: Row, spell: Spelling) -> None:
    leaves = [Leaf(row.field.name, op, Word("me.id")) for op in ("eq", "ne", "neq")]
    leaves += [Leaf(row.field.name, op, [Word("me.id"), "x"]) for op in SETS]
    refused = [leaf for leaf in leaves if row.ask(api, spell(leaf)).status_code != 200]
    assert refused == []


@pytest.mark.proves("filter.me-id", "F18")
@in_every_spelling
def test_me_is_the_user_of_the_token(api: Api, spell: Spelling) -> None:
    mine = api.as_token("user-token").data("/tasks", spell(Leaf("assignee.id", "eq", Word("me.id"))))
    assert [task["title"] for task in mine] == ["Write the brief", "Design the logo"]


@pytest.mark.proves("F9")
@in_every_spelling
@of_kind("date", "datetime")
def test_a_date_field_refuses_me_and_other_offsets(api: Api, row: Row, spell: Spelling) -> None:
    for word in ("me.id", *NO_OFFSETS):
        answer = row.ask(api, spell(Leaf(row.field.name, "eq", Word(word))))
        assert (answer.status_code, bool(hint(answer))) == (400, True), word


@pytest.mark.proves("F9")
@in_every_spelling
@of_kind("id")
def test_an_id_field_refuses_words_for_a_time(api: Api, row: Row, spell: Spelling) -> None:
    answers = {word: row.ask(api, spell(Leaf(row.field.name, "eq", Word(word)))) for word in TIME_WORDS}
    assert {word: (answer.status_code, bool(hint(answer))) for word, answer in answers.items()} == dict.fromkeys(
        TIME_WORDS, (400, True)
    )


@pytest.mark.proves("F9")
@in_every_spelling
@of_kind("enum", "boolean", "mode")
def test_fields_with_values_of_their_own_refuse_special_ones(api: Api, row: Row, spell: Spelling) -> None:
    for word in ("me.id", *TIME_WORDS):
        answer = row.ask(api, spell(Leaf(row.field.name, "eq", Word(word))))
        assert (answer.status_code, bool(hint(answer))) == (400, True), word


@pytest.mark.proves("F9", "F1")
@of_kind("string")
def test_a_text_field_refuses_special_values_without_quotes(api: Api, row: Row) -> None:
    for word in ("me.id", *TIME_WORDS):
        answer = row.ask(api, {"filter": f"{row.field.name} eq {word}"})
        assert (answer.status_code, bool(hint(answer))) == (400, True), word


@pytest.mark.proves("F9")
@pytest.mark.parametrize("spell", [SPELLINGS["JSON"], SPELLINGS["form"]], ids=["JSON", "form"])
@pytest.mark.parametrize("word", ["me.id", *TIME_WORDS])
def test_for_a_text_field_a_special_value_is_just_a_text(api: Api, word: str, spell: Spelling) -> None:
    task = api.post("/tasks", {"title": word, "project_id": api.data("/projects")[0]["id"]}).json()
    assert [found["id"] for found in api.data("/tasks", spell(Leaf("title", "eq", word)))] == [task["id"]]


@pytest.mark.proves("F14")
@pytest.mark.parametrize("field, word", [("due_date", "today"), ("phase.end_date", "eow"), ("assignee.id", "me.id")])
def test_in_text_a_special_value_in_quotes_is_refused(api: Api, field: str, word: str) -> None:
    answer = api.get("/tasks", {"filter": f'{field} eq "{word}"'})
    assert answer.status_code == 400
    assert f"{word} without quotes" in hint(answer)


# --- values ----------------------------------------------------------------------------------------------

NO_DATES = ["yesterday", "2026-02-30", "2026-13-01", "31.01.2026", "2026-1-5", "2026-01-31T25:00:00Z", ""]
WRONG: Mapping[str, list[Any]] = {
    "string": [5, 1.5, True, ["x"]],
    "date": [*NO_DATES, 5, True, ["2026-01-31"]],
    "datetime": [*NO_DATES, 5, True, ["2026-01-31"]],
    "id": [5, True, ["x"]],
    "enum": ["nope", "", 5, True],
    "boolean": ["true", "maybe", 1, [True]],
    "mode": ["all", "ONLY", "", True, None, ["with"]],
}
WRONG_IN_A_FORM: Mapping[str, list[str]] = {
    "date": NO_DATES[:-1],
    "datetime": NO_DATES[:-1],
    "enum": ["nope"],
    "boolean": ["maybe", "2"],
    "mode": ["all", "ONLY"],
}


def assert_value_refused(answer: httpx2.Response, field: str, value: Any) -> None:
    assert answer.status_code == 400, (value, answer.text)
    assert f"filter `{field}`" in answer.json()["message"], value
    assert hint(answer), value


@pytest.mark.proves("errors.bad-filter", "F4")
@pytest.mark.parametrize("spell", [SPELLINGS["text"], SPELLINGS["JSON"]], ids=["text", "JSON"])
@of_every_field(lambda row: row.field.kind != "relation")
def test_a_value_of_another_type_is_refused(api: Api, row: Row, spell: Spelling) -> None:
    field = row.field
    for value in WRONG[field.kind]:
        assert_value_refused(row.ask(api, spell(Leaf(field.name, "eq", value))), field.name, value)
        if "in" in field.operators and not isinstance(value, list):
            leaf = Leaf(field.name, "in", [good_value(field), value])
            assert_value_refused(row.ask(api, spell(leaf)), field.name, leaf.value)


@pytest.mark.proves("F3", "F4")
@of_every_field(lambda row: row.field.kind in WRONG_IN_A_FORM)
def test_in_a_form_a_text_that_does_not_read_as_the_type_is_refused(api: Api, row: Row) -> None:
    for value in WRONG_IN_A_FORM[row.field.kind]:
        answer = row.ask(api, SPELLINGS["form"](Leaf(row.field.name, "eq", value)))
        assert_value_refused(answer, row.field.name, value)


@pytest.mark.proves("F3")
@of_kind("boolean")
def test_in_a_form_a_boolean_is_a_word(api: Api, row: Row) -> None:
    for word in ("true", "false"):
        sent = SPELLINGS["form"](Leaf(row.field.name, "eq", word))
        assert same(row.ask(api, sent), row.ask(api, {"filter": f"{row.field.name} = {word}"}))


@pytest.mark.proves("F6")
@pytest.mark.parametrize("spell", [SPELLINGS["text"], SPELLINGS["JSON"]], ids=["text", "JSON"])
@of_kind("enum")
def test_an_enum_value_in_another_case_is_refused_with_the_right_one(api: Api, row: Row, spell: Spelling) -> None:
    for value in row.field.values:
        answer = row.ask(api, spell(Leaf(row.field.name, "eq", value.swapcase())))
        assert_value_refused(answer, row.field.name, value)
        assert f"did you mean {value}?" in hint(answer)


@pytest.mark.proves("F4")
@in_every_spelling
@of_each_kind(lambda row: "in" in row.field.operators)
def test_an_operator_for_lists_refuses_a_single_value(api: Api, row: Row, spell: Spelling) -> None:
    for op in SETS:
        answer = row.ask(api, spell(Leaf(row.field.name, op, good_value(row.field))))
        assert_value_refused(answer, row.field.name, op)


@pytest.mark.proves("F4")
@in_every_spelling
@of_each_kind(lambda row: "isnull" in row.field.operators)
def test_an_operator_about_null_refuses_a_value(api: Api, row: Row, spell: Spelling) -> None:
    for op in NULLS:
        answer = row.ask(api, spell(Leaf(row.field.name, op, good_value(row.field))))
        assert_value_refused(answer, row.field.name, op)


@pytest.mark.proves("F19")
@in_every_spelling
@of_each_kind(lambda row: row.field.kind != "relation")
def test_every_other_operator_refuses_to_stand_without_a_value(api: Api, row: Row, spell: Spelling) -> None:
    for op in row.field.operators:
        if op not in NULLS:
            answer = row.ask(api, spell(Leaf(row.field.name, op)))
            assert (answer.status_code, bool(hint(answer))) == (400, True), op


@pytest.mark.proves("F4", "F10")
@in_every_spelling
@of_kind("relation")
def test_a_relation_refuses_a_plain_value(api: Api, row: Row, spell: Spelling) -> None:
    for op in MEMBERS:
        for value in ("x", ["x"]):
            answer = row.ask(api, spell(Leaf(row.field.name, op, value)))
            assert (answer.status_code, bool(hint(answer))) == (400, True), (op, value)


@pytest.mark.proves("F10")
@pytest.mark.parametrize("spell", [SPELLINGS["text"], SPELLINGS["JSON"]], ids=["text", "JSON"])
@of_kind("relation")
def test_a_count_is_a_whole_number(api: Api, row: Row, spell: Spelling) -> None:
    for value in ("2", 1.5, True, None, [1]):
        answer = row.ask(api, spell(Leaf(f"{row.field.name}.count", "eq", value)))
        assert_value_refused(answer, f"{row.field.name}.count", value)


# --- unknown fields --------------------------------------------------------------------------------------


@pytest.mark.proves("errors.bad-filter", "filter.own-fields", "F4")
@in_every_spelling
@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("unknown", ["foo", "id", "foo.bar", "foo.count"])
def test_an_unknown_field_is_refused_in_the_words_of_the_backend(
    api: Api, name: str, unknown: str, spell: Spelling
) -> None:
    listing = LISTINGS[name].listing
    answer = api.get(path_of(api, LISTINGS[name]), spell(Leaf(unknown, "eq", "x")))
    known = ", ".join(listing.filters) if listing else ""
    message = f"Requested filter(s) `{unknown}` are not allowed. Allowed filter(s) are `{known}`."
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert f"Unknown filter field {unknown}" in hint(answer)


@pytest.mark.proves("F4")
@pytest.mark.parametrize(
    "filter",
    [
        'foo = 1 and title = "x" or (bar is null or foo = 2)',
        '[{"field": "foo", "op": "eq"}, {"field": "title", "op": "notnull"}, {"field": "bar", "op": "eq"}]',
    ],
)
def test_all_unknown_fields_are_named_once_and_only_they(api: Api, filter: str) -> None:
    message = api.get("/tasks", {"filter": filter}).json()["message"]
    assert message.startswith("Requested filter(s) `foo, bar` are not allowed. Allowed filter(s) are `title, uri, ")


@pytest.mark.proves("F1")
@of_every_field(first_of_its_kind)
def test_the_case_of_a_field_counts(api: Api, row: Row) -> None:
    answer = row.ask(api, {"filter": as_text(good_leaf(row.field, row.field.operators[0])).swapcase()})
    assert answer.status_code == 400
    assert f"did you mean {row.field.name}?" in hint(answer)


@pytest.mark.proves("filter.relation-operators", "tasks.index.sub-tasks", "clients.fullindex.projects", "F10")
@in_every_spelling
@of_kind("relation")
def test_an_unknown_field_of_members_is_refused_with_those_that_the_table_lists(
    api: Api, row: Row, spell: Spelling
) -> None:
    answer = row.ask(api, spell(Leaf(row.field.name, "any", [Leaf("id", "eq", "x")])))
    known = ", ".join(row.field.members)
    message = f"Requested filter(s) `id` are not allowed. Allowed filter(s) are `{known}`."
    assert (answer.status_code, answer.json()) == (400, {"message": message})


# --- modes -----------------------------------------------------------------------------------------------


def mode_params(row: Row, shape: Callable[[Any, Any], Any], word: str = "only") -> Any:
    """The mode and a condition that holds for every record, in a JSON tree."""
    listing = LISTINGS[row.listing].listing
    text = next(name for name, field in (listing.filters if listing else {}).items() if field.kind == "string")
    held = {"or": [{"field": text, "op": "notnull"}, {"field": text, "op": "isnull"}]}
    return {"filter": json.dumps(shape({"field": row.field.name, "op": "eq", "value": word}, held))}


@pytest.mark.proves("filter.eq-only", "F11")
@of_kind("mode")
@pytest.mark.parametrize("word", ["with", "only", "without"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda mode, held: [mode, held],
        lambda mode, held: [held, mode],
        lambda mode, held: {"and": [held, held, mode]},
        lambda mode, held: {"and": [{"and": [mode, held]}, held]},
        lambda mode, held: [[mode], [held]],
    ],
    ids=["list", "last", "and", "and in and", "list in list"],
)
def test_a_mode_means_the_same_wherever_and_joins_it(agency: Api, row: Row, shape: Any, word: str) -> None:
    alone = row.ask(agency, {"filter": f'{row.field.name} = "{word}"'})
    assert same(row.ask(agency, mode_params(row, shape, word)), alone)


@pytest.mark.proves("F11")
@of_kind("mode")
@pytest.mark.parametrize(
    "shape",
    [
        lambda mode, held: {"or": [mode, held]},
        lambda mode, _: {"or": [mode]},
        lambda mode, held: {"and": [held, {"or": [held, mode]}]},
        lambda mode, held: [{"or": [{"and": [mode, held]}, held]}],
    ],
    ids=["or", "only one in or", "or in and", "and in or"],
)
def test_a_mode_below_or_is_refused(agency: Api, row: Row, shape: Any) -> None:
    answer = row.ask(agency, mode_params(row, shape))
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"The filter `{row.field.name}` is not allowed")
    assert "top level" in hint(answer)


@pytest.mark.proves("filter.eq-only", "F11")
def test_tasks_are_listed_with_sub_tasks_unless_the_mode_says_otherwise(agency: Api) -> None:
    tasks = list(agency.walk("/tasks"))
    parts = {
        word: list(agency.walk("/tasks", {"filter": f'sub_tasks_in_list = "{word}"'}))
        for word in ("with", "only", "without")
    }
    assert parts == {
        "with": tasks,
        "only": [task for task in tasks if task["parent_task_id"]],
        "without": [task for task in tasks if not task["parent_task_id"]],
    }
    assert all(parts.values())


@pytest.mark.proves("filter.eq-only", "F11")
def test_clients_are_listed_without_archived_ones_unless_the_mode_says_otherwise(agency: Api) -> None:
    names = {
        word: [client["name"] for client in agency.data("/clients/full", {"filter": f'archived eq "{word}"'})]
        for word in ("with", "only", "without")
    }
    listed = [client["name"] for client in agency.data("/clients/full")]
    assert names == {"with": ["Quastenflosse Verlag", *listed], "only": ["Quastenflosse Verlag"], "without": listed}

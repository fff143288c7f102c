"""Filters that are broken, too much, or made to hang the server."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.service.filter_spellings import as_pairs

BROKEN_TEXT = [
    ("title", 6, "an operator"),
    ("title eq", 9, "a quoted text"),
    ('title eq "x" and', 17, "a name"),
    ('title eq "x" and and uri eq "x"', 18, "a name"),
    ('title eq "x" uri eq "x"', 14, "`and` or `or`"),
    ('title eq "ä🙂" x', 15, "`and` or `or`"),
    ('(title eq "x"', 14, ")"),
    ('title eq "x")', 13, "the end"),
    ('title eq "x', 10, "a quoted text"),
    ("title eq 'it's'", 14, "`and` or `or`"),
    ('title in ["a" "b"]', 15, "a comma"),
    ('title in ["a",]', 15, "a quoted text"),
    ('and title eq "x"', 1, "a name"),
    ("title is empty", 10, "null"),
    ("title is not", 13, "null"),
    ('title == "x"', 8, "a quoted text"),
    ('title && "x"', 7, "an operator"),
    ("()", 2, "a name"),
    ('"title" eq "x"', 1, "a name"),
    ("sub_tasks any (title)", 21, "an operator"),
    ("(title)", 7, "an operator"),
    ('title eq "x" and uri', 21, "an operator"),
    ('(title eq "x" or uri)', 21, "an operator"),
    ('sub_tasks any (title = "x"', 27, ")"),
    ('not title eq "x"', 1, "no not"),
    ('title eq "x" and not uri eq "x"', 18, "no not"),
]


@pytest.mark.proves("F4", "F1")
@pytest.mark.parametrize("filter, position, expected", BROKEN_TEXT)
def test_broken_text_is_refused_with_the_position_and_what_was_expected(
    api: Api, filter: str, position: int, expected: str
) -> None:
    answer = api.get("/tasks", {"filter": filter})
    assert answer.status_code == 400
    assert f"at position {position}:" in answer.json()["message"]
    assert expected in hint(answer)


UNQUOTED = [
    ("title eq Acme", 10),
    ("title = Acme", 9),
    ("title contains Acme Corp", 16),
    ("title in [Acme]", 11),
    ("project.shortcode eq P-42", 22),
    ("status eq New", 11),
    ("status in [New, WIP]", 12),
    ("due_date eq 2026-01-31", 13),
    ("due_date >= 2026-01-31T10:00:00Z", 13),
    ("due_date eq tomorrow", 13),
]


@pytest.mark.proves("F1")
@pytest.mark.parametrize("filter, position", UNQUOTED)
def test_a_word_without_quotes_is_refused_with_the_advice_to_quote_it(api: Api, filter: str, position: int) -> None:
    answer = api.get("/tasks", {"filter": filter})
    assert answer.status_code == 400
    assert f"at position {position}" in answer.json()["message"]
    assert "quotes" in hint(answer)


@pytest.mark.proves("F4", "F2")
@pytest.mark.parametrize(
    "filter",
    ["[", "[{]", '{"field": "title"', '[{"field": "title", "op": "eq", "value": "x"}] x', "{'a': 1}", "[1,]"],
)
def test_broken_json_is_refused_with_the_position(api: Api, filter: str) -> None:
    answer = api.get("/tasks", {"filter": filter})
    assert answer.status_code == 400
    assert re.search(r"(position|character) \d+", f"{answer.json()['message']} {hint(answer)}")


LEAF = {"field": "title", "op": "eq", "value": "x"}
WRONG_SHAPES: list[Any] = [
    {},
    [1],
    ["title"],
    [None],
    {"and": {}},
    {"and": []},
    {"or": "x"},
    {"or": []},
    {"not": [LEAF]},
    {"AND": [LEAF]},
    {"and": [LEAF], "or": [LEAF]},
    {**LEAF, "and": [LEAF]},
    {**LEAF, "not": True},
    {"field": "title"},
    {"op": "eq", "value": "x"},
    {"field": "title", "value": "x"},
    {**LEAF, "field": 1},
    {**LEAF, "op": None},
    {**LEAF, "op": "in", "value": [["x"]]},
    {**LEAF, "value": {"x": 1}},
    {"field": "sub_tasks", "op": "any", "value": [{}]},
]


@pytest.mark.proves("F2")
@pytest.mark.parametrize("data", WRONG_SHAPES, ids=json.dumps)
def test_json_that_is_no_tree_of_conditions_is_refused(api: Api, data: Any) -> None:
    answer = api.get("/tasks", {"filter": json.dumps(data)})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert hint(answer)


@pytest.mark.proves("F3", "F4")
@pytest.mark.parametrize(
    "params",
    [
        "filter[]=title",
        "filter[0]=title",
        "filter[field]=title",
        "filter[0][field]=title",
        "filter[0][op]=eq&filter[0][value]=x",
        "filter[title]=x",
        "filter[title][eq]=x",
        "filter[0][field]=title&filter[0][op]=eq&filter[0][value]=x&filter[0][not]=1",
        "filter[not][0][field]=title&filter[not][0][op]=notnull",
        "filter[0][field][]=title&filter[0][op]=eq&filter[0][value]=x",
    ],
)
def test_a_form_that_is_no_tree_of_conditions_is_refused(api: Api, params: str) -> None:
    answer = api.get("/tasks", params)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert hint(answer)


@pytest.mark.proves("requests.trimmed-parameters")
@pytest.mark.parametrize("params", ["filter=", "filter", "filter=%20"])
def test_an_empty_filter_is_none(api: Api, params: str) -> None:
    assert api.data("/tasks", params) == api.data("/tasks")


# --- limits ----------------------------------------------------------------------------------------------


MOST_TEXT, MOST_DEPTH, MOST_CONDITIONS, MOST_MEMBERS = 8 * 1024, 32, 200, 500
SECONDS = 1.0
"""What no filter may take, however hostile."""


def padded(before: str, after: str, size: int, letter: str = "x") -> str:
    """A text of exactly `size` bytes."""
    missing = size - len((before + after).encode())
    return before + letter * (missing // len(letter.encode())) + "x" * (missing % len(letter.encode())) + after


def nested(group: str, depth: int) -> str:
    return f'{{"{group}": [' * depth + json.dumps(LEAF) + "]}" * depth


LIMITS: list[tuple[str, int, Callable[[int], list[tuple[str, str]]]]] = [
    ("text", MOST_TEXT, lambda n: [("filter", padded('title = "', '"', n))]),
    ("text of two bytes a character", MOST_TEXT, lambda n: [("filter", padded('title = "', '"', n, "ä"))]),
    ("JSON", MOST_TEXT, lambda n: [("filter", padded('[{"field":"title","op":"eq","value":"', '"}]', n))]),
    ("parentheses", MOST_DEPTH, lambda n: [("filter", "(" * n + 'title = "x"' + ")" * n)]),
    ("JSON lists", MOST_DEPTH, lambda n: [("filter", "[" * n + json.dumps(LEAF) + "]" * n)]),
    ("JSON groups", MOST_DEPTH, lambda n: [("filter", nested("or", n))]),
    ("form lists", MOST_DEPTH, lambda n: as_pairs(LEAF, "filter" + "[0]" * n)),
    ("conditions", MOST_CONDITIONS, lambda n: [("filter", " or ".join(["title = 'x'"] * n))]),
    ("JSON conditions", MOST_CONDITIONS, lambda n: [("filter", json.dumps([{"field": "uri", "op": "notnull"}] * n))]),
    ("form conditions", MOST_CONDITIONS, lambda n: as_pairs([{"field": "uri", "op": "notnull"}] * n, "filter")),
    (
        "conditions on members",
        MOST_CONDITIONS,
        lambda n: [("filter", f"sub_tasks any ({' or '.join(['title = 1'.replace('1', repr('x'))] * (n - 1))})")],
    ),
    ("members", MOST_MEMBERS, lambda n: [("filter", f"title in [{','.join(['1'] * n)}]".replace("1", "'x'"))]),
    ("JSON members", MOST_MEMBERS, lambda n: [("filter", json.dumps([{**LEAF, "op": "in", "value": ["x"] * n}]))]),
    ("form members", MOST_MEMBERS, lambda n: as_pairs([{**LEAF, "op": "in", "value": ["x"] * n}], "filter")),
]


@pytest.mark.proves("F12")
@pytest.mark.parametrize("limit, params", [pytest.param(*case[1:], id=case[0]) for case in LIMITS])
def test_a_filter_may_reach_the_limit_and_not_pass_it(
    api: Api, limit: int, params: Callable[[int], list[tuple[str, str]]]
) -> None:
    assert api.get("/tasks", params(limit)).status_code == 200
    answer = api.get("/tasks", params(limit + 1))
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert str(limit) in hint(answer)


@pytest.mark.proves("F12")
def test_a_form_is_bounded_too(api: Api) -> None:
    answer = api.get("/tasks", as_pairs([{**LEAF, "value": "x" * 2 * MOST_TEXT}], "filter"))
    assert (answer.status_code, bool(hint(answer))) == (400, True)


HOSTILE = [
    "(" * MOST_TEXT,
    ")" * MOST_TEXT,
    "[" * MOST_TEXT,
    '{"and":[' * 1000,
    "sub_tasks any (" * 500,
    "not " * 2000,
    "title " * 1300,
    "a." * 4000,
    '"' + "\\" * 8000,
    'title = "' + "\\" * 8000,
    "title = " + "1" * 8000,
    "title = -" + "1" * 4000 + "e" + "9" * 4000,
    "title like '" + "%a" * 4000 + "'",
    "title like '" + "%_" * 4000 + "b'",
    "title like '" + "\\%" * 4000 + "'",
    "title contains '" + "\u0301" * 4000 + "'",
    "due_date = today+" + "9" * 6,
    "due_date = today-" + "9" * 6,
    "due_date = today+" + "9" * 8000,
    "sub_tasks.count >= " + "9" * 29,
    " or ".join(["sub_tasks any (title like '%a%e%i%')"] * 90),
]


@pytest.mark.proves("F12", "F20")
@pytest.mark.parametrize("filter", HOSTILE, ids=lambda text: f"{text[:24]}... {len(text)}")
def test_a_hostile_filter_is_answered_quickly(agency: Api, filter: str) -> None:
    begun = time.perf_counter()
    answer = agency.get("/tasks", {"filter": filter})
    assert time.perf_counter() - begun < SECONDS
    assert answer.status_code in (200, 400)


@pytest.mark.proves("F12")
def test_more_parameters_than_the_backend_reads_are_refused_quickly(api: Api) -> None:
    begun = time.perf_counter()
    answer = api.get("/tasks", as_pairs([LEAF] * 400, "filter"))
    assert time.perf_counter() - begun < SECONDS
    assert (answer.status_code, bool(hint(answer))) == (400, True)

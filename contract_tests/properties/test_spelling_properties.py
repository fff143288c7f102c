"""There and back: from every spelling to the tree and from the tree to text and JSON, nothing is lost or added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api
from contract_tests.properties import filters, leaves, records, spellings
from contract_tests.properties.effort import share
from contract_tests.properties.records import Listed
from contract_tests.properties.world_lists import NAMES, Tables
from contract_tests.properties.worlds import FAMILIES, MOST
from fake_server.api import parameters
from fake_server.api.plan import read_filter
from fake_server.ids import Ids
from fake_server.query.check import Checked
from fake_server.query.writing import as_data, as_text, simple
from fake_server.resources import KINDS, OPERATIONS

pytestmark = pytest.mark.proves("filter.two-formats", "filter.same-concepts", "F1", "F2", "F3")

IDS = Ids(KINDS)
TABLES = Tables({kind: [IDS.text(kind, n) for n in range(1, MOST + 1)] for kind in KINDS})


def read(name: str, params: Any) -> Checked:
    """The tree of a filter that is good for a list."""
    listing = OPERATIONS[name].listing
    assert listing is not None
    found = read_filter(parameters.read(urlencode(params).encode()), listing, IDS)
    assert found is not None
    return found


def ways(tree: spellings.Tree, style: Random | None) -> Iterator[Any]:
    yield {"filter": spellings.as_dsl(tree, style)}
    yield {"filter": spellings.as_json(tree)}
    if spellings.can_be_form(tree):
        yield spellings.as_form(tree)


def told(tree: Checked) -> str:
    """Everything about a tree: two named tuples are equal even where one means and, the other or."""
    return repr(simple(tree))


@pytest.mark.parametrize("name", NAMES)
@share(0.1)
@given(seed=st.integers(0, 2**32), family=st.sampled_from(sorted(FAMILIES)))
def test_a_tree_of_any_spelling_can_be_written_as_text_and_as_json_and_read_again(
    name: str, seed: int, family: str
) -> None:
    random, fields = Random(seed), TABLES.fields(name, family)
    for one in (*leaves.every(fields, random), *leaves.trees(fields, random)):
        for params in ways(one, random):
            tree = read(name, params)
            text, plain = as_text(tree, IDS), as_data(tree, IDS)
            from_text, from_json = read(name, {"filter": text}), read(name, {"filter": json.dumps(plain)})
            assert told(from_text) == told(from_json) == told(tree)
            assert as_text(from_text, IDS) == as_text(from_json, IDS) == text
            assert as_data(from_text, IDS) == as_data(from_json, IDS) == plain


@share(0.5)
@given(st.data(), st.sampled_from(NAMES), st.sampled_from(sorted(FAMILIES)))
def test_every_spelling_of_a_tree_is_written_the_same_way(data: st.DataObject, name: str, family: str) -> None:
    tree = data.draw(TABLES.trees(name, family))
    texts = {as_text(read(name, params), IDS) for params in ways(tree, None)}
    assert len(texts) == 1


A = {"field": "title", "op": "eq", "value": "a"}
B = {"field": "due_date", "op": "isnull"}
DONE = {"field": "status", "op": "ne", "value": "Closed"}
WRITTEN: list[tuple[Any, str, Any]] = [
    (A, 'title = "a"', A),
    ([A], 'title = "a"', A),
    ([[A, [B]], DONE], 'title = "a" and due_date is null and status != "Closed"', [A, B, DONE]),
    ({"or": [{"and": [A, B]}, {"or": [DONE]}]}, 'title = "a" and due_date is null or status != "Closed"',
     {"or": [{"and": [A, B]}, DONE]}),
    ([{"or": [A, B]}, DONE], '(title = "a" or due_date is null) and status != "Closed"', [{"or": [A, B]}, DONE]),
    ([], "", []),
    ([[], A], 'title = "a"', A),
    ([{"or": [[], A]}], "", []),
    ({"field": "sub_tasks", "op": "ANY", "value": [A, DONE]}, 'sub_tasks any (title = "a" and status != "Closed")',
     {"field": "sub_tasks", "op": "any", "value": [A, DONE]}),
    ({"field": "sub_tasks", "op": "none"}, "sub_tasks none", {"field": "sub_tasks", "op": "none"}),
    ({"field": "sub_tasks", "op": "all", "value": [{"or": [[], A]}]}, "", []),
    ({"field": "sub_tasks", "op": "any", "value": [{"or": [[], A]}]}, "sub_tasks any",
     {"field": "sub_tasks", "op": "any"}),
    ({"field": "sub_tasks.count", "op": "ge", "value": 2}, "sub_tasks.count >= 2",
     {"field": "sub_tasks.count", "op": "gte", "value": 2}),
    ({"field": "due_date", "op": "in", "value": ["TODAY+3d", "2026-03-12", None]},
     'due_date in [today+3d, "2026-03-12", null]',
     {"field": "due_date", "op": "in", "value": ["today+3d", "2026-03-12", None]}),
    ({"field": "title", "op": "notin", "value": []}, "title nin []", {"field": "title", "op": "nin", "value": []}),
    ({"field": "title", "op": "like", "value": 'say "\\%"'}, r'title like "say \"\\%\""',
     {"field": "title", "op": "like", "value": 'say "\\%"'}),
    ({"field": "assignee.id", "op": "neq", "value": "me.id"}, "assignee.id != me.id",
     {"field": "assignee.id", "op": "ne", "value": "me.id"}),
    ({"field": "assignee.id", "op": "eq", "value": "nobody"}, 'assignee.id = "(an id of nothing)"',
     {"field": "assignee.id", "op": "eq", "value": "(an id of nothing)"}),
]  # fmt: skip


@pytest.mark.proves("README: What did my code ask?")
@pytest.mark.parametrize("filter, text, plain", WRITTEN, ids=str)
def test_explain_writes_a_filter_in_both_spellings(api: Api, filter: Any, text: str, plain: Any) -> None:
    found = api.control("POST", "/explain", {"resource": "tasks.index", "filter": filter})
    assert (found["text"], found["json"]) == (text, plain)


@pytest.fixture(scope="module")
def tasks(demo: Api) -> Listed:
    demo.control("POST", "/reset")
    return records.tasks(demo, records.context(demo, NOW))


@pytest.mark.proves("README: What did my code ask?")
@share(0.5)
@given(st.data(), filters.styles())
def test_what_explain_writes_selects_the_same(tasks: Listed, data: st.DataObject, style: Random) -> None:
    tree = data.draw(tasks.trees)
    found = tasks.api.control("POST", "/explain", {"resource": "tasks", "filter": spellings.as_dsl(tree, style)})
    expected = tasks.expected(tree)
    assert tasks.ids({"filter": found["text"]}) == tasks.ids({"filter": json.dumps(found["json"])}) == expected
    assert found["filter"]["selects"] == len(expected)

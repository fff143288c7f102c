"""Proves the oracle and the spellings by hand-made cases, one line each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from contract_tests.oracle import Context, collation_key, instant, ordered, select, span
from contract_tests.properties import filters, spellings

pytestmark = pytest.mark.proves("README: Working on it")

VIENNA = ZoneInfo("Europe/Vienna")
# A Wednesday.
CONTEXT = Context(datetime(2026, 1, 7, 11, 30, tzinfo=UTC), VIENNA, "me")
STATUSES = ("Backlog", "New", "WIP", "Completed", "Approved", "Closed")
MEMBERS: filters.Fields = {
    "title": ("string", filters.OPERATORS["string"], ["Crème", "50%", "a_b"]),
    "uri": ("string", filters.OPERATORS["string"], ["P-2", "P-3"]),
    "status": ("enum", filters.OPERATORS["fixed enum"], STATUSES),
}
FIELDS: filters.Fields = {
    "title": ("string", filters.OPERATORS["string"], ["Straße", "Éclair 50%", 'say "it\'s"\\', "a_b", None]),
    "project.external_id": ("string", filters.OPERATORS["string"], []),
    "sub_tasks_in_list": ("mode", filters.OPERATORS["mode"], []),
    "due_date": ("date", filters.OPERATORS["date"], ["2026-01-05", "2026-01-07", None]),
    "created_at": ("datetime", filters.OPERATORS["datetime"], ["2026-01-07T11:30:00Z"]),
    "status": ("enum", filters.OPERATORS["fixed enum"], STATUSES),
    "assignee.id": ("id", filters.OPERATORS["id"], ["me", "Xy1", None]),
    "is_public": ("boolean", filters.OPERATORS["boolean"], []),
    "hours": ("number", filters.OPERATORS["number"], [2.5, 8]),
    "sub_tasks": ("relation", filters.OPERATORS["relation"], MEMBERS),
}
KINDS = filters.kinds_of(FIELDS)


def record(n: int, title: str | None, due: str | None, **more: Any) -> dict[str, Any]:
    plain = {"id": "abcdef"[n - 1], "n": n, "title": title, "due_date": due, "is_sub_task": False}
    return {**plain, "status": "New", "is_public": True, "hours": None, "sub_tasks": [], **more}


def member(title: str | None, status: str) -> dict[str, Any]:
    return {"title": title, "uri": "P-9", "status": status}


# Not in creation order, so that the oracle has to sort.
RECORDS = [
    record(2, "straße", "2026-01-07", created_at="2026-01-06T22:59:59Z", status="WIP", hours=8),
    record(1, "Éclair 50%", "2026-01-05", created_at="2026-01-04T23:00:00Z", **{"assignee.id": "me"}),
    record(3, None, None, created_at="2026-01-06T23:00:00Z", is_public=False, sub_tasks=[member("X", "New")]),
    record(4, "a_b\\c", "2026-01-31", created_at="2026-01-07T11:30:00Z", is_sub_task=True, hours=2.5),
    record(5, "ECLAIR", "2026-01-11", created_at="2026-01-31T22:59:59Z", **{"assignee.id": "ME"}),
]
RECORDS[4]["sub_tasks"] = [member("Crème", "New"), member(None, "Closed")]


def leaf(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


def title(op: str, *value: Any) -> dict[str, Any]:
    return leaf("title", op, *value)


def due(op: str, word: str) -> dict[str, Any]:
    return leaf("due_date", op, {"special": word})


def made(op: str, word: str) -> dict[str, Any]:
    return leaf("created_at", op, {"special": word})


def subs(op: str, *value: Any) -> dict[str, Any]:
    return leaf("sub_tasks", op, *value)


ME = {"special": "me.id"}
TODAY = {"special": "today"}
CASES: list[tuple[Any, str]] = [
    # null: F5
    (title("eq", None), "c"),
    (title("ISNULL"), "c"),
    (title("ne", None), "abde"),
    (title("notnull"), "abde"),
    (title("ne", "eclair"), "abd"),
    (title("nin", ["eclair"]), "abd"),
    (title("nin", ["eclair", None]), ""),
    (title("in", ["eclair", None]), "e"),
    (title("in", [None]), ""),
    (title("nin", []), "abde"),
    (leaf("due_date", "lte", None), ""),
    (leaf("project.external_id", "isnull"), "abcde"),
    # text: F6 and F7
    (title("eq", "STRASSE"), "b"),
    (title("startsWith", "ecl"), "ae"),
    (title("endswith", "ÉCLAIR"), "e"),
    (title("contains", ""), "abde"),
    (title("contains", "%"), "a"),
    (title("contains", "_"), "d"),
    (title("contains", "\\"), "d"),
    (title("like", "eclair"), "e"),
    (title("like", "%air%"), "ae"),
    (title("like", "%\\%"), "a"),
    (title("like", "_\\_%"), "d"),
    (title("like", "%\\\\_"), "d"),
    (title("like", "stra__e"), "b"),
    (title("like", "stra_e"), ""),
    (title("like", "e%r"), "e"),
    # exact: enums, ids, booleans, numbers
    (leaf("status", "notin", ["New"]), "b"),
    (leaf("status", "eq", "new"), ""),
    (leaf("status", "eq", None), ""),
    (leaf("assignee.id", "eq", ME), "a"),
    (leaf("assignee.id", "ne", ME), "e"),
    (leaf("assignee.id", "in", [ME, "ME"]), "ae"),
    (leaf("is_public", "ne", True), "c"),
    (leaf("hours", "gt", 2.5), "b"),
    # dates: F8 (midnight of the zone is 23:00Z of the day before)
    (leaf("due_date", "eq", "2026-01-05"), "a"),
    (leaf("due_date", "eq", "2026-01-05T00:00:00+01:00"), "a"),
    (leaf("due_date", "eq", "2026-01-05T00:00:00Z"), ""),
    (leaf("due_date", "gt", "2026-01-06T23:00:00Z"), "de"),
    (leaf("due_date", "in", ["2026-01-07", "2026-01-31T00:00:00+01:00"]), "bd"),
    (leaf("created_at", "eq", "2026-01-05"), "a"),
    (leaf("created_at", "lt", "2026-01-07"), "ab"),
    (leaf("created_at", "ge", "2026-01-07"), "cde"),
    (leaf("created_at", "ne", "2026-01-07T12:30:00+01:00"), "abce"),
    # special values: F9
    (due("eq", "today"), "b"),
    (made("eq", "today"), "cd"),
    (made("eq", "today-1d"), "b"),
    (made("neq", "today"), "abe"),
    (made("lt", "today"), "ab"),
    (made("le", "today"), "abcd"),
    (made("gt", "today"), "e"),
    (made("gte", "today"), "cde"),
    (leaf("created_at", "in", [TODAY, "2026-01-05"]), "acd"),
    (leaf("created_at", "nin", [TODAY]), "abe"),
    (due("eq", "today-2d"), "a"),
    (due("gt", "today+4d"), "d"),
    (due("eq", "today+0d"), "b"),
    (made("eq", "now"), "d"),
    (due("lt", "now"), "ab"),
    (due("eq", "sow"), "a"),
    (due("lte", "eow"), "abe"),
    (due("eq", "eow"), ""),
    (due("gt", "som"), "abde"),
    (due("lte", "eom"), "abde"),
    (made("eq", "eom"), "e"),
    # relations: F10
    (subs("any"), "ce"),
    (subs("none"), "abd"),
    (subs("any", [leaf("status", "eq", "New")]), "ce"),
    (subs("ANY", [leaf("title", "eq", "creme"), leaf("status", "eq", "Closed")]), ""),
    (subs("any", {"or": [leaf("title", "eq", "creme"), leaf("status", "eq", "Closed")]}), "e"),
    (subs("none", [leaf("title", "ne", "x")]), "abcd"),
    (subs("all", [leaf("title", "isnotnull")]), "abcd"),
    (subs("all", [leaf("title", "ne", "x")]), "abd"),
    (leaf("sub_tasks.count", "gte", 1), "ce"),
    (leaf("sub_tasks.count", "ne", 0), "ce"),
    (leaf("sub_tasks.count", "le", 1), "abcd"),
    # modes and groups: F2, F11
    (leaf("sub_tasks_in_list", "eq", "with"), "abcde"),
    ([leaf("sub_tasks_in_list", "eq", "only"), title("notnull")], "d"),
    ({"and": [leaf("sub_tasks_in_list", "eq", "without"), title("notnull")]}, "abe"),
    ({"or": [title("isnull"), {"and": [due("eq", "today"), title("notnull")]}]}, "bc"),
]
ORDERS = [
    ([], "abcde"),
    (["title"], "cdeab"),
    (["-title"], "baedc"),
    (["due_date"], "cabed"),
    (["-due_date"], "debac"),
    (["-created_at"], "edcba"),
    (["status"], "acdeb"),
    (["-status"], "bedca"),
    (["status", "-due_date"], "deacb"),
]
SPELLINGS: list[tuple[Any, str]] = [
    (title("StartsWith", 'a"\\'), 'title StartsWith "a\\"\\\\"'),
    ([title("in", ["a", None]), due("lt", "today+5d")], 'title in ["a",null] and due_date lt today+5d'),
    ({"and": [{"or": [title("isnull"), title("eq", "x")]}]}, 'title isnull or title eq "x"'),
    (
        {"and": [{"or": [title("isnull"), title("eq", "x")]}, leaf("is_public", "eq", True)]},
        '(title isnull or title eq "x") and is_public eq true',
    ),
    (subs("any", [leaf("title", "eq", "x")]), 'sub_tasks any (title eq "x")'),
    (leaf("sub_tasks.count", "gte", 2), "sub_tasks.count gte 2"),
]


@pytest.mark.parametrize(("tree", "expected"), CASES, ids=str)
def test_filter(tree: Any, expected: str) -> None:
    assert "".join(select(RECORDS, tree, KINDS, CONTEXT)) == expected


@pytest.mark.parametrize(("sorts", "expected"), ORDERS, ids=str)
def test_order(sorts: list[str], expected: str) -> None:
    assert "".join(ordered(RECORDS, sorts, KINDS)) == expected


def test_text_with_equal_keys_is_a_tie() -> None:
    records = [record(n, text, None) for n, text in ((3, "É"), (1, "e"), (2, "E\u0301"))]
    assert collation_key("\ufb01 \u017f\u0130") == "fi si"
    assert ordered(records, ["title"], KINDS) == ["a", "b", "c"]
    assert ordered(records, ["-title"], KINDS) == ["c", "b", "a"]
    assert ordered(records, ["-title", "status"], KINDS) == ["a", "b", "c"]


def test_days_follow_the_clock_change() -> None:
    context = Context(datetime(2026, 3, 29, 12, tzinfo=UTC), VIENNA, "me")
    start, end = span({"special": "today"}, context)
    assert start == instant("2026-03-28T23:00:00Z", VIENNA)
    assert end - start == timedelta(hours=23)
    assert span({"special": "eow"}, context)[0] == instant("2026-03-29T21:59:59Z", VIENNA)


@pytest.mark.parametrize(("word", "start"), [("today", "02-01"), ("sow", "01-26"), ("som", "02-01")])
def test_today_is_the_day_of_the_zone(word: str, start: str) -> None:
    context = Context(datetime(2026, 1, 31, 23, 30, tzinfo=UTC), VIENNA, "me")
    assert span({"special": word}, context)[0] == instant(f"2026-{start}", VIENNA)


@pytest.mark.parametrize(("tree", "text"), SPELLINGS, ids=str)
def test_plainest_text(tree: Any, text: str) -> None:
    assert spellings.as_dsl(tree) == text


def test_form() -> None:
    children = [title("in", ["a", "b"]), title("eq", None), subs("any", [title("isnull")]), made("lt", "now")]
    tree = {"or": children}
    assert spellings.can_be_form(tree)
    assert spellings.as_form(tree) == [
        ("filter[or][0][field]", "title"),
        ("filter[or][0][op]", "in"),
        ("filter[or][0][value][]", "a"),
        ("filter[or][0][value][]", "b"),
        ("filter[or][1][field]", "title"),
        ("filter[or][1][op]", "eq"),
        ("filter[or][1][value]", ""),
        ("filter[or][2][field]", "sub_tasks"),
        ("filter[or][2][op]", "any"),
        ("filter[or][2][value][0][field]", "title"),
        ("filter[or][2][value][0][op]", "isnull"),
        ("filter[or][3][field]", "created_at"),
        ("filter[or][3][op]", "lt"),
        ("filter[or][3][value]", "now"),
    ]
    assert spellings.as_form(title("isnull")) == [("filter[0][field]", "title"), ("filter[0][op]", "isnull")]


@pytest.mark.parametrize("value", ["", " a", "a\u00a0", "\u200ba", ["a", ""], ["a", None], []], ids=repr)
def test_what_no_form_can_say(value: Any) -> None:
    assert not spellings.can_be_form([subs("any", [title("eq", value)])])


def without_specials(node: Any) -> Any:
    if isinstance(node, dict) and list(node) == ["special"]:
        return node["special"]
    if isinstance(node, dict):
        return {key: without_specials(child) for key, child in node.items()}
    return [without_specials(child) for child in node] if isinstance(node, list) else node


@given(filters.trees(FIELDS, max_leaves=8), filters.styles())
def test_spellings(tree: Any, style: Random) -> None:
    assert json.loads(spellings.as_json(tree)) == without_specials(tree)
    assert len(spellings.as_dsl(tree, style).encode()) <= 8 * 1024


@given(filters.trees(FIELDS))
def test_every_drawn_tree_has_a_meaning(tree: Any) -> None:
    found = select(RECORDS, tree, KINDS, CONTEXT)
    assert found == sorted(set(found))

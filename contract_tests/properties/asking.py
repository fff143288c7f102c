"""One list, asked: in every spelling of a filter, and page by page there and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contract_tests.client import Api
from contract_tests.properties import spellings
from contract_tests.properties.records import Json, Listed

FIRST = itemgetter(0)


def assert_one_meaning(listed: Listed, tree: spellings.Tree, style: Random) -> None:
    """A filter selects what the oracle says, whichever way it is spelled."""
    expected = listed.expected(tree)
    assert listed.ids({"filter": spellings.as_dsl(tree, style)}) == expected
    assert listed.ids({"filter": spellings.as_json(tree)}) == expected
    if spellings.can_be_form(tree):
        assert listed.ids(spellings.as_form(tree)) == expected


# --- walking ---------------------------------------------------------------------------------------------


def page(api: Api, url: str) -> Json:
    answer = api.follow(url)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    for way in ("next", "prev"):
        assert (found["meta"][f"{way}_cursor"] is None) is (found["meta"][f"{way}_cursor_url"] is None)
    return found


def first_page(api: Api, path: str, params: Any) -> Json:
    answer = api.get(path, params)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    assert found["meta"]["prev_cursor"] is None
    return found


def ids(pages: Sequence[Json]) -> list[str]:
    return [record["id"] for found in pages for record in found["data"]]


def forward(api: Api, first: Json, between: Callable[[], None] = lambda: None) -> list[Json]:
    """All pages from the first to the last; `between` happens after each."""
    pages = [first]
    while (url := pages[-1]["meta"]["next_cursor_url"]) is not None:
        assert len(pages) < 500, "the walk has no end"
        assert len(pages[-1]["data"]) == pages[-1]["meta"]["per_page"]
        between()
        pages.append(page(api, url))
        assert (pages[-1]["meta"]["prev_cursor"] is None) is (pages[-1]["data"] == [])
    return pages


def backward(api: Api, last: Json, between: Callable[[], None] = lambda: None) -> list[Json]:
    """All pages from the first to the last, asked for from the last on."""
    pages = [last]
    while (url := pages[0]["meta"]["prev_cursor_url"]) is not None:
        assert len(pages) < 500, "the walk has no end"
        between()
        pages.insert(0, page(api, url))
        assert (pages[0]["meta"]["next_cursor"] is None) is (pages[0]["data"] == [])
    return pages


def directed(sorts: Sequence[str]) -> SearchStrategy[list[str]]:
    """Some columns in any order, each in any direction."""
    columns = st.lists(
        st.tuples(st.sampled_from(sorts), st.sampled_from(("", "-"))), min_size=1, max_size=4, unique_by=FIRST
    )
    return columns.map(lambda drawn: [sign + name for name, sign in drawn])


def assert_walks(listed: Listed, tree: spellings.Tree, sorts: list[str], size: int) -> None:
    """Every selected record once, in the asked order, there and back."""
    params: Json = {"page[size]": size} | ({"sort": ",".join(sorts)} if sorts else {})
    params |= {"filter": spellings.as_json(tree)} if tree else {}
    pages = forward(listed.api, first_page(listed.api, listed.path, params))
    assert ids(pages) == listed.ordered(tree, sorts)
    assert {found["meta"]["per_page"] for found in pages} == {size}
    back = backward(listed.api, pages[-1])
    assert [found["data"] for found in back] == [found["data"] for found in pages]

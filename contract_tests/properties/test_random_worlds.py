"""Random worlds: whatever is in them, filters, sorts and pages answer what the oracle says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import Api
from contract_tests.properties import filters, leaves, spellings
from contract_tests.properties.asking import assert_one_meaning, assert_walks
from contract_tests.properties.effort import share
from contract_tests.properties.records import operation
from contract_tests.properties.world_lists import NAMES, Loaded, Tables, ids_of
from contract_tests.properties.worlds import WHO, ZONES, worlds

pytestmark = pytest.mark.proves("filter.own-fields", "filter.same-concepts", "F5", "F6", "F7", "F8", "F16")

ASKED = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(WHO), st.integers(0, 9)), min_size=1, max_size=3)
"""Lists, who asks for them, and which of those of the same name."""


@pytest.fixture(scope="module")
def tables(connect: Any) -> Tables:
    return Tables(ids_of(connect(world="small")))


@contextmanager
def running(connect: Any, zone: str, tables: Tables) -> Iterator[Loaded]:
    api: Api = connect(world="small", **({} if zone == "UTC" else {"time_zone": zone}))
    yield Loaded(api, zone, tables)
    api.control("POST", "/reset")


@pytest.fixture(scope="module")
def server(connect: Any, tables: Tables) -> Iterator[Loaded]:
    with running(connect, "UTC", tables) as loaded:
        yield loaded


@pytest.fixture(scope="module", params=ZONES)
def somewhere(request: pytest.FixtureRequest, connect: Any, tables: Tables) -> Iterator[Loaded]:
    with running(connect, request.param, tables) as loaded:
        yield loaded


@share(0.6)
@given(data=st.data(), asked=ASKED, style=filters.styles())
def test_a_filter_of_any_world_means_the_same_in_every_spelling(
    server: Loaded, data: st.DataObject, asked: Any, style: Random
) -> None:
    server.load(data.draw(worlds(server.tables.ids)))
    for name, who, which in asked:
        assert_one_meaning(server.listed(name, who, which), data.draw(server.trees(name)), style)


@share(0.1)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_every_operator_of_every_field_means_in_any_world_what_the_oracles_say(
    somewhere: Loaded, data: st.DataObject, seed: int
) -> None:
    somewhere.load(data.draw(worlds(somewhere.tables.ids)))
    random = Random(seed)
    for name in NAMES:
        listed = somewhere.listed(name, random.choice(WHO), seed)
        for leaf in leaves.every(listed.fields, random):
            expected = listed.expected(leaf)
            assert listed.ids({"filter": random.choice((spellings.as_json, spellings.as_dsl))(leaf)}) == expected, (
                leaf
            )


@pytest.mark.proves("lists.page-cursor", "lists.sort-several", "L5", "L11", "L13", "W9")
@share(0.5)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_a_sorted_and_filtered_walk_of_any_world_shows_each_record_once_there_and_back(
    server: Loaded, data: st.DataObject, seed: int
) -> None:
    server.load(data.draw(worlds(server.tables.ids)))
    random = Random(seed)
    for name in NAMES:
        listed = server.listed(name, random.choice(WHO), seed)
        everything: spellings.Tree = []
        for tree in (everything, *random.sample(list(leaves.every(listed.fields, random)), 2)):
            assert_walks(listed, tree, some_sorts(name, random), random.randint(1, 6))


def some_sorts(name: str, random: Random) -> list[str]:
    every = [sort.replace("<alias>", "budget") for sort in operation(name)["sorts"]]
    chosen = random.sample(every, random.randint(1, min(3, len(every)))) if every else []
    return [random.choice(("", "-")) + sort for sort in chosen]

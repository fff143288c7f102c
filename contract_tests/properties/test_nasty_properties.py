"""Filters and walks on the nasty world: what is odd is selected and ordered like everything else."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api
from contract_tests.properties import filters, records
from contract_tests.properties.asking import assert_one_meaning, assert_walks, directed
from contract_tests.properties.effort import share
from contract_tests.properties.records import Listed

pytestmark = [pytest.mark.slow, pytest.mark.proves("filter.same-concepts", "F2", "F3", "F6", "L5", "L7")]

SORTS: list[str] = records.operation("tasks.index")["sorts"]


@pytest.fixture(scope="module")
def world(connect: Any) -> Api:
    return connect(world="nasty")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def tasks(world: Api) -> Listed:
    return records.tasks(world, records.context(world, NOW))


@pytest.fixture(scope="module", params=["users.index", "clients.index"])
def other(world: Api, request: pytest.FixtureRequest) -> Listed:
    return records.plain_list(world, records.context(world, NOW), request.param)


@share(0.4)
@given(data=st.data(), style=filters.styles())
def test_a_filter_of_ten_thousand_tasks_means_the_same_in_every_spelling(
    tasks: Listed, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(tasks, data.draw(tasks.trees), style)


@given(data=st.data(), style=filters.styles())
def test_a_filter_of_another_list_means_the_same_in_every_spelling(
    other: Listed, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(other, data.draw(other.trees), style)


@given(data=st.data(), sorts=directed(SORTS))
def test_what_a_filter_selects_is_walked_there_and_back(tasks: Listed, data: st.DataObject, sorts: list[str]) -> None:
    assert_walks(tasks, data.draw(tasks.trees), sorts, 30)

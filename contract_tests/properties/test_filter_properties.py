"""Random filters over every documented field: three spellings, one meaning, which is the oracle's."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api
from contract_tests.properties import drawn_values, filters, records
from contract_tests.properties.asking import assert_one_meaning
from contract_tests.properties.effort import share
from contract_tests.properties.records import Listed

pytestmark = pytest.mark.proves("filter.two-formats", "filter.same-concepts", "filter.form", "F2", "F3")

# In New York it is still the evening before, and summer time began four days ago.
EVENING, NEW_YORK = "2026-03-12T02:30:00Z", "America/New_York"
OTHERS = ("/projects", "/clients/full", "/clients", "/users")


@pytest.fixture(scope="module")
def world(connect: Any) -> Api:
    """The demo world as a person with tasks of her own sees it; nobody changes it here."""
    api: Api = connect(world="demo")
    api.control("POST", "/reset")
    return api.as_token("user-token")


@pytest.fixture(scope="module")
def tasks(world: Api) -> Listed:
    return records.tasks(world, records.context(world, NOW))


@pytest.fixture(scope="module")
def tasks_in_new_york(connect: Any) -> Listed:
    api: Api = connect(world="demo", now=EVENING, time_zone=NEW_YORK).as_token("user-token")
    return records.tasks(api, records.context(api, EVENING, NEW_YORK))


@pytest.fixture(scope="module")
def tasks_of_a_guest(world: Api) -> Listed:
    guest = world.as_token("guest-token")
    return records.tasks_of_a_guest(world, guest, records.context(guest, NOW))


@pytest.fixture(scope="module")
def others(world: Api) -> dict[str, Listed]:
    context = records.context(world, NOW)
    return {
        "/projects": records.projects(world, context, "demo"),
        "/clients/full": records.full_clients(world, context, "demo"),
        "/clients": records.plain_list(world, context, "clients.index"),
        "/users": records.plain_list(world, context, "users.index"),
    }


@pytest.fixture(scope="module")
def phases(world: Api) -> list[Listed]:
    return records.phases(world, records.context(world, NOW))


@pytest.fixture(scope="module", params=["UTC", NEW_YORK])
def calendar(request: pytest.FixtureRequest, connect: Any) -> Listed:
    """Tasks for every day of seven weeks, in the order of their days."""
    elsewhere = {} if request.param == "UTC" else {"time_zone": request.param}
    api: Api = connect(world="small", **elsewhere)
    api.control("POST", "/reset")
    project = api.data("/projects")[0]["id"]
    for n in range(49):
        due = date(2026, 2, 24) + timedelta(days=n)
        assert api.post("/tasks", {"title": "x", "project_id": project, "due_date": f"{due}"}).status_code == 200
    return records.tasks(api, records.context(api, NOW, request.param))


def test_the_tasks_of_the_world_have_a_value_for_every_documented_field(tasks: Listed) -> None:
    assert len(tasks.fields) == 33
    assert {kind for kind, _, _ in tasks.fields.values()} == {"string", "mode", "date", "enum", "id", "relation"}
    assert [name for name, (kind, _, pool) in tasks.fields.items() if kind != "mode" and not any(pool)] == []


@pytest.mark.proves("filter.today", "filter.today-offset", "F9")
@pytest.mark.parametrize(
    "word", [*drawn_values.TIME_WORDS, "today+1d", "today-1d", "today+4d", "today-30d", "today+0d"]
)
def test_a_special_day_has_the_same_edges_for_every_operator(calendar: Listed, word: str) -> None:
    for op in filters.ORDERS + filters.EQUALS:
        leaf = {"field": "due_date", "op": op, "value": {"special": word}}
        assert_one_meaning(calendar, leaf, Random(0))
    for op in drawn_values.SETS:
        assert_one_meaning(calendar, {**leaf, "op": op, "value": [leaf["value"]]}, Random(0))


@pytest.mark.proves(
    "filter.aliases",
    "filter.json-array",
    "filter.json-tree",
    "filter.json-condition",
    "filter.text-and-or",
    "filter.text-parentheses",
    "filter.text-quotes",
    "filter.text-lists",
    "F1",
    "F5",
    "F6",
    "F7",
    "F9",
    "F10",
    "F15",
    "F16",
)
@given(data=st.data(), style=filters.styles())
def test_a_filter_of_tasks_means_the_same_in_every_spelling(
    tasks: Listed, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(tasks, data.draw(tasks.trees), style)


@pytest.mark.proves("F8")
@given(data=st.data(), style=filters.styles())
def test_days_begin_at_midnight_of_the_spaces_time_zone(
    tasks_in_new_york: Listed, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(tasks_in_new_york, data.draw(tasks_in_new_york.trees), style)


@pytest.mark.proves("A4")
@given(data=st.data(), style=filters.styles())
def test_a_guests_filter_reads_only_what_guests_may_see(
    tasks_of_a_guest: Listed, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(tasks_of_a_guest, data.draw(tasks_of_a_guest.trees), style)


@pytest.mark.proves("filter.own-fields", "clients.fullindex.projects", "F5", "F6")
@pytest.mark.parametrize("path", OTHERS)
@share(0.5)
@given(data=st.data(), style=filters.styles())
def test_a_filter_of_another_list_means_the_same_in_every_spelling(
    others: dict[str, Listed], path: str, data: st.DataObject, style: Random
) -> None:
    assert_one_meaning(others[path], data.draw(others[path].trees), style)


@pytest.mark.proves("projects.phases.filters")
@share(0.5)
@given(data=st.data(), style=filters.styles())
def test_a_filter_of_phases_selects_from_its_project_only(
    phases: list[Listed], data: st.DataObject, style: Random
) -> None:
    listed = data.draw(st.sampled_from(phases))
    assert_one_meaning(listed, data.draw(listed.trees), style)

"""What filters find among three tasks: one example for each sentence about nulls, texts, dates and precedence."""

from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.expected import BRIEF, LAUNCH, LOGO, PROJECT
from contract_tests.writing import change, create

EVERY = [1, 2, 3]


def found(api: Api, filter: str) -> list[int]:
    """The numbers of the tasks that a filter selects."""
    answer = api.get("/tasks", {"filter": filter})
    assert answer.status_code == 200, (answer.text, hint(answer))
    return [int(task["uri"].removeprefix("WEB-")) for task in answer.json()["data"]]


@pytest.mark.proves("F1", "filter.text-and-or", "filter.text-parentheses")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ('uri = "WEB-1" or uri = "WEB-2" and status = "WIP"', [1]),
        ('(uri = "WEB-1" or uri = "WEB-3") and status = "WIP"', [3]),
        ('status = "WIP" AND uri = "WEB-1" Or uri = "WEB-2"', [2]),
    ],
)
def test_and_binds_before_or_unless_parentheses_say_otherwise(api: Api, filter: str, numbers: list[int]) -> None:
    assert found(api, filter) == numbers


@pytest.mark.proves("F1", "filter.text-quotes")
@pytest.mark.parametrize("filter", [r'title = "say \"hi\" \\ it\'s"', r"title = 'say \"hi\" \\ it\'s'"])
def test_a_quoted_text_takes_either_quote_and_backslashes(api: Api, filter: str) -> None:
    create(api, r"""say "hi" \ it's""")
    assert found(api, filter) == [4]


@pytest.mark.proves("filter.json-array", "filter.json-tree", "filter.json-condition", "F2")
def test_a_json_list_means_all_and_groups_nest(api: Api) -> None:
    one = '{"field": "assignee.email", "op": "notnull"}'
    other = (
        '{"or": [{"field": "uri", "op": "eq", "value": "WEB-2"}, {"field": "status", "op": "eq", "value": "WIP"}]}'
    )
    assert (found(api, f"[{one}, {other}]"), found(api, f'{{"or": [{one}, {other}]}}')) == ([3], EVERY)
    assert found(api, f'{{"and": [{one}, {{"and": [{other}]}}]}}') == [3]


@pytest.mark.proves("F5", "F17")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ("assignee.email eq null", [2]),
        ("assignee.email ne null", [1, 3]),
        ('assignee.email ne "nobody"', [1, 3]),
        ('assignee.email nin ["nobody"]', [1, 3]),
        ('parent_task.title ne "nothing"', [3]),
        ("parent_task.status eq null", [1, 2]),
        ("status ne null", EVERY),
        ("status eq null", []),
    ],
)
def test_what_is_null_is_found_by_asking_for_null_only(api: Api, filter: str, numbers: list[int]) -> None:
    assert found(api, filter) == numbers


@pytest.mark.proves("F17", "filter.enum-operators")
@pytest.mark.parametrize("operator", ["isnull", "isnotnull", "notnull", "is null"])
def test_a_status_takes_null_but_no_operator_about_it(api: Api, operator: str) -> None:
    answer = api.get("/tasks", {"filter": f"status {operator}"})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


@pytest.mark.proves("F15")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ("title in []", []),
        ("assignee.email nin []", [1, 3]),
        ('assignee.email nin ["nobody", null]', []),
        ('uri in ["WEB-1", null]', [1]),
    ],
)
def test_an_empty_list_and_a_null_in_a_list_mean_what_sql_says(api: Api, filter: str, numbers: list[int]) -> None:
    assert found(api, filter) == numbers


@pytest.mark.proves("F16", "F18")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ('project.id = "nobody"', []),
        ('assignee.id ne "nobody"', [1, 3]),
        ("project.id eq me.id", []),
        ("parent_task.id ne me.id", [3]),
    ],
)
def test_an_id_of_nothing_and_the_users_own_elsewhere_find_nothing(api: Api, filter: str, numbers: list[int]) -> None:
    assert found(api, filter) == numbers


@pytest.mark.proves("F6")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ('title = "DESIGN the LOGO"', [3]),
        ('title != "design the logo"', [1, 2]),
        ('title nin ["DÉSIGN thé logo"]', [1, 2]),
        ('client.name contains "backerei MORGENROT"', EVERY),
        ('client.name startswith "BA"', EVERY),
        ('title endswith "LÖGO"', [3]),
        ('title like "%THE l%"', [3]),
        (f'project.id = "{PROJECT.swapcase()}"', []),
    ],
)
def test_case_and_accents_count_in_ids_only(api: Api, filter: str, numbers: list[int]) -> None:
    assert found(api, filter) == numbers


@pytest.mark.proves("F7")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ('title contains "%"', [4]),
        ('title startswith "_"', []),
        ('title endswith "g_o"', []),
        ('title like "logo"', []),
        ('title like "%logo"', [3]),
        ('title like "design the log_"', [3]),
        (r'title like "100\\% wei__"', [4]),
        (r'title like "1__\\_ wei__"', []),
    ],
)
def test_patterns_belong_to_like_alone(api: Api, filter: str, numbers: list[int]) -> None:
    create(api, "100% weiß")
    assert found(api, filter) == numbers


@pytest.mark.proves("F8")
@pytest.mark.parametrize(
    "zone, filter, numbers",
    [
        ("UTC", 'due_date = "2026-03-17"', [3]),
        ("UTC", 'due_date = "2026-03-17T00:00:00Z"', [3]),
        ("UTC", 'due_date = "2026-03-17T00:00:01Z"', []),
        ("Europe/Vienna", 'due_date = "2026-03-17"', [3]),
        ("Europe/Vienna", 'due_date = "2026-03-16T23:00:00Z"', [3]),
        ("Europe/Vienna", 'due_date lt "2026-03-17T00:00:00Z"', [1, 3]),
    ],
)
def test_a_date_is_midnight_in_the_zone_of_the_space(
    connect: Any, zone: str, filter: str, numbers: list[int]
) -> None:
    assert found(connect(time_zone=zone), filter) == numbers


@pytest.mark.proves("F8")
@pytest.mark.parametrize(
    "filter, many",
    [('created_at = "2026-02-08"', 0), ('created_at > "2026-02-08"', 1), ('created_at = "2026-02-08T10:00:00Z"', 1)],
)
def test_a_date_against_a_date_time_is_its_midnight(api: Api, filter: str, many: int) -> None:
    assert len(api.data("/projects", {"filter": filter})) == many


@pytest.mark.proves("F9", "filter.today", "filter.today-offset", "filter.week", "filter.month", "filter.now")
@pytest.mark.parametrize(
    "filter, numbers",
    [
        ("due_date eq today", [2]),
        ("due_date ne today", [1, 3]),
        ("due_date lt today", [1]),
        ("due_date lte today", [1, 2]),
        ("due_date gt today", [3]),
        ("due_date gte today", [2, 3]),
        ("due_date in [today, today+3d]", [2, 3]),
        ("due_date nin [today]", [1, 3]),
        ("due_date eq today-3d", [1]),
        ("due_date lt now", [1, 2]),
        ("due_date eq sow", [1]),
        ("due_date lte eow", EVERY),
        ("due_date lt today+4d and due_date gt today+2d", [3]),
        ("due_date gte som and due_date lte eom", EVERY),
        ("due_date lt sow or due_date gt eow", []),
    ],
)
def test_special_days_have_these_edges(api: Api, filter: str, numbers: list[int]) -> None:
    # Monday, the Thursday on which the clock stands, and Sunday.
    for id, day in ((BRIEF, "2026-03-09"), (LAUNCH, "2026-03-12"), (LOGO, "2026-03-15")):
        change(api, id, due_date=day)
    assert found(api, filter) == numbers


@pytest.mark.proves("F20")
def test_many_conditions_on_many_records_are_refused(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_server.api.lists.MOST_COMPARISONS", 12)
    api = connect()
    parts = ['title contains "o"', 'title contains "e"', 'title endswith "x"', 'title like "%l%"']
    assert found(api, " or ".join(parts)) == EVERY
    answer = api.get("/tasks", {"filter": " or ".join([*parts, 'title like "z"'])})
    assert (answer.status_code, answer.json()) == (400, {"message": "The filter has too many conditions."})
    assert hint(answer).endswith("at most 4 on so large a world.")

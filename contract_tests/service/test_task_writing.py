"""The bodies of create and update: what each field takes, and the words in which it refuses."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.expected import (
    BRIEF,
    BRIEF_DATA,
    CONCEPT,
    GOLIVE,
    IDENTITY,
    LAUNCH,
    LOGO,
    LOGO_DATA,
    PETER,
    PETER_DATA,
    PROJECT,
    ZOE,
    ZOE_DATA,
    refusal,
    task,
)

Write = Callable[..., httpx2.Response]
Values = tuple[Any, ...]


def create(api: Api, **fields: Any) -> httpx2.Response:
    return api.post("/tasks", {"title": "T", "project_id": PROJECT, **fields})


def update(api: Api, **fields: Any) -> httpx2.Response:
    return api.patch(f"/tasks/{LOGO}", fields)


def watchers(api: Api, uri: str) -> list[str]:
    [found] = api.data("/tasks", {"filter": f'uri = "{uri}"', "include": "watchers"})
    return [watcher["id"] for watcher in found["watchers"]]


def everything(api: Api) -> list[Any]:
    return api.data("/tasks", {"include": "watchers,sub_tasks"})  # type: ignore[no-any-return]


def each(table: dict[str, Any], **more: dict[str, Any]) -> pytest.MarkDecorator:
    """Every field of the table in a create and, with `more`'s in place of its own, in an update."""
    created = [(create, field) for field in {**table, **more.get("create", {})}]
    updated = [(update, field) for field in {**table, **more.get("update", {})}]
    names = [f"{write.__name__}-{field}" for write, field in created + updated]
    return pytest.mark.parametrize("write, field", created + updated, ids=names)


# ---------------------------------------------------------------- types

NO_TEXTS: Values = (True, 1, 1.5, ["x"], {"a": "b"})
NO_NUMBERS: Values = (True, "x", "4", [], {}, [4])
NO_FLAGS: Values = (0, 1, 1.5, "true", "1", "x", [], {})
NO_DATES: Values = (True, 20260131, 1.5, [], {}, ["2026-01-31"])
NO_LISTS: Values = (True, 1, ZOE, {"0": ZOE})
NO_STATUSES: Values = (True, 1, "x", "new", "WIP ;", "In Todo", [], {}, ["New"])

# field -> values that are no such thing, and the backend's text
TYPES: dict[str, tuple[Values, str]] = {
    "title": (NO_TEXTS, "The title field must be a string."),
    "description": (NO_TEXTS, "The description field must be a string."),
    "estimated_hours": (NO_NUMBERS, "The estimated hours field must be a number."),
    "due_date": (NO_DATES, "The due date field must be a valid date."),
    "is_public": (NO_FLAGS, "The is public field must be true or false."),
    "watchers": (NO_LISTS, "The watchers field must be an array."),
    "status": (NO_STATUSES, "The selected status is invalid."),
    "parent_task_id": (NO_TEXTS, "The parent task id field must be a string."),
    "assignee_id": (NO_TEXTS, "The assignee id field must be a string."),
    "epic_id": (NO_TEXTS, "The epic id field must be a string."),
    "phase_id": (NO_TEXTS, "The phase id field must be a string."),
    "milestone_id": (NO_TEXTS, "The milestone id field must be a string."),
}
CREATE_TYPES: dict[str, tuple[Values, str]] = {
    "external_id": (NO_TEXTS, "The external id field must be a string."),
    "external_origin": (NO_TEXTS, "The external origin field must be a string."),
    "project_id": (NO_TEXTS, "The project id field must be a string."),
    "insert_before": (NO_TEXTS, "The insert before field must be a string."),
    "insert_after": (NO_TEXTS, "The insert after field must be a string."),
}
UPDATE_TYPES = {"add_watchers": (NO_LISTS, "The add watchers field must be an array.")}


@pytest.mark.proves(
    "tasks.store.types",
    "tasks.update.types",
    "tasks.store.status",
    "tasks.update.status",
    "errors.validation",
    "errors.field-words",
    "T22",
)
@each(TYPES, create=CREATE_TYPES, update=UPDATE_TYPES)
def test_a_value_of_another_type_is_refused(api: Api, write: Write, field: str) -> None:
    values, text = {**TYPES, **CREATE_TYPES, **UPDATE_TYPES}[field]
    for value in values:
        answer = write(api, **{field: value})
        assert (answer.status_code, answer.json()) == (422, refusal({field: [text]})), value


@pytest.mark.proves("tasks.store.watchers", "errors.member-number", "T10")
@each({"watchers": None}, update={"add_watchers": None})
def test_each_member_of_a_list_is_refused_under_its_own_number(api: Api, write: Write, field: str) -> None:
    answer = write(api, **{field: [ZOE, 1, None, "", [ZOE], "nobody", LOGO]})
    texts = {f"{field}.{n}": [f"The {field}.{n} field must be a string."] for n in (1, 2, 3, 4)}
    texts |= {f"{field}.{n}": [f"The selected {field}.{n} is invalid."] for n in (5, 6)}
    assert (answer.status_code, answer.json()) == (422, refusal(texts))


# ---------------------------------------------------------------- null and empty

LINKS = ("parent_task_id", "assignee_id", "epic_id", "phase_id", "milestone_id")
NULLS = (None, "", " \t\n")
NOT_NULL = {
    "description": "The description field must be a string.",
    "watchers": "The watchers field must be an array.",
    "status": "The selected status is invalid.",
}
CREATE_NOT_NULL = {
    "external_origin": "The external origin field must be a string.",
    "title": "The title field is required.",
    "project_id": "The project id field is required.",
    "is_public": "The is public field must be true or false.",
}
UPDATE_NOT_NULL = {
    "title": "The title field must be a string.",
    "add_watchers": "The add watchers field must be an array.",
}


@pytest.mark.proves("tasks.store.not-nullable", "tasks.update.not-nullable", "errors.null-where-not-nullable", "T14")
@each(NOT_NULL, create=CREATE_NOT_NULL, update=UPDATE_NOT_NULL)
def test_null_or_an_empty_text_is_refused_where_null_is_not_printed(api: Api, write: Write, field: str) -> None:
    text = {**NOT_NULL, **(CREATE_NOT_NULL if write is create else UPDATE_NOT_NULL)}[field]
    for value in NULLS:
        answer = write(api, **{field: value})
        assert (answer.status_code, answer.json()) == (422, refusal({field: [text]})), value


@pytest.mark.proves("tasks.store.nullable", "T18")
@pytest.mark.parametrize("value", NULLS, ids=repr)
def test_create_takes_null_or_an_empty_text_as_not_set(api: Api, value: str | None) -> None:
    nullable = ("external_id", "estimated_hours", "due_date", "insert_before", "insert_after", *LINKS)
    answer = create(api, **dict.fromkeys(nullable, value))
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))


@pytest.mark.proves("tasks.update.nullable", "T18")
@pytest.mark.parametrize("value", NULLS, ids=repr)
def test_update_takes_null_or_an_empty_text_as_no_longer_set(api: Api, value: str | None) -> None:
    answer = update(api, **dict.fromkeys(("estimated_hours", "due_date", *LINKS), value))
    cleared = dict.fromkeys(
        ("estimated_hours", "due_date", "parent_task_id", "assignee", "epic", "phase", "milestone")
    )
    assert (answer.status_code, answer.json()) == (200, {**LOGO_DATA, **cleared, "updated_at": NOW})


@pytest.mark.proves("tasks.update.nullable", "T14")
@pytest.mark.parametrize("value", NULLS, ids=repr)
def test_update_takes_null_in_is_public_as_not_sent(api: Api, value: str | None) -> None:
    answer = update(api, is_public=value)
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)


@pytest.mark.proves(
    "tasks.store.title-required", "tasks.store.project-required", "errors.validation", "errors.required-alone", "T23"
)
@pytest.mark.parametrize("sent", [{}, {"title": [], "project_id": []}, {"title": "", "project_id": None}], ids=repr)
def test_create_requires_a_title_and_a_project(api: Api, sent: dict[str, Any]) -> None:
    answer = api.post("/tasks", sent)
    assert (answer.status_code, answer.json()) == (
        422,
        {
            "message": "The title field is required. (and 1 more error)",
            "errors": {
                "title": ["The title field is required."],
                "project_id": ["The project id field is required."],
            },
        },
    )


@pytest.mark.proves("tasks.update.nothing-required", "T23")
def test_update_requires_nothing(api: Api) -> None:
    assert (update(api).status_code, update(api).json()) == (200, LOGO_DATA)
    empty = api.ask("PATCH", f"/tasks/{LOGO}")
    assert (empty.status_code, empty.json()) == (200, LOGO_DATA)


# ---------------------------------------------------------------- lengths

LENGTHS = {"title": 255, "description": 65535}
CREATE_LENGTHS = {"external_id": 255, "external_origin": 255}


@pytest.mark.proves(
    "tasks.store.title-length",
    "tasks.store.description-length",
    "tasks.store.external-length",
    "tasks.update.title-length",
    "tasks.update.description-length",
    "T18",
)
@pytest.mark.parametrize("character", ["a", "é", "\u0301", "漢", "😀"])
@each(LENGTHS, create=CREATE_LENGTHS)
def test_lengths_count_characters_to_the_limit(api: Api, write: Write, field: str, character: str) -> None:
    most = {**LENGTHS, **CREATE_LENGTHS}[field]
    others = {"external_id": "E"} if field == "external_origin" else {}
    taken = write(api, **{field: character * most, **others})
    refused = write(api, **{field: character * (most + 1)})
    assert (taken.status_code, taken.json()[field]) == (200, character * most)
    text = f"The {field.replace('_', ' ')} field must not be greater than {most} characters."
    assert (refused.status_code, refused.json()) == (422, refusal({field: [text]}))


@pytest.mark.proves("T18")
@each(LENGTHS)
def test_lengths_count_without_the_space_around(api: Api, write: Write, field: str) -> None:
    most = LENGTHS[field]
    answer = write(api, **{field: " " + "a" * most + "\n"})
    assert (answer.status_code, answer.json()[field]) == (200, "a" * most)


# ---------------------------------------------------------------- references

# field -> an id of another kind, and which
REFERENCES = {
    "parent_task_id": (PROJECT, "project"),
    "assignee_id": (LOGO, "task"),
    "epic_id": (CONCEPT, "phase"),
    "phase_id": (GOLIVE, "milestone"),
    "milestone_id": (IDENTITY, "epic"),
}
CREATE_REFERENCES = {
    "project_id": (BRIEF, "task"),
    "insert_before": (ZOE, "user"),
    "insert_after": (ZOE, "user"),
}
NO_IDS = ("x", "nobody00", "0", LOGO.swapcase(), f"{LOGO}0", "WEB-1", "ö" * 300, "'; --")


@pytest.mark.proves("T10")
@each(REFERENCES, create=CREATE_REFERENCES)
def test_a_reference_to_nothing_is_invalid(api: Api, write: Write, field: str) -> None:
    text = f"The selected {field.replace('_', ' ')} is invalid."
    for value in NO_IDS:
        answer = write(api, **{field: value})
        assert (answer.status_code, answer.json()) == (422, refusal({field: [text]})), value


@pytest.mark.proves("T10")
@each(REFERENCES, create=CREATE_REFERENCES)
def test_a_reference_to_another_kind_is_invalid_and_the_hint_says_what_it_is(
    api: Api, write: Write, field: str
) -> None:
    value, kind = {**REFERENCES, **CREATE_REFERENCES}[field]
    answer = write(api, **{field: value})
    text = f"The selected {field.replace('_', ' ')} is invalid."
    assert (answer.status_code, answer.json()) == (422, refusal({field: [text]}))
    assert {value, kind} <= set(hint(answer).replace(",", "").split())


@pytest.mark.proves("T10", "T15")
@pytest.mark.parametrize("field", ["parent_task_id", "insert_before", "insert_after"])
def test_a_reference_to_a_deleted_task_is_invalid(api: Api, field: str) -> None:
    api.delete(f"/tasks/{LAUNCH}")
    answer = create(api, **{field: LAUNCH})
    text = f"The selected {field.replace('_', ' ')} is invalid."
    assert (answer.status_code, answer.json()) == (422, refusal({field: [text]}))


def strangers(agency: Api) -> tuple[dict[str, Any], dict[str, str]]:
    """A task, and for every kind of reference an id that belongs to another project than it."""
    mine, *tasks = agency.walk("/tasks")
    others = [other for other in tasks if other["project_id"] != mine["project_id"]]
    found = {
        f"{kind}_id": next(one[kind]["id"] for one in others if one[kind]) for kind in ("epic", "phase", "milestone")
    }
    column = {one["status"] == "New": one["id"] for one in others}
    return mine, {
        **found,
        "parent_task_id": others[0]["id"],
        "insert_before": column[True],
        "insert_after": column[False],
    }


@pytest.mark.proves("T10")
@pytest.mark.parametrize("field", [name for name in LINKS if name != "assignee_id"])
def test_a_reference_into_another_project_is_invalid_in_an_update(agency: Api, field: str) -> None:
    mine, other = strangers(agency)
    answer = agency.patch(f"/tasks/{mine['id']}", {field: other[field]})
    text = f"The selected {field.replace('_', ' ')} is invalid."
    assert (answer.status_code, answer.json()) == (422, refusal({field: [text]}))


@pytest.mark.proves("T10", "T28")
@pytest.mark.parametrize(
    "field", [*(name for name in LINKS if name != "assignee_id"), "insert_before", "insert_after"]
)
def test_a_reference_into_another_project_is_invalid_in_a_create(agency: Api, field: str) -> None:
    mine, other = strangers(agency)
    answer = agency.post("/tasks", {"title": "T", "project_id": mine["project_id"], field: other[field]})
    text = f"The selected {field.replace('_', ' ')} is invalid."
    assert (answer.status_code, answer.json()) == (422, refusal({field: [text]}))


# ---------------------------------------------------------------- several at once


@pytest.mark.proves("errors.field-order", "errors.validation", "E2")
def test_all_messages_come_at_once_in_the_order_of_the_declared_fields(api: Api) -> None:
    answer = create(
        api, milestone_id="x", watchers=["x", ZOE, 1], description="d" * 65536, title="t" * 256, status="Done",
        external_id=7, estimated_hours="4", is_public=1, due_date="soon", assignee_id={},
    )  # fmt: skip
    errors = {
        "external_id": ["The external id field must be a string."],
        "title": ["The title field must not be greater than 255 characters."],
        "description": ["The description field must not be greater than 65535 characters."],
        "estimated_hours": ["The estimated hours field must be a number."],
        "due_date": ["The due date field must be a valid date."],
        "is_public": ["The is public field must be true or false."],
        "watchers.0": ["The selected watchers.0 is invalid."],
        "watchers.2": ["The watchers.2 field must be a string."],
        "status": ["The selected status is invalid."],
        "assignee_id": ["The assignee id field must be a string."],
        "milestone_id": ["The selected milestone id is invalid."],
    }
    message = "The external id field must be a string. (and 10 more errors)"
    assert (answer.status_code, answer.json()) == (422, {"message": message, "errors": errors})
    assert list(answer.json()["errors"]) == list(errors)


@pytest.mark.proves("E2")
@pytest.mark.parametrize("wrong, tail", [(1, ""), (2, " (and 1 more error)"), (3, " (and 2 more errors)")])
def test_the_message_counts_the_further_messages(api: Api, wrong: int, tail: str) -> None:
    answer = update(api, **dict(list({"title": 1, "estimated_hours": "x", "status": "x"}.items())[:wrong]))
    assert answer.json()["message"] == f"The title field must be a string.{tail}"


@pytest.mark.proves("errors.validation")
@pytest.mark.parametrize("write", [create, update])
def test_one_wrong_field_keeps_the_good_ones_from_being_written(api: Api, write: Write) -> None:
    before = everything(api)
    assert write(api, title="New", due_date="2026-05-05", status="Completed", epic_id="x").status_code == 422
    assert everything(api) == before


@pytest.mark.proves("T7")
def test_a_refused_create_takes_no_number(api: Api) -> None:
    create(api, epic_id="x")
    assert create(api).json()["uri"] == "WEB-4"


@pytest.mark.proves("E2", "T28")
def test_an_unknown_status_says_nothing_about_the_place(api: Api) -> None:
    answer = create(api, status="wip", insert_before=LOGO)
    assert answer.json() == refusal({"status": ["The selected status is invalid."]})


# ---------------------------------------------------------------- values as they are kept


@pytest.mark.proves("T18")
@pytest.mark.parametrize("space", [" ", "\t", "\r\n", "\u00a0", "\u2003", "\u3000"], ids=ascii)
def test_texts_are_trimmed(api: Api, space: str) -> None:
    answer = create(
        api, title=f"{space}a{space}b{space}", description=f"{space}<p>d</p>", due_date=f"2026-05-05{space}",
        status=f"{space}WIP", external_id=f"{space}E{space}", external_origin=f"O{space}",
        parent_task_id=f"{space}{LAUNCH}", watchers=[f"{ZOE}{space}"],
    )  # fmt: skip
    assert answer.json() == task(
        answer.json()["id"], "WEB-4", f"a{space}b", description="<p>d</p>", due_date="2026-05-05", status="WIP",
        external_id="E", external_origin="O", parent_task_id=LAUNCH,
    )  # fmt: skip


TEXTS = (
    '<p>Hi <mention data-id="nobody" /></p>',
    "<script>alert('x')</script> & &amp; <b",
    'quote " backslash \\ slash / percent % brace {}',
    "line\nbreak\ttab",
    "Ünïcödé 漢字 \u202eright to left \u200d🏳️‍🌈",
    "0",
    "null",
)


@pytest.mark.proves("task.description-html", "T21")
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("write", [create, update])
def test_texts_are_kept_as_they_were_sent(api: Api, write: Write, text: str) -> None:
    made = write(api, title=text, description=text).json()
    assert (made["title"], made["description"]) == (text, text)
    assert api.data(f"/tasks/{made['id']}") == made


@pytest.mark.proves("C7", "T21")
@pytest.mark.parametrize("write", [create, update])
def test_a_mention_of_nobody_is_kept_and_the_hint_names_it(api: Api, write: Write) -> None:
    text = f'<p><mention data-id="{ZOE}" /> and <mention data-id="nobody" /></p>'
    answer = write(api, description=text)
    assert (answer.status_code, answer.json()["description"]) == (200, text)
    assert hint(answer) == "The mention of nobody in description is the id of no user."


@pytest.mark.proves("tasks.store.types", "tasks.update.types")
@pytest.mark.parametrize("hours", [0, 1, 0.25, 1234.5, 1e15])
@pytest.mark.parametrize("write", [create, update])
def test_estimated_hours_are_any_number(api: Api, write: Write, hours: float) -> None:
    assert write(api, estimated_hours=hours).json()["estimated_hours"] == hours


DAYS = {
    "2026-06-01": "2026-06-01",
    "2019-08-24T14:15:22Z": "2019-08-24",
    "2026-06-01T23:59:59Z": "2026-06-01",
    "2026-06-01T00:00:00Z": "2026-06-01",
    "2026-06-01T00:30:00+02:00": "2026-05-31",
    "2026-06-01T22:30:00-02:00": "2026-06-02",
    "2026-06-01T10:00:00.123456Z": "2026-06-01",
    "2024-02-29": "2024-02-29",
}
NO_DAYS = (
    "soon", "tomorrow", "today", "2026", "2026-06", "2026-6-1", "20260601", "01.06.2026", "2026-02-30", "2026-13-01",
    "2026-00-10", "0000-00-00", "2026-06-01T25:00:00Z", "2026-06-01T10:60:00Z", "2026-06-01T10:00:00+99:00",
    "2026-06-01T", "1772000000", "-2026-06-01", "２０２６-06-01", "2026-06-01; x",
)  # fmt: skip


@pytest.mark.proves("tasks.store.due-date", "tasks.update.due-date", "task.due-date", "T9")
@pytest.mark.parametrize("sent, shown", DAYS.items())
@pytest.mark.parametrize("write", [create, update])
def test_a_due_date_is_a_date_or_a_date_time_and_shows_as_a_date(
    api: Api, write: Write, sent: str, shown: str
) -> None:
    answer = write(api, due_date=sent)
    assert (answer.status_code, answer.json()["due_date"]) == (200, shown)


@pytest.mark.proves("tasks.store.due-date", "tasks.update.due-date", "T9")
@pytest.mark.parametrize("write", [create, update])
def test_what_is_no_day_of_the_calendar_is_no_due_date(api: Api, write: Write) -> None:
    for sent in NO_DAYS:
        answer = write(api, due_date=sent)
        wanted = refusal({"due_date": ["The due date field must be a valid date."]})
        assert (answer.status_code, answer.json()) == (422, wanted), sent


@pytest.mark.proves("T9")
@pytest.mark.parametrize(
    "zone, sent, shown",
    [
        ("Europe/Vienna", "2026-06-01", "2026-06-01"),
        ("Europe/Vienna", "2026-06-01T21:59:59Z", "2026-06-01"),
        ("Europe/Vienna", "2026-06-01T22:00:00Z", "2026-06-02"),
        ("Europe/Vienna", "2026-01-31T22:59:59Z", "2026-01-31"),
        ("Europe/Vienna", "2026-01-31T23:00:00Z", "2026-02-01"),
        ("America/Los_Angeles", "2026-06-01T06:59:59Z", "2026-05-31"),
        ("America/Los_Angeles", "2026-06-01", "2026-06-01"),
        ("Pacific/Kiritimati", "2026-06-01T10:00:00Z", "2026-06-02"),
    ],
)
def test_a_due_date_shows_the_day_in_the_zone_of_the_space(connect: Any, zone: str, sent: str, shown: str) -> None:
    assert create(connect(time_zone=zone), due_date=sent).json()["due_date"] == shown


@pytest.mark.proves("tasks.store.watchers", "T13")
def test_watchers_are_users_without_repetition_in_the_order_sent(api: Api) -> None:
    create(api, watchers=[PETER, ZOE, PETER, ZOE])
    assert watchers(api, "WEB-4") == [PETER, ZOE]


@pytest.mark.proves("tasks.update.watchers", "tasks.update.add-watchers", "T13")
@pytest.mark.parametrize(
    "sent, found",
    [
        ({}, [ZOE, PETER]),
        ({"watchers": [PETER]}, [PETER]),
        ({"watchers": []}, []),
        ({"add_watchers": []}, [ZOE, PETER]),
        ({"add_watchers": [ZOE]}, [ZOE, PETER]),
        ({"add_watchers": ["NBfzkXVa", ZOE, "NBfzkXVa"]}, [ZOE, PETER, "NBfzkXVa"]),
        ({"add_watchers": [ZOE], "watchers": ["NBfzkXVa"]}, ["NBfzkXVa", ZOE]),
        ({"watchers": [ZOE], "add_watchers": [ZOE]}, [ZOE]),
    ],
    ids=repr,
)
def test_watchers_replace_the_watch_list_and_add_watchers_add_to_it(
    api: Api, sent: dict[str, Any], found: list[str]
) -> None:
    assert update(api, **sent).status_code == 200
    assert watchers(api, "WEB-3") == found


@pytest.mark.proves("task.watchers", "T2")
def test_the_watch_list_is_shown_where_it_is_included_only(api: Api) -> None:
    made = create(api, watchers=[ZOE, PETER]).json()
    assert made == task(made["id"], "WEB-4", "T")
    [listed] = api.data("/tasks", {"filter": 'uri = "WEB-4"', "include": "watchers"})
    assert listed == {**made, "watchers": [ZOE_DATA, PETER_DATA]}


@pytest.mark.proves("T8", "task.hard-deadline-default")
def test_a_task_of_a_title_and_a_project_has_every_default(api: Api) -> None:
    answer = api.post("/tasks", {"title": "T", "project_id": PROJECT})
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))
    assert watchers(api, "WEB-4") == []


# ---------------------------------------------------------------- keys nobody reads


@pytest.mark.proves("requests.unknown-keys", "T18")
def test_create_ignores_unknown_keys_and_the_hint_names_them(api: Api) -> None:
    answer = create(
        api, titel="x", id=LOGO, uri="WEB-99", created_at="2020-01-01T00:00:00Z", type="bug", add_watchers=[ZOE]
    )
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))
    assert hint(answer) == (
        "Ignored body keys: titel (did you mean title?), id, uri, created_at, type, "
        "add_watchers (did you mean watchers?)."
    )


@pytest.mark.proves("tasks.update.fields", "requests.unknown-keys")
def test_update_ignores_what_create_alone_takes_and_the_hint_names_it(api: Api) -> None:
    answer = update(api, project_id="x", external_id="E", external_origin="O", insert_before=BRIEF, insert_after=1)
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)
    for name in ("project_id", "external_id", "external_origin", "insert_before", "insert_after"):
        assert name in hint(answer)


@pytest.mark.proves("T18")
def test_an_ignored_key_is_named_beside_a_refusal_too(api: Api) -> None:
    answer = update(api, titel="x", status="Wip")
    assert answer.json() == refusal({"status": ["The selected status is invalid."]})
    assert "titel" in hint(answer)
    assert "WIP" in hint(answer)


@pytest.mark.proves("T18")
def test_a_body_that_is_all_read_earns_no_hint(api: Api) -> None:
    assert (hint(create(api)), hint(update(api, title="T"))) == ("", "")


# ---------------------------------------------------------------- update touches what was sent

CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"title": "U"}, {"title": "U"}),
    ({"description": "<p>U</p>"}, {"description": "<p>U</p>"}),
    ({"estimated_hours": 3}, {"estimated_hours": 3}),
    ({"due_date": "2026-05-05"}, {"due_date": "2026-05-05"}),
    ({"is_public": True}, {"is_public": True}),
    ({"watchers": [PETER]}, {}),
    ({"add_watchers": [PETER]}, {}),
    ({"parent_task_id": LAUNCH}, {"parent_task_id": LAUNCH}),
    ({"assignee_id": PETER}, {"assignee": PETER_DATA}),
    ({"phase_id": None}, {"phase": None}),
    ({"status": "Approved"}, {"status": "Approved"}),
]


@pytest.mark.proves("T14", "T12")
@pytest.mark.parametrize("sent, changed", CHANGES, ids=[next(iter(sent)) for sent, _ in CHANGES])
def test_update_changes_the_sent_key_and_updated_at_alone(
    api: Api, sent: dict[str, Any], changed: dict[str, Any]
) -> None:
    answer = api.patch(f"/tasks/{BRIEF}", sent)
    wanted = {**BRIEF_DATA, **changed, "updated_at": NOW}
    assert (answer.status_code, answer.json(), api.data(f"/tasks/{BRIEF}")) == (200, wanted, wanted)


@pytest.mark.proves("T30")
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"titel": "x"},
        {"title": "Design the logo"},
        {"title": "  Design the logo  "},
        {"estimated_hours": 12.5},
        {"due_date": "2026-03-17T08:00:00Z"},
        {"is_public": True},
        {"is_public": None},
        {"watchers": [ZOE, PETER]},
        {"add_watchers": [PETER]},
        {"status": "WIP"},
        {
            "parent_task_id": LAUNCH,
            "assignee_id": ZOE,
            "epic_id": IDENTITY,
            "phase_id": CONCEPT,
            "milestone_id": GOLIVE,
        },
    ],
    ids=repr,
)
def test_an_update_that_changes_nothing_leaves_updated_at(api: Api, sent: dict[str, Any]) -> None:
    answer = update(api, **sent)
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)


# ---------------------------------------------------------------- the status of success


@pytest.mark.proves("T19")
def test_the_setting_created_status_answers_posts_with_201(connect: Any) -> None:
    backend = connect(created_status=201)
    made = create(backend)
    upload = backend.ask("POST", f"/tasks/{LOGO}/upload", files={"file": ("a.txt", b"x")})
    identified = backend.put(f"/tasks/{LOGO}/external-identifier", {})
    others = [update(backend, title="U"), backend.get("/tasks"), identified, backend.delete(f"/tasks/{LOGO}")]
    assert made.json() == task(made.json()["id"], "WEB-4", "T")
    assert [answer.status_code for answer in (made, upload, *others)] == [201, 201, 200, 200, 200, 200]

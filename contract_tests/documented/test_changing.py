"""PATCH /tasks/{task}: what was sent is changed, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.documented.columns import reach
from contract_tests.documented.differs import Difference, agree, equal, shown, unless, untried
from contract_tests.documented.known import Known
from contract_tests.documented.proving import about, of_operations
from contract_tests.documented.reference import Json, body_fields
from contract_tests.documented.service import Service
from contract_tests.documented.shapes import hyphened
from contract_tests.documented.values import HIDDEN, SHOWN
from contract_tests.documented.writer import Writer
from contract_tests.sentences import SENTENCES

UPDATE = "tasks.update"
FIELDS = body_fields(UPDATE)
ALWAYS = ("updated_at",)
WITH_STATUS = ("completed_at", "closed_at", "list_sorting")
"""What may follow a change of the status."""
UNCHANGED_NULL = ("is_public",)
"""Fields that take null and are not null afterwards: T14."""


def sentence_of(field: str) -> str:
    own = f"{UPDATE}.{hyphened(field)}"
    return own if own in SENTENCES else f"{UPDATE}.references" if field.endswith("_id") else f"{UPDATE}.answer"


def of_fields(fields: list[str], *sentences: str) -> pytest.MarkDecorator:
    params = [about((UPDATE, field), f"{UPDATE}-{field}", (sentence_of(field), *sentences)) for field in fields]
    return pytest.mark.parametrize("operation, field", params)


@of_fields([field for field in FIELDS if field not in HIDDEN], "T14")
def test_a_field_is_changed_and_no_other(service: Service, known: Known, operation: str, field: str) -> None:
    writer = Writer(service, known)
    before, value = writer.task(), writer.good(field)
    after = service.good(operation, before["id"], json={field: value})
    got, wanted = reach(after, SHOWN.get(field, field)), value[:10] if field == "due_date" else value
    agree([
        *unless(got == wanted, SHOWN.get(field, field), shown(wanted), got, sentence_of(field)),
        *unchanged(before, after, field),
        *writer.read_alike(after),
    ])  # fmt: skip


def unchanged(before: Json, after: Json, field: str) -> Iterator[Difference]:
    """Everything that was not sent is as it was."""
    shown_as = SHOWN.get(field, field).partition(".")[0]
    may_change = {shown_as, *ALWAYS, *(WITH_STATUS if field == "status" else ())}
    for name in (before.keys() & after.keys()) - may_change:
        yield from equal(name, before[name], after[name], "T14")


@of_fields([field for field, row in FIELDS.items() if row["nullable"]], "tasks.update.nullable", "T14")
def test_null_empties_a_field(service: Service, known: Known, operation: str, field: str) -> None:
    writer = Writer(service, known)
    task = writer.task(**{field: writer.good(field)})
    after = service.good(operation, task["id"], json={field: None})
    where = SHOWN.get(field, field).partition(".")[0]
    if field in UNCHANGED_NULL:
        agree(equal(where, task[where], after.get(where), "T14"))
    else:
        agree(equal(where, None, after.get(where), "tasks.update.nullable"))


@of_operations([UPDATE], "{}.watchers", "{}.add-watchers")
def test_watchers_are_overwritten_and_added_to(service: Service, known: Known, operation: str) -> None:
    if service.guard.live:
        untried("other people than the token's user would be told")
    writer = Writer(service, known)
    people = [one["id"] for one in known.some("users.index").records]
    if len(people) < 2:
        untried("no record found: there are no two users")
    first, second = people[:2]
    task = writer.task(watchers=[first])
    agree(watched(writer, task, {"watchers": [second]}, [second], f"{operation}.watchers"))
    agree(watched(writer, task, {"add_watchers": [first]}, [second, first], f"{operation}.add-watchers"))
    agree(watched(writer, task, {"watchers": []}, [], f"{operation}.watchers"))


def watched(writer: Writer, task: Json, body: Json, wanted: list[Any], sentence: str) -> Iterator[Difference]:
    writer.change(task, **body)
    got = [one["id"] for one in writer.listed(task, "watchers")["watchers"]]
    yield from unless(sorted(got) == sorted(wanted), f"watchers after {body}", shown(wanted), got, sentence)


@of_operations([UPDATE], "{}.nothing-required", "T30")
def test_a_change_of_nothing_changes_nothing(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    before = writer.task()
    after = service.good(operation, before["id"], json={})
    agree(found for name in before for found in equal(name, before[name], after.get(name), "T30"))


@of_operations([UPDATE], "{}.fields")
def test_what_the_body_does_not_have_is_not_changed(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    before = writer.identified()
    body = {"external_id": service.made.identifier(), "external_origin": "elsewhere"}
    after = service.good(operation, before["id"], json=body)
    agree(found for name in body for found in equal(name, before[name], after.get(name)))


@of_operations([UPDATE], "T12")
def test_the_last_statuses_have_their_times(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).task()
    for status, times in (("Completed", ["completed_at"]), ("Closed", ["completed_at", "closed_at"]), ("New", [])):
        after = service.good(operation, task["id"], json={"status": status})
        got = [name for name in ("completed_at", "closed_at") if after.get(name) is not None]
        agree(unless(got == times, f"times of {status}", shown(times), got))

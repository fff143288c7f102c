"""POST /tasks: what was sent is what the task has."""

from collections.abc import Iterator
from typing import Any

from contract_tests.documented.columns import reach
from contract_tests.documented.differs import Difference, agree, equal, shown, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations, of_parts
from contract_tests.documented.reference import SCHEMAS, Json, body_fields
from contract_tests.documented.service import Service, condition
from contract_tests.documented.shapes import hyphened
from contract_tests.documented.values import HIDDEN, SHOWN
from contract_tests.documented.writer import Writer
from contract_tests.sentences import SENTENCES

TAKEN = [("tasks.store", field) for field in body_fields("tasks.store")]


def sentence_of(operation: str, field: str) -> str:
    own = f"{operation}.{hyphened(field)}"
    if own in SENTENCES:
        return own
    if field.startswith("insert_"):
        return f"{operation}.insert"
    return f"{operation}.references" if field.endswith("_id") and field != "external_id" else f"{operation}.answer"


@of_parts(TAKEN, "field", own=sentence_of)
def test_a_new_task_has_what_was_sent(service: Service, known: Known, operation: str, field: str) -> None:
    writer = Writer(service, known)
    value = writer.good(field)
    extra = {"external_id": service.made.identifier()} if field == "external_origin" else {}
    task = writer.task(**{field: value}, **extra)
    if field in HIDDEN:
        agree(HIDDEN_CHECKS[field](writer, task, value))
    else:
        agree(has(task, field, value, sentence_of(operation, field)))
        agree(writer.read_alike(task))


def has(task: Json, field: str, value: Any, sentence: str) -> Iterator[Difference]:
    where = SHOWN.get(field, field)
    got, wanted = reach(task, where), value[:10] if field == "due_date" else value
    yield from unless(got == wanted, where, shown(wanted), got, sentence)


def watched(writer: Writer, task: Json, value: Any) -> Iterator[Difference]:
    people = [one["id"] for one in writer.listed(task, "watchers")["watchers"]]
    yield from equal("watchers", value, people, "tasks.store.watchers")


def placed_before(writer: Writer, task: Json, value: Any) -> Iterator[Difference]:
    yield from beside(writer, task, value, before=True)


def placed_after(writer: Writer, task: Json, value: Any) -> Iterator[Difference]:
    yield from beside(writer, task, value, before=False)


def beside(writer: Writer, task: Json, neighbour: str, before: bool) -> Iterator[Difference]:
    """`list_sorting` tells which of two tasks comes first."""
    mine, other = writer.read(task)["list_sorting"], writer.read({"id": neighbour})["list_sorting"]
    word = "less" if before else "more"
    good = mine < other if before else mine > other
    yield from unless(good, "list_sorting", f"{word} than {other}, that of its neighbour", mine, "tasks.store.insert")


HIDDEN_CHECKS = {"watchers": watched, "insert_before": placed_before, "insert_after": placed_after}


@of_operations(["tasks.store"], "{}.status", "task.status-values")
def test_a_task_may_have_each_printed_status(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    for status in SCHEMAS["TaskStatus"]["enum"]:
        agree(equal("status", status, writer.task(status=status).get("status"), f"{operation}.status"))


@of_operations(["tasks.store"], "T8", "task.hard-deadline-default", "task.attachements")
def test_what_is_not_sent_has_its_default(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    task = service.good(operation, name, **content)
    wanted = {"status": "New", "type": "task", "is_public": False, "is_onhold": False}
    agree([
        *(found for name, value in wanted.items() for found in equal(name, value, task.get(name), "T8")),
        *equal("due_date_settings.is_hard_deadline", False, reach(task, "due_date_settings.is_hard_deadline"),
               "task.hard-deadline-default"),
        *equal("attachements", [], task.get("attachements"), "task.attachements"),
    ])  # fmt: skip


@of_operations(["tasks.index"], "L8")
def test_without_a_sort_the_oldest_come_first(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    wanted = [writer.task()["id"] for _ in range(3)]
    mine = condition([{"field": "title", "op": "startswith", "value": service.made.prefix}])
    got = [id for id in service.page(operation, params=mine).ids if id in wanted]
    agree(equal("ids", wanted, got))

"""What reads answer: the printed shapes, field by field."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.documented.differs import Difference, agree, difference, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import READS, about, of_operations
from contract_tests.documented.reference import LISTS, OPERATIONS, SCHEMAS
from contract_tests.documented.service import Service, asked
from contract_tests.documented.shapes import differences, told_of

SHAPES = {name: row["answer"]["shape"] for name, row in OPERATIONS.items()}
MOST_READ = 5
"""How many single records are read."""
PRINTED_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def of_shapes(names: list[str]) -> pytest.MarkDecorator:
    """Runs a test for each operation whose shape is printed."""
    shaped = [name for name in names if SHAPES[name] in SCHEMAS]
    own = ("{}.answer", "{}.exists")
    return pytest.mark.parametrize(
        "operation", [about(name, name, (*own, *told_of(SHAPES[name]))) for name in shaped]
    )


@of_operations(READS, "{}.exists", "T19")
def test_a_read_answers_200_and_json(service: Service, known: Known, operation: str) -> None:
    answer = service.ask(operation, known.name_of(operation))
    where = asked(answer)
    agree([
        *equal(f"status of {where}", 200, answer.status_code, "T19" if answer.is_success else ""),
        *equal(f"Content-Type of {where}", "application/json", content_type(answer)),
    ])  # fmt: skip


def content_type(answer: Any) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0]


@of_shapes(LISTS)
def test_every_record_of_a_list_has_the_printed_shape(service: Service, known: Known, operation: str) -> None:
    records = known.some(operation).records
    agree(
        found
        for n, one in enumerate(records)
        for found in differences(SHAPES[operation], one, f"data[{n}]", service.notes)
    )


@of_shapes(["tasks.show"])
def test_one_task_has_the_printed_shape(service: Service, known: Known, operation: str) -> None:
    for task in known.some("tasks.index").records[:MOST_READ]:
        one = service.good(operation, task["id"])
        agree([*differences("TaskData", one, "task", service.notes), *equal("task.id", task["id"], one.get("id"))])


@of_shapes(["users.whoami"])
def test_who_am_i_is_a_user(service: Service, operation: str) -> None:
    agree(differences("UserData", service.good(operation), "user", service.notes))


@of_operations([name for name in LISTS if SHAPES[name] in SCHEMAS], "E5")
def test_times_come_in_the_form_of_the_samples(known: Known, operation: str) -> None:
    agree(found for n, one in enumerate(known.some(operation).records) for found in odd_times(one, f"data[{n}]"))


def odd_times(value: Any, where: str) -> Iterator[Difference]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from odd_times(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            yield from odd_times(inner, f"{where}[{n}]")
    elif isinstance(value, str) and where.endswith("_at") and not PRINTED_TIME.fullmatch(value):
        yield difference(where, "a time such as 2024-01-02T03:04:05Z", value)


@of_operations(["tasks.show"], "task.order")
def test_the_fields_of_a_task_come_in_the_printed_order(service: Service, known: Known, operation: str) -> None:
    order = [row["name"] for row in SCHEMAS["TaskData"]["fields"]]
    got = [name for name in service.good(operation, known.name_of(operation)) if name in order]
    agree(unless(got == [name for name in order if name in got], "task", "the fields in the printed order", got))

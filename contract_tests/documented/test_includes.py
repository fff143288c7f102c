"""Every printed include: it is taken, and it adds what its name says."""

from collections.abc import Iterator

from contract_tests.documented.columns import UNSEEN, reach
from contract_tests.documented.differs import Difference, agree, difference, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations, of_parts
from contract_tests.documented.reference import LISTS, OPERATIONS, Json
from contract_tests.documented.service import Service, asked
from contract_tests.documented.shapes import differences

INCLUDES = [(name, include) for name in LISTS for include in OPERATIONS[name]["includes"]]
UNPRINTED = ("project", "client")
"""Includes of tasks for which no field is printed."""
ONLY_INCLUDED = ("parent_task", "watchers", *UNPRINTED)


def sentence(operation: str, include: str) -> str:
    if operation == "tasks.index" and include in UNPRINTED:
        return "T2"
    return "lists.include-dotted" if "." in include else f"{operation}.includes"


@of_parts(INCLUDES, "include", own=sentence)
def test_an_include_adds_a_field_of_its_name(service: Service, known: Known, operation: str, include: str) -> None:
    records = service.page(operation, known.some(operation).name, {"include": include}).data
    shape = OPERATIONS[operation]["answer"]["shape"]
    agree(absent(records, include, sentence(operation, include)))
    agree(found for n, one in enumerate(records) for found in differences(shape, one, f"data[{n}]", service.notes))


def absent(records: list[Json], include: str, sentence: str) -> Iterator[Difference]:
    for n, record in enumerate(records):
        if reach(record, include) is UNSEEN:
            yield Difference(f"include={include}: data[{n}].{include}: documented to be there, missing", sentence)


@of_operations([name for name in LISTS if len(OPERATIONS[name]["includes"]) > 1], "lists.include-several")
def test_several_includes_are_separated_by_commas(service: Service, known: Known, operation: str) -> None:
    includes = OPERATIONS[operation]["includes"]
    records = service.page(operation, known.some(operation).name, {"include": ",".join(includes)}).data
    agree(found for include in includes for found in absent(records, include, "lists.include-several"))


@of_operations(["tasks.index"], "T2", "T1", "task.sub-tasks")
def test_what_is_not_included_is_not_there(service: Service, operation: str) -> None:
    for n, task in enumerate(service.page(operation).data):
        there = [name for name in ONLY_INCLUDED if name in task]
        agree([
            *unless(not there, f"data[{n}]", f"nothing of {', '.join(ONLY_INCLUDED)}", there, "T2"),
            *equal(f"data[{n}].sub_tasks", [], task.get("sub_tasks"), "T1"),
        ])  # fmt: skip


@of_operations(["tasks.index"], "tasks.index.includes", "task.parent-task", "task.sub-tasks", "T5", "T2")
def test_included_records_are_those_that_the_task_names(known: Known, operation: str) -> None:
    agree(found for n, task in enumerate(known.some(operation).records) for found in strangers(task, f"data[{n}]"))


def strangers(task: Json, where: str) -> Iterator[Difference]:
    """Included records that belong to another task."""
    parent = reach(task, "parent_task.id")
    yield from equal(f"{where}.parent_task.id", task["parent_task_id"], parent, "task.parent-task")
    yield from equal(f"{where}.project.id", task["project_id"], reach(task, "project.id"), "T2")
    yield from equal(f"{where}.client.id", task["client_id"], reach(task, "client.id"), "T2")
    yield from equal(f"{where}.project.client.id", task["client_id"], reach(task, "project.client.id"), "T5")
    for n, sub_task in enumerate(task["sub_tasks"]):
        named = sub_task.get("parent_task_id")
        if named != task["id"]:
            yield difference(f"{where}.sub_tasks[{n}].parent_task_id", task["id"], named, "task.sub-tasks")


@of_operations(LISTS, "{}.includes", "L9")
def test_an_include_that_is_not_printed_is_refused(service: Service, known: Known, operation: str) -> None:
    answer = service.ask(operation, known.name_of(operation), {"include": "no_such_include"})
    agree(unless(answer.status_code == 400, f"status of {asked(answer)}", "400", answer.status_code, "L9"))

"""DELETE /tasks/{id}: the task is gone."""

from contract_tests.documented.differs import agree, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.service import Service, asked, condition
from contract_tests.documented.writer import Writer

GOING_TO_THE_TASK = ["tasks.show", "tasks.update", "tasks.delete", "tasks.updateexternalid", "tasks.upload"]


@of_operations(["tasks.delete"], "{}.answer", "{}.exists")
def test_a_deleted_task_is_answered_as_it_was(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).task()
    answer = service.good(operation, task["id"])
    agree(found for name in task for found in equal(name, task[name], answer.get(name), f"{operation}.answer"))


@of_operations(["tasks.delete"], "{}.exists", "T15")
def test_a_deleted_task_is_not_there_any_more(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task = writer.task()
    service.good(operation, task["id"])
    for name in GOING_TO_THE_TASK:
        _, content = ("", {}) if name == operation else writer.request(name)
        answer = service.ask(name, task["id"], **content)
        agree(equal(f"status of {asked(answer)} after DELETE", 404, answer.status_code))
    listed = service.page("tasks.index", params=condition([{"field": "uri", "op": "eq", "value": task["uri"]}]))
    agree(unless(task["id"] not in listed.ids, "the list after DELETE", "nothing of the task", listed.ids))


@of_operations(["tasks.delete"], "T15")
def test_sub_tasks_go_with_their_parent(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    parent = writer.task()
    child = writer.task(parent_task_id=parent["id"])
    service.good(operation, parent["id"])
    answer = service.ask("tasks.show", child["id"])
    agree(equal(f"status of {asked(answer)} after DELETE of its parent", 404, answer.status_code))


@of_operations(["tasks.store"], "T15")
def test_the_external_id_of_a_deleted_task_is_free(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task = writer.identified()
    service.good("tasks.delete", task["id"])
    name, content = writer.with_field(operation, "external_id", task["external_id"])
    answer = service.ask(operation, name, **content)
    path = OPERATIONS[operation]["path"]
    agree(
        unless(answer.is_success, f"status of POST {path} with a free external_id", "a success", answer.status_code)
    )

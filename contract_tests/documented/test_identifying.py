"""External identifiers: set, shown, unique, and found by."""

from contract_tests.documented.differs import agree, difference, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.refusals import refused
from contract_tests.documented.service import Service, asked, body_of
from contract_tests.documented.writer import Writer


@of_operations(["tasks.store", "taskcomments.store"], "external-id.origin-default", "external-id.shown")
def test_an_external_id_has_an_origin(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    ids = [service.made.identifier() for _ in range(2)]
    made = []
    for id in ids:
        name, content = writer.with_field(operation, "external_id", id)
        made.append(service.good(operation, name, **content))
    agree(equal("external_id", ids, [one.get("external_id") for one in made], "external-id.shown"))
    origins = [one.get("external_origin") for one in made]
    same = isinstance(origins[0], str) and origins[0] == origins[1]
    agree(unless(same, "external_origin", "the slug of the integration, the same for both", origins))


@of_operations(["tasks.store", "tasks.updateexternalid", "taskcomments.store"], "external-id.unique")
def test_an_external_id_is_unique_within_its_origin(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    id = service.made.identifier()
    for n in range(2):
        name, content = writer.with_field(operation, "external_id", id)
        answer = service.ask(operation, name, **content)
        if n:
            agree(refused(answer, "the external_id of another record"))
        elif not answer.is_success:
            agree([difference(f"status of {asked(answer)}", "a success", answer.status_code)])


@of_operations(["tasks.updateexternalid"], "{}.answer", "{}.body", "external-id.shown")
def test_an_identifier_is_set_with_its_origin(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task, id = writer.task(), service.made.identifier()
    body = {"external_id": id, "external_origin": "elsewhere"}
    answer = service.good(operation, task["id"], json=body)
    agree(found for name, value in body.items() for found in equal(name, value, answer.get(name)))
    again = writer.read(task)
    agree(found for name, value in body.items() for found in equal(f"{name}, read again", value, again.get(name)))


@of_operations(["tasks.updateexternalid"], "{}.nullable", "T29")
def test_an_identifier_that_is_null_is_taken_away(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).identified()
    answer = service.good(operation, task["id"], json={"external_id": None})
    agree([
        *equal("external_id", None, answer.get("external_id"), f"{operation}.nullable"),
        *equal("external_origin", None, answer.get("external_origin"), "T29"),
    ])  # fmt: skip


@of_operations(["tasks.updateexternalid"], "{}.body")
def test_the_body_of_an_identifier_is_not_required(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).identified()
    answer = service.ask(operation, task["id"])
    agree(unless(answer.is_success, f"status of {asked(answer)} without a body", "a success", answer.status_code))


@of_operations(["tasks.show"], "find-by.origin")
def test_an_external_id_is_looked_for_within_its_origin(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    id = service.made.identifier()
    usual = writer.task(external_id=id)
    foreign = writer.task(external_id=id, external_origin="elsewhere")
    for task, origin in (
        (usual, {}),
        (usual, {"origin": usual["external_origin"]}),
        (foreign, {"origin": "elsewhere"}),
    ):
        answer = service.ask(operation, id, {"find_by": "external_id", **origin})
        agree(equal(f"id of {asked(answer)}", task["id"], body_of(answer).get("id")))

"""Finding one record: by its id, and by the other names that are printed."""

from collections.abc import Iterator

from contract_tests.documented.differs import Difference, agree, equal, unless, untried
from contract_tests.documented.known import Known, first
from contract_tests.documented.proving import of_operations, of_parts
from contract_tests.documented.reference import OPERATIONS, Json
from contract_tests.documented.service import Service, asked, body_of
from contract_tests.documented.writer import Writer

FOUND = [name for name, row in OPERATIONS.items() if row.get("find_by")]
READ = [(name, by) for name in FOUND for by in OPERATIONS[name]["find_by"] if OPERATIONS[name]["method"] == "GET"]
WRITTEN = [(name, by) for name in FOUND for by in OPERATIONS[name]["find_by"] if OPERATIONS[name]["method"] != "GET"]


@of_parts(READ, "by", "{}.find-by")
def test_a_read_finds_by_each_printed_name(service: Service, known: Known, operation: str, by: str) -> None:
    record = named(known, operation, by)
    params = {"find_by": by} | ({"origin": record["external_origin"]} if by == "external_id" else {})
    wanted = service.good(operation, record["id"])
    answer = service.ask(operation, record[by], params)
    agree(equal(f"status of {asked(answer)}", 200, answer.status_code))
    agree(differing(content(wanted), content(body_of(answer)), asked(answer)))


@of_operations(FOUND, "find-by.default")
def test_without_find_by_a_record_is_found_by_its_id(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    answer = service.ask(operation, name, **content)
    agree(equal(f"status of {asked(answer)}", 200, answer.status_code))
    if operation != "projects.phases":
        agree(equal("id", name, body_of(answer).get("entity_id" if operation == "tasks.upload" else "id")))


def named(known: Known, operation: str, by: str) -> Json:
    """A record that has a name of this kind; the project with phases where phases are read."""
    tasks = operation == "tasks.show"
    records = known.some("tasks.index" if tasks else "projects.index").records
    if not tasks:
        records = [one for one in records if one["id"] == known.with_phases]
    found: Json | None = first(one for one in records if one.get(by) is not None)
    return found or untried(f"no record found: none has a {by}")


def content(body: Json) -> Json:
    """What of an answer does not depend on how it was asked for."""
    return {"data": body["data"]} if "meta" in body else body


def differing(wanted: Json, got: Json, where: str) -> Iterator[Difference]:
    """The fields in which an answer is not the one that the id gets."""
    for name in wanted.keys() & got.keys():
        yield from equal(f"{where}: {name}", wanted[name], got[name])


@of_operations(FOUND, "errors.not-found", "E1")
def test_a_name_that_nothing_has_is_404(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    if OPERATIONS[operation]["method"] != "GET":
        service.good("tasks.delete", name)
    else:
        name = "no-such-id"
    answer = service.ask(operation, name, **content)
    agree(equal(f"status of {asked(answer)}", 404, answer.status_code, "E1"))
    agree(unless(isinstance(body_of(answer).get("message"), str), "body", "{message}", body_of(answer)))


@of_operations(FOUND, "E7")
def test_a_kind_of_name_that_is_not_printed_is_422(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    if service.guard.live and OPERATIONS[operation]["method"] != "GET":
        untried("a name of no kind could hit what is not ours")
    answer = service.ask(operation, name, {"find_by": "no_such_name"}, **content)
    agree(equal(f"status of {asked(answer)}", 422, answer.status_code))


@of_parts(WRITTEN, "by", "{}.find-by")
def test_a_write_finds_by_each_printed_name(service: Service, known: Known, operation: str, by: str) -> None:
    writer = Writer(service, known)
    _, content = writer.request(operation)
    task = writer.identified()
    name = task.get(by) or untried(f"no record found: a task has no {by}")
    answer = service.ask(operation, name, {"find_by": by}, **content)
    agree(equal(f"status of {asked(answer)}", 200, answer.status_code))
    agree(equal("id", task["id"], body_of(answer).get("entity_id" if operation == "tasks.upload" else "id")))

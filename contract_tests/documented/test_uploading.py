"""POST /tasks/{id}/upload: a file hangs on the task."""

import pytest

from contract_tests.documented.differs import agree, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.reference import body_fields
from contract_tests.documented.refusals import refused
from contract_tests.documented.service import Service, asked
from contract_tests.documented.writer import Writer

UPLOAD = ["tasks.upload"]
CONTENT = "Grüße".encode()


@of_operations(UPLOAD, "{}.answer", "{}.multipart", "file.size", "file.entity")
def test_a_file_is_answered_as_it_was_sent(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).task()
    answer = service.good(operation, task["id"], files={"file": ("note.txt", CONTENT, "text/plain")})
    wanted = {"file_name": "note.txt", "mime_type": "text/plain"}
    agree([
        *(found for name, value in wanted.items() for found in equal(name, value, answer.get(name))),
        *equal("size", len(CONTENT), answer.get("size"), "file.size"),
        *equal("entity_id", task["id"], answer.get("entity_id"), "file.entity"),
    ])  # fmt: skip


@of_operations(UPLOAD, "{}.exists")
def test_a_file_is_among_the_attachements_of_its_task(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task = writer.task()
    answer = service.good(operation, task["id"], files={"file": ("note.txt", CONTENT, "text/plain")})
    agree(equal("attachements", [answer], writer.read(task).get("attachements")))


@of_operations(UPLOAD, "{}.file-required", "{}.multipart")
def test_an_upload_needs_its_file(service: Service, known: Known, operation: str) -> None:
    task = Writer(service, known).task()
    other = {"files": {"other": ("note.txt", CONTENT, "text/plain")}}
    agree(refused(service.ask(operation, task["id"], **other), "no part named file", f"{operation}.file-required"))
    agree(refused(service.ask(operation, task["id"], json={"file": "x"}), "JSON", f"{operation}.multipart"))


@of_operations(UPLOAD, "{}.printed-call", "T24")
def test_the_printed_call_is_taken(service: Service, known: Known, operation: str) -> None:
    """`curl -F file=string` sends a part without a file's name."""
    task = Writer(service, known).task()
    answer = service.ask(operation, task["id"], files={"file": (None, b"string")})
    agree(unless(answer.is_success, f"status of {asked(answer)}", "a success", answer.status_code))


@pytest.mark.slow
@of_operations(UPLOAD, "{}.size")
def test_a_file_may_have_15_megabytes_and_no_more(service: Service, known: Known, operation: str) -> None:
    most = body_fields(operation)["file"]["max_bytes"]
    task = Writer(service, known).task()
    taken = service.ask(operation, task["id"], files={"file": ("most.bin", b"x" * most)})
    agree(unless(taken.is_success, f"status of an upload of {most} bytes", "a success", taken.status_code))
    agree(refused(service.ask(operation, task["id"], files={"file": ("more.bin", b"x" * (most + 1))}), "a byte more"))

"""What the bodies of all writes have in common: fields, limits, nulls, types."""

from collections.abc import Iterator

import httpx2
import pytest

from contract_tests.documented.differs import Difference, agree, equal, shown, unless, untried
from contract_tests.documented.known import Known
from contract_tests.documented.made import Made
from contract_tests.documented.proving import about, of_operations, of_parts
from contract_tests.documented.reference import JSON_WRITES, OPERATIONS, SCHEMAS, WRITES, Json, body_fields
from contract_tests.documented.refusals import is_refused, refused
from contract_tests.documented.service import Service, asked, body_of
from contract_tests.documented.shapes import differences, hyphened, told_of
from contract_tests.documented.values import wrong_values
from contract_tests.documented.writer import Writer
from contract_tests.sentences import SENTENCES

SHAPED = [name for name in WRITES if OPERATIONS[name]["answer"]["shape"] in SCHEMAS]
LIMITS = [(name, field) for name in JSON_WRITES for field, row in body_fields(name).items() if "max" in row]
REQUIRED = [(name, field) for name in JSON_WRITES for field, row in body_fields(name).items() if row["required"]]


def length_sentence(operation: str, field: str) -> str:
    own = (f"{operation}.{hyphened(field)}-length", f"{operation}.external-length", f"{operation}.length")
    return next(id for id in own if id in SENTENCES)


def required_sentence(operation: str, field: str) -> str:
    return f"{operation}.{hyphened(field.removesuffix('_id'))}-required"


def of_shapes() -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "operation",
        [about(name, name, ("{}.answer", *told_of(OPERATIONS[name]["answer"]["shape"]))) for name in SHAPED],
    )


# ---------------------------------------------------------------- every write


@of_operations(WRITES, "{}.exists", "T19")
def test_a_write_answers_200_and_json(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    answer = service.ask(operation, name, **content)
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    agree([
        *equal(f"status of {asked(answer)}", 200, answer.status_code, "T19" if answer.is_success else ""),
        *equal(f"Content-Type of {asked(answer)}", "application/json", kind),
    ])  # fmt: skip


@of_shapes()
def test_a_write_answers_the_printed_shape(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    shape = OPERATIONS[operation]["answer"]["shape"]
    agree(differences(shape, service.good(operation, name, **content), "body", service.notes))


# ---------------------------------------------------------------- limits, nulls, types


@of_parts(LIMITS, "field", own=length_sentence)
def test_a_text_may_be_as_long_as_printed_and_no_longer(
    service: Service, known: Known, operation: str, field: str
) -> None:
    most = body_fields(operation)[field]["max"]
    for length in (most, most + 1):
        name, content = Writer(service, known).with_field(operation, field, text_of(service.made, field, length))
        if field == "external_origin":
            content["json"]["external_id"] = service.made.identifier()
        answer = service.ask(operation, name, **content)
        agree(limited(answer, field, length, most, length_sentence(operation, field)))


def text_of(made: Made, field: str, length: int) -> str:
    """A text of this length, which begins as those of this run do."""
    begin = made.prefix if field == "title" else made.identifier()
    return begin.ljust(length, "x")


def limited(answer: httpx2.Response, field: str, length: int, most: int, sentence: str) -> Iterator[Difference]:
    where = f"status of {asked(answer)} with {length} characters in {field}"
    if length > most:
        yield from unless(is_refused(answer), where, f"a refusal, {most} are the most", answer.status_code, sentence)
    else:
        yield from unless(answer.is_success, where, "a success", answer.status_code, sentence)
    if answer.is_success and length <= most:
        got = body_of(answer).get(field)
        yield from unless(got is not None and len(got) == length, f"length of {field}", str(length), got, sentence)


@of_operations(JSON_WRITES, "{}.nullable")
def test_null_is_taken_where_it_is_printed(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    for field in writer.fields(operation, nullable=True):
        name, content = writer.with_field(operation, field, None)
        answer = service.ask(operation, name, **content)
        agree(
            unless(
                answer.is_success, f"status of {asked(answer)} with null in {field}", "a success", answer.status_code
            )
        )


@of_operations(JSON_WRITES, "{}.not-nullable", "tasks.updateexternalid.nullable")
def test_null_is_refused_where_it_is_not_printed(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    for field in writer.fields(operation, nullable=False):
        name, content = writer.with_field(operation, field, None)
        agree(refused(service.ask(operation, name, **content), f"null in {field}"))


@of_operations(JSON_WRITES, "{}.types", "{}.status", "{}.due-date", "{}.body")
def test_a_value_of_another_type_is_refused(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    for field, row in writer.fields(operation).items():
        for value in wrong_values(row):
            name, content = writer.with_field(operation, field, value)
            if service.guard.live and field in ("assignee_id", "watchers", "add_watchers"):
                continue
            own = f"{operation}.{hyphened(field)}"
            sentence = own if own in SENTENCES and field in ("status", "due_date") else ""
            agree(refused(service.ask(operation, name, **content), f"{shown(value)} in {field}", sentence))


@of_parts(REQUIRED, "field", "errors.validation", "E2", own=required_sentence)
def test_a_required_field_may_not_be_missing(service: Service, known: Known, operation: str, field: str) -> None:
    if service.guard.live and field != "title":
        untried(f"without {field} it could go anywhere")
    name, content = Writer(service, known).request(operation)
    del content["json"][field]
    answer = service.ask(operation, name, **content)
    agree(refused(answer, f"no {field}", required_sentence(operation, field)))
    agree(equal(f"status of {asked(answer)} with no {field}", 422, answer.status_code, "E2"))
    agree(named(body_of(answer), field))


def named(body: Json, field: str) -> Iterator[Difference]:
    """A refusal says what failed for which field."""
    errors = body.get("errors")
    texts = errors.get(field) if isinstance(errors, dict) else None
    good = (
        isinstance(body.get("message"), str)
        and isinstance(texts, list)
        and all(isinstance(one, str) for one in texts)
    )
    yield from unless(good, "body", f"{{message, errors}} with texts for {field}", body, "errors.validation")


@of_operations(JSON_WRITES, "requests.unknown-keys")
def test_keys_that_are_not_printed_are_ignored(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).with_field(operation, "no_such_key", "x")
    answer = service.ask(operation, name, **content)
    agree(unless(answer.is_success, f"status of {asked(answer)} with no_such_key", "a success", answer.status_code))

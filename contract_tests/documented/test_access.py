"""Who may ask: tokens and scopes."""

import httpx2

from contract_tests.documented.differs import agree, equal, unless, untried
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.service import Service, asked, body_of
from contract_tests.documented.writer import Writer
from contract_tests.sentences import SENTENCES

SCOPED = [name for name, row in OPERATIONS.items() if row["scopes"]]
FREE = SENTENCES["scopes.none"].operations


@of_operations(OPERATIONS, "errors.unauthenticated", "auth.bearer", "E1")
def test_without_a_token_nothing_is_answered(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    answer = service.ask(operation, name, **content, auth=httpx2.Auth())
    agree(equal(f"status of {asked(answer)} without a token", 401, answer.status_code))
    agree(unless(isinstance(body_of(answer).get("message"), str), "body", "{message}", body_of(answer)))


@of_operations(SCOPED, "{}.scope", "scopes.webhooks", "E1")
def test_a_token_without_the_scope_is_refused(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    answer = service.ask(operation, name, **content, auth=narrow(service))
    scope = OPERATIONS[operation]["scopes"][0]
    agree(equal(f"status of {asked(answer)} without the scope {scope}", 403, answer.status_code))


@of_operations(FREE, "scopes.none")
def test_a_token_without_any_scope_may_ask_what_needs_none(service: Service, known: Known, operation: str) -> None:
    answer = service.ask(operation, known.name_of(operation), auth=narrow(service))
    agree(equal(f"status of {asked(answer)} without any scope", 200, answer.status_code))


def narrow(service: Service) -> httpx2.Auth:
    return service.narrow or untried("a token without any scope (--narrow-token)")

"""POST /webhooks: who is told. No body is printed, so what is sent here is our choice."""

from typing import Any

from contract_tests.documented.differs import agree, equal, unless
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.refusals import refused
from contract_tests.documented.service import Service, condition
from contract_tests.documented.writer import Writer

STORE = ["webhooks.store"]


def register(service: Service, known: Known) -> Any:
    name, content = Writer(service, known).request("webhooks.store")
    return service.good("webhooks.store", name, **content)


@of_operations(STORE, "{}.several", "{}.secret")
def test_several_webhooks_may_be_registered_each_with_a_secret(
    service: Service, known: Known, operation: str
) -> None:
    first, second = (register(service, known) for _ in range(2))
    for name, sentence in (("id", f"{operation}.several"), ("secret", f"{operation}.secret")):
        own = bool(first.get(name)) and first.get(name) != second.get(name)
        agree(unless(own, name, "one of its own for each", "the same or none", sentence))


@of_operations(STORE, "{}.owner", "W9")
def test_a_webhook_is_listed_without_its_secret(service: Service, known: Known, operation: str) -> None:
    made = register(service, known)
    found = service.page(
        "webhooks.index", params=condition([{"field": "url", "op": "eq", "value": made["url"]}])
    ).data
    agree(equal("ids", [made["id"]], [one.get("id") for one in found], f"{operation}.owner"))
    agree(unless("secret" not in found[0], "data[0].secret", "shown once, by the create", "there", "W9"))


@of_operations(STORE, "{}.limits", "{}.project-required", "W10")
def test_a_webhook_of_task_events_needs_a_project(service: Service, known: Known, operation: str) -> None:
    name, content = Writer(service, known).request(operation)
    agree(equal("project_id", known.project.id, register(service, known).get("project_id"), f"{operation}.limits"))
    del content["json"]["project_id"]
    agree(refused(service.ask(operation, name, **content), "no project_id", f"{operation}.project-required"))

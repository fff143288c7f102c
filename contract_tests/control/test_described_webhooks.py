"""Webhooks in the description, and real payloads beside them."""

import pytest

from contract_tests.control.description import description, faults
from contract_tests.expected import BOT_DATA, FIRST_COMMENT, LOGO, LOGO_DATA, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import running

pytestmark = pytest.mark.proves("README: Control API")

TOLD = {
    f"{kind}:{verb}": (shape, id)
    for kind, shape, id in (("task", "TaskData", LOGO), ("comment", "CommentData", FIRST_COMMENT))
    for verb in ("create", "update", "delete")
}
"""Every event, the shape of its data, and a record of the small world for it."""


def told(event: str) -> Json:
    """The described schema of what a receiver is sent."""
    [method] = description()["webhooks"][event]
    [content] = description()["webhooks"][event][method]["requestBody"]["content"].items()
    assert (method, content[0]) == ("post", "application/json")
    schema: Json = content[1]["schema"]
    return schema


@pytest.mark.proves("W12", "webhooks.task-create", "webhooks.task-update", "webhooks.task-delete")
def test_the_description_has_a_webhook_for_each_event() -> None:
    assert list(description()["webhooks"]) == list(TOLD)


@pytest.mark.proves("webhooks.payload")
@pytest.mark.parametrize("event", TOLD)
def test_a_webhook_is_described_with_the_printed_fields(event: str) -> None:
    properties = told(event)["properties"]
    assert list(properties) == ["event", "resource", "triggered_by", "data"]
    assert properties["event"]["const"] == event
    assert list(properties["resource"]["properties"]) == ["type", "id"]
    shapes = [properties[name]["$ref"].rpartition("/")[2] for name in ("triggered_by", "data")]
    assert shapes == ["UserData", TOLD[event][0]]


@pytest.mark.proves("W3")
@pytest.mark.parametrize("event", TOLD)
def test_a_webhook_says_what_the_receiver_answers_and_how_that_is_known(event: str) -> None:
    found = description()["webhooks"][event]["post"]
    mark = "documented" if event.startswith("task:") else "inferred"
    assert list(found["responses"]) == ["2XX"]
    assert found["responses"]["2XX"]["description"]
    assert (found["summary"], found["x-evidence"]["mark"]) == (event, mark)


@pytest.mark.proves("webhooks.payload", "webhooks.payload-user", "webhooks.payload-data", "W1")
def test_every_real_payload_fulfils_the_described_schema() -> None:
    with Receiver() as receiver, running(webhook_url=[receiver.url]) as api:
        for event, (_, id) in TOLD.items():
            api.control("POST", "/trigger", {"event": event, "id": id})
        api.control("POST", "/flush")
        payloads = [one.json for one in receiver.wait_for(len(TOLD))]
    assert sorted(payload["event"] for payload in payloads) == sorted(TOLD)
    for payload in payloads:
        assert list(payload) == list(told(payload["event"])["properties"])
        assert faults(told(payload["event"]), payload) == []


def test_a_payload_fulfils_the_schema_of_no_other_event() -> None:
    payload = {
        "event": "task:create", "resource": {"type": "task", "id": LOGO}, "triggered_by": BOT_DATA, "data": LOGO_DATA,
    }  # fmt: skip
    assert [event for event in TOLD if faults(told(event), payload) == []] == ["task:create"]

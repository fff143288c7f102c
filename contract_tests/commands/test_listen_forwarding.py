"""`kanbert-fake listen --forward-to`: what the target gets, and what is answered for it."""

import pytest

from contract_tests.client import Api
from contract_tests.commands.listener import Listener, statuses
from contract_tests.processes import free_port
from contract_tests.webhooks.receiver import Receiver, close, raw, status
from contract_tests.webhooks.webhook_server import flush, log
from contract_tests.writing import create

pytestmark = pytest.mark.proves("README: Webhooks")


@pytest.fixture
def api(fake: Api) -> Api:
    """A running one: a listener is another process."""
    return fake


def test_forwarding_passes_on_the_same_bytes_and_headers_and_the_answer(api: Api) -> None:
    with Receiver() as target, Receiver() as direct, Listener(api, "--forward-to", target.url) as listener:
        target.answers.append(status(418, b"short and stout", "Content-Type: text/plain", "X-Own: not passed on"))
        api.control("POST", "/webhooks", {"url": direct.url})
        create(api, "\u00fc/")
        sent = flush(api)
        lines = [listener.told().partition("signature ")[2] for _ in range(2)]
    first, again = target.received
    assert again == first
    assert first.body == direct.received[0].body
    assert wire(first.headers) == wire(direct.received[0].headers)
    assert sorted((one["url"], one["status"]) for one in sent) == sorted(
        [(listener.url, 418), (listener.url, 200), (direct.url, 200)]
    )
    assert log(api)[0]["attempts"][0]["body"] == "short and stout"
    assert lines == ["valid; answered 418; forwarded: 418", "valid; answered 200; forwarded: 200"]


def wire(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers by name, without that of the address."""
    return {name.lower(): value for name, value in headers if name.lower() != "host"}


def test_what_a_target_answers_that_is_no_receipt_is_told_with_a_plain_reason(api: Api) -> None:
    """Nothing useful is answered 502; a redirect is passed on, and not followed."""
    with Receiver() as target, Listener(api, "--forward-to", target.url) as listener:
        target.answers += [close, raw(b"nonsense\r\n\r\n")]
        create(api)
        found = statuses(api)
        lines = [listener.told().partition("; answered ")[2] for _ in found]
        target.answers.append(status(307, b"", "Location: http://elsewhere.test/"))
        create(api)
        flush(api)
    assert found == [502, 502, 200]
    assert lines[0] == "502; forwarding failed: It closed the connection without an HTTP answer"
    assert lines[1].startswith("502; forwarding failed: It answered something that is not HTTP: ")
    assert lines[2] == "200; forwarded: 200"
    why = "It answered 307, a redirect to http://elsewhere.test/; redirects are not followed."
    assert [one["error"] for one in log(api)[1]["attempts"]] == [why, None]


def test_a_target_that_cannot_be_reached_is_answered_502_with_a_plain_reason(api: Api) -> None:
    with Listener(api, "--forward-to", f"http://127.0.0.1:{free_port()}") as listener:
        create(api)
        found = statuses(api)
        told = listener.told()
    reason = log(api)[0]["attempts"][0]["body"]
    assert found == [502, 502, 502]
    assert reason.startswith("No connection: ")
    assert told.endswith(f"; answered 502; forwarding failed: {reason.rstrip('.')}")


def test_a_status_is_answered_although_the_target_got_the_delivery(api: Api) -> None:
    flags = ("--status", "500", "--times", "1")
    with Receiver() as target, Listener(api, "--forward-to", target.url, *flags) as listener:
        create(api)
        found = statuses(api)
        lines = [listener.told().partition("; answered ")[2] for _ in found]
    assert found == [500, 200]
    assert target.events() == ["task:create", "task:create"]
    assert lines == ["500; forwarded: 200", "200; forwarded: 200"]

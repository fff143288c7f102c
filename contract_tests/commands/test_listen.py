"""`kanbert-fake listen`, seen from outside its process: what it prints and answers, and its end."""

import json
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.commands.listener import Listener, is_recent, statuses
from contract_tests.expected import BRIEF
from contract_tests.processes import free_port
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import SECRET, flush, log, running, signed
from contract_tests.webhooks.webhook_server import hooks as subscriptions
from contract_tests.writing import change, comment, create

pytestmark = pytest.mark.proves("README: Webhooks")


@pytest.fixture
def api(fake: Api) -> Api:
    """A running one: a listener is another process."""
    return fake


Desk = tuple[Api, Listener]


@pytest.fixture(scope="module")
def lasting() -> Iterator[Desk]:
    with running() as found, Listener(found) as listener:
        yield found, listener


@pytest.fixture
def desk(lasting: Desk) -> Desk:
    """A fake of its own, and a listener without any flags. Whoever makes it print something, reads it."""
    lasting[1].watch_again()
    return lasting


# ---------------------------------------------------------------- what it prints


def test_it_says_where_it_listens_with_which_fake_it_registered_and_the_secret(desk: Desk) -> None:
    api, listener = desk
    said = listener.server, listener.events, listener.secret
    assert said == (str(api.http.base_url), "task:*,comment:*", SECRET)
    registered = [(one["url"], one["events"], one["secret"]) for one in subscriptions(api)]
    assert registered == [(listener.url, ["task:*", "comment:*"], SECRET)]


def test_each_delivery_is_one_line(desk: Desk) -> None:
    api, listener = desk
    changed, update = told_of(desk, lambda: change(api, BRIEF, title="\u00dcber \U0001f600", estimated_hours=7))
    fields = log(api)[-1]["changed"]
    made, creation = told_of(desk, lambda: create(api, "A/B"))
    said, comments = told_of(desk, lambda: comment(api, made["id"]))
    _, deletion = told_of(desk, lambda: api.delete(f"/tasks/{made['id']}"))
    with_it = listener.told()
    rest = "signature valid; answered 200"
    assert {"title", "estimated_hours"} <= set(fields)
    assert (
        update == f'task:update {BRIEF} {changed["uri"]} "\u00dcber \U0001f600"; changed {", ".join(fields)}; {rest}'
    )
    assert creation == f'task:create {made["id"]} {made["uri"]} "A/B"; {rest}'
    assert comments == f"comment:create {said['id']}; {rest}"
    assert deletion == f'task:delete {made["id"]} {made["uri"]} "A/B"; {rest}'
    assert with_it == f"comment:delete {said['id']}; {rest}"


def told_of(desk: Desk, happens: Callable[[], Any]) -> tuple[Any, str]:
    """What a change answers, and the line about it."""
    api, listener = desk
    answer = happens()
    flush(api)
    return answer, listener.told()


def test_with_json_each_delivery_is_one_object(api: Api) -> None:
    with Receiver(204) as target, Listener(api, "--json", "--forward-to", target.url) as listener:
        made = create(api, "\u00dc\n")
        flush(api)
        change(api, made["id"], title="V")
        flush(api)
        lines = [json.loads(listener.printed()) for _ in range(2)]
    common = {
        "try": 1,
        "resource": {"type": "task", "id": made["id"]},
        "uri": made["uri"],
        "signature": "valid",
        "answered": 204,
        "forwarded": {"status": 204, "error": None},
    }
    assert all(is_recent(line.pop("at")) for line in lines)
    assert lines == [
        {"delivery": "1", "event": "task:create", "title": "\u00dc", "changed": [], **common},
        {"delivery": "2", "event": "task:update", "title": "V", "changed": log(api)[1]["changed"], **common},
    ]


def test_no_title_breaks_the_line_or_steers_the_terminal(desk: Desk) -> None:
    api, _ = desk
    made, told = told_of(desk, lambda: create(api, "a\nforged\x1b[2J\u202e" + "x" * 100))
    shown = r"a\nforged\x1b[2J\u202e" + "x" * 87 + "..."
    assert told == f'task:create {made["id"]} {made["uri"]} "{shown}"; signature valid; answered 200'


def test_url_events_and_secret_are_the_ones_asked_for(api: Api) -> None:
    port = free_port()
    public = f"http://localhost:{port}/"
    flags = (
        "--port",
        str(port),
        "--public-url",
        public,
        "--events",
        "task:delete, comment:create",
        "--secret",
        "own",
    )
    with Listener(api, *flags) as listener:
        assert [hook["url"] for hook in subscriptions(api)] == [public]
        made = create(api)
        change(api, BRIEF, title="V")
        gone = api.data(f"/tasks/{BRIEF}")
        api.delete(f"/tasks/{BRIEF}")
        said = comment(api, made["id"])
        flush(api)
        lines = sorted(listener.told().partition(";")[::2] for _ in range(2))
    heading = f'task:delete {BRIEF} {gone["uri"]} "V"'
    rest = " signature valid; answered 200"
    assert (listener.events, listener.secret) == ("task:delete,comment:create", "own")
    assert lines == [(f"comment:create {said['id']}", rest), (heading, rest)]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"event": "task:create"}', b"[" * 100_000])
def test_what_is_no_payload_is_told_as_such(desk: Desk, body: bytes) -> None:
    _, listener = desk
    answer = listener.receive(body, Signature=signed(body))
    assert answer.status_code == 200
    told = f"no payload in {len(body)} bytes; changes unknown; signature valid; answered 200"
    assert listener.told() == told


# ---------------------------------------------------------------- the signature


@pytest.mark.parametrize(
    "headers, word",
    [
        ({"Signature": signed(b"{}")}, "valid"),
        ({"X_Kanbert_Signature": signed(b"{}")}, "valid"),
        ({"Signature": signed(b"{}").upper()}, "INVALID"),
        ({"Signature": signed(b"{ }")}, "INVALID"),
        ({"Signature": signed(b"{}", "old-secret")}, "INVALID"),
        ({"Signature": "\u00fc"}, "INVALID"),
        ({}, "INVALID"),
    ],
)
def test_a_signature_is_valid_for_these_bytes_and_this_secret_only(
    desk: Desk, headers: dict[str, str], word: str
) -> None:
    _, listener = desk
    assert listener.receive(b"{}", **headers).status_code == 200
    assert listener.told() == f"no payload in 2 bytes; changes unknown; signature {word}; answered 200"


def test_the_signature_is_found_in_whatever_header_the_fake_sends_it() -> None:
    with (
        running(webhook_header="X-Own") as api,
        Receiver() as target,
        Listener(api, "--forward-to", target.url) as listener,
    ):
        create(api)
        flush(api)
        told = listener.told()
    assert told.endswith("; signature valid; answered 200; forwarded: 200")
    (forwarded,) = target.received
    assert forwarded.header("X-Own") == signed(forwarded.body)


# ---------------------------------------------------------------- what it answers


def test_it_answers_what_it_is_told_to_for_good(api: Api) -> None:
    with Listener(api, "--status", "503") as listener:
        create(api)
        found = statuses(api)
        create(api)
        found += statuses(api)
        lines = [listener.told().rpartition("; ")[2] for _ in range(6)]
    assert found == [503] * 6
    assert lines == ["answered 503"] * 6


def test_a_retry_tells_which_try_it_is_and_the_changed_fields_again(api: Api) -> None:
    with Listener(api, "--status", "500", "--times", "2") as listener:
        uri = change(api, BRIEF, title="V")["uri"]
        found = statuses(api)
        made = create(api)
        found += statuses(api)
        lines = [listener.told().rpartition("; answered ")[::2] for _ in range(4)]
    about, told = f'task:update {BRIEF} {uri} "V"', f"changed {', '.join(log(api)[0]['changed'])}; signature valid"
    assert found == [500, 500, 200, 200]
    assert lines == [
        (f"{about}; {told}", "500"),
        (f"{about}; try 2; {told}", "500"),
        (f"{about}; try 3; {told}", "200"),
        (f'task:create {made["id"]} {made["uri"]} "T"; signature valid', "200"),
    ]


def test_with_json_each_try_of_a_delivery_has_its_number(api: Api) -> None:
    with Listener(api, "--json", "--status", "500", "--times", "1") as listener:
        create(api)
        flush(api)
        api.control("POST", "/deliveries/1/resend", {})
        flush(api)
        create(api)
        flush(api)
        listener.receive(b"{}")
        lines = [json.loads(listener.printed()) for _ in range(5)]
    tries = [(line["delivery"], line["try"]) for line in lines]
    assert tries == [("1", 1), ("1", 2), ("1", 3), ("2", 1), (None, None)]


def test_only_deliveries_are_taken(desk: Desk) -> None:
    _, listener = desk
    assert httpx2.get(listener.url, verify=False, trust_env=False).status_code == 501
    for headers, refused in (
        (b"", 411),
        (b"Content-Length: x\r\n", 413),
        (b"Content-Length: 9999999999\r\n", 413),
        (b"Content-Length: " + b"9" * 5000 + b"\r\n", 413),
    ):
        with listener.connect() as connection:
            connection.sendall(b"POST / HTTP/1.1\r\n" + headers + b"\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(f"HTTP/1.0 {refused} ".encode())


def test_a_sender_that_breaks_off_is_not_told_of(api: Api) -> None:
    with Listener(api) as listener:
        for reset in (0, 1):
            with listener.connect() as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", reset, 0))
                connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert listener.receive(b"").status_code == 200
        assert listener.told().startswith("no payload in 0 bytes; ")
        outcome, _ = listener.stop()
    assert outcome == (0, "", "")


# ---------------------------------------------------------------- its end


def test_an_interrupt_ends_it_and_its_registration_within_a_second(api: Api) -> None:
    with Listener(api) as listener:
        create(api)
        (outcome, seconds) = listener.stop(signal.SIGINT)
    assert outcome == (0, "", "")
    assert seconds < 1
    assert subscriptions(api) == []
    assert [(row["state"], row["reason"]) for row in log(api)] == [("cancelled", "Its subscription was removed.")]


def test_a_signal_ends_it_although_the_target_hangs_and_the_fake_is_gone() -> None:
    with Receiver() as target, running(now="") as api:
        target.usual = lambda receiver, _: waits(receiver)
        with Listener(api, "--forward-to", target.url) as listener:
            create(api)
            target.wait_for(1)
            api.http.close()
            outcome, seconds = listener.stop()
    assert outcome == (0, "", "")
    assert seconds < 1


def waits(receiver: Receiver) -> None:
    receiver.closing.wait(15)


def test_who_reads_no_further_ends_it(api: Api) -> None:
    with Listener(api) as listener:
        assert listener.running.stdout
        listener.running.stdout.close()
        create(api)
        flush(api)
        assert (listener.running.wait(), listener.line()) == (0, "")
    assert subscriptions(api) == []

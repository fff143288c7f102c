"""`kanbert-fake listen`: the receiver for the desk, seen from outside its process."""

import json
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, PROJECT
from contract_tests.processes import LONGEST, ROOT, Process, free_port
from contract_tests.receiver import Receiver, close, raw, status
from contract_tests.webhook_server import SECRET, change, comment, create, flush, log, running, signed, subscribe
from fake_server.listen.registration import Registration
from fake_server.listen.switches import Wanted, read
from fake_server.settings import UsageError

READY = re.compile(r"kanbert-fake listen (http://\S+) server=(\S+) events=(.+) secret=(.+) Ready\.\n")


class Listener(Process):
    """`kanbert-fake listen` with these flags, registered with a fake."""

    def __init__(self, api: Api, *arguments: str) -> None:
        super().__init__("listen", "--server", str(api.http.base_url), *arguments)
        said = self.line()
        found = READY.fullmatch(said)
        assert found, said + self.outcome().stderr
        self.url, self.server, self.events, self.secret = found.groups()
        self.port = int(self.url.rpartition(":")[2])

    def __enter__(self) -> "Listener":
        return self

    def watch_again(self) -> None:
        """It may live as long as it has lived."""
        self.watchdog.cancel()
        self.watchdog = threading.Timer(LONGEST, self.running.kill)
        self.watchdog.start()

    def printed(self) -> str:
        """The next line about a delivery."""
        assert self.running.stdout
        return self.running.stdout.readline()

    def told(self) -> str:
        """The next line without its time, which is the real one."""
        at, _, rest = self.printed().rstrip("\n").partition(" ")
        assert is_recent(at), at
        return rest

    def receive(self, content: bytes, **headers: str) -> httpx2.Response:
        """Its answer to a delivery of which the fake knows nothing."""
        named = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
        return httpx2.post(self.url, content=content, headers=named, verify=False, trust_env=False)


def is_recent(at: str) -> bool:
    return abs(datetime.fromisoformat(at).timestamp() - time.time()) < 60


def subscriptions(api: Api) -> list[Any]:
    return api.control("GET", "/webhooks")["data"]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def fake() -> Iterator[Api]:
    with running() as found:
        yield found


@pytest.fixture
def api(fake: Api) -> Api:
    """A running fake, as it was seeded: nobody is registered."""
    fake.control("POST", "/reset")
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


def statuses(api: Api) -> list[int | None]:
    """What each try was answered once everything is flushed."""
    return [one["status"] for one in flush(api)]


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


def test_it_registers_the_url_under_which_the_fake_reaches_it(api: Api) -> None:
    port = free_port()
    public = f"http://localhost:{port}/"
    with Listener(api, "--port", str(port), "--public-url", public) as listener:
        assert [hook["url"] for hook in subscriptions(api)] == [public]
        change(api, BRIEF, title="Seen from afar")
        flush(api)
        assert listener.told().startswith(f"task:update {BRIEF} ")


def test_events_and_secret_are_the_ones_asked_for(api: Api) -> None:
    with Listener(api, "--events", "task:delete, comment:create", "--secret", "own") as listener:
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


@pytest.mark.parametrize(
    "flags, answers",
    [
        (["--status", "500", "--times", "2"], [500, 500, 200, 200]),
        (["--status", "503"], [503] * 6),
    ],
)
def test_it_answers_what_it_is_told_to_and_so_often(api: Api, flags: list[str], answers: list[int]) -> None:
    with Listener(api, *flags) as listener:
        create(api)
        found = statuses(api)
        create(api)
        found += statuses(api)
        lines = [listener.told().rpartition("; ")[2] for _ in answers]
    assert found == answers
    assert lines == [f"answered {answer}" for answer in answers]


def test_a_retry_tells_which_try_it_is_and_the_changed_fields_again(api: Api) -> None:
    with Listener(api, "--status", "500", "--times", "1") as listener:
        uri = change(api, BRIEF, title="V")["uri"]
        flush(api)
        lines = [listener.told().rpartition("; answered ")[::2] for _ in range(2)]
    about, told = f'task:update {BRIEF} {uri} "V"', f"changed {', '.join(log(api)[0]['changed'])}; signature valid"
    assert lines == [(f"{about}; {told}", "500"), (f"{about}; try 2; {told}", "200")]


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
    for headers, refused in ((b"", 411), (b"Content-Length: x\r\n", 413), (b"Content-Length: 9999999999\r\n", 413)):
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


# ---------------------------------------------------------------- forwarding


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


def test_a_target_that_answers_nothing_useful_is_answered_502_with_a_plain_reason(api: Api) -> None:
    with Receiver() as target, Listener(api, "--forward-to", target.url) as listener:
        target.answers += [close, raw(b"nonsense\r\n\r\n")]
        create(api)
        found = statuses(api)
        lines = [listener.told().partition("; answered ")[2] for _ in found]
    assert found == [502, 502, 200]
    assert lines[0] == "502; forwarding failed: It closed the connection without an HTTP answer"
    assert lines[1].startswith("502; forwarding failed: It answered something that is not HTTP: ")
    assert lines[2] == "200; forwarded: 200"


def test_a_target_that_cannot_be_reached_is_answered_502_with_a_plain_reason(api: Api) -> None:
    with Listener(api, "--forward-to", f"http://127.0.0.1:{free_port()}") as listener:
        create(api)
        found = statuses(api)
        told = listener.told()
    reason = log(api)[0]["attempts"][0]["body"]
    assert found == [502, 502, 502]
    assert reason.startswith("No connection: ")
    assert told.endswith(f"; answered 502; forwarding failed: {reason.rstrip('.')}")


def test_a_redirect_of_the_target_is_passed_on_and_not_followed(api: Api) -> None:
    with Receiver() as target, Listener(api, "--forward-to", target.url):
        target.answers.append(status(307, b"", "Location: http://elsewhere.test/"))
        create(api)
        flush(api)
    why = "It answered 307, a redirect to http://elsewhere.test/; redirects are not followed."
    assert [one["error"] for one in log(api)[0]["attempts"]] == [why, None]


def test_a_status_is_answered_although_the_target_got_the_delivery(api: Api) -> None:
    flags = ("--status", "500", "--times", "1")
    with Receiver() as target, Listener(api, "--forward-to", target.url, *flags) as listener:
        create(api)
        found = statuses(api)
        lines = [listener.told().partition("; answered ")[2] for _ in found]
    assert found == [500, 200]
    assert target.events() == ["task:create", "task:create"]
    assert lines == ["500; forwarded: 200", "200; forwarded: 200"]


# ---------------------------------------------------------------- its end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_registration_within_a_second(api: Api, number: signal.Signals) -> None:
    with Listener(api) as listener:
        create(api)
        (outcome, seconds) = listener.stop(number)
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


# ---------------------------------------------------------------- a subscription that is there already


def test_a_receiver_named_at_the_start_is_listened_to_without_a_second_registration() -> None:
    port = free_port()
    with running(webhook_url=[f"http://127.0.0.1:{port}"], webhook_secret="at the start") as api:
        before = subscriptions(api)
        with Listener(api, "--port", str(port)) as listener:
            assert subscriptions(api) == before
            api.control("POST", "/reset")
            create(api)
            assert [one["subscription"] for one in flush(api)] == [before[0]["id"]]
            assert listener.told().endswith(' "T"; signature valid; answered 200')
            outcome, _ = listener.stop()
        assert (listener.secret, outcome) == ("at the start", (0, "", ""))
        assert subscriptions(api) == before


def test_a_webhook_of_the_service_is_listened_to_and_its_limits_are_said(api: Api) -> None:
    port = free_port()
    wanted = {"url": f"http://127.0.0.1:{port}", "events": ["task:*", "comment:*"], "project_id": PROJECT}
    made = api.post("/webhooks", wanted).json()
    with Listener(api, "--port", str(port)) as listener:
        create(api)
        assert [one["subscription"] for one in flush(api)] == [made["id"]]
        assert listener.told().endswith("; signature valid; answered 200")
    assert (listener.events, listener.secret) == (f"task:*,comment:* project={PROJECT}", made["secret"])
    assert [one["id"] for one in subscriptions(api)] == [made["id"]]


URL = "http://127.0.0.1:1"
SINGLE = ["task:create", "task:update", "task:delete"]


@contextmanager
def registered(api: Api, events: list[str] | None = None, secret: str | None = None) -> Iterator[Registration]:
    """What a listener knows of the fake, without its process."""
    registration = Registration(str(api.http.base_url), URL, events, secret)
    with registration.http:
        registration.begin()
        yield registration
        registration.end()


@pytest.mark.parametrize(
    "there, events, secret",
    [
        ({}, None, None),
        ({}, ["comment:*", "task:create"], None),
        ({"events": ["task:*"]}, ["task:create", "task:*"], None),
        ({"events": SINGLE}, ["task:*"], None),
        ({"events": [*SINGLE, "comment:*"]}, None, None),
        ({"secret": "own"}, None, None),
        ({"secret": "own"}, None, "own"),
        ({"mischief": [{"trick": "duplicate"}]}, None, None),
    ],
)
def test_an_active_subscription_of_its_url_that_has_all_it_asks_for_is_used_and_left(
    api: Api, there: dict[str, Any], events: list[str] | None, secret: str | None
) -> None:
    theirs = subscribe(api, URL, **there)
    with registered(api, events, secret) as registration:
        assert subscriptions(api) == [theirs]
        assert (registration.secret, registration.events) == (theirs["secret"], theirs["events"])
    assert subscriptions(api) == [theirs]


@pytest.mark.parametrize(
    "there, events, secret",
    [
        ({"url": f"{URL}/"}, None, None),
        ({"is_active": False}, None, None),
        ({"secret": "theirs"}, None, "own"),
        ({"events": ["task:*"]}, None, None),
        ({"events": ["task:*"]}, ["task:create", "comment:create"], None),
        ({"events": SINGLE[:2]}, ["task:*"], None),
    ],
)
def test_any_other_subscription_is_left_beside_its_own(
    api: Api, there: dict[str, Any], events: list[str] | None, secret: str | None
) -> None:
    theirs = subscribe(api, URL, **there)
    with registered(api, events, secret) as registration:
        assert [one["id"] for one in subscriptions(api)] == [theirs["id"], registration.id]
    assert subscriptions(api) == [theirs]


def test_a_registration_that_was_left_behind_at_its_port_is_used(api: Api) -> None:
    port = str(free_port())
    with Listener(api, "--port", port) as killed:
        killed.running.kill()
        killed.running.wait()
    with Listener(api, "--port", port) as listener:
        assert [one["url"] for one in subscriptions(api)] == [listener.url] == [killed.url]


# ---------------------------------------------------------------- a fake that forgets

RESET = "The fake was reset or started anew"
AGAIN = (
    f"kanbert-fake listen: {RESET}, and what happened in between was not received; "
    f"registered again, secret={SECRET}\n"
)


def test_it_registers_again_after_a_reset(api: Api) -> None:
    with Listener(api) as listener:
        api.control("POST", "/reset")
        assert listener.line() == AGAIN
        create(api)
        flush(api)
        told = listener.told()
        outcome, _ = listener.stop()
    assert told.endswith("; signature valid; answered 200")
    assert outcome == (0, "", "")
    assert subscriptions(api) == []


def test_after_a_reset_a_subscription_that_is_there_already_is_used_and_left(api: Api) -> None:
    with registered(api) as registration:
        api.control("POST", "/reset")
        theirs = subscribe(api, URL, secret="theirs")
        news = registration.check(), registration.check()
        assert news == (f"{RESET}; it has a subscription of this URL already, secret=theirs", None)
    assert subscriptions(api) == [theirs]


def test_where_a_subscription_that_it_used_is_gone_it_registers_and_ends_its_own(api: Api) -> None:
    subscribe(api, URL, secret="theirs")
    with registered(api) as registration:
        api.control("POST", "/reset")
        assert f"kanbert-fake listen: {registration.check()}\n" == AGAIN
        assert [one["id"] for one in subscriptions(api)] == [registration.id]
    assert subscriptions(api) == []


def test_it_waits_for_a_fake_that_ended_and_registers_again() -> None:
    port = free_port()
    with running(port=port) as api:
        listener = Listener(api)
    with listener:
        gone = listener.line()
        with running(port=port) as again:
            assert listener.line() == AGAIN
            assert [one["url"] for one in subscriptions(again)] == [listener.url]
        outcome, _ = listener.stop()
    assert re.fullmatch(rf"kanbert-fake listen: No fake answers at {api.http.base_url}\. .+ Waiting for it\.\n", gone)
    # It may have noticed the second end as well.
    assert (outcome.code, outcome.stdout) == (0, "")


# ---------------------------------------------------------------- exit codes 1 and 2


def test_without_a_fake_it_is_one_sentence_and_exit_code_1() -> None:
    port = free_port()
    with Process("listen", KANBERT_FAKE_HOST="0.0.0.0", KANBERT_FAKE_PORT=str(port)) as process:
        code, stdout, stderr = process.outcome()
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith(f"kanbert-fake: No fake answers at http://127.0.0.1:{port}. No connection: ")
    assert stderr.endswith(" Start one with kanbert-fake, or name another with --server.\n")


@pytest.mark.parametrize("content", [b"<html>", b'{"data": [1]}'])
def test_another_program_there_is_no_fake(content: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        with Process("listen", "--server", url) as process:
            connection, _ = other.accept()
            with connection:
                assert connection.recv(65536).startswith(b"GET /_fake/webhooks ")
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + content)
            outcome = process.outcome()
    why = f"What answers at {url} is no fake that knows webhooks."
    start = "Start one with kanbert-fake, or name another with --server."
    assert outcome == (1, "", f"kanbert-fake: {why} {start}\n")


def test_an_event_that_the_fake_does_not_know_is_exit_code_2_with_the_nearest(api: Api) -> None:
    with Process("listen", "--server", f"{api.http.base_url}/api/v1", "--events", "tsk:*") as process:
        outcome = process.outcome()
    assert outcome == (2, "", "kanbert-fake: There is no event tsk:*; did you mean task:*?\n")


def test_an_event_that_the_fake_does_not_know_is_refused_beside_a_subscription_to_its_family(api: Api) -> None:
    subscribe(api, URL)
    with pytest.raises(UsageError) as refused, registered(api, ["task:craete"]):
        pass
    assert str(refused.value) == "There is no event task:craete; did you mean task:create?"


def test_a_port_in_use_is_one_sentence_and_exit_code_2(api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Process("listen", "--server", str(api.http.base_url), "--port", str(port)) as process:
            outcome = process.outcome()
    why = f"Cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert outcome == (2, "", f"kanbert-fake: {why}; choose another with --port, or 0 for a free one.\n")
    assert subscriptions(api) == []


def test_an_unknown_flag_is_one_sentence_and_exit_code_2() -> None:
    with Process("listen", "--forward", "http://127.0.0.1:1") as process:
        assert process.outcome() == (2, "", "kanbert-fake: There is no --forward; did you mean --forward-to?\n")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--prot", "1"], "There is no --prot; did you mean --port?"),
        (["--webhook-secret", "x"], "There is no --webhook-secret; did you mean --secret?"),
        (["--times", "2"], "--times says how often --status is answered; give both."),
        (["--port"], "--port: expected one argument"),
        (["--port", "65536"], "--port: '65536' is no whole number from 0 to 65535"),
        (["--status", "100"], "--status: '100' is no whole number from 200 to 599"),
        (["--status", "ok"], "--status: 'ok' is no whole number from 200 to 599"),
        (["--status", "500", "--times", "0"], "--times: '0' is no whole number from 1 to 1000000"),
        (["--forward-to", "localhost:3000"], "--forward-to: 'localhost:3000' is no URL of http or https"),
        (["--server", "ftp://fake"], "--server: 'ftp://fake' is no URL of http or https"),
    ],
)
def test_a_bad_switch_is_refused_with_what_would_be_valid(arguments: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(arguments, {})
    assert str(refused.value) in (sentence, f"Argument {sentence}; see kanbert-fake listen --help.")


@pytest.mark.parametrize(
    "arguments, variables, server",
    [
        ([], {}, "http://127.0.0.1:5262"),
        ([], {"PORT": "80"}, "http://127.0.0.1:80"),
        ([], {"KANBERT_FAKE_HOST": "0.0.0.0", "KANBERT_FAKE_PORT": "81"}, "http://127.0.0.1:81"),
        ([], {"KANBERT_FAKE_HOST": "::"}, "http://[::1]:5262"),
        (["--server", "http://fake:1/"], {"PORT": "80"}, "http://fake:1"),
        (["--server", "http://fake:1/api/v1"], {"KANBERT_FAKE_PROT": "80"}, "http://fake:1"),
    ],
)
def test_the_fake_is_where_the_settings_of_kanbert_fake_say_or_server(
    arguments: list[str], variables: dict[str, str], server: str
) -> None:
    assert read(arguments, variables) == Wanted("127.0.0.1", 0, None, server, None, None, None, None, None, False)


def test_a_server_does_not_import_it() -> None:
    program = "import sys, fake_server.__main__, fake_server.server; sys.exit('fake_server.listen' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0

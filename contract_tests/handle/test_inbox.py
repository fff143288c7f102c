"""The inbox: a real receiver of webhooks, which checks what comes, answers as it is told, and ends."""

import hmac
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from contract_tests.client import NOW
from contract_tests.expected import BRIEF, LOGO, PROJECT
from contract_tests.handle import handles
from contract_tests.handle.handles import rename, told
from fake_server import ControlError, FakeServer, Handle, connect

pytestmark = pytest.mark.proves("README: Being told")

server, world, running = handles.server, handles.world, handles.running


@pytest.fixture
def fake(world: Handle) -> Handle:
    """One whose clock stands."""
    return world


# ---------------------------------------------------------------- what comes


def test_what_was_changed_comes_signed_and_whole(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    rename(fake)
    fake.flush()
    [came] = inbox.received
    assert (came.event, came.id, came.resource, came.genuine, came.answered) == (
        "task:update", LOGO, {"type": "task", "id": LOGO}, True, 200,
    )  # fmt: skip
    assert came.data == fake.client.get(f"/tasks/{LOGO}").json()
    assert came.payload == json.loads(came.body) == inbox.wait_for("task:update")
    signature = hmac.new(inbox.secret.encode(), came.body, "sha256").hexdigest()
    assert ("Signature", signature) in [(name.title(), value) for name, value in came.headers]


def test_a_wait_ends_when_it_comes(running: Handle) -> None:
    inbox = running.inbox("task:*")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(inbox.wait_for, "task:update", LOGO)
        rename(running)
        assert waiting.result()["data"]["title"] == "New"


def test_a_wait_is_for_one_event_of_one_record(fake: Handle) -> None:
    inbox = fake.inbox()
    for id in (LOGO, BRIEF):
        rename(fake, id=id)
        fake.clock.advance(seconds=1)
    made = fake.client.post("/tasks", json={"title": "T", "project_id": PROJECT}).json()
    fake.flush()
    assert inbox.wait_for("task:update", BRIEF)["resource"]["id"] == BRIEF
    assert inbox.wait_for("task:create")["resource"]["id"] == made["id"]
    assert inbox.wait_for("task:*")["resource"]["id"] == LOGO
    assert [one.event for one in inbox.received] == ["task:update", "task:update", "task:create"]


def test_each_wait_returns_what_no_earlier_one_has_returned(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    for title in ("One", "Two", "Three", "Four"):
        rename(fake, title)
        fake.clock.advance(seconds=1)
    assert inbox.wait_for("task:update", LOGO)["data"]["title"] == "One"
    assert [one["data"]["title"] for one in inbox.wait_for("*", count=2)] == ["Two", "Three"]
    assert told(inbox.wait_for, "task:update", count=2).splitlines() == [
        "task:update (2 times) did not come. The clock stands at 2026-03-12T15:30:04.000Z, 0 deliveries are pending: "
        "nothing it is told of changed.",
        "Received (4, of which earlier calls returned 3):",
        *[f"  task:update {LOGO}, answered 200"] * 4,
    ]
    assert inbox.wait_for("task:*")["data"]["title"] == "Four"
    inbox.clear()
    rename(fake, "Five")
    fake.flush()
    assert inbox.wait_for("task:update")["data"]["title"] == "Five"


def test_no_two_threads_are_returned_the_same(fake: Handle) -> None:
    inbox = fake.inbox("task:create")
    for number in range(8):
        fake.client.post("/tasks", json={"title": f"T {number}", "project_id": PROJECT})
    fake.flush()
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: inbox.wait_for("task:create")["data"]["title"], range(8)))
    assert sorted(found) == [f"T {number}" for number in range(8)]


def test_it_is_told_of_what_it_asked_for_and_of_nothing_else(fake: Handle) -> None:
    created, all_of_project = fake.inbox("task:create"), fake.inbox("task:*", project_id=PROJECT)
    rename(fake)
    fake.flush()
    assert (created.received, [one.event for one in all_of_project.received]) == ([], ["task:update"])


def test_what_came_may_be_forgotten(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    rename(fake)
    fake.flush()
    inbox.clear()
    assert inbox.received == []


def test_two_inboxes_are_told_apart_by_their_secrets(fake: Handle) -> None:
    one, other = fake.inbox("task:*"), fake.inbox("task:*", secret="mine")
    rename(fake)
    fake.flush()
    assert (one.wait_for("*"), other.secret) == (other.wait_for("*"), "mine")
    assert (one.secret != other.secret, one.forged, other.forged) == (True, [], [])


# ---------------------------------------------------------------- what is answered


def test_it_fails_as_often_as_it_is_told_and_is_tried_again(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    inbox.answer(503, times=2)
    rename(fake)
    assert [one["status"] for one in fake.clock.advance(seconds=200)["fell_due"]] == [503, 503, 200]
    assert [one.answered for one in inbox.received] == [503, 503, 200]
    assert len({one.body for one in inbox.received}) == 1
    assert [row["state"] for row in fake.deliveries.all()] == ["delivered"]


def test_it_fails_for_good_until_it_is_told_otherwise(fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    inbox.answer(500)
    rename(fake)
    assert [one["status"] for one in fake.flush()["sent"]] == [500, 500, 500]
    inbox.answer(200)
    fake.deliveries.resend(fake.deliveries.all()[0]["id"])
    fake.flush()
    assert [one.answered for one in inbox.received] == [500, 500, 500, 200]


@pytest.mark.parametrize("status, times", [(100, None), (600, 1), (500, -1)])
def test_what_cannot_be_answered_is_refused(fake: Handle, status: int, times: int | None) -> None:
    with pytest.raises(ValueError, match=r"^A delivery is answered with a status from 200 to 599, not "):
        fake.inbox().answer(status, times)


# ---------------------------------------------------------------- what is not genuine


def test_a_wrong_signature_is_kept_apart_and_fails_every_wait(fake: Handle) -> None:
    inbox = fake.inbox("task:*", mischief=[{"trick": "wrong_signature", "nth": 1}])
    rename(fake)
    fake.clock.advance(seconds=1)
    rename(fake, "Newer")
    fake.flush()
    assert [(one.event, one.genuine) for one in inbox.forged] == [("task:update", False)]
    assert [one.data["title"] for one in inbox.received] == ["Newer"]
    assert told(inbox.wait_for, "task:update") == (
        f"A delivery came whose signature is not that of its body: task:update of {LOGO}. See .forged."
    )


def test_a_body_that_is_no_payload_has_no_event(fake: Handle) -> None:
    inbox = fake.inbox()
    answer = httpx2.post(inbox.url, content=b"\xff{", headers={"Signature": "0"}, verify=False, trust_env=False)
    [came] = inbox.forged
    assert (answer.status_code, came.event, came.id, came.payload, came.resource, came.data) == (
        200, None, None, None, None, None,
    )  # fmt: skip
    assert told(inbox.wait_for, "*") == (
        "A delivery came whose signature is not that of its body: 2 bytes that are no payload. See .forged."
    )


def test_a_payload_that_json_can_say_but_no_text_can_hold_is_one(fake: Handle) -> None:
    inbox = fake.inbox()
    body = b'{"event": "task:update", "resource": {"type": "task", "id": "x"}, "data": {"title": "\\ud800"}}'
    signature = hmac.new(inbox.secret.encode(), body, "sha256").hexdigest()
    httpx2.post(inbox.url, content=body, headers={"X-Own": signature}, verify=False, trust_env=False)
    assert inbox.wait_for("task:update", "x")["data"] == {"title": "\ud800"}


def test_whoever_breaks_off_or_sends_no_length_is_no_delivery(fake: Handle) -> None:
    inbox = fake.inbox()
    for sent in (b"", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{", b"POST / HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", inbox._receiver.port), timeout=5) as sock:
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(1024):
                pass
    assert (inbox.received, inbox.forged) == ([], [])


@pytest.mark.parametrize(
    "length, status", [("", 411), ("x", 413), ("9" * 9, 413), ("9" * 20, 413), ("9" * 5000, 413)]
)
def test_a_length_that_cannot_be_is_refused(
    server: FakeServer, length: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with server.inbox() as inbox, socket.create_connection(("127.0.0.1", inbox._receiver.port), timeout=5) as sock:
        header = f"Content-Length: {length}\r\n" if length else ""
        sock.sendall(f"POST / HTTP/1.1\r\n{header}\r\n".encode())
        assert b"".join(iter(lambda: sock.recv(65536), b"")).startswith(f"HTTP/1.0 {status} ".encode())
    assert capfd.readouterr().err == ""


# ---------------------------------------------------------------- beginning and ending


def test_an_unknown_event_or_field_makes_no_inbox(fake: Handle) -> None:
    before = set(threading.enumerate())
    for events, fields, sentence in (
        (["task:updated"], {}, "There is no event task:updated; did you mean task:update?"),
        ([], {"projectid": PROJECT}, "There is no field projectid; did you mean project_id?"),
    ):
        with pytest.raises(ControlError) as refused:
            fake.inbox(*events, **fields)
        assert str(refused.value) == sentence
    assert (fake.webhooks.list(), fake._inboxes) == ([], [])
    assert set(threading.enumerate()) <= before


def test_after_its_block_nothing_of_it_is_left(fake: Handle) -> None:
    before = set(threading.enumerate())
    with fake.inbox("task:*") as inbox:
        assert [row["url"] for row in fake.webhooks.list()] == [inbox.url]
    assert (fake.webhooks.list(), set(threading.enumerate())) == ([], before)
    with pytest.raises(httpx2.ConnectError):
        httpx2.post(inbox.url, content=b"{}", verify=False, trust_env=False)


def test_it_ends_with_its_handle(server: FakeServer, fake: Handle) -> None:
    with connect(server.url, world=fake.name) as other:
        inbox = other.inbox("task:*")
    assert (inbox._receiver.closing, fake.webhooks.list()) == (True, [])
    inbox.close()


def test_it_ends_with_its_server_and_where_its_world_is_gone() -> None:
    with FakeServer(world="small", now=NOW) as fake:
        own = fake.inbox("task:*")
        with fake.worlds.new() as world:
            gone = world.inbox("task:*")
            fake.worlds.rm(world.name)
    assert (own._receiver.closing, gone._receiver.closing) == (True, True)


def test_where_its_id_has_gone_to_another_that_one_stays(server: FakeServer, fake: Handle) -> None:
    inbox = fake.inbox("task:*")
    with connect(server.url, world=fake.name) as somebody:
        somebody.reset()
    other = fake.webhooks.add("http://receiver.test/hook")
    assert other["id"] == inbox.subscription["id"]
    inbox.close()
    assert fake.webhooks.list() == [other]


def test_a_fake_in_a_container_is_told_another_address(fake: Handle) -> None:
    inbox = fake.inbox("task:*", host="0.0.0.0", public_host="host.docker.internal")
    other = fake.inbox("task:*", public_url="https://tunnel.test/hook")
    assert [row["url"] for row in fake.webhooks.list()] == [
        f"http://host.docker.internal:{inbox._receiver.port}/",
        "https://tunnel.test/hook",
    ]
    assert (inbox.url, other.url) == tuple(row["url"] for row in fake.webhooks.list())


def test_many_changes_from_many_threads_all_come(fake: Handle) -> None:
    inbox = fake.inbox("task:create")

    def create(number: int) -> None:
        fake.client.post("/tasks", json={"title": f"T {number}", "project_id": PROJECT}).raise_for_status()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(create, range(100)))
    fake.flush()
    assert sorted(one["data"]["title"] for one in inbox.wait_for("task:create", count=100)) == sorted(
        f"T {number}" for number in range(100)
    )

"""What receivers get: which changes are told, the payload, the bytes, and the tries by the world's clock."""

import contextlib
import gc
import threading
import time
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.expected import (
    BOT_DATA,
    BRIEF,
    BRIEF_DATA,
    CONCEPT,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PETER_DATA,
    PROJECT,
    ZOE,
    ZOE_DATA,
    Json,
    task,
)
from contract_tests.expected import comment as comment_data
from contract_tests.receiver import Receiver, hang, held, status
from contract_tests.webhook_server import (
    advance,
    after,
    change,
    comment,
    create,
    flush,
    log,
    named,
    now,
    payload,
    running,
    signed,
    subscribe,
    written,
)

ODD = 'Ä/B "c" \\ \t ☃ 😀 </b>'
"""What PHP writes in another way than most."""


@pytest.fixture
def fake(server: Api, receiver: Receiver) -> Api:
    """The small world as it was seeded, its clock frozen; the receiver is told of everything."""
    server.control("POST", "/reset")
    subscribe(server, receiver)
    return server


def upload(api: Api, id: str) -> None:
    assert api.ask("POST", f"/tasks/{id}/upload", files={"file": ("a.txt", b"a")}).status_code == 200


def identify(api: Api, id: str) -> None:
    assert api.put(f"/tasks/{id}/external-identifier", {"external_id": "e-1"}).status_code == 200


def told(api: Api, receiver: Receiver) -> list[tuple[str, str]]:
    """Event and id of everything that was not sent yet."""
    flush(api)
    return named(receiver.taken())


# ---------------------------------------------------------------- payloads


def test_a_new_task_is_told_whole(fake: Api, receiver: Receiver) -> None:
    made = create(fake, ODD, description="<p>ü/</p>", estimated_hours=2.5, is_public=True, due_date="2026-04-01")
    flush(fake)
    [sent] = receiver.received
    assert sent.json == payload("task:create", made["id"], BOT_DATA, made)
    assert sent.json["data"] == fake.data(f"/tasks/{made['id']}")
    assert made == task(
        made["id"],
        "WEB-4",
        ODD,
        description="<p>ü/</p>",
        estimated_hours=2.5,
        is_public=True,
        due_date="2026-04-01",
    )


def test_a_changed_task_is_told_as_it_is_afterwards(fake: Api, receiver: Receiver) -> None:
    changed = change(fake.as_token("user-token"), LOGO, title="New", status="Completed")
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, ZOE_DATA, changed)]
    assert changed == fake.data(f"/tasks/{LOGO}")


def test_a_deleted_task_is_told_as_it_was(fake: Api, receiver: Receiver) -> None:
    fake.delete(f"/tasks/{BRIEF}")
    assert fake.get(f"/tasks/{BRIEF}").status_code == 404
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:delete", BRIEF, BOT_DATA, BRIEF_DATA)]


def test_a_new_comment_is_told_as_it_was_answered(fake: Api, receiver: Receiver) -> None:
    text = '<mention data-id="jp5wupu0" /> so?'
    made = comment(fake.as_token("user-token"), LAUNCH, text)
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("comment:create", made["id"], ZOE_DATA, made)]
    plain = comment_data(made["id"], author=ZOE_DATA, comment=text)
    assert made == {**plain, "task": LAUNCH_DATA, "parent_comment": None}


def test_an_answer_to_a_comment_is_told_alone_and_names_its_parent(fake: Api, receiver: Receiver) -> None:
    parent = comment(fake, LAUNCH, "Q")
    flush(fake)
    receiver.taken()
    made = comment(fake, LAUNCH, "A", parent_comment_id=parent["id"])
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("comment:create", made["id"], BOT_DATA, made)]
    assert made["parent_comment"]["id"] == parent["id"]


def test_a_comment_that_ends_with_its_task_is_told_as_it_was(fake: Api, receiver: Receiver) -> None:
    made = comment(fake.as_token("user-token"), BRIEF)
    flush(fake)
    receiver.taken()
    fake.delete(f"/tasks/{BRIEF}")
    flush(fake)
    assert [one.json for one in receiver.received] == [
        payload("task:delete", BRIEF, BOT_DATA, BRIEF_DATA),
        payload("comment:delete", made["id"], BOT_DATA, made),
    ]


def test_deleting_a_task_tells_of_everything_that_ended_with_it(fake: Api, receiver: Receiver) -> None:
    above = create(fake, "Above")["id"]
    below = create(fake, "Below", parent_task_id=above)
    question = comment(fake, above)
    reply = comment(fake, above, parent_comment_id=question["id"])
    aside = comment(fake, below["id"])
    flush(fake)
    receiver.taken()
    fake.delete(f"/tasks/{above}")
    flush(fake)
    found = {one.json["resource"]["id"]: one.json for one in receiver.received}
    first, *others = named(receiver.received)
    assert first == ("task:delete", above)
    assert sorted(others) == sorted(
        [("task:delete", below["id"]), *(("comment:delete", one["id"]) for one in (question, reply, aside))]
    )
    assert (found[below["id"]]["data"], found[aside["id"]]["data"]) == (below, aside)
    assert [one["id"] for one in found[question["id"]]["data"]["sub_comments"]] == [reply["id"]]


# ---------------------------------------------------------------- the wire


def test_the_request_has_exactly_the_documented_lines(fake: Api, receiver: Receiver) -> None:
    create(fake)
    flush(fake)
    [sent] = receiver.received
    assert sent.line == "POST /hook HTTP/1.1"
    assert sent.headers == [
        ("Host", receiver.url.split("/")[2]),
        ("User-Agent", "kanbert-fake-server"),
        ("Content-Type", "application/json"),
        ("Signature", signed(sent.body)),
        ("Content-Length", str(len(sent.body))),
    ]


def test_the_query_of_a_subscribed_url_is_sent_as_it_is(fake: Api, receiver: Receiver) -> None:
    fake.control("DELETE", "/webhooks")
    subscribe(fake, f"{receiver.url}/%C3%A4?token=a%2Fb&empty=&flag")
    create(fake)
    flush(fake)
    assert [one.line for one in receiver.received] == ["POST /hook/%C3%A4?token=a%2Fb&empty=&flag HTTP/1.1"]


def test_the_bytes_are_those_that_php_writes(fake: Api, receiver: Receiver) -> None:
    made = create(fake, ODD)
    flush(fake)
    [sent] = receiver.received
    assert sent.body == written(payload("task:create", made["id"], BOT_DATA, made))
    assert b'"title":"\\u00c4\\/B \\"c\\" \\\\ \\t \\u2603 \\ud83d\\ude00 <\\/b>"' in sent.body


@pytest.mark.parametrize("secret", ["s", "geheim/ü 😀", "x" * 200])
def test_the_signature_is_keyed_by_the_secret_of_the_subscription(fake: Api, receiver: Receiver, secret: str) -> None:
    fake.control("DELETE", "/webhooks")
    subscribe(fake, receiver, secret=secret)
    create(fake, ODD)
    flush(fake)
    [sent] = receiver.received
    assert sent.header("Signature") == signed(sent.body, secret)


def test_each_subscription_gets_the_same_bytes_with_a_signature_of_its_own(fake: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        subscribe(fake, other, secret="other")
        create(fake)
        flush(fake)
        [sent], [second] = receiver.received, other.received
    assert second.body == sent.body
    assert (sent.header("Signature"), second.header("Signature")) == (signed(sent.body), signed(sent.body, "other"))


def test_the_log_shows_what_was_sent(fake: Api, receiver: Receiver) -> None:
    receiver.usual = status(200, b'{"message":"ok"}')
    made, hook = create(fake), fake.control("GET", "/webhooks")["data"][0]["id"]
    advance(fake, 1)
    [sent], [row] = receiver.received, log(fake)
    assert 0 < row["attempts"][0].pop("duration") < 10
    assert row == {
        "id": "1",
        "event": "task:create",
        "resource": {"type": "task", "id": made["id"]},
        "subscription": hook,
        "url": receiver.url,
        "state": "delivered",
        "reason": None,
        "created_at": after(0),
        "due_at": after(0.1),
        "changed": [],
        "attempts": [{"at": after(0.1), "status": 200, "error": None, "body": '{"message":"ok"}'}],
        "request": {
            "headers": {
                "User-Agent": "kanbert-fake-server",
                "Content-Type": "application/json",
                "Signature": signed(sent.body),
            },
            "body": sent.body.decode(),
        },
    }
    assert fake.control("GET", "/deliveries/1")["request"] == row["request"]


# ---------------------------------------------------------------- what is told


@pytest.mark.parametrize(
    "act, changed",
    [
        (upload, ["updated_at", "attachements"]),
        (identify, ["updated_at", "external_id", "external_origin"]),
        (lambda api, id: change(api, id, add_watchers=[ZOE]), ["updated_at", "watchers"]),
        (lambda api, id: change(api, id, parent_task_id=BRIEF), ["updated_at", "parent_task_id"]),
        (lambda api, id: change(api, id, assignee_id=ZOE, phase_id=CONCEPT), ["updated_at", "assignee", "phase"]),
    ],
    ids=["upload", "external identifier", "watchers", "parent", "references"],
)
def test_what_changes_a_task_counts_as_its_update(
    fake: Api, receiver: Receiver, act: Any, changed: list[str]
) -> None:
    advance(fake, 60)
    act(fake, LAUNCH)
    flush(fake)
    shown = fake.data(f"/tasks/{LAUNCH}")
    assert [one.json for one in receiver.received] == [payload("task:update", LAUNCH, BOT_DATA, shown)]
    [row] = log(fake)
    assert sorted(row["changed"]) == sorted(changed)
    assert shown != LAUNCH_DATA


@pytest.mark.parametrize(
    "act, events",
    [
        (lambda api, ids: create(api, insert_before=ids[0]), ["task:create"]),
        (lambda api, ids: api.delete(f"/tasks/{ids[0]}"), ["task:delete"]),
        (lambda api, ids: change(api, ids[0], status="WIP"), ["task:update"]),
    ],
    ids=["inserted before", "deleted", "to another column"],
)
def test_neighbours_that_were_only_renumbered_are_told_of_nothing(
    fake: Api, receiver: Receiver, act: Any, events: list[str]
) -> None:
    ids = [create(fake, title)["id"] for title in "ABC"]
    told(fake, receiver)
    act(fake, ids)
    assert [event for event, _ in told(fake, receiver)] == events


@pytest.mark.parametrize(
    "fields",
    [{}, {"title": "Design the logo"}, {"is_public": None}, {"add_watchers": ["jp5wupu0"]}, {"unknown": 1}],
    ids=str,
)
def test_a_change_that_changes_nothing_tells_nothing(fake: Api, fields: Json) -> None:
    assert change(fake, LOGO, **fields) == LOGO_DATA
    assert log(fake) == []


@pytest.mark.parametrize(
    "method, path, body, code",
    [
        ("POST", "/tasks", {"title": "T"}, 422),
        ("POST", "/tasks", {"title": "T", "project_id": PROJECT, "epic_id": "none"}, 422),
        ("PATCH", f"/tasks/{LOGO}", {"title": None}, 422),
        ("PATCH", "/tasks/none", {"title": "T"}, 404),
        ("DELETE", "/tasks/none", None, 404),
        ("POST", f"/tasks/{LOGO}/upload", None, 422),
        ("PUT", f"/tasks/{BRIEF}/external-identifier", {"external_id": "WEB-3001", "external_origin": "jira"}, 422),
        ("POST", "/tasks/comments", {"comment": "C"}, 422),
        ("POST", "/tasks/comments", [], 400),
    ],
    ids=str,
)
def test_a_refused_request_tells_nothing(fake: Api, method: str, path: str, body: Any, code: int) -> None:
    assert fake.ask(method, path, json=body).status_code == code
    assert log(fake) == []


def test_without_the_scope_nothing_changes_and_nothing_is_told(fake: Api) -> None:
    reader = fake.register(scopes=["task-management:read"])
    assert reader.delete(f"/tasks/{LOGO}").status_code == 403
    assert log(fake) == []


def test_seeding_growing_and_resetting_tell_nothing(receiver: Receiver) -> None:
    with running(tasks=20, webhook_url=[receiver.url]) as api:
        assert log(api) == []
        api.control("POST", "/reset")
        api.control("POST", "/reset?to=empty")
        assert (log(api), flush(api), receiver.received) == ([], [], [])


def test_a_receiver_sees_what_a_guest_does_not(fake: Api, receiver: Receiver) -> None:
    guest = fake.as_token("guest-token")
    made = change(fake, LOGO, is_public=False)
    assert guest.get(f"/tasks/{LOGO}").status_code == 404
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, BOT_DATA, made)]


def test_what_a_guest_changes_is_told_with_the_guest_as_the_one_who_did_it(fake: Api, receiver: Receiver) -> None:
    made = change(fake.as_token("guest-token"), LAUNCH, title="Mine")
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LAUNCH, PETER_DATA, made)]


def test_a_receiver_sees_the_hidden_parent_of_a_guests_public_comment(fake: Api, receiver: Receiver) -> None:
    hidden = comment(fake, LAUNCH, "internal")
    reply = comment(fake, LAUNCH, "public", parent_comment_id=hidden["id"], is_public=True)
    told(fake, receiver)
    fake.as_token("guest-token").delete(f"/tasks/{LAUNCH}")
    flush(fake)
    [gone] = [one.json for one in receiver.received if one.json["resource"]["id"] == reply["id"]]
    assert gone == payload("comment:delete", reply["id"], PETER_DATA, reply)
    assert gone["data"]["parent_comment"]["comment"] == "internal"


# ---------------------------------------------------------------- tries


def tried(api: Api, id: str = "1") -> list[tuple[str, int | None]]:
    """When each try was, and the status of its answer."""
    return [(one["at"], one["status"]) for one in api.control("GET", f"/deliveries/{id}")["attempts"]]


def test_the_tries_are_at_their_times(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 404])
    hook, made = fake.control("GET", "/webhooks")["data"][0], create(fake)
    row = {
        "id": "1",
        "event": "task:create",
        "resource": {"type": "task", "id": made["id"]},
        "subscription": hook["id"],
        "url": receiver.url,
    }
    why = "It answered {}; only 2xx counts as received.".format
    assert fake.control("POST", "/clock/advance", {"by": 200}) == {
        "now": after(200),
        "mode": "frozen",
        "fell_due": [
            {"at": after(0.1), **row, "try": 1, "status": 500, "error": why(500), "state": "pending"},
            {"at": after(10.1), **row, "try": 2, "status": 404, "error": why(404), "state": "pending"},
            {"at": after(110.1), **row, "try": 3, "status": 200, "error": None, "state": "delivered"},
        ],
    }
    assert tried(fake) == [(after(0.1), 500), (after(10.1), 404), (after(110.1), 200)]


def test_nothing_is_sent_before_it_is_due(fake: Api, receiver: Receiver) -> None:
    receiver.usual = 500
    create(fake)
    due = []
    for step in (0, 0.099, 0.001, 9.999, 0.001, 99.999, 0.001, 1_000_000):
        due.append([one["try"] for one in advance(fake, step)])
        assert len(receiver.received) == sum(map(len, due))
    assert due == [[], [], [1], [], [2], [], [3], []]


@pytest.mark.parametrize("steps", [[0.05] * 2, [0.03, 0.03, 0.04], [0.01] * 10, [0.001] * 100], ids=len)
def test_many_small_steps_are_as_good_as_one(fake: Api, steps: list[float]) -> None:
    create(fake)
    *before, last = [len(advance(fake, step)) for step in steps]
    assert (sum(before), last) == (0, 1)


def test_every_try_has_the_same_bytes_and_signature(fake: Api, receiver: Receiver) -> None:
    receiver.usual = 500
    made = create(fake)
    advance(fake, 1)
    changed = change(fake, made["id"], title="Later")
    advance(fake, 150)
    first, *others = receiver.received[:3]
    assert others == [first, first]
    assert first.body == written(payload("task:create", made["id"], BOT_DATA, made))
    assert receiver.received[3].json == payload("task:update", made["id"], BOT_DATA, changed)


@pytest.mark.parametrize(
    "answers, state, statuses",
    [
        ([200], "delivered", [200]),
        ([500, 204], "delivered", [500, 204]),
        ([500, 500, 299], "delivered", [500, 500, 299]),
        ([500, 500, 500], "failed", [500, 500, 500]),
    ],
    ids=str,
)
def test_a_delivery_ends_with_the_first_success_or_the_third_failure(
    fake: Api, receiver: Receiver, answers: list[int], state: str, statuses: list[int]
) -> None:
    receiver.answers.extend(answers)
    create(fake)
    advance(fake, "1d")
    [row] = log(fake)
    assert (row["state"], row["reason"], [one["status"] for one in row["attempts"]]) == (state, None, statuses)
    assert len(receiver.received) == len(statuses)


def test_the_state_of_a_task_is_that_of_the_time_of_the_delivery(fake: Api, receiver: Receiver) -> None:
    change(fake, LOGO, title="One")
    made = change(fake, LOGO, title="Two")
    advance(fake, 1)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, BOT_DATA, made)]


def test_flush_makes_every_try_at_once_and_leaves_the_clock_alone(fake: Api, receiver: Receiver) -> None:
    receiver.answers.extend([500, 500])
    ids = [create(fake)["id"] for _ in range(2)]
    sent = flush(fake)
    assert [(one["at"], one["id"], one["try"], one["status"], one["state"]) for one in sent] == [
        (after(0), "1", 1, 500, "pending"),
        (after(0), "1", 2, 500, "pending"),
        (after(0), "1", 3, 200, "delivered"),
        (after(0), "2", 1, 200, "delivered"),
    ]
    assert [one.json["resource"]["id"] for one in receiver.received] == [ids[0]] * 3 + [ids[1]]
    assert now(fake) == after(0)


def test_flush_answers_only_when_everything_was_answered(fake: Api, receiver: Receiver) -> None:
    gate = threading.Semaphore(0)
    receiver.usual = held(gate)
    create(fake)
    sent: list[Json] = []
    flushing = threading.Thread(target=lambda: sent.extend(flush(fake)))
    flushing.start()
    receiver.wait_for(1)
    assert log(fake)[0]["state"] == "pending"
    assert flushing.is_alive()
    gate.release()
    flushing.join()
    assert [one["state"] for one in sent] == ["delivered"]


def test_flush_with_nothing_pending_answers_at_once(fake: Api) -> None:
    assert fake.control("POST", "/flush") == {"now": after(0), "sent": []}


def test_what_is_flushed_is_not_sent_again(fake: Api, receiver: Receiver) -> None:
    create(fake)
    flush(fake)
    assert (flush(fake), advance(fake, "1d")) == ([], [])
    assert len(receiver.received) == 1


# ---------------------------------------------------------------- settings


def test_urls_of_the_start_are_told_of_everything_with_the_secret_of_the_start(receiver: Receiver) -> None:
    with Receiver() as other, running(webhook_url=[receiver.url, other.url], webhook_secret="ü") as api:
        create(api)
        comment(api, LOGO)
        flush(api)
        assert receiver.events() == other.events() == ["task:create", "comment:create"]
        assert [one.header("Signature") for one in receiver.received] == [
            signed(one.body, "ü") for one in receiver.received
        ]


@pytest.mark.parametrize(
    "switches, times",
    [
        ({"webhook_tries": 1}, [0.1]),
        ({"webhook_tries": 2, "webhook_window": 1.5}, [1.5, 11.5]),
        ({"webhook_tries": 5}, [0.1, 10.1, 110.1, 210.1, 310.1]),
        ({"webhook_tries": 5, "webhook_backoff": [1, 2.5, 4]}, [0.1, 1.1, 3.6, 7.6, 11.6]),
        ({"webhook_backoff": [0]}, [0.1, 0.1, 0.1]),
    ],
    ids=str,
)
def test_settings_say_how_often_and_when_it_is_tried(receiver: Receiver, switches: Json, times: list[float]) -> None:
    receiver.usual = 500
    with running(webhook_url=[receiver.url], **switches) as api:
        create(api)
        advance(api, 1000)
        assert tried(api) == [(after(time), 500) for time in times]
        assert log(api)[0]["state"] == "failed"


def test_settings_name_the_headers(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url], webhook_header="X-Hub", webhook_id_header="X-Delivery") as api:
        create(api)
        create(api)
        flush(api)
        for number, sent in enumerate(receiver.received, 1):
            assert sent.headers[1:] == [
                ("User-Agent", "kanbert-fake-server"),
                ("Content-Type", "application/json"),
                ("X-Hub", signed(sent.body)),
                ("X-Delivery", str(number)),
                ("Content-Length", str(len(sent.body))),
            ]


def test_without_a_window_a_change_is_sent_at_once_though_the_clock_stands(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url], webhook_window=0) as api:
        made = create(api)
        change(api, made["id"], title="Two")
        receiver.wait_for(2)
        assert receiver.events() == ["task:create", "task:update"]
        assert [one.json["data"]["title"] for one in receiver.received] == ["T", "Two"]


# ---------------------------------------------------------------- the clock


def test_the_clock_is_told_frozen_turned_and_let_go(fake: Api) -> None:
    assert fake.control("GET", "/clock") == {"now": after(0), "mode": "frozen"}
    assert fake.control("POST", "/clock/advance", {"by": 1.5}) == {
        "now": after(1.5), "mode": "frozen", "fell_due": [],
    }  # fmt: skip
    at = "2027-01-01T00:00:00.000Z"
    assert fake.control("POST", "/clock/freeze", {"at": "2027-01-01T01:00:00+01:00"}) == {"now": at, "mode": "frozen"}
    assert create(fake)["created_at"] == "2027-01-01T00:00:00Z"
    resumed = fake.control("POST", "/clock/resume")
    assert (resumed["mode"], resumed["now"][:16]) == ("real", at[:16])
    stood = fake.control("POST", "/clock/freeze")
    assert stood["mode"] == "frozen"
    assert fake.control("GET", "/clock") == stood
    assert stood["now"] >= resumed["now"]


def test_with_a_running_clock_deliveries_and_retries_come_by_themselves(receiver: Receiver) -> None:
    receiver.answers.append(500)
    with running(now="", webhook_url=[receiver.url], webhook_backoff=[0.05]) as api:
        made = create(api)
        receiver.wait_for(2)
        assert api.control("GET", "/clock")["mode"] == "real"
        assert [one.json for one in receiver.received] == [payload("task:create", made["id"], BOT_DATA, made)] * 2
        flush(api)
        assert [one["state"] for one in log(api)] == ["delivered"]


def test_a_running_clock_can_be_turned_and_what_fell_due_is_complete_and_ordered(receiver: Receiver) -> None:
    receiver.answers.extend([500, 500, 200, 500])
    with running(now="", webhook_url=[receiver.url], webhook_window=5) as api:
        create(api), create(api)
        due = advance(api, "2m")
        assert [(one["id"], one["try"], one["state"]) for one in due] == [
            ("1", 1, "pending"),
            ("2", 1, "pending"),
            ("1", 2, "delivered"),
            ("2", 2, "pending"),
            ("2", 3, "delivered"),
        ]
        times = [one["at"] for one in due]
        assert times == sorted(times)
        assert api.control("GET", "/clock")["mode"] == "real"
        assert now(api) > times[-1]
        assert [one["state"] for one in log(api)] == ["delivered", "delivered"]


def test_freezing_a_running_clock_holds_back_what_is_not_due(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url], webhook_window=5) as api:
        create(api)
        api.control("POST", "/clock/freeze")
        assert (advance(api, 4), receiver.received) == ([], [])
        assert [one["try"] for one in advance(api, 1)] == [1]


def test_resuming_a_frozen_clock_sends_what_falls_due(fake: Api, receiver: Receiver) -> None:
    create(fake)
    fake.control("POST", "/clock/resume")
    receiver.wait_for(1)


def test_freezing_at_a_later_instant_sends_what_is_overdue(fake: Api, receiver: Receiver) -> None:
    create(fake)
    fake.control("POST", "/clock/freeze", {"at": "2026-03-12T15:30:05Z"})
    receiver.wait_for(1)
    flush(fake)
    assert tried(fake) == [(after(5), 200)]


# ---------------------------------------------------------------- reset and stop


def test_reset_forgets_what_is_pending_and_sets_the_clock_back(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(500)
    create(fake)
    advance(fake, 5)
    change(fake, LOGO, title="T")
    fake.control("POST", "/clock/resume")
    fake.control("POST", "/reset")
    assert fake.control("GET", "/clock") == {"now": after(0), "mode": "frozen"}
    assert fake.control("GET", "/deliveries") == {"data": [], "total": 0, "forgotten": 0}
    assert (advance(fake, "1d"), flush(fake)) == ([], [])
    assert len(receiver.received) == 1


def test_reset_brings_back_the_subscriptions_of_the_start_and_no_others(receiver: Receiver) -> None:
    with Receiver() as other, running(webhook_url=[receiver.url]) as api:
        before = api.control("GET", "/webhooks")
        api.control("DELETE", "/webhooks")
        subscribe(api, other)
        api.control("POST", "/reset")
        assert api.control("GET", "/webhooks") == before
        create(api)
        flush(api)
        assert (receiver.events(), other.events()) == (["task:create"], [])
        assert log(api)[0]["id"] == "1"


def test_reset_to_nothing_keeps_the_subscriptions_and_forgets_what_is_pending(receiver: Receiver) -> None:
    with running(webhook_url=[receiver.url]) as api:
        before = api.control("GET", "/webhooks")
        create(api)
        api.control("POST", "/reset?to=empty")
        assert (api.control("GET", "/webhooks"), log(api), flush(api)) == (before, [], [])


def test_reset_sets_a_running_clock_running_again(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url]) as api:
        api.control("POST", "/clock/freeze", {"at": "2030-01-01T00:00:00Z"})
        api.control("POST", "/reset")
        assert api.control("GET", "/clock")["mode"] == "real"
        assert now(api) < "2030"


def test_reset_breaks_off_what_is_under_way(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(hang)
    create(fake)
    answers: list[Json] = []
    waiting = threading.Thread(target=lambda: answers.append(fake.control("POST", "/flush")))
    waiting.start()
    receiver.wait_for(1)
    fake.control("POST", "/reset")
    waiting.join()
    receiver.wait_until_left()
    assert answers == [{"now": after(0), "sent": []}]
    subscribe(fake, receiver)
    create(fake)
    assert [one["state"] for one in flush(fake)] == ["delivered"]


def test_a_clock_that_is_being_turned_is_back_at_the_start_after_a_reset(fake: Api, receiver: Receiver) -> None:
    receiver.answers.append(hang)
    create(fake)
    answers: list[Json] = []
    turning = threading.Thread(target=lambda: answers.append(fake.control("POST", "/clock/advance", {"by": "1d"})))
    turning.start()
    receiver.wait_for(1)
    fake.control("POST", "/reset")
    turning.join()
    assert answers == [{"now": after(0), "mode": "frozen", "fell_due": []}]
    assert now(fake) == after(0)


def wait_for_flush(api: Api) -> threading.Thread:
    """Somebody who waits for the server until it ends."""

    def wait() -> None:
        with contextlib.suppress(httpx2.HTTPError):
            api.http.post("/_fake/flush")

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.parametrize("flushed", [False, True], ids=["by itself", "while somebody waits for it"])
def test_the_server_ends_quickly_with_deliveries_under_way_and_leaves_nothing_open(
    receiver: Receiver, flushed: bool
) -> None:
    receiver.usual = hang
    with running(now="", webhook_url=[receiver.url], webhook_window=0) as api:
        for _ in range(8):
            create(api)
        receiver.wait_for(4)
        waiting = [wait_for_flush(api)] if flushed else []
        began = time.monotonic()
    assert time.monotonic() - began < 2
    receiver.wait_until_left()
    for thread in waiting:
        thread.join()
    gc.collect()
    assert len(receiver.received) == 4
    assert [one.name for one in threading.enumerate()].count("kanbert-fake") <= 1, "only the shared one"


def test_the_server_ends_with_deliveries_that_wait_for_their_time(receiver: Receiver) -> None:
    with running(now="", webhook_url=[receiver.url], webhook_window=60) as api:
        create(api)
    gc.collect()
    assert receiver.received == []

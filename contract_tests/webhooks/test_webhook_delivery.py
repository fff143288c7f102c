"""What receivers get: which changes are told, the payload and the bytes."""

from typing import Any

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
from contract_tests.webhooks.receiver import Receiver, status
from contract_tests.webhooks.webhook_server import (
    advance,
    after,
    flush,
    log,
    named,
    payload,
    running,
    signed,
    subscribe,
    written,
)
from contract_tests.writing import change, comment, create

ODD = 'Ä/B "c" \\ \t ☃ 😀 </b>'
"""What PHP writes in another way than most."""


@pytest.fixture
def fake(fake: Api, receiver: Receiver) -> Api:
    """Its receiver is told of everything."""
    subscribe(fake, receiver)
    return fake


def upload(api: Api, id: str) -> None:
    assert api.ask("POST", f"/tasks/{id}/upload", files={"file": ("a.txt", b"a")}).status_code == 200


def identify(api: Api, id: str) -> None:
    assert api.put(f"/tasks/{id}/external-identifier", {"external_id": "e-1"}).status_code == 200


def told(api: Api, receiver: Receiver) -> list[tuple[str, str]]:
    """Event and id of everything that was not sent yet."""
    flush(api)
    return named(receiver.taken())


# ---------------------------------------------------------------- payloads


@pytest.mark.proves(
    "webhooks.task-create",
    "webhooks.payload",
    "webhooks.payload-resource",
    "webhooks.payload-user",
    "webhooks.payload-data",
    "W1",
)
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


@pytest.mark.proves("webhooks.task-update", "webhooks.payload-user", "webhooks.payload-data", "W1", "W16")
def test_a_changed_task_is_told_as_it_is_afterwards(fake: Api, receiver: Receiver) -> None:
    changed = change(fake.as_token("user-token"), LOGO, title="New", status="Completed")
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, ZOE_DATA, changed)]
    assert changed == fake.data(f"/tasks/{LOGO}")


@pytest.mark.proves("webhooks.task-delete", "webhooks.payload-data", "W1")
def test_a_deleted_task_is_told_as_it_was(fake: Api, receiver: Receiver) -> None:
    fake.delete(f"/tasks/{BRIEF}")
    assert fake.get(f"/tasks/{BRIEF}").status_code == 404
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:delete", BRIEF, BOT_DATA, BRIEF_DATA)]


@pytest.mark.proves("webhooks.comment-events", "W1", "W12")
def test_a_new_comment_is_told_as_it_was_answered(fake: Api, receiver: Receiver) -> None:
    text = '<mention data-id="jp5wupu0" /> so?'
    made = comment(fake.as_token("user-token"), LAUNCH, text)
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("comment:create", made["id"], ZOE_DATA, made)]
    plain = comment_data(made["id"], author=ZOE_DATA, comment=text)
    assert made == {**plain, "task": LAUNCH_DATA, "parent_comment": None}


@pytest.mark.proves("C6", "W1")
def test_an_answer_to_a_comment_is_told_alone_and_names_its_parent(fake: Api, receiver: Receiver) -> None:
    parent = comment(fake, LAUNCH, "Q")
    flush(fake)
    receiver.taken()
    made = comment(fake, LAUNCH, "A", parent_comment_id=parent["id"])
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("comment:create", made["id"], BOT_DATA, made)]
    assert made["parent_comment"]["id"] == parent["id"]


@pytest.mark.proves("C5", "W1", "W15")
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


@pytest.mark.proves("C5", "W15")
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


@pytest.mark.proves("webhooks.post", "W7")
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


@pytest.mark.proves("webhooks.post")
def test_the_query_of_a_subscribed_url_is_sent_as_it_is(fake: Api, receiver: Receiver) -> None:
    fake.control("DELETE", "/webhooks")
    subscribe(fake, f"{receiver.url}/%C3%A4?token=a%2Fb&empty=&flag")
    create(fake)
    flush(fake)
    assert [one.line for one in receiver.received] == ["POST /hook/%C3%A4?token=a%2Fb&empty=&flag HTTP/1.1"]


@pytest.mark.proves("W14")
def test_the_bytes_are_those_that_php_writes(fake: Api, receiver: Receiver) -> None:
    made = create(fake, ODD)
    flush(fake)
    [sent] = receiver.received
    assert sent.body == written(payload("task:create", made["id"], BOT_DATA, made))
    assert b'"title":"\\u00c4\\/B \\"c\\" \\\\ \\t \\u2603 \\ud83d\\ude00 <\\/b>"' in sent.body


@pytest.mark.proves("webhooks.signature", "webhooks.store.secret", "W2")
@pytest.mark.parametrize("secret", ["s", "geheim/ü 😀", "x" * 200])
def test_the_signature_is_keyed_by_the_secret_of_the_subscription(fake: Api, receiver: Receiver, secret: str) -> None:
    fake.control("DELETE", "/webhooks")
    subscribe(fake, receiver, secret=secret)
    create(fake, ODD)
    flush(fake)
    [sent] = receiver.received
    assert sent.header("Signature") == signed(sent.body, secret)


@pytest.mark.proves("webhooks.signature", "webhooks.store.secret", "W2")
def test_each_subscription_gets_the_same_bytes_with_a_signature_of_its_own(fake: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        subscribe(fake, other, secret="other")
        create(fake)
        flush(fake)
        [sent], [second] = receiver.received, other.received
    assert second.body == sent.body
    assert (sent.header("Signature"), second.header("Signature")) == (signed(sent.body), signed(sent.body, "other"))


@pytest.mark.proves("README: Webhooks")
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


@pytest.mark.proves("webhooks.task-update", "W15")
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


@pytest.mark.proves("W15")
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


@pytest.mark.proves("W15", "T30")
@pytest.mark.parametrize(
    "fields",
    [{}, {"title": "Design the logo"}, {"is_public": None}, {"add_watchers": ["jp5wupu0"]}, {"unknown": 1}],
    ids=str,
)
def test_a_change_that_changes_nothing_tells_nothing(fake: Api, fields: Json) -> None:
    assert change(fake, LOGO, **fields) == LOGO_DATA
    assert log(fake) == []


@pytest.mark.proves("W15")
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


@pytest.mark.proves("W15", "tasks.delete.scope")
def test_without_the_scope_nothing_changes_and_nothing_is_told(fake: Api) -> None:
    reader = fake.register(scopes=["task-management:read"])
    assert reader.delete(f"/tasks/{LOGO}").status_code == 403
    assert log(fake) == []


@pytest.mark.proves("W11")
def test_seeding_growing_and_resetting_tell_nothing(receiver: Receiver) -> None:
    with running(tasks=20, webhook_url=[receiver.url]) as api:
        assert log(api) == []
        api.control("POST", "/reset")
        api.control("POST", "/reset?to=empty")
        assert (log(api), flush(api), receiver.received) == ([], [], [])


def remove(api: Api, kind: str, id: str, emit: str = "false") -> None:
    """As the tester does it."""
    api.control("DELETE", f"/records/{kind}/{id}?emit={emit}")


@pytest.mark.proves("W11")
def test_a_task_that_was_removed_silently_is_told_as_it_was(fake: Api, receiver: Receiver) -> None:
    changed, new = change(fake, BRIEF, title="Last"), create(fake)
    for id in (BRIEF, new["id"]):
        remove(fake, "task", id)
    advance(fake, 1)
    assert [one.json for one in receiver.received] == [
        payload("task:update", BRIEF, BOT_DATA, changed),
        payload("task:create", new["id"], BOT_DATA, new),
    ]


@pytest.mark.proves("W11")
def test_a_comment_that_ended_silently_with_its_task_is_told_as_it_was(fake: Api, receiver: Receiver) -> None:
    made = comment(fake, BRIEF)
    remove(fake, "task", BRIEF)
    advance(fake, 1)
    assert [one.json for one in receiver.received] == [payload("comment:create", made["id"], BOT_DATA, made)]


@pytest.mark.proves("W11", "W16")
@pytest.mark.parametrize("emit", ["false", "true"])
def test_who_was_removed_is_told_as_they_were(fake: Api, receiver: Receiver, emit: str) -> None:
    user = fake.control("POST", "/records/user", {"type": "user"})["id"]
    one = fake.register(user=user)
    person, changed = one.data("/whoami"), change(one, BRIEF, title="Last")
    fake.control("DELETE", f"/tokens/{one.token}")
    remove(fake, "user", user, emit)
    fake.delete(f"/tasks/{BRIEF}")
    advance(fake, 1)
    assert [one.json for one in receiver.received] == [
        payload("task:update", BRIEF, person, changed),
        payload("task:delete", BRIEF, BOT_DATA, changed),
    ]


@pytest.mark.proves("W18")
def test_a_receiver_sees_what_a_guest_does_not(fake: Api, receiver: Receiver) -> None:
    guest = fake.as_token("guest-token")
    made = change(fake, LOGO, is_public=False)
    assert guest.get(f"/tasks/{LOGO}").status_code == 404
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LOGO, BOT_DATA, made)]


@pytest.mark.proves("W16", "webhooks.payload-user")
def test_what_a_guest_changes_is_told_with_the_guest_as_the_one_who_did_it(fake: Api, receiver: Receiver) -> None:
    made = change(fake.as_token("guest-token"), LAUNCH, title="Mine")
    flush(fake)
    assert [one.json for one in receiver.received] == [payload("task:update", LAUNCH, PETER_DATA, made)]


@pytest.mark.proves("W18")
def test_a_receiver_sees_the_hidden_parent_of_a_guests_public_comment(fake: Api, receiver: Receiver) -> None:
    hidden = comment(fake, LAUNCH, "internal")
    reply = comment(fake, LAUNCH, "public", parent_comment_id=hidden["id"], is_public=True)
    told(fake, receiver)
    fake.as_token("guest-token").delete(f"/tasks/{LAUNCH}")
    flush(fake)
    [gone] = [one.json for one in receiver.received if one.json["resource"]["id"] == reply["id"]]
    assert gone == payload("comment:delete", reply["id"], PETER_DATA, reply)
    assert gone["data"]["parent_comment"]["comment"] == "internal"

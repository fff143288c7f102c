"""Who is told: subscriptions of the tester's and of the service's callers, what limits them, and triggered events."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import (
    BOT,
    BOT_DATA,
    BRIEF,
    BRIEF_DATA,
    CLIENT,
    LOGO,
    PROJECT,
    Json,
)
from contract_tests.receiver import Received, Receiver
from contract_tests.webhook_server import (
    SECRET,
    advance,
    after,
    change,
    comment,
    create,
    flush,
    log,
    named,
    payload,
    signed,
    subscribe,
    written,
)

URL = "http://receiver.test/hook"
EVENTS = ["task:create", "task:update", "task:delete", "comment:create", "comment:update", "comment:delete"]


def hook(id: str, **fields: Any) -> Json:
    """A subscription's whole row: one that limits nothing, except for `fields`."""
    plain: Json = {
        "id": id,
        "url": URL,
        "events": ["task:*", "comment:*"],
        "project_id": None,
        "client_id": None,
        "secret": SECRET,
        "is_active": True,
        "mischief": [],
        "user_id": None,
        "created_at": "2026-03-12T15:30:00Z",
    }
    assert set(fields) <= set(plain), "no such field of a subscription"
    return {**plain, **fields}


def hooks(api: Api) -> list[Json]:
    return api.control("GET", "/webhooks")["data"]  # type: ignore[no-any-return]


def refused(api: Api, method: str, path: str, body: Any = None) -> tuple[int, str, str]:
    """Status, title and sentence of a problem."""
    answer = api.http.request(method, f"/_fake{path}", **({} if body is None else {"json": body}))
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert found == {"title": found["title"], "detail": found["detail"], "status": answer.status_code}
    return answer.status_code, found["title"], found["detail"]


def pending(api: Api) -> list[tuple[str, str]]:
    """Event and subscription of everything in the log."""
    return [(row["event"], row["subscription"]) for row in log(api)]


# ---------------------------------------------------------------- making, listing, ending


def test_at_first_nobody_is_told_anything(api: Api) -> None:
    assert hooks(api) == []
    create(api)
    assert api.control("GET", "/deliveries") == {"data": [], "total": 0, "forgotten": 0}


def test_a_subscription_needs_no_more_than_a_url(api: Api) -> None:
    answer = api.http.post("/_fake/webhooks", json={"url": URL})
    made = answer.json()
    assert (answer.status_code, made) == (201, hook(made["id"]))
    assert hooks(api) == [made]


def test_a_subscription_keeps_every_field_that_was_sent(api: Api) -> None:
    wanted = {
        "url": "https://receiver.test:8443/hook?a=b",
        "events": ["task:update", "comment:*"],
        "project_id": PROJECT,
        "client_id": CLIENT,
        "secret": "Geheimnis äöü",
        "is_active": False,
        "mischief": [
            {"trick": "drop", "every": 2},
            {"trick": "old_secret", "nth": 3, "secret": "old"},
            {"trick": "delay", "every": None, "seconds": 0.5},
        ],
    }
    made = subscribe(api, "", **wanted)
    tricks = [
        {"trick": "drop", "every": 2},
        {"trick": "old_secret", "nth": 3, "secret": "old"},
        {"trick": "delay", "every": 1, "seconds": 0.5},
    ]
    assert made == hook(made["id"], **{**wanted, "mischief": tricks})
    assert hooks(api) == [made]


@pytest.mark.parametrize("field", ["events", "project_id", "client_id", "secret"])
def test_null_is_as_if_it_were_not_sent(api: Api, field: str) -> None:
    made = subscribe(api, URL, **{field: None})
    assert made == hook(made["id"])


def test_an_event_named_twice_is_there_once(api: Api) -> None:
    made = subscribe(api, URL, events=["task:create", "task:*", "task:create"])
    assert made["events"] == ["task:create", "task:*"]


def test_subscriptions_are_listed_oldest_first(api: Api) -> None:
    made = [subscribe(api, f"{URL}/{number}") for number in range(3)]
    assert hooks(api) == made


ONE_OF = "must be a list of {trick, every?, nth?, seconds?, secret?}; tricks: duplicate, reorder, delay, "
TRICKS = f"mischief: {ONE_OF}wrong_signature, old_secret, cut_body, drop."
NO_URL = "url: must be an absolute URL of http or https, of at most 2048 characters."
REFUSED: list[tuple[Json, str, str]] = [
    ({}, "Invalid body", NO_URL),
    ({"url": 5}, "Invalid body", NO_URL),
    ({"url": f"{URL}/{'a' * 2048}"}, "Invalid body", NO_URL),
    *(
        ({"url": url}, "Invalid body", f"url: {url} is no absolute URL of http or https.")
        for url in ("", "nope", "/hook", "receiver.test/hook", "ftp://receiver.test", "http://", "http://a b/", "http:///x",
                    "http://a,http://b", "http://ex%20ample/")
    ),
    ({"event": ["task:*"]}, "Invalid body", "There is no field event; did you mean events?"),
    ({"events": "task:*"}, "Invalid body", "events: must be a list of events, such as task:*."),
    ({"events": []}, "Invalid body", "events: must be a list of events, such as task:*."),
    ({"events": ["task:updat"]}, "No such event", "There is no event task:updat; did you mean task:update?"),
    ({"events": ["task:*", "comments:*"]}, "No such event", "There is no event comments:*; did you mean comment:*?"),
    ({"events": ["*"]}, "No such event", f"There is no event *; known: {', '.join(EVENTS)}, task:*, comment:*."),
    ({"project_id": "nope"}, "No such project", f"There is no project with the id nope; known: {PROJECT}."),
    (
        {"project_id": CLIENT},
        "No such project",
        f"There is no project with the id {CLIENT}; it is the id of a client.",
    ),
    ({"client_id": "nope"}, "No such client", f"There is no client with the id nope; known: {CLIENT}."),
    (
        {"client_id": PROJECT},
        "No such client",
        f"There is no client with the id {PROJECT}; it is the id of a project.",
    ),
    ({"project_id": 5}, "Invalid body", "project_id: must be a string, the id of a project."),
    ({"is_active": "no"}, "Invalid body", "is_active: must be true or false."),
    ({"is_active": None}, "Invalid body", "is_active: must be true or false."),
    ({"secret": ""}, "Invalid body", "secret: must be a string of 1 to 255 characters."),
    ({"secret": "s" * 256}, "Invalid body", "secret: must be a string of 1 to 255 characters."),
    ({"mischief": {"trick": "drop"}}, "Invalid body", TRICKS),
    ({"mischief": ["drop"]}, "Invalid body", TRICKS),
    ({"mischief": [{}]}, "Invalid body", TRICKS),
    ({"mischief": [{"trick": "duplicat"}]}, "No such trick", "There is no trick duplicat; did you mean duplicate?"),
    (
        {"mischief": [{"trick": "drop", "every": 2, "nth": 3}]},
        "Invalid body",
        "mischief: every strikes every so many, nth only one; send one of them.",
    ),
    *(
        ({"mischief": [{"trick": trick, **field}]}, "Invalid body", f"mischief: {sentence}, not for {trick}.")
        for trick, field, sentence in (
            ("drop", {"seconds": 5}, "seconds is for delay and reorder"),
            ("old_secret", {"seconds": 0}, "seconds is for delay and reorder"),
            ("delay", {"secret": "s"}, "secret is for old_secret"),
            ("wrong_signature", {"secret": "s"}, "secret is for old_secret"),
        )
    ),
    ({"mischief": [{"trick": "drop", "every": 0}]}, "Invalid body", TRICKS),
    ({"mischief": [{"trick": "drop", "nth": 0}]}, "Invalid body", TRICKS),
    ({"mischief": [{"trick": "drop", "seconds": -1}]}, "Invalid body", TRICKS),
    (
        {"mischief": [{"trick": "drop", "evry": 2}]},
        "Invalid body",
        f"mischief has no field evry; it {ONE_OF}wrong_signature, old_secret, cut_body, drop.",
    ),
]  # fmt: skip


@pytest.mark.parametrize("body, title, sentence", REFUSED)
def test_a_subscription_that_cannot_be_is_refused_and_nothing_changes(
    api: Api, body: Json, title: str, sentence: str
) -> None:
    wanted = body if "url" in body or not body else {"url": URL, **body}
    assert refused(api, "POST", "/webhooks", wanted) == (422, title, sentence)
    assert hooks(api) == []


def test_a_misspelt_required_field_is_named(api: Api) -> None:
    assert refused(api, "POST", "/webhooks", {"urls": URL})[2] == "There is no field urls; did you mean url?"


@pytest.mark.parametrize("content", ["", "[]", "{", "null", '"x"', "\xff"])
def test_a_body_that_is_no_object_makes_no_subscription(api: Api, content: str) -> None:
    answer = api.http.post("/_fake/webhooks", content=content.encode("latin-1"))
    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid body")
    assert hooks(api) == []


def test_a_deleted_subscription_is_answered_as_it_was(api: Api) -> None:
    made, other = subscribe(api, URL), subscribe(api, f"{URL}/other")
    assert api.control("DELETE", f"/webhooks/{made['id']}") == made
    assert hooks(api) == [other]
    assert refused(api, "DELETE", f"/webhooks/{made['id']}")[:2] == (404, "No such webhook")


def test_all_subscriptions_may_be_deleted_at_once(api: Api) -> None:
    made = [subscribe(api, f"{URL}/{number}") for number in range(3)]
    assert api.control("DELETE", "/webhooks") == {"data": made}
    assert (hooks(api), api.control("DELETE", "/webhooks")) == ([], {"data": []})


def test_an_unknown_subscription_is_not_deleted(api: Api) -> None:
    id = subscribe(api, URL)["id"]
    near = id[:-1] + ("x" if id[-1] != "x" else "y")
    sentence = f"There is no webhook {near}; did you mean {id}?"
    assert refused(api, "DELETE", f"/webhooks/{near}") == (404, "No such webhook", sentence)
    assert len(hooks(api)) == 1


def test_where_there_are_none_no_nearest_subscription_is_named(api: Api) -> None:
    sentence = "There is no webhook zzz; there are none."
    assert refused(api, "DELETE", "/webhooks/zzz") == (404, "No such webhook", sentence)


def test_deleting_a_subscription_cancels_what_is_pending_for_it(api: Api) -> None:
    gone, stays = subscribe(api, URL)["id"], subscribe(api, f"{URL}/other")["id"]
    create(api)
    api.control("DELETE", f"/webhooks/{gone}")
    states = [(row["subscription"], row["state"], row["reason"]) for row in log(api)]
    assert states == [(gone, "cancelled", "Its subscription was removed."), (stays, "pending", None)]


def test_who_unsubscribed_is_told_of_nothing_more(fake: Api, receiver: Receiver) -> None:
    id = subscribe(fake, receiver)["id"]
    change(fake, BRIEF, title="A")
    advance(fake, 1)
    change(fake, BRIEF, title="B")
    fake.control("DELETE", f"/webhooks/{id}")
    change(fake, BRIEF, title="C")
    assert (advance(fake, 3600), flush(fake)) == ([], [])
    assert [one.json["data"]["title"] for one in receiver.received] == ["A"]


def test_reset_leads_back_to_the_subscriptions_of_the_start(connect: Any) -> None:
    api = connect(webhook_url=[URL, f"{URL}/other"])
    started = hooks(api)
    subscribe(api, f"{URL}/more")
    api.control("DELETE", f"/webhooks/{started[0]['id']}")
    api.control("POST", "/reset")
    assert hooks(api) == started


def test_reset_forgets_every_delivery(api: Api) -> None:
    subscribe(api, URL)
    create(api)
    api.control("POST", "/reset")
    assert api.control("GET", "/deliveries") == {"data": [], "total": 0, "forgotten": 0}


def test_an_emptied_world_keeps_the_subscriptions_of_the_start(connect: Any) -> None:
    api = connect(webhook_url=[URL])
    started = hooks(api)
    subscribe(api, f"{URL}/more")
    api.control("POST", "/reset?to=empty")
    assert hooks(api) == started


# ---------------------------------------------------------------- at the start


def test_urls_named_at_the_start_are_told_of_everything_with_the_secret_of_the_start(connect: Any) -> None:
    api = connect(webhook_url=[URL, f"{URL}/other"], webhook_secret="ours")
    first, second = hooks(api)
    assert first == hook(first["id"], secret="ours")
    assert second == hook(second["id"], url=f"{URL}/other", secret="ours")


def test_what_is_seeded_is_told_to_nobody(connect: Any) -> None:
    assert log(connect(webhook_url=[URL])) == []


def test_the_secret_of_the_start_is_that_of_later_subscriptions_without_one(connect: Any) -> None:
    api = connect(webhook_secret="ours")
    assert subscribe(api, URL)["secret"] == "ours"
    assert subscribe(api, URL, secret="own")["secret"] == "own"


# ---------------------------------------------------------------- of which events


def happen(api: Api) -> None:
    """Every event that a caller of the service can cause, none of them in another's window."""
    task = create(api)["id"]
    for step in (
        lambda: change(api, task, title="B"),
        lambda: comment(api, task),
        lambda: api.delete(f"/tasks/{task}"),
    ):
        advance(api, 1)
        step()


HAPPENED = ["task:create", "task:update", "comment:create", "task:delete", "comment:delete"]


@pytest.mark.parametrize(
    "events", [*([event] for event in EVENTS), ["task:*"], ["comment:*"], ["task:create", "comment:*"]]
)
def test_a_subscription_is_told_of_its_events_only(fake: Api, receiver: Receiver, events: list[str]) -> None:
    wanted = [name for name in HAPPENED if name in events or f"{name.partition(':')[0]}:*" in events]
    subscribe(fake, receiver, events=events)
    happen(fake)
    advance(fake, 1)
    assert receiver.events() == wanted
    assert [row["event"] for row in log(fake)] == wanted


def test_an_inactive_subscription_is_told_of_nothing(api: Api) -> None:
    subscribe(api, URL, is_active=False)
    create(api)
    assert log(api) == []


def test_what_happened_before_a_subscription_is_not_told_to_it(api: Api) -> None:
    early = subscribe(api, URL)["id"]
    change(api, BRIEF, title="B")
    late = subscribe(api, URL)["id"]
    change(api, LOGO, title="L")
    assert pending(api) == [("task:update", early), ("task:update", early), ("task:update", late)]


def test_each_subscription_to_one_url_gets_its_own_signature(fake: Api, receiver: Receiver) -> None:
    for secret in ("one", "two", "drei ü"):
        subscribe(fake, receiver, secret=secret)
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    assert len({one.body for one in receiver.received}) == 1
    found = [one.header("Signature") for one in receiver.received]
    assert found == [signed(receiver.received[0].body, secret) for secret in ("one", "two", "drei ü")]


# ---------------------------------------------------------------- of which project, of which client


def one_task_each(api: Api) -> list[Json]:
    """A task of each project, as far as the world has them, and that project's client."""
    return list({task["project_id"]: task for task in api.walk("/tasks")}.values())


@pytest.mark.parametrize("limit", ["project_id", "client_id"])
def test_a_limited_subscription_is_told_of_matching_tasks_and_comments_only(agency: Api, limit: str) -> None:
    tasks = one_task_each(agency)
    wanted = tasks[0][limit]
    assert {task[limit] for task in tasks} > {wanted}
    subscribe(agency, URL, **{limit: wanted})
    expected = []
    for task in tasks:
        change(agency, task["id"], title="Something else")
        made = comment(agency, task["id"])
        matching = task[limit] == wanted
        expected += [("task:update", task["id"]), ("comment:create", made["id"])] if matching else []
    assert [(row["event"], row["resource"]["id"]) for row in log(agency)] == expected


def test_a_subscription_limited_twice_wants_both(agency: Api) -> None:
    mine, *others = one_task_each(agency)
    subscribe(agency, URL, project_id=mine["project_id"], client_id=mine["client_id"])
    for task in (mine, *others):
        change(agency, task["id"], title="Something else")
    assert [row["resource"]["id"] for row in log(agency)] == [mine["id"]]


def test_a_project_and_a_client_that_is_not_its_own_are_refused(agency: Api) -> None:
    mine, *others = one_task_each(agency)
    theirs = next(task["client_id"] for task in others if task["client_id"] != mine["client_id"])
    body = {"url": URL, "project_id": mine["project_id"], "client_id": theirs}
    sentence = "client_id: the project belongs to another client."
    assert refused(agency, "POST", "/webhooks", body) == (422, "Nothing to tell", sentence)
    assert hooks(agency) == []


def test_a_limited_subscription_is_told_of_the_end_of_its_task(agency: Api) -> None:
    mine, theirs = one_task_each(agency)[:2]
    subscribe(agency, URL, events=["task:delete"], project_id=mine["project_id"])
    for task in (mine, theirs):
        agency.delete(f"/tasks/{task['id']}")
    ends = {row["resource"]["id"] for row in log(agency)}
    assert mine["id"] in ends
    assert theirs["id"] not in ends


# ---------------------------------------------------------------- through the service


def test_a_subscription_of_a_caller_is_theirs_and_has_the_secret_it_was_sent_with(api: Api) -> None:
    body = {"url": URL, "events": ["task:update"], "project_id": PROJECT, "secret": "own"}
    made = api.post("/webhooks", body).json()
    assert hooks(api) == [hook(made["id"], events=["task:update"], project_id=PROJECT, secret="own", user_id=BOT)]


def test_a_subscription_of_a_caller_delivers_with_the_secret_that_its_answer_showed(
    fake: Api, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "events": ["task:*"], "project_id": PROJECT}
    made = fake.post("/webhooks", body).json()
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    (one,) = receiver.received
    assert made["secret"] not in ("", SECRET)
    assert one.header("Signature") == signed(one.body, made["secret"])


def test_the_tester_may_end_a_callers_subscription(api: Api) -> None:
    made = api.post("/webhooks", {"url": URL, "events": ["task:*"], "project_id": PROJECT}).json()
    api.control("DELETE", f"/webhooks/{made['id']}")
    assert api.data("/webhooks") == []


def test_a_callers_list_lacks_the_testers_subscriptions(api: Api) -> None:
    subscribe(api, URL)
    assert api.data("/webhooks") == []


def test_reset_ends_the_subscriptions_of_callers(api: Api) -> None:
    api.post("/webhooks", {"url": URL, "events": ["task:*"], "project_id": PROJECT})
    api.control("POST", "/reset")
    assert (hooks(api), api.data("/webhooks")) == ([], [])


# ---------------------------------------------------------------- trigger


def row(id: str, event: str, record: str, subscription: str) -> Json:
    """The log's whole row of a triggered event that waits to be sent."""
    return {
        "id": id,
        "event": event,
        "resource": {"type": event.partition(":")[0], "id": record},
        "subscription": subscription,
        "url": URL,
        "state": "pending",
        "reason": None,
        "created_at": after(0),
        "due_at": after(0),
        "changed": [],
        "attempts": [],
        "request": None,
    }


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_may_be_triggered_about_a_record_without_changing_it(
    fake: Api, receiver: Receiver, event: str
) -> None:
    said = comment(fake, BRIEF)
    before = fake.data(f"/tasks/{BRIEF}")
    subscribe(fake, receiver, events=[event])
    id = BRIEF if event.startswith("task") else said["id"]
    trigger(fake, event, id)
    (one,) = receiver.wait_for(1)
    expected = BRIEF_DATA if event.startswith("task") else {**said, "task": BRIEF_DATA}
    assert one.body == written(payload(event, id, BOT_DATA, expected))
    assert one.header("Signature") == signed(one.body)
    assert (fake.data(f"/tasks/{BRIEF}"), before) == (BRIEF_DATA, BRIEF_DATA)


def trigger(api: Api, event: str, id: str) -> list[Json]:
    return api.control("POST", "/trigger", {"event": event, "id": id})["data"]  # type: ignore[no-any-return]


def test_a_trigger_answers_a_row_of_the_log_for_each_subscription(api: Api) -> None:
    first, _, third = (
        subscribe(api, URL, events=[wanted])["id"] for wanted in ("task:*", "comment:*", "task:update")
    )
    rows = [row("1", "task:update", BRIEF, first), row("2", "task:update", BRIEF, third)]
    made = api.control("POST", "/trigger", {"event": "task:update", "id": BRIEF})
    assert made == {"data": rows, "reason": None}
    assert log(api) == rows


def test_what_is_triggered_is_not_debounced(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    for event in ("task:update", "task:update", "task:delete", "task:create"):
        trigger(fake, event, BRIEF)
    flush(fake)
    assert named(receiver.received) == [
        ("task:update", BRIEF),
        ("task:update", BRIEF),
        ("task:delete", BRIEF),
        ("task:create", BRIEF),
    ]
    assert {attempt["at"] for one in log(fake) for attempt in one["attempts"]} == {after(0)}


def test_what_is_triggered_opens_no_window_and_falls_into_none(api: Api) -> None:
    subscribe(api, URL)
    trigger(api, "task:update", BRIEF)
    change(api, BRIEF, title="B")
    trigger(api, "task:update", BRIEF)
    assert [(one["state"], one["due_at"]) for one in log(api)] == [
        ("pending", after(0)),
        ("pending", after(0.1)),
        ("pending", after(0)),
    ]


def test_a_trigger_that_reaches_nobody_says_so(api: Api) -> None:
    subscribe(api, URL, events=["comment:*"])
    subscribe(api, URL, is_active=False)
    assert api.control("POST", "/trigger", {"event": "task:update", "id": BRIEF}) == {
        "data": [],
        "reason": "No active subscription is told of task:update of this task.",
    }
    assert log(api) == []


def test_a_trigger_respects_the_limits_of_subscriptions(agency: Api) -> None:
    mine, theirs = one_task_each(agency)[:2]
    subscribe(agency, URL, project_id=mine["project_id"])
    assert [len(trigger(agency, "task:update", task["id"])) for task in (mine, theirs)] == [1, 0]


NEAR = BRIEF[:-1] + "e"
NOT_TRIGGERED = [
    ({"event": "task:updat", "id": BRIEF}, 422, "There is no event task:updat; did you mean task:update?"),
    ({"event": "task:*", "id": BRIEF}, 422, f"There is no event task:*; known: {', '.join(EVENTS)}."),
    ({"event": "project:create", "id": "x"}, 422, "There is no event project:create; did you mean comment:create?"),
    ({"event": "task:update", "id": NEAR}, 404, f"There is no task with the id {NEAR}; did you mean {BRIEF}?"),
    (
        {"event": "task:update", "id": PROJECT},
        404,
        f"There is no task with the id {PROJECT}; it is the id of a project.",
    ),
    (
        {"event": "comment:create", "id": BRIEF},
        404,
        f"There is no comment with the id {BRIEF}; it is the id of a task.",
    ),
    ({"id": BRIEF}, 422, "event: must be an event, such as task:update."),
    ({"event": "task:update"}, 422, "id: must be a string, the id of a record."),
    ({"event": "task:update", "id": 1}, 422, "id: must be a string, the id of a record."),
    ({"event": "task:update", "id": BRIEF, "idd": BRIEF}, 422, "There is no field idd; did you mean id?"),
]  # fmt: skip


@pytest.mark.parametrize("body, status, sentence", NOT_TRIGGERED)
def test_an_event_that_cannot_be_triggered_is_refused(api: Api, body: Json, status: int, sentence: str) -> None:
    subscribe(api, URL)
    found = refused(api, "POST", "/trigger", body)
    assert (found[0], found[2]) == (status, sentence)
    assert log(api) == []


def test_a_deleted_record_triggers_nothing_more(api: Api) -> None:
    subscribe(api, URL)
    api.delete(f"/tasks/{BRIEF}")
    assert refused(api, "POST", "/trigger", {"event": "task:delete", "id": BRIEF})[:2] == (404, "No such task")


def test_a_trigger_tells_the_newest_state_when_it_is_sent_later(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, events=["task:create"], mischief=[{"trick": "delay"}])
    trigger(fake, "task:create", BRIEF)
    change(fake, BRIEF, title="Newest")
    advance(fake, 5)
    assert titles(receiver.received) == ["Newest"]


def titles(received: list[Received]) -> list[str]:
    return [one.json["data"]["title"] for one in received]

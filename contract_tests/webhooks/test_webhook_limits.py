"""Of what a subscription is told: its events, its project and client; and subscriptions of the service's callers."""

import pytest

from contract_tests.client import Api
from contract_tests.expected import BOT, BRIEF, LOGO, PROJECT
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import (
    EVENTS,
    SECRET,
    URL,
    advance,
    hook,
    hooks,
    log,
    one_task_each,
    refused,
    signed,
    subscribe,
)
from contract_tests.writing import change, comment, create


def pending(api: Api) -> list[tuple[str, str]]:
    """Event and subscription of everything in the log."""
    return [(row["event"], row["subscription"]) for row in log(api)]


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


@pytest.mark.proves("W12")
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


@pytest.mark.proves("W9")
def test_an_inactive_subscription_is_told_of_nothing(api: Api) -> None:
    subscribe(api, URL, is_active=False)
    create(api)
    assert log(api) == []


@pytest.mark.proves("W9")
def test_what_happened_before_a_subscription_is_not_told_to_it(api: Api) -> None:
    early = subscribe(api, URL)["id"]
    change(api, BRIEF, title="B")
    late = subscribe(api, URL)["id"]
    change(api, LOGO, title="L")
    assert pending(api) == [("task:update", early), ("task:update", early), ("task:update", late)]


@pytest.mark.proves("webhooks.signature", "webhooks.store.secret")
def test_each_subscription_to_one_url_gets_its_own_signature(fake: Api, receiver: Receiver) -> None:
    for secret in ("one", "two", "drei ü"):
        subscribe(fake, receiver, secret=secret)
    change(fake, BRIEF, title="B")
    advance(fake, 1)
    assert len({one.body for one in receiver.received}) == 1
    found = [one.header("Signature") for one in receiver.received]
    assert found == [signed(receiver.received[0].body, secret) for secret in ("one", "two", "drei ü")]


# ---------------------------------------------------------------- of which project, of which client


@pytest.mark.proves("webhooks.store.limits", "W10")
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


@pytest.mark.proves("W10")
def test_a_subscription_limited_twice_wants_both(agency: Api) -> None:
    mine, *others = one_task_each(agency)
    subscribe(agency, URL, project_id=mine["project_id"], client_id=mine["client_id"])
    for task in (mine, *others):
        change(agency, task["id"], title="Something else")
    assert [row["resource"]["id"] for row in log(agency)] == [mine["id"]]


@pytest.mark.proves("W10")
def test_a_project_and_a_client_that_is_not_its_own_are_refused(agency: Api) -> None:
    mine, *others = one_task_each(agency)
    theirs = next(task["client_id"] for task in others if task["client_id"] != mine["client_id"])
    body = {"url": URL, "project_id": mine["project_id"], "client_id": theirs}
    sentence = "client_id: the project belongs to another client."
    assert refused(agency, "POST", "/webhooks", body) == (422, "Nothing to tell", sentence)
    assert hooks(agency) == []


@pytest.mark.proves("W10")
def test_a_limited_subscription_is_told_of_the_end_of_its_task(agency: Api) -> None:
    mine, theirs = one_task_each(agency)[:2]
    subscribe(agency, URL, events=["task:delete"], project_id=mine["project_id"])
    for task in (mine, theirs):
        agency.delete(f"/tasks/{task['id']}")
    ends = {row["resource"]["id"] for row in log(agency)}
    assert mine["id"] in ends
    assert theirs["id"] not in ends


# ---------------------------------------------------------------- through the service


@pytest.mark.proves("webhooks.store.owner", "W9")
def test_a_subscription_of_a_caller_is_theirs_and_has_the_secret_it_was_sent_with(api: Api) -> None:
    body = {"url": URL, "events": ["task:update"], "project_id": PROJECT, "secret": "own"}
    made = api.post("/webhooks", body).json()
    assert hooks(api) == [hook(made["id"], events=["task:update"], project_id=PROJECT, secret="own", user_id=BOT)]


@pytest.mark.proves("webhooks.store.secret", "W9")
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


@pytest.mark.proves("W9", "README: Webhooks")
def test_the_tester_may_end_a_callers_subscription(api: Api) -> None:
    made = api.post("/webhooks", {"url": URL, "events": ["task:*"], "project_id": PROJECT}).json()
    api.control("DELETE", f"/webhooks/{made['id']}")
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9")
def test_a_callers_list_lacks_the_testers_subscriptions(api: Api) -> None:
    subscribe(api, URL)
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9")
def test_reset_ends_the_subscriptions_of_callers(api: Api) -> None:
    api.post("/webhooks", {"url": URL, "events": ["task:*"], "project_id": PROJECT})
    api.control("POST", "/reset")
    assert (hooks(api), api.data("/webhooks")) == ([], [])

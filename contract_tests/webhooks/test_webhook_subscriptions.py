"""Subscriptions: made, listed and ended by the tester, and named at the start."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, CLIENT, PROJECT, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import EVENTS, URL, advance, flush, hook, hooks, log, refused, subscribe
from contract_tests.writing import change, create

pytestmark = pytest.mark.proves("W9", "README: Webhooks")

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


@pytest.mark.proves("W11")
def test_what_is_seeded_is_told_to_nobody(connect: Any) -> None:
    assert log(connect(webhook_url=[URL])) == []


def test_the_secret_of_the_start_is_that_of_later_subscriptions_without_one(connect: Any) -> None:
    api = connect(webhook_secret="ours")
    assert subscribe(api, URL)["secret"] == "ours"
    assert subscribe(api, URL, secret="own")["secret"] == "own"

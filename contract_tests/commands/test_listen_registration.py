"""Under which subscription `kanbert-fake listen` receives, also after the fake forgot it."""

import re
from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.commands.listener import URL, Listener, registered
from contract_tests.expected import PROJECT
from contract_tests.processes import free_port
from contract_tests.webhooks.webhook_server import SECRET, flush, running, subscribe
from contract_tests.webhooks.webhook_server import hooks as subscriptions
from contract_tests.writing import create

pytestmark = pytest.mark.proves("README: Webhooks")


@pytest.fixture
def api(fake: Api) -> Api:
    """A running one: a listener is another process."""
    return fake


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


SINGLE = ["task:create", "task:update", "task:delete"]


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


def test_it_registers_again_after_a_reset_and_when_a_fake_that_ended_is_back() -> None:
    port = free_port()
    with running(port=port) as api:
        listener = Listener(api)
        api.control("POST", "/reset")
        assert listener.line() == AGAIN
        create(api)
        flush(api)
        assert listener.told().endswith("; signature valid; answered 200")
    with listener:
        gone = listener.line()
        with running(port=port) as again:
            assert listener.line() == AGAIN
            assert [one["url"] for one in subscriptions(again)] == [listener.url]
            outcome, _ = listener.stop()
            assert subscriptions(again) == []
    assert re.fullmatch(rf"kanbert-fake listen: No fake answers at {api.http.base_url}\. .+ Waiting for it\.\n", gone)
    assert outcome == (0, "", "")


def test_a_listener_hears_of_the_world_that_it_names_and_of_no_other(api: Api) -> None:
    other = api.as_token(api.control("POST", "/worlds", {"name": "heard"})["token"])
    with Listener(api, "--world", "heard") as listener:
        create(api, "Elsewhere")
        create(other, "Here")
        api.control("POST", "/flush?world=heard")
        assert listener.told().endswith(' "Here"; signature valid; answered 200')
        assert listener.stop()[0] == (0, "", "")
    assert api.control("GET", "/webhooks?world=heard") == {"data": []}
    api.control("DELETE", "/worlds/heard")

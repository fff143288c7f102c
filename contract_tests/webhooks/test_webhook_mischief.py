"""Mischief: what goes wrong on the way to a real receiver, on purpose and in every run the same."""

from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, LAUNCH, LOGO, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import SECRET, advance, after, flush, log, signed, subscribe, titles
from contract_tests.writing import change, create
from fake_server.webhooks.mischief import TRICKS

pytestmark = pytest.mark.proves("README: Mischief")


def play(api: Api, receiver: Receiver, trick: str, **how: Any) -> str:
    """A subscription on whose deliveries a trick is played."""
    return str(subscribe(api, receiver, mischief=[{"trick": trick, **how}])["id"])


def updates(api: Api, *titles: str, every: float = 1) -> list[str]:
    """Changes the brief every so many seconds; when something was sent."""
    times = []
    for title in titles:
        change(api, BRIEF, title=title)
        times += [one["at"] for one in advance(api, every)]
    return times


def struck(api: Api, receiver: Receiver, trick: str, **how: Any) -> list[bool]:
    """Which of six deliveries a trick that spoils the signature was played on."""
    play(api, receiver, trick, **how)
    updates(api, *"ABCDEF")
    return [one.header("Signature") != signed(one.body) for one in receiver.received]


# ---------------------------------------------------------------- each trick


def test_a_duplicate_is_sent_twice_with_the_same_bytes(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "duplicate")
    assert updates(fake, "A") == [after(0.1), after(0.1)]
    first, second = receiver.received
    assert first == second
    (row,) = log(fake)
    assert (row["state"], [one["status"] for one in row["attempts"]]) == ("delivered", [200, 200])


def test_a_duplicate_comes_once_the_first_was_received(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "duplicate")
    receiver.answers.append(500)
    assert updates(fake, "A", every=60) == [after(0.1), after(10.1), after(10.1)]
    assert log(fake)[0]["state"] == "delivered"


def test_what_was_received_once_is_delivered_though_its_duplicate_failed(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "duplicate")
    receiver.answers.extend([200, 500])
    updates(fake, "A", every=3600)
    (row,) = log(fake)
    assert (row["state"], [one["status"] for one in row["attempts"]]) == ("delivered", [200, 500])


def test_a_delayed_delivery_is_sent_five_seconds_late(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "delay")
    assert updates(fake, "A", every=5.1) == [after(5.1)]
    assert log(fake)[0]["due_at"] == after(5.1)


@pytest.mark.parametrize("seconds", [0, 0.5, 3600])
def test_a_delivery_is_delayed_by_as_much_as_was_asked_for(fake: Api, receiver: Receiver, seconds: float) -> None:
    play(fake, receiver, "delay", seconds=seconds)
    assert updates(fake, "A", every=7200) == [after(seconds + 0.1)]


def test_a_delay_holds_up_no_other_resource(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "delay", nth=1)
    change(fake, BRIEF, title="A")
    change(fake, LOGO, title="B")
    advance(fake, 60)
    assert titles(receiver.received) == ["B", "A"]


def test_a_reordered_delivery_is_overtaken_by_the_next_of_its_resource(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "reorder", nth=1)
    assert updates(fake, *"ABC") == [after(1.1), after(1.1), after(2.1)]
    assert titles(receiver.received) == ["B", "A", "C"]


def test_a_reordered_delivery_is_overtaken_by_one_that_waits_already(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "reorder", nth=1)
    change(fake, BRIEF, title="A")
    fake.delete(f"/tasks/{BRIEF}")
    assert [one["at"] for one in advance(fake, 60)] == [after(0.1), after(0.1)]
    assert receiver.events() == ["task:delete", "task:update"]


@pytest.mark.parametrize("how, late", [({}, 5.1), ({"seconds": 60}, 60.1), ({"seconds": 0}, 0.1)])
def test_without_a_next_one_a_reordered_delivery_waits_and_is_sent(
    fake: Api, receiver: Receiver, how: Json, late: float
) -> None:
    play(fake, receiver, "reorder", **how)
    assert updates(fake, "A", every=3600) == [after(late)]
    assert log(fake)[0]["state"] == "delivered"


def test_a_reordered_delivery_is_not_overtaken_by_another_resource(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "reorder", nth=1)
    change(fake, BRIEF, title="A")
    advance(fake, 1)
    change(fake, LOGO, title="B")
    assert [one["at"] for one in advance(fake, 60)] == [after(1.1), after(5.1)]
    assert titles(receiver.received) == ["B", "A"]


def test_a_reordered_delivery_to_one_url_is_not_overtaken_by_one_to_another(fake: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        play(fake, receiver, "reorder", nth=1)
        subscribe(fake, other)
        assert updates(fake, *"AB") == [after(0.1), after(1.1), after(1.1), after(1.1)]
        assert (titles(receiver.received), titles(other.received)) == (["B", "A"], ["A", "B"])


def test_reordering_swaps_each_pair(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "reorder")
    task = create(fake)["id"]
    advance(fake, 1)
    for title in "ABC":
        change(fake, task, title=title)
        advance(fake, 1)
    assert receiver.events() == ["task:update", "task:create", "task:update", "task:update"]
    assert titles(receiver.received) == ["A", "T", "C", "B"]


@pytest.mark.parametrize("at", ["2026-03-12T15:29:00Z", "2026-03-12T15:31:00Z"], ids=["waiting", "due"])
def test_flush_swaps_a_pair_whose_first_was_not_due_or_waits_to_be_overtaken(
    fake: Api, receiver: Receiver, at: str
) -> None:
    play(fake, receiver, "reorder")
    task = create(fake)["id"]
    fake.control("POST", "/clock/freeze", {"at": at})
    change(fake, task, title="A")
    assert [(one["id"], one["state"]) for one in flush(fake)] == [("2", "delivered"), ("1", "delivered")]
    assert receiver.events() == ["task:update", "task:create"]


def test_flush_sends_a_reordered_delivery_that_nothing_overtook(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "reorder")
    change(fake, BRIEF, title="A")
    assert [one["state"] for one in flush(fake)] == ["delivered"]
    assert titles(receiver.received) == ["A"]


def test_a_wrong_signature_has_the_form_of_a_right_one(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "wrong_signature")
    updates(fake, "A")
    (one,) = receiver.received
    found, right = str(one.header("Signature")), signed(one.body)
    assert found != right
    assert (len(found), set(found) <= set("0123456789abcdef")) == (64, True)


@pytest.mark.parametrize("how, secret", [({}, f"old-{SECRET}"), ({"secret": "last year's"}, "last year's")])
def test_an_old_secret_makes_a_signature_of_its_own(fake: Api, receiver: Receiver, how: Json, secret: str) -> None:
    play(fake, receiver, "old_secret", **how)
    updates(fake, "A")
    (one,) = receiver.received
    assert one.header("Signature") == signed(one.body, secret)


def test_the_old_secret_is_the_old_one_of_the_subscription(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, secret="ours", mischief=[{"trick": "old_secret"}])
    updates(fake, "A")
    (one,) = receiver.received
    assert one.header("Signature") == signed(one.body, "old-ours")


def test_a_cut_body_is_the_first_half_with_the_signature_of_the_whole(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "cut_body")
    with Receiver() as other:
        subscribe(fake, other)
        updates(fake, "A")
        (cut,), (whole,) = receiver.received, other.received
        assert cut.body == whole.body[: len(whole.body) // 2]
        assert cut.header("Content-Length") == str(len(cut.body))
        assert cut.header("Signature") == signed(whole.body) == whole.header("Signature")


def test_what_is_dropped_is_never_sent_but_stands_in_the_log(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "drop", nth=2)
    updates(fake, *"ABC", every=60)
    assert titles(receiver.received) == ["A", "C"]
    assert [(row["state"], row["reason"], row["attempts"] == []) for row in log(fake)] == [
        ("delivered", None, False),
        ("cancelled", "Dropped by mischief.", True),
        ("delivered", None, False),
    ]


def test_what_is_dropped_is_not_flushed_and_not_resent(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "drop")
    change(fake, BRIEF, title="A")
    assert flush(fake) == []
    assert fake.http.post("/_fake/deliveries/1/resend").status_code == 409


def test_a_dropped_create_is_followed_by_its_delete(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "drop", nth=1)
    task = create(fake)["id"]
    advance(fake, 1)
    fake.delete(f"/tasks/{task}")
    advance(fake, 1)
    assert receiver.events() == ["task:delete"]


# ---------------------------------------------------------------- which ones


@pytest.mark.parametrize("trick", ["wrong_signature", "old_secret", "cut_body"])
def test_a_trick_is_played_on_each_delivery_unless_it_says_on_which(
    fake: Api, receiver: Receiver, trick: str
) -> None:
    assert struck(fake, receiver, trick) == [True] * 6


@pytest.mark.parametrize("every, expected", [(1, "******"), (2, ".*.*.*"), (3, "..*..*"), (7, "......")])
def test_a_trick_may_be_played_on_every_so_many(fake: Api, receiver: Receiver, every: int, expected: str) -> None:
    assert struck(fake, receiver, "wrong_signature", every=every) == [sign == "*" for sign in expected]


@pytest.mark.parametrize("nth, expected", [(1, "*....."), (4, "...*.."), (7, "......")])
def test_a_trick_may_be_played_on_one(fake: Api, receiver: Receiver, nth: int, expected: str) -> None:
    assert struck(fake, receiver, "wrong_signature", nth=nth) == [sign == "*" for sign in expected]


def test_deliveries_are_counted_per_subscription(fake: Api, receiver: Receiver) -> None:
    with Receiver() as other:
        play(fake, receiver, "drop", every=2)
        play(fake, other, "drop", nth=1)
        updates(fake, *"ABCD")
        assert (titles(receiver.received), titles(other.received)) == (list("AC"), list("BCD"))


def test_what_an_earlier_event_tells_is_not_counted(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "drop", nth=2)
    change(fake, BRIEF, title="A")
    updates(fake, "B")
    updates(fake, "C", "D")
    assert titles(receiver.received) == ["B", "D"]


def test_what_is_triggered_is_counted(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "drop", nth=2)
    for id in (BRIEF, LOGO, LAUNCH):
        fake.control("POST", "/trigger", {"event": "task:update", "id": id})
    flush(fake)
    assert {one.json["resource"]["id"] for one in receiver.received} == {BRIEF, LAUNCH}


def test_a_retry_is_no_further_delivery_and_carries_the_same_mischief(fake: Api, receiver: Receiver) -> None:
    play(fake, receiver, "wrong_signature", nth=1)
    receiver.answers.append(500)
    updates(fake, "A", "B", every=60)
    first, second, third = receiver.received
    assert first == second
    assert [one.header("Signature") == signed(one.body) for one in (second, third)] == [False, True]


def test_tricks_are_played_together(fake: Api, receiver: Receiver) -> None:
    mischief = [{"trick": "duplicate"}, {"trick": "cut_body"}, {"trick": "delay", "seconds": 1}]
    subscribe(fake, receiver, mischief=mischief)
    assert updates(fake, "A", every=60) == [after(1.1), after(1.1)]
    first, second = receiver.received
    assert first == second
    assert not first.body.endswith(b"}}")


def test_of_two_like_tricks_the_one_that_strikes_is_played(fake: Api, receiver: Receiver) -> None:
    mischief = [{"trick": "drop", "nth": 1}, {"trick": "drop", "nth": 3}]
    subscribe(fake, receiver, mischief=mischief)
    updates(fake, *"ABCD")
    assert titles(receiver.received) == ["B", "D"]


# ---------------------------------------------------------------- the same in every run


def run(api: Api, receiver: Receiver, mischief: list[Json]) -> tuple[list[str], list[Json]]:
    """What is sent about a fixed story from the seed on: the times, and every request."""
    api.control("POST", "/reset")
    receiver.received.clear()
    subscribe(api, receiver, mischief=mischief)
    times = updates(api, *"ABCDEF", every=2)
    change(api, LOGO, title="L")
    api.delete(f"/tasks/{BRIEF}")
    times += [one["at"] for one in advance(api, 3600)]
    return times, [{"headers": one.headers, "body": one.body} for one in receiver.received]


@pytest.mark.parametrize("trick", TRICKS)
def test_two_runs_see_the_same_mischief(fake: Api, receiver: Receiver, trick: str) -> None:
    mischief = [{"trick": trick, "every": 2}, {"trick": "reorder", "nth": 3}]
    assert run(fake, receiver, mischief) == run(fake, receiver, mischief)


@pytest.mark.parametrize("trick", TRICKS)
def test_each_trick_makes_a_difference(fake: Api, receiver: Receiver, trick: str) -> None:
    assert run(fake, receiver, [{"trick": trick, "every": 2}]) != run(fake, receiver, [])


def test_without_mischief_everything_comes_once_in_order_whole_and_signed(fake: Api, receiver: Receiver) -> None:
    times, _ = run(fake, receiver, [])
    assert times == [after(seconds) for seconds in (0.1, 2.1, 4.1, 6.1, 8.1, 10.1, 12.1, 12.1)]
    assert receiver.events() == ["task:update"] * 7 + ["task:delete"]
    assert titles(receiver.received) == [*"ABCDEF", "L", "F"]
    assert all(one.header("Signature") == signed(one.body) for one in receiver.received)

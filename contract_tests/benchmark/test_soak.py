"""The soak: that it asks the same each time, and that it finds what there is to find."""

import hmac
from collections.abc import Iterator
from itertools import count, islice
from typing import Any
from urllib.parse import unquote

import orjson
import pytest

from contract_tests.benchmark.soak import LEAST, MOST_GROWTH, Sample, Soak
from contract_tests.benchmark.soak_receiver import Inbox
from contract_tests.benchmark.soak_work import WORK, Call, Desk, Kept, Place, WrongAnswer

pytestmark = pytest.mark.proves("README: Working on it")

PLACE = Place(["web", "shop"], ["zoe", "ben", "eva"])


# ---------------------------------------------------------------- what it asks


def asked(desk: Desk) -> Iterator[Call]:
    """What a desk asks of a server that does as it should."""
    work = desk.work()
    call = next(work)
    for number in count():
        yield call
        named = unquote(call.text.split(b" ")[1].partition(b"?")[0].decode()).split("/")[4:5]
        known = [task for task in desk.tasks if {task.id, task.uri, task.external}.intersection(named)]
        title = known[0].title if known else ""
        made = {"id": f"id{number}", "uri": f"uri{number}", "title": title, "meta": {"next_cursor": None}}
        call = work.send(orjson.dumps(made))


def test_the_same_seed_asks_the_same_in_the_same_order() -> None:
    one, again, other, neighbour = (
        [call.text for call in islice(asked(Desk(number, seed, PLACE)), 500)]
        for number, seed in ((0, 42), (0, 42), (0, 43), (1, 42))
    )
    assert one == again
    assert one not in (other, neighbour)


def test_every_kind_of_call_is_made_and_as_many_tasks_go_as_come() -> None:
    desk = Desk(0, 42, PLACE)
    kinds = [call.kind for call in islice(asked(desk), 3000)]
    assert set(kinds) == set(WORK)
    assert kinds.count("create") - kinds.count("delete") == len(desk.tasks) <= 8


# ---------------------------------------------------------------- what it finds

MB = 2**20


def grown(by: float, requests: int) -> Soak:
    """A soak after which memory has grown by so many bytes for each of so many requests."""
    soak = Soak()
    soak.samples = [
        Sample(n * requests // 20, 80 * MB + round(by * n * requests / 20) + n % 3 * 9000, 5) for n in range(41)
    ]
    return soak


@pytest.mark.parametrize(
    "by, requests, found",
    [
        (0, 2 * LEAST, []),
        (-500, 2 * LEAST, []),
        (MOST_GROWTH / 2, 2 * LEAST, []),
        (2 * MOST_GROWTH, 2 * LEAST, ["memory grows by 160 bytes with each request"]),
        (2 * MOST_GROWTH, LEAST // 2, []),
    ],
)
def test_memory_that_grows_is_found_where_there_were_enough_requests(
    by: float, requests: int, found: list[str]
) -> None:
    soak = grown(by, requests)
    soak.judge("")
    assert soak.findings == found


def test_what_the_server_complains_of_is_found() -> None:
    soak = grown(0, 2 * LEAST)
    soak.judge("Traceback ...")
    assert soak.findings == ["the server said: Traceback ..."]


@pytest.mark.parametrize(
    "report, found",
    [
        ({}, []),
        ({"forged": 2}, ["2 deliveries were not signed as they must be"]),
        ({"last": {}}, ["the receiver knows nothing '' of a 'A'"]),
        ({"last": {"a": ("task:update", "Old")}}, ["the receiver knows task:update 'Old' of a 'A'"]),
        ({"last": {"a": ("task:delete", "A")}}, ["the receiver knows task:delete 'A' of a 'A'"]),
        (
            {"last": {"a": ("task:create", "A"), "b": ("task:update", "B")}},
            ["the receiver knows task:update of b, which is gone"],
        ),
    ],
)
def test_deliveries_that_say_something_else_than_the_desks_did_are_found(report: Any, found: list[str]) -> None:
    desk, soak = Desk(0, 42, PLACE), Soak()
    desk.tasks, desk.gone = [Kept("a", "WEB-1", "soak 0-1", "A")], ["b", "c"]
    good = {"received": 5, "forged": 0, "last": {"a": ("task:create", "A"), "b": ("task:delete", "B")}}
    soak.hold_against([desk], {**good, **report})
    assert soak.findings == found


def test_a_task_that_is_read_as_somebody_else_left_it_is_found() -> None:
    desk = Desk(0, 42, PLACE)
    desk.tasks = [Kept("a", "WEB-1", "soak 0-1", "A")]
    work = desk.get("get")
    next(work)
    with pytest.raises(WrongAnswer, match="get answered 'B' instead of 'A'"):
        work.send(b'{"title": "B"}')


@pytest.mark.parametrize("signature, forged", [("d" * 64, 1), (None, 0)])
def test_the_receiver_counts_what_is_not_signed(signature: str | None, forged: int) -> None:
    body = b'{"event":"task:create","resource":{"type":"task","id":"a"},"data":{"title":"A"}}'
    inbox = Inbox("secret")
    head = f"POST / HTTP/1.1\r\nSignature: {signature or hmac.digest(b'secret', body, 'sha256').hex()}\r\n\r\n"
    assert inbox.told("/", head.encode(), body) == 200
    assert inbox.report() == {"received": 1, "forged": forged, "last": {"a": ("task:create", "A")}}

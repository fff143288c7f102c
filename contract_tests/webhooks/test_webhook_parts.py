"""The pure parts of webhooks: signature and bytes, what falls into a window, which deliveries mischief strikes."""

import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract_tests.properties.effort import share
from fake_server.store.store import Verb
from fake_server.webhooks import window as window_module
from fake_server.webhooks.delivery import Attempt, Delivery, Happening, Request
from fake_server.webhooks.lanes import AT_ONCE, MOST_AT_ONCE, VOID
from fake_server.webhooks.mischief import TRICKS, Mischief, struck
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import DEFAULT, Policy
from fake_server.webhooks.signature import sign, written
from fake_server.webhooks.window import Meaning, Windows, meaning
from fake_server.world import NOBODY

# ---------------------------------------------------------------- the signature and its bytes


@pytest.mark.proves("W2")
def test_the_signature_is_the_one_of_the_vendors_backend() -> None:
    body = written({"a": "b/c"})
    assert body == rb'{"a":"b\/c"}'
    assert sign(body, "secret") == "fbed16314464967edbb742d0e3be5cc9dd81271f2d6d28bcbd4b5fa33d9c8cfc"


@pytest.mark.proves("webhooks.signature", "W2")
@pytest.mark.parametrize(
    "body, secret, signature",
    [
        # RFC 4231, cases 2 and 6.
        (
            b"what do ya want for nothing?",
            "Jefe",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (b"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
    ],
)
def test_the_signature_is_hmac_sha256_in_lower_case_hexadecimal(body: bytes, secret: str, signature: str) -> None:
    assert sign(body, secret) == signature


@pytest.mark.proves("W2")
def test_a_secret_counts_as_its_utf_8_bytes() -> None:
    assert sign(b"body", "Schlüssel") != sign(b"body", "Schlussel")


@pytest.mark.proves("W14")
@pytest.mark.parametrize(
    "value, text",
    [
        ({}, "{}"),
        ([], "[]"),
        ({"a": [1, -2.5, True, False, None, "x"]}, '{"a":[1,-2.5,true,false,null,"x"]}'),
        ("/", r'"\/"'),
        ("\\/", r'"\\\/"'),
        ("é", r'"\u00e9"'),
        ("€", r'"\u20ac"'),
        ("😀", r'"\ud83d\ude00"'),
        ("\u2028", r'"\u2028"'),
        ('"\b\f\n\r\t\x00\x1f\x7f', r'"\"\b\f\n\r\t\u0000\u001f' + '\x7f"'),
        ("\\u007f", r'"\\u007f"'),
        ("\\\x7f", '"\\\\\x7f"'),
        ("<a href='x'>&", "\"<a href='x'>&\""),
    ],
)
def test_bytes_are_compact_json_with_slashes_and_everything_beyond_ascii_escaped(value: Any, text: str) -> None:
    assert written(value) == text.encode()


# PHP's objects have no property that begins with a zero byte.
NAMES = st.text().filter(lambda name: not name.startswith("\0"))
# PHP writes floats otherwise (1.0 as 1), but no payload has one that is whole.
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.text('/\\"é€😀\n<\x7fu0')
VALUES = st.recursive(LEAVES, lambda one: st.lists(one, max_size=4) | st.dictionaries(NAMES, one, max_size=4))
READING = 'while (($line = fgets(STDIN)) !== false) { echo json_encode(json_decode($line)), "\\n"; }'


class Php:
    """One process of PHP, which reads JSON and writes it again line by line."""

    def __init__(self, command: str) -> None:
        self.process = subprocess.Popen([command, "-r", READING], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def write(self, value: Any) -> bytes:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().removesuffix(b"\n")


@pytest.fixture(scope="module")
def php() -> Iterator[Php]:
    command = shutil.which("php")
    if command is None:
        pytest.skip("no PHP here")
    one = Php(command)
    with one.process:
        yield one
        assert one.process.stdin is not None
        one.process.stdin.close()


@pytest.mark.proves("W14")
@share(8)
@given(VALUES)
@example(["\x7f", "\\u007f", "\\\x7f", "\\\\u007f\x7f", "\x7f\\"])
@example({"data": {"title": 'Zoë / <b>"A"</b> \\ 😀', "list": [], "none": {}}})
def test_bytes_are_those_that_php_writes(php: Php, value: Any) -> None:
    assert written(value) == php.write(value)


@pytest.mark.proves("W14")
@given(VALUES)
def test_bytes_mean_what_was_written(value: Any) -> None:
    assert json.loads(written(value)) == value


# ---------------------------------------------------------------- the window


RULES: dict[tuple[Verb | None, Verb], Meaning] = {
    (None, "create"): "apart",
    (None, "update"): "apart",
    (None, "delete"): "apart",
    ("create", "update"): "absorbed",
    ("create", "delete"): "annulled",
    ("update", "update"): "absorbed",
    ("update", "delete"): "apart",
    # These happen to no record, and lose nothing if they do.
    ("create", "create"): "apart",
    ("update", "create"): "apart",
    ("delete", "create"): "apart",
    ("delete", "update"): "apart",
    ("delete", "delete"): "apart",
}


@pytest.mark.proves("webhooks.create-absorbs", "webhooks.delete-cancels", "webhooks.update-then-delete", "W5")
@pytest.mark.parametrize("pair", RULES)
def test_a_new_event_means_what_the_webhooks_guide_says(pair: tuple[Verb | None, Verb]) -> None:
    assert meaning(*pair) == RULES[pair]


class Hook(NamedTuple):
    """What the outbox reads of a subscription."""

    key: int = 1
    url: str = "http://receiver.test/hook"
    mischief: tuple[Mischief, ...] = ()


def outbox_after(*events: tuple[float, Verb], kind: str = "comment", hook: Hook | None = None) -> Outbox:
    """An outbox in which these happened to one resource, with the window of the settings."""
    outbox = Outbox(DEFAULT)
    for at, verb in events:
        outbox.happened(Happening(f"{kind}:{verb}", verb, kind, 1, NOBODY), [hook or Hook()], at)
    return outbox


def states(outbox: Outbox) -> list[tuple[str, str, float]]:
    """What each event became, and when it is due."""
    return [(one.what.verb, one.state, one.due) for one in outbox.log.rows.values()]


@pytest.mark.proves("W5", "W12")
def test_comments_are_debounced_like_tasks() -> None:
    outbox = outbox_after((0, "create"), (0.05, "update"), (0.2, "update"), (0.25, "update"), (0.29, "delete"))
    assert states(outbox) == [
        ("create", "cancelled", 0.1),
        ("update", "superseded", 0.05),
        ("update", "cancelled", 0.3),
        ("update", "superseded", 0.25),
        ("delete", "cancelled", 0.29),
    ]
    assert (list(outbox.take(1000)), outbox.pending, outbox.unsent, outbox.lanes.lanes) == ([], {}, {}, {})


@pytest.mark.proves("W5")
@pytest.mark.parametrize("at, state", [(0.0999, "superseded"), (0.1, "pending")])
def test_a_window_ends_a_tenth_of_a_second_after_its_first_event(at: float, state: str) -> None:
    assert states(outbox_after((0, "update"), (at, "update")))[1][1] == state


@pytest.mark.proves("W5", "W13")
def test_a_clock_that_is_set_back_finds_no_window_open() -> None:
    windows = Windows(0.1)
    windows.begin(("task", 1), "update", 100.0, 0)
    assert windows.held(("task", 1), 100.05) is not None
    assert windows.held(("task", 1), 50.0) is None
    assert windows.held(("task", 1), 100.05) is None


@pytest.mark.proves("W5")
def test_after_a_delete_nothing_is_left_of_a_window() -> None:
    assert outbox_after((0, "update"), (0.05, "delete")).windows.open == {}


@pytest.mark.proves("W6")
def test_of_one_resource_one_delivery_is_under_way_at_a_time() -> None:
    outbox = outbox_after((0, "update"), (0.05, "delete"))
    (first,) = outbox.take(1)
    assert list(outbox.take(1)) == []
    answer(outbox, first, 1)
    assert [one.what.verb for one in outbox.take(1)] == ["delete"]


@pytest.mark.proves("W5")
def test_very_many_windows_that_are_over_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "MOST_WINDOWS", 10)
    outbox = Outbox(DEFAULT)
    for key in range(100):
        outbox.happened(Happening("task:update", "update", "task", key, NOBODY), [], float(key))
    assert len(outbox.windows.open) <= 10


@pytest.mark.proves("W5")
def test_very_many_windows_that_are_all_open_cost_next_to_nothing() -> None:
    outbox, began = Outbox(DEFAULT), time.perf_counter()
    for key in range(12_000):
        outbox.happened(Happening("task:update", "update", "task", key, NOBODY), [], 0.0)
    assert time.perf_counter() - began < 1


# ---------------------------------------------------------------- tries


GOOD, BAD = Attempt(0, 200, "", 0, ""), Attempt(0, 500, "It answered 500; only 2xx counts as received.", 0, "")


def answer(outbox: Outbox, one: Delivery, now: float, attempt: Attempt = GOOD) -> None:
    outbox.begin(one, Request((), b"{}"))
    outbox.answered(one, attempt, now)


@pytest.mark.proves("W4", "webhooks.backoff")
@pytest.mark.parametrize(
    "policy, pauses",
    [
        (Policy(), [10, 100, 100, 100]),
        (Policy(backoff=(3,)), [3, 3, 3, 3]),
        (Policy(backoff=(0, 1, 2, 3)), [0, 1, 2, 3]),
    ],
)
def test_the_pause_after_a_failed_try_is_the_policys_and_at_last_its_last(
    policy: Policy, pauses: list[float]
) -> None:
    assert [policy.wait(failed) for failed in (1, 2, 3, 4)] == pauses


@pytest.mark.proves("W4")
def test_pauses_count_from_the_end_of_the_failed_try() -> None:
    outbox = outbox_after((0, "update"))
    dues = list[tuple[float, str]]()
    for begin, end in ((0.1, 2), (12, 15), (115, 120)):
        (one,) = outbox.take(begin)
        answer(outbox, one, end, BAD)
        dues.append((one.due, one.state))
    assert dues == [(12, "pending"), (115, "pending"), (115, "failed")]
    assert list(outbox.take(10_000)) == []


@pytest.mark.proves("W4")
@pytest.mark.parametrize("tries", [1, 2, 10])
def test_a_delivery_is_tried_as_often_as_the_policy_says(tries: int) -> None:
    outbox = Outbox(Policy(tries=tries, backoff=(0,), window=0))
    outbox.happened(Happening("task:update", "update", "task", 1, NOBODY), [Hook()], 0.0)
    made = 0
    while taken := list(outbox.take(0.0)):
        answer(outbox, taken[0], 0.0, BAD)
        made += 1
    assert (made, [one.state for one in outbox.log.rows.values()]) == (tries, ["failed"])


# ---------------------------------------------------------------- who leaves next


@pytest.mark.proves("W6")
def test_what_was_cancelled_does_not_pile_up_in_the_queue_of_its_url() -> None:
    outbox, hooks, most = Outbox(DEFAULT), [Hook()], 0
    outbox.happened(Happening("task:create", "create", "task", 0, NOBODY), hooks, 0.0)
    for key in range(1, 3001):
        outbox.happened(Happening("task:create", "create", "task", key, NOBODY), hooks, 0.0)
        outbox.happened(Happening("task:delete", "delete", "task", key, NOBODY), hooks, 0.0)
        most = max(most, len(outbox.lanes.queues[Hook().url]))
    assert (most <= 2 * VOID, list(outbox.pending)) == (True, [1])


def fill(outbox: Outbox, urls: range) -> list[str]:
    """Five tasks are told to each of so many URLs that never answer; where the requests under way go to."""
    for number in urls:
        hook = Hook(number, f"http://receiver.test/{number}")
        for key in range(5):
            outbox.add(Happening("task:update", "update", "task", key, NOBODY), hook, 0.0, 0.0)
    return [one.hook.url for one in outbox.take(0.0)]


@pytest.mark.proves("W6")
def test_many_receivers_that_hang_hold_up_no_other() -> None:
    outbox = Outbox(DEFAULT)
    under_way = Counter(fill(outbox, range(60)))
    assert (len(under_way), set(under_way.values())) == (60, {1, AT_ONCE})
    assert fill(outbox, range(60, 61)) == ["http://receiver.test/60"]


@pytest.mark.proves("W6")
def test_no_more_than_so_many_requests_are_under_way_at_all() -> None:
    outbox = Outbox(DEFAULT)
    assert len(fill(outbox, range(500))) == len(outbox.lanes.flying) == MOST_AT_ONCE
    outbox.answered(next(iter(outbox.lanes.flying.values())), GOOD, 0.0)
    assert len(list(outbox.take(0.0))) == 1


# ---------------------------------------------------------------- mischief


@pytest.mark.proves("README: Mischief")
@pytest.mark.parametrize(
    "mischief, numbers",
    [
        (Mischief("drop"), [1, 2, 3, 4, 5, 6]),
        (Mischief("drop", every=2), [2, 4, 6]),
        (Mischief("drop", every=3), [3, 6]),
        (Mischief("drop", nth=1), [1]),
        (Mischief("drop", nth=5), [5]),
        (Mischief("drop", nth=7), []),
    ],
)
def test_mischief_strikes_by_number(mischief: Mischief, numbers: list[int]) -> None:
    assert [number for number in range(1, 7) if mischief.strikes(number)] == numbers


@pytest.mark.proves("README: Mischief")
def test_without_mischief_nothing_strikes() -> None:
    assert struck((), 1) == {}


@pytest.mark.proves("README: Mischief")
def test_several_tricks_strike_at_once() -> None:
    mischief = tuple(Mischief(trick) for trick in TRICKS)
    assert struck(mischief, 1) == dict(zip(TRICKS, mischief, strict=True))


@pytest.mark.proves("README: Mischief")
def test_a_dropped_delivery_is_counted_but_never_waits() -> None:
    outbox = outbox_after((0, "update"), (1, "update"), hook=Hook(mischief=(Mischief("drop", nth=1),)))
    assert states(outbox) == [("update", "cancelled", 0), ("update", "pending", 1.1)]
    assert (list(outbox.pending), outbox.numbered[1]) == ([2], 2)

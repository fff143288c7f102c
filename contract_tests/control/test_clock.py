"""The world's clock: read, frozen, turned forward, let go; and what follows it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.expected import BRIEF, LAUNCH, LOGO, Json
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import after, flush, subscribe
from contract_tests.writing import change, comment, create

pytestmark = pytest.mark.proves("README: Time")

FROZEN: Json = {"now": after(0), "mode": "frozen"}
URL = "http://receiver.test/hook"


def clock(api: Api) -> Any:
    return api.control("GET", "/clock")


def freeze(api: Api, at: str | None = None) -> Any:
    return api.control("POST", "/clock/freeze", {} if at is None else {"at": at})


def advance(api: Api, by: Any) -> Any:
    return api.control("POST", "/clock/advance", {"by": by})


def resume(api: Api) -> Any:
    return api.control("POST", "/clock/resume")


def refused(api: Api, path: str, content: str) -> tuple[int, str, str]:
    """Status, title and sentence of a problem."""
    answer = api.http.post(f"/_fake/clock{path}", content=content.encode())
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert found == {"title": found["title"], "detail": found["detail"], "status": answer.status_code}
    return answer.status_code, found["title"], found["detail"]


def age(shown: Json) -> float:
    """Seconds between the clock and real time."""
    return (datetime.fromisoformat(shown["now"]) - datetime.now(UTC)).total_seconds()


# ---------------------------------------------------------------- read and frozen


def test_the_clock_stands_where_the_settings_put_it(api: Api) -> None:
    assert clock(api) == FROZEN
    assert clock(api) == FROZEN


def test_without_a_setting_the_clock_has_real_time(connect: Any) -> None:
    shown = clock(connect(now=""))
    assert (shown["mode"], abs(age(shown)) < 5) == ("real", True)


@pytest.mark.parametrize(
    "at, now",
    [
        ("2031-05-06T07:08:09Z", "2031-05-06T07:08:09.000Z"),
        ("2031-05-06T07:08:09+02:00", "2031-05-06T05:08:09.000Z"),
        ("2031-05-06T07:08", "2031-05-06T07:08:00.000Z"),
        ("2031-05-06 07:08:09", "2031-05-06T07:08:09.000Z"),
        ("2031-05-06", "2031-05-06T00:00:00.000Z"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00.000Z"),
        ("1000-01-01T00:00:00Z", "1000-01-01T00:00:00.000Z"),
        ("9999-12-30T00:00:00Z", "9999-12-30T00:00:00.000Z"),
        ("2031-05-06T07:08:09.25Z", "2031-05-06T07:08:09.250Z"),
    ],
)
def test_the_clock_may_be_frozen_at_an_instant(api: Api, at: str, now: str) -> None:
    assert freeze(api, at) == {"now": now, "mode": "frozen"}
    assert clock(api) == {"now": now, "mode": "frozen"}


def test_what_the_clock_prints_it_can_be_frozen_at(api: Api) -> None:
    shown = {name: advance(api, "250ms")[name] for name in ("now", "mode")}
    assert freeze(api, shown["now"]) == shown


def test_an_instant_without_an_offset_is_one_of_the_spaces_time_zone(connect: Any) -> None:
    api = connect(time_zone="Europe/Berlin")
    assert freeze(api, "2026-07-01T10:00:00")["now"] == "2026-07-01T08:00:00.000Z"
    assert freeze(api, "2026-07-01")["now"] == "2026-06-30T22:00:00.000Z"


@pytest.mark.parametrize("body", [None, {}, {"at": None}])
def test_a_real_clock_may_be_frozen_where_it_is(connect: Any, body: Json | None) -> None:
    api = connect(now="")
    shown = api.control("POST", "/clock/freeze", body)
    assert (shown["mode"], abs(age(shown)) < 5) == ("frozen", True)
    assert clock(api) == shown


def test_a_frozen_clock_frozen_once_more_stays_where_it_is(api: Api) -> None:
    advance(api, 0.5)
    assert freeze(api) == {"now": after(0.5), "mode": "frozen"}


# ---------------------------------------------------------------- turned forward


SPANS = {
    "90": 90, "0.25": 0.25, "0": 0, '"30s"': 30, '"10m"': 600, '"3h"': 10_800, '"2d"': 172_800, '"1w"': 604_800,
    '"250ms"': 0.25, '"1.5h"': 5400, '"0s"': 0, '"2 d"': 172_800, '" 2d "': 172_800,
}  # fmt: skip


@pytest.mark.parametrize("text, seconds", SPANS.items(), ids=SPANS)
def test_the_clock_may_be_turned_forward_by_a_number_or_a_text(api: Api, text: str, seconds: float) -> None:
    answer = api.http.post("/_fake/clock/advance", content=f'{{"by": {text}}}')
    assert (answer.status_code, answer.json()) == (200, {"now": after(seconds), "mode": "frozen", "fell_due": []})
    assert clock(api)["now"] == after(seconds)


def test_many_small_turns_are_as_far_as_one(api: Api) -> None:
    for _ in range(20):
        advance(api, 0.05)
    assert clock(api)["now"] == after(1)


def test_turns_add_up(api: Api) -> None:
    advance(api, "2d")
    advance(api, 30)
    assert clock(api)["now"] == after(172_830)


def test_a_real_clock_that_is_turned_goes_on(connect: Any) -> None:
    api = connect(now="")
    shown = advance(api, "2d")
    assert (shown["mode"], abs(age(shown) - 172_800) < 5) == ("real", True)
    assert age(clock(api)) > 172_795


# ---------------------------------------------------------------- let go


def test_a_clock_that_is_let_go_runs_on_from_where_it_stood(api: Api) -> None:
    shown = resume(api)
    now = datetime.fromisoformat(shown["now"]) - datetime.fromisoformat(after(0))
    assert (shown["mode"], timedelta(0) <= now < timedelta(seconds=5)) == ("real", True)


def test_a_running_clock_that_is_let_go_stays_as_it_is(connect: Any) -> None:
    shown = resume(connect(now=""))
    assert (shown["mode"], abs(age(shown)) < 5) == ("real", True)


@pytest.mark.parametrize("to", ["", "?to=empty"])
def test_reset_puts_the_clock_back(api: Api, to: str) -> None:
    advance(api, "2d")
    resume(api)
    api.control("POST", f"/reset{to}")
    assert clock(api) == FROZEN


def test_reset_lets_a_real_clock_run_again(connect: Any) -> None:
    api = connect(now="")
    freeze(api, "2001-01-01")
    api.control("POST", "/reset")
    shown = clock(api)
    assert (shown["mode"], abs(age(shown)) < 5) == ("real", True)


# ---------------------------------------------------------------- refused


SPAN = "by: must be a number of seconds, or a text such as 30s, 10m, 3h, 2d or 1w; not below 0."
FAR = "The service's dates end with the year 9999."
TURNS: dict[str, tuple[str, str]] = {
    '{"by": -1}': ("Invalid body", "by: the clock does not go back; -1.0 is below 0."),
    '{"by": -0.001}': ("Invalid body", "by: the clock does not go back; -0.001 is below 0."),
    **{
        f'{{"by": "{text}"}}': ("Invalid body", f"by: '{text}' is no span; write 90, 30s, 10m, 3h, 2d or 1w.")
        for text in ("", "x", "90", "-1d", "2D", "1y", "1d2h", "d", "NaN", "1e3s", "٣s")
    },
    **dict.fromkeys(
        ("{}", '{"by": null}', '{"by": true}', '{"by": [1]}', '{"by": {"days": 2}}'), ("Invalid body", SPAN)
    ),
    **{
        f'{{"by": {text}}}': ("Too far", FAR)
        for text in ("1e300", "1e400", "Infinity", '"999999999999w"', "300000000000", "1" * 400)
    },
    '{"by": 1, "from": 2}': ("Invalid body", "There is no field from; known: by."),
    "[]": ("Invalid body", "body: must be a JSON object with any of by."),
    "{": ("Invalid body", "body: is no JSON: EOF while parsing an object at line 1 column 1."),
}


@pytest.mark.parametrize("content, problem", TURNS.items(), ids=[content[:30] for content in TURNS])
def test_a_turn_that_cannot_be_is_refused_and_the_clock_stays(
    api: Api, content: str, problem: tuple[str, str]
) -> None:
    assert refused(api, "/advance", content) == (422, *problem)
    assert clock(api) == FROZEN


def test_a_turn_by_no_number_is_refused(api: Api) -> None:
    assert refused(api, "/advance", '{"by": NaN}') == (422, "Invalid body", SPAN)


PLACE = "at: must be an ISO date-time such as 2026-01-31T10:00:00Z."
PLACES: dict[str, str] = {
    **{
        f'{{"at": "{text}"}}': f"at: {text} is no ISO date-time; 2026-01-31T10:00:00Z is one."
        for text in (
            "", "x", "now", "2026", "1767225600", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z",
            "2026-01-01T10:00:00 Z", "10000-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "0999-12-31T00:00:00Z",
        )
    },
    **dict.fromkeys(('{"at": 1767225600}', '{"at": true}', '{"at": ["2026-01-01"]}'), PLACE),
    '{"to": "2026-01-01"}': "There is no field to; known: at.",
    '"2026-01-01"': "body: must be a JSON object with any of at.",
}  # fmt: skip


@pytest.mark.parametrize("content, sentence", PLACES.items(), ids=PLACES)
def test_an_instant_that_cannot_be_is_refused_and_the_clock_stays(api: Api, content: str, sentence: str) -> None:
    assert refused(api, "/freeze", content) == (422, "Invalid body", sentence)
    assert clock(api) == FROZEN


@pytest.mark.parametrize("path", ["/clock/resume", "/flush"])
def test_a_call_without_fields_refuses_every_field(api: Api, path: str) -> None:
    answer = api.http.post(f"/_fake{path}", json={"by": 1})
    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid body")
    assert clock(api) == FROZEN


@pytest.mark.proves("E5")
@pytest.mark.parametrize("at", ["1000-01-01T00:00:00+14:00", "9999-12-30T23:59:59-12:00"])
@pytest.mark.parametrize(
    "text",
    ["due_date >= now", "due_date eq today", "due_date < today-99d", "due_date > today+99d", "due_date > eow",
     "due_date > sow", "due_date > som", "due_date > eom"],
)  # fmt: skip
def test_at_the_ends_of_time_the_service_still_answers(api: Api, at: str, text: str) -> None:
    freeze(api, at)
    create(api)
    assert api.get("/tasks", {"filter": text}).status_code == 200


# ---------------------------------------------------------------- what follows it


@pytest.mark.proves("E5", "T12", "task.times")
def test_records_are_made_and_changed_at_the_clocks_time(api: Api) -> None:
    advance(api, "1d")
    made = create(api)
    said = comment(api, LOGO)
    advance(api, 1.999)
    changed = change(api, made["id"], title="B")
    day, later = "2026-03-13T15:30:00Z", "2026-03-13T15:30:01Z"
    assert (made["created_at"], made["updated_at"]) == (day, day)
    assert (said["created_at"], said["updated_at"]) == (day, day)
    assert (changed["created_at"], changed["updated_at"]) == (day, later)


@pytest.mark.proves("T12", "task.times")
def test_a_task_is_completed_at_the_clocks_time(api: Api) -> None:
    advance(api, "90m")
    assert change(api, LAUNCH, status="Completed")["completed_at"] == "2026-03-12T17:00:00Z"


@pytest.mark.proves("filter.now", "filter.today")
@pytest.mark.parametrize(
    "text, before, then",
    [
        ("due_date >= now", [LAUNCH, LOGO], [LAUNCH]),
        ("due_date < now", [BRIEF], [BRIEF, LOGO]),
        ("due_date eq today+5d", [LOGO], []),
        ("due_date < today", [BRIEF], [BRIEF, LOGO]),
        ("due_date <= eom", [BRIEF, LOGO], [BRIEF, LOGO]),
        ("due_date < eow", [BRIEF], [BRIEF, LOGO]),
    ],
)
def test_special_values_follow_the_clock(api: Api, text: str, before: list[str], then: list[str]) -> None:
    assert [task["id"] for task in api.data("/tasks", {"filter": text})] == before
    advance(api, "1w")
    assert [task["id"] for task in api.data("/tasks", {"filter": text})] == then


@pytest.mark.proves("A1")
def test_a_token_expires_when_the_clock_says_so(api: Api) -> None:
    own = api.register(expires_in=3600)
    advance(api, 3599)
    assert own.get("/whoami").status_code == 200
    advance(api, 1)
    assert own.get("/whoami").status_code == 401


@pytest.mark.proves("A3", "rate.blocked")
def test_a_rate_window_ends_when_the_clock_says_so(connect: Any) -> None:
    api = connect(rate_limit=2)
    assert [api.get("/whoami").status_code for _ in range(3)] == [200, 200, 429]
    advance(api, 59)
    assert (api.get("/whoami").status_code, api.get("/whoami").headers["Retry-After"]) == (429, "1")
    advance(api, 1)
    assert [api.get("/whoami").status_code for _ in range(3)] == [200, 200, 429]


# ---------------------------------------------------------------- what falls due


@pytest.mark.proves("W13")
def test_a_turn_sends_what_falls_due_in_its_order_and_reports_it(fake: Api, receiver: Receiver) -> None:
    hook = subscribe(fake, receiver)["id"]
    receiver.answers.append(500)
    change(fake, BRIEF, title="B")
    change(fake, LOGO, title="L")

    def line(at: float, id: str, record: str, number: int, code: int, state: str) -> Json:
        return {
            "at": after(at),
            "id": id,
            "event": "task:update",
            "resource": {"type": "task", "id": record},
            "subscription": hook,
            "url": receiver.url,
            "try": number,
            "status": code,
            "error": None if code == 200 else f"It answered {code}; only 2xx counts as received.",
            "state": state,
        }

    assert advance(fake, 60) == {
        "now": after(60),
        "mode": "frozen",
        "fell_due": [
            line(0.1, "1", BRIEF, 1, 500, "pending"),
            line(0.1, "2", LOGO, 1, 200, "delivered"),
            line(10.1, "1", BRIEF, 2, 200, "delivered"),
        ],
    }


@pytest.mark.proves("W13")
def test_a_frozen_clock_sends_nothing_that_is_not_due(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    change(fake, BRIEF, title="B")
    assert (advance(fake, 0.099)["fell_due"], receiver.received) == ([], [])
    assert len(advance(fake, 0.001)["fell_due"]) == 1


@pytest.mark.proves("W13")
def test_flush_sends_everything_and_leaves_the_clock_alone(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver, mischief=[{"trick": "delay", "seconds": 3600}])
    receiver.answers.extend([500, 500])
    change(fake, BRIEF, title="B")
    assert [(one["at"], one["status"], one["state"]) for one in flush(fake)] == [
        (after(0), 500, "pending"),
        (after(0), 500, "pending"),
        (after(0), 200, "delivered"),
    ]
    assert (flush(fake), clock(fake)) == ([], FROZEN)


@pytest.mark.proves("W13")
def test_freezing_later_sends_what_is_due_by_then(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    change(fake, BRIEF, title="B")
    freeze(fake, "2026-03-12T15:30:01Z")
    assert receiver.wait_for(1)[0].event == "task:update"


@pytest.mark.proves("W13")
def test_a_clock_that_is_let_go_sends_what_falls_due(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    change(fake, BRIEF, title="B")
    resume(fake)
    assert receiver.wait_for(1)[0].event == "task:update"


@pytest.mark.proves("W13")
@pytest.mark.parametrize("at", ["2026-03-12T15:29:00Z", "2026-03-12T15:30:00.050Z"], ids=["before", "within"])
def test_a_clock_that_is_set_back_loses_no_change(fake: Api, receiver: Receiver, at: str) -> None:
    """Neither before the window of what was sent nor within it."""
    subscribe(fake, receiver)
    change(fake, BRIEF, title="A")
    advance(fake, 1)
    freeze(fake, at)
    change(fake, BRIEF, title="B")
    flush(fake)
    assert [one.json["data"]["title"] for one in receiver.received] == ["A", "B"]


@pytest.mark.proves("W13")
def test_what_is_pending_before_1970_is_flushed(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    freeze(fake, "1960-01-01T00:00:00Z")
    change(fake, BRIEF, title="B")
    assert [(one["at"], one["state"]) for one in flush(fake)] == [("1960-01-01T00:00:00.000Z", "delivered")]
    assert receiver.events() == ["task:update"]


@pytest.mark.proves("W13")
def test_reset_ends_what_waits_to_be_sent(fake: Api, receiver: Receiver) -> None:
    subscribe(fake, receiver)
    change(fake, BRIEF, title="B")
    fake.control("POST", "/reset")
    assert advance(fake, 3600)["fell_due"] == []
    assert receiver.received == []

"""The journal is bounded: by the number of its entries, and by the bytes that they keep."""

import gc
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import Api, said
from contract_tests.expected import BOT_DATA, PROJECT, Json
from contract_tests.writing import create
from fake_server import journal
from fake_server.declare.body import Upload
from fake_server.flags import read
from fake_server.journal import Entry, Journal
from fake_server.settings import UsageError

pytestmark = pytest.mark.proves("README: Limits")

MEGABYTE = 1024 * 1024


def page(api: Api, query: str = "") -> tuple[list[str], int, int]:
    """Ids, total and how many were forgotten."""
    found = api.control("GET", f"/requests{query}")
    return [one["id"] for one in found["data"]], found["total"], found["forgotten"]


def ask(api: Api, times: int) -> None:
    for _ in range(times):
        assert api.data("/whoami") == BOT_DATA


# ---------------------------------------------------------------- by number


@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_newest_are_kept_and_the_others_counted(connect: Any, size: int) -> None:
    api = connect(journal=size)
    ask(api, size)
    assert page(api) == ([str(number) for number in range(1, size + 1)], size, 0)
    ask(api, 3)
    assert page(api) == ([str(number) for number in range(4, size + 4)], size, 3)
    assert api.control("GET", "/requests/count") == {"count": size, "forgotten": 3}


def test_what_is_deleted_is_not_counted_as_forgotten(connect: Any) -> None:
    api = connect(journal=2)
    ask(api, 5)
    assert api.control("DELETE", "/requests") == {"deleted": 2}
    assert page(api) == ([], 0, 0)
    ask(api, 3)
    assert page(api) == (["7", "8"], 2, 1)


def test_a_journal_of_none_keeps_nothing_and_the_service_answers(connect: Any) -> None:
    api = connect(journal=0)
    ask(api, 3)
    assert page(api) == ([], 0, 3)
    assert said(api.post("/tasks", {}))[0] == 422


def test_every_world_has_a_journal_of_that_size(connect: Any) -> None:
    api = connect(journal=2)
    other = api.as_token(api.control("POST", "/worlds", {"name": "other"})["token"])
    ask(other, 3)
    ask(api, 1)
    assert page(api) == (["1"], 1, 0)
    assert page(api, "?world=other") == (["2", "3"], 2, 1)


def test_after_a_reset_it_has_the_same_bound(connect: Any) -> None:
    api = connect(journal=2)
    ask(api, 3)
    api.control("POST", "/reset")
    ask(api, 3)
    assert page(api) == (["2", "3"], 2, 1)


def test_the_newest_thousand_are_shown_at_once(connect: Any) -> None:
    api = connect(journal=1500, check_answers=False)
    ask(api, 1600)
    found = api.control("GET", "/requests")
    assert [one["id"] for one in found["data"]] == [str(number) for number in range(601, 1601)]
    assert (found["total"], found["forgotten"]) == (1500, 100)
    further = api.control("GET", "/requests?since=100&limit=1200")["data"]
    assert [one["id"] for one in further] == [str(number) for number in range(401, 1601)]


@pytest.mark.parametrize(
    "arguments, variables, size",
    [
        ([], {}, 10_000),
        (["--journal", "7"], {}, 7),
        ([], {"KANBERT_FAKE_JOURNAL": "8"}, 8),
        (["--journal=7"], {"KANBERT_FAKE_JOURNAL": "8"}, 7),
        (["--journal", "0"], {}, 0),
        (["--journal", "1000000"], {}, 1_000_000),
    ],
)
def test_its_size_is_a_setting(arguments: list[str], variables: dict[str, str], size: int) -> None:
    assert read(arguments, variables).journal == size


@pytest.mark.parametrize(
    "value, sentence",
    [("-1", "it is at least 0."), ("1000001", "it is at most 1000000."), ("all", "it is a whole number.")],
)
def test_a_size_that_cannot_be_is_refused(value: str, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        read([f"--journal={value}"], {})
    assert str(raised.value) == f"--journal / KANBERT_FAKE_JOURNAL cannot be '{value}': {sentence}"


# ---------------------------------------------------------------- by bytes


def kept(api: Api) -> int:
    """Bytes of bodies that the journal shows."""
    return sum(len(one["body"] or "") for one in api.control("GET", "/requests")["data"])


@pytest.mark.parametrize("size, count", [(MEGABYTE, 31), (4 * MEGABYTE, 31), (MEGABYTE // 2, 63)])
def test_large_bodies_make_room_for_each_other(connect: Any, size: int, count: int) -> None:
    api = connect()
    for _ in range(70):
        api.ask("POST", "/tasks", content=b"x" * size, headers={"Content-Type": "application/json"})
    ids, total, forgotten = page(api)
    assert ids == [str(number) for number in range(71 - count, 71)]
    assert (total, forgotten, kept(api)) == (count, 70 - count, count * min(size, MEGABYTE))


def test_long_queries_and_tokens_count_too(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_BYTES", MEGABYTE)
    api = connect()
    for _ in range(40):
        api.as_token("t" * 30_000).get("/whoami", "q" * 30_000)
    _, total, forgotten = page(api, "?limit=0")
    assert (total, forgotten) == (MEGABYTE // (60_000 + len("/whoami")), 40 - total)


def test_uploads_leave_no_bytes_in_it(connect: Any) -> None:
    api = connect()
    content = b"x" * (4 * MEGABYTE)
    tracemalloc.start()
    try:
        for _ in range(8):
            answer = api.post("/tasks/nope/upload", files={"file": ("a.bin", content)})
            assert answer.status_code == 404
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 8 * MEGABYTE
    sent = {"file_name": "a.bin", "mime_type": "application/octet-stream", "size": len(content)}
    assert [one["body"] for one in api.control("GET", "/requests")["data"]] == [sent] * 8


def test_one_body_alone_always_has_room(connect: Any) -> None:
    api = connect(journal=1)
    body: Json = {"title": "T", "project_id": PROJECT, "description": "x" * 60_000}
    for _ in range(3):
        assert said(api.post("/tasks", body))[0] == 200
    assert [one["body"] for one in api.control("GET", "/requests")["data"]] == [body]


def test_of_a_request_that_moves_hundreds_only_the_first_records_are_kept(alone: Api) -> None:
    ids = [create(alone, str(number), status="Backlog")["id"] for number in range(120)]
    assert said(alone.patch(f"/tasks/{ids[0]}", {"status": "Closed"}))[0] == 200
    [entry] = alone.control("GET", "/requests?operation=tasks.update")["data"]
    assert [one["id"] for one in entry["records"]] == ids[:100]


# ---------------------------------------------------------------- whatever happens

steps = st.lists(
    st.tuples(st.just("receive"), st.integers(0, 40))
    | st.tuples(st.just("complete"), st.integers(0, 8))
    | st.tuples(st.just("clear"), st.just(0)),
    max_size=60,
)


@given(st.integers(0, 5), steps)
def test_whatever_comes_and_goes_it_counts_what_it_keeps(size: int, steps: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "MOST_BYTES", 100)
        told, completed, open_, received = list[Entry](), list[Entry](), list[Entry](), 0
        held = Journal(size, lambda one: None if one.duration is None else told.append(one))
        for what, number in steps:
            if what == "receive":
                one = Entry("GET", "/", b"", 0.0, "")
                one.body = b"x" * number if number % 3 else Upload("a", "b", b"x" * number)
                held.receive(one)
                open_.append(one)
                received += 1
            elif what == "complete" and open_:
                one = open_.pop(number % len(open_))
                held.complete(one, 200, 0.1)
                completed.append(one)
            elif what == "clear":
                before = list(held.entries)
                cleared = held.clear()
                assert (cleared, len(held.entries)) == (before, 0)
                told += [one for one in cleared if one.duration is not None]
                # Nobody wants to know what becomes of those.
                for one in open_:
                    held.complete(one, 200, 0.1)
                open_, received = [], 0
            done = [one for one in held.entries if one.duration is not None]
            assert held.bytes == sum(one.size for one in done)
            assert held.bytes <= 100 or len(held.entries) == 1
            assert len(held.entries) <= size
            assert held.forgotten == received - len(held.entries)
            assert [one.number for one in held.entries] == sorted(one.number for one in held.entries)
            assert sorted(map(id, [*told, *done])) == sorted(map(id, completed))

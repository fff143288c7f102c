"""One script through every handle there is: in process, over HTTP, in the default world and in one's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW
from contract_tests.expected import BRIEF, LOGO, PROJECT
from contract_tests.handle.every_verb import Seen, script
from contract_tests.processes import Process
from fake_server import FakeServer, Handle, connect

pytestmark = pytest.mark.proves("README: Every verb")

BRIEF_CHANGED = {
    "title": ["Write the brief", "Another"],
    "updated_at": ["2026-02-15T09:30:00Z", "2026-03-12T15:30:00Z"],
}


@pytest.fixture(scope="module")
def in_process() -> Iterator[FakeServer]:
    with FakeServer(world="small", now=NOW) as fake:
        yield fake


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Handle]:
    with Process("--port", "0", "--world", "small", "--now", NOW) as process, connect(process.ready().url) as fake:
        yield fake


@pytest.fixture(scope="module")
def expected(in_process: FakeServer, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What the script sees in a world of its own in this process."""
    with in_process.worlds.new() as own:
        return script(own, tmp_path_factory.mktemp("expected"))


def test_the_script_meets_what_it_should(expected: Seen) -> None:
    made = expected["make"]
    assert made == {**made, "title": "Fix it", "status": "WIP", "project_id": PROJECT}
    assert expected["get"] == made
    assert expected["all"] == [expected["change"]]
    assert expected["change"] == {
        **made, "title": "Fixed", "status": "Completed", "list_sorting": expected["change"]["list_sorting"],
        "completed_at": expected["change"]["completed_at"],
    }  # fmt: skip
    assert (expected["remove"]["id"], expected["removed"][:2]) == (LOGO, (404, "No such task"))
    assert (
        expected["diff"][0]
        == expected["diff"][1]
        == {
            "since": "snapshot-1",
            "created": [],
            "changed": [{"kind": "task", "id": BRIEF, "fields": BRIEF_CHANGED}],
            "removed": [],
        }
    )
    assert (expected["load"], expected["loaded"], expected["branch"]) == ([3, 3], True, [2, 3])
    assert expected["files"] == ["state.json", "state.yaml"]
    assert [status for status, _ in expected["answers"]] == [503, 200]
    assert (expected["count"], expected["wait"], expected["token"]) == ([2, 1], ["1", "2"], [200, 403, 401])
    assert [(one["at"], one["status"]) for one in expected["advanced"] + expected["flushed"]] == [
        ("2026-03-12T15:30:00.100Z", 503),
        ("2026-03-12T15:30:01.000Z", 200),
    ]
    assert expected["waited"] == ["task:update", "task:delete", "task:update"]
    assert (expected["own"], expected["rm world"]) == ([[], "2026-03-12T15:30:00.000Z", True], "empty")
    assert expected["intercepted"]["first_name"]
    assert expected["reset"][0] == {"since": "seed", "created": [], "changed": [], "removed": []}


def test_it_sees_the_same_in_the_default_world_in_process(
    in_process: FakeServer, expected: Seen, tmp_path: Path
) -> None:
    assert script(in_process, tmp_path) == expected


def test_it_sees_the_same_over_http_to_the_same_server(
    in_process: FakeServer, expected: Seen, tmp_path: Path
) -> None:
    with in_process.worlds.new() as own, connect(in_process.url, own.token) as fake:
        assert script(fake, tmp_path) == expected


def test_it_sees_the_same_in_a_world_of_a_server_elsewhere(elsewhere: Handle, expected: Seen, tmp_path: Path) -> None:
    with elsewhere.worlds.new() as own:
        assert script(own, tmp_path) == expected


def test_it_sees_the_same_in_the_default_world_of_a_server_elsewhere(
    elsewhere: Handle, expected: Seen, tmp_path: Path
) -> None:
    assert script(elsewhere, tmp_path) == expected


def test_it_sees_the_same_a_second_time(elsewhere: Handle, expected: Seen, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    assert script(elsewhere, tmp_path / "again") == expected


def test_a_world_may_be_branched_from_one_that_was_branched(in_process: FakeServer) -> None:
    with in_process.worlds.new() as own, own.branch() as one, one.branch() as other:
        other.remove("task", LOGO)
        assert [len(handle.all("task")) for handle in (own, one, other)] == [3, 3, 2]


def test_every_verb_is_one_call_of_plain_http(elsewhere: Handle, expected: Seen) -> None:
    """The beginning of the script, as who has no Python would write it."""
    with elsewhere.worlds.new() as own, httpx2.Client(headers=own.headers) as http:

        def ask(method: str, path: str, body: Any = None) -> Any:
            return http.request(method, f"{own.base_url}/_fake{path}", json=body).json()

        assert ask("POST", "/clock/freeze", {"at": NOW}) == expected["freeze"]
        assert ask("POST", "/clock/advance", {"by": "1h"}) == expected["advance"][0]
        ask("POST", "/clock/freeze", {"at": NOW})
        made = ask("POST", "/records/task", {"title": "Fix it", "status": "WIP"})
        id, project = made["id"], made["project_id"]
        assert made == expected["make"] == ask("GET", f"/records/task/{id}")
        changed = ask("PATCH", f"/records/task/{id}", {"title": "Fixed", "status": "Completed"})
        assert changed == expected["change"]
        found = ask("GET", f"/records/task?status=Completed&project_id={project}&assignee=null")
        assert found == {"data": expected["all"]}
        assert ask("DELETE", f"/records/task/{LOGO}") == expected["remove"]
        status, title, detail = expected["removed"]
        assert ask("GET", f"/records/task/{LOGO}") == {"title": title, "detail": detail, "status": status}
        assert ask("POST", "/snapshots/snapshot-1")["tasks"] == 3
        ask("PATCH", f"/records/task/{BRIEF}", {"title": "Another"})
        assert ask("GET", "/diff?since=snapshot-1") == expected["diff"][0]
        assert ask("DELETE", "/snapshots/snapshot-1")["name"] == "snapshot-1"
        assert ask("GET", "/state") == expected["export"]
        assert ask("POST", "/faults", {"operation": "tasks.show", "status": 503, "times": 1}) == expected["fault"]
        assert ask("GET", "/requests/count") == {"count": 0, "forgotten": 0}

"""One script through every handle there is: in process, over HTTP, in the default world and in one's own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW
from contract_tests.expected import BRIEF, LOGO, PROJECT
from contract_tests.processes import Process
from fake_server import ControlError, FakeServer, Handle, connect

pytestmark = pytest.mark.proves("README: Every verb")

Seen = dict[str, Any]
BRIEF_CHANGED = {
    "title": ["Write the brief", "Another"],
    "updated_at": ["2026-02-15T09:30:00Z", "2026-03-12T15:30:00Z"],
}
SECRET = "of the script"


def script(kanbert: Handle, folder: Path) -> Seen:
    """Every verb once; what came of each, without what is different by nature: ports, real durations, the names of
    worlds."""
    seen: Seen = {}
    clock(kanbert, seen)
    records(kanbert, seen)
    states(kanbert, seen, folder)
    requests(kanbert, seen)
    webhooks(kanbert, seen)
    worlds(kanbert, seen)
    return seen


def clock(kanbert: Handle, seen: Seen) -> None:
    seen["freeze"] = kanbert.clock.freeze(NOW)
    seen["advance"] = [kanbert.clock.advance("1h"), kanbert.clock.advance(days=1), kanbert.clock.now]
    seen["resume"] = (kanbert.clock.resume()["mode"], kanbert.clock.mode)
    kanbert.clock.freeze(datetime(2026, 3, 12, 15, 30, tzinfo=UTC))


def records(kanbert: Handle, seen: Seen) -> None:
    seen["make"] = made = kanbert.make("task", title="Fix it", status="WIP")
    seen["get"] = kanbert.get("task", made["id"])
    seen["change"] = kanbert.change("task", made["id"], title="Fixed", status="Completed")
    seen["all"] = kanbert.all("task", status="Completed", project_id=made["project_id"], assignee=None)
    seen["remove"] = kanbert.remove("task", LOGO)
    seen["removed"] = refused(kanbert.get, "task", LOGO)


def states(kanbert: Handle, seen: Seen, folder: Path) -> None:
    before = kanbert.snapshot()
    kanbert.change("task", BRIEF, title="Another")
    seen["diff"] = [before.diff(), kanbert.diff(before), kanbert.diff()["removed"]]
    seen["snapshots"] = [one[:3] for one in (before, kanbert.snapshots.save("mine"), *kanbert.snapshots.list())]
    before.restore()
    seen["restored"] = kanbert.get("task", BRIEF)["title"]
    kanbert.snapshots.load("mine")
    before.remove()
    seen["rm snapshot"] = [kanbert.snapshots.rm("mine").name, kanbert.snapshots.list()]
    seen["export"] = document = kanbert.export(folder / "state.yaml")
    kanbert.remove("task", BRIEF)
    seen["load"] = [kanbert.load(folder / "state.yaml")["tasks"], kanbert.load(document)["tasks"]]
    seen["loaded"] = kanbert.export() == document
    kanbert.export(folder / "state.json")
    seen["files"] = sorted(file.name for file in folder.iterdir())
    with kanbert.branch() as branch:
        branch.remove("task", BRIEF)
        seen["branch"] = [len(branch.all("task")), len(kanbert.all("task"))]


def requests(kanbert: Handle, seen: Seen) -> None:
    seen["fault"] = fault = kanbert.faults.add("tasks.show", status=503, times=1)
    answers = [kanbert.client.get(f"/tasks/{BRIEF}", params={"include": "project"}) for _ in range(2)]
    seen["answers"] = [(one.status_code, one.json()) for one in answers]
    seen["faults"] = [kanbert.faults.list(), kanbert.faults.rm(fault["id"]), kanbert.faults.list()]
    kanbert.faults.clear()
    journal = kanbert.requests.all(operation="tasks.show")
    seen["requests"] = [{**one, "duration": one["duration"] > 0} for one in journal]
    seen["count"] = [kanbert.requests.count(), kanbert.requests.count(status="5xx")]
    seen["wait"] = [one["id"] for one in kanbert.requests.wait(count=2, operation="tasks.*", timeout=1)]
    kanbert.requests.assert_called("tasks.show", times=1, status=503, query={"include": "project"})
    kanbert.requests.assert_not_called("tasks.update")
    kanbert.requests.assert_sequence("tasks.show", "tasks.show")
    with pytest.raises(AssertionError) as wrong:
        kanbert.requests.assert_called("tasks.show", json={"title": "T"})
    seen["assert"] = str(wrong.value)
    seen["clear"] = [kanbert.requests.clear(), kanbert.requests.all()]
    limited = kanbert.tokens.new(token=f"limited-{kanbert.name}", scopes=["task-management:read"])
    with httpx2.Client(base_url=kanbert.url, headers={"Authorization": f"Bearer {limited}"}) as client:
        seen["token"] = [client.get(f"/tasks/{BRIEF}").status_code, client.delete(f"/tasks/{BRIEF}").status_code]
        kanbert.tokens.rm(limited)
        seen["token"].append(client.get(f"/tasks/{BRIEF}").status_code)


def webhooks(kanbert: Handle, seen: Seen) -> None:
    hook = kanbert.webhooks.add("http://receiver.test/hook", events=["comment:*"])
    seen["webhook"] = [hook, kanbert.webhooks.list(), kanbert.webhooks.rm(hook["id"])]
    with kanbert.inbox("task:*", secret=SECRET) as inbox:
        inbox.answer(503, times=1)
        kanbert.change("task", BRIEF, emit=True, status="WIP")
        seen["advanced"] = plainly(kanbert.clock.advance(seconds=1)["fell_due"])
        seen["flushed"] = plainly(kanbert.flush()["sent"])
        seen["received"] = [(one.payload, one.genuine, one.answered) for one in inbox.received]
        seen["wait_for"] = inbox.wait_for("task:update", BRIEF)
        seen["triggered"] = [row["event"] for row in kanbert.trigger("task:delete", BRIEF)]
        kanbert.deliveries.resend(kanbert.deliveries.all(event="task:update")[0]["id"])
        seen["waited"] = [one["event"] for one in inbox.wait_for("*", count=3)]
        kanbert.flush()
        seen["deliveries"] = plainly(kanbert.deliveries.all(subscription=inbox.subscription["id"]))
    kanbert.webhooks.clear()
    seen["unsubscribed"] = kanbert.webhooks.list()


def worlds(kanbert: Handle, seen: Seen) -> None:
    own = kanbert.worlds.new(f"own-{kanbert.name}", world="empty", now=NOW)
    seen["own"] = [own.all("task"), own.clock.now, own.name in [row["name"] for row in kanbert.worlds.list()]]
    seen["rm world"] = kanbert.worlds.rm(own.name)["world"]
    with kanbert.intercept():
        answer = httpx2.get("https://api.kanbert.com/api/v1/whoami", headers=kanbert.headers)
        seen["intercepted"] = answer.json()
    kanbert.reset("empty")
    seen["empty"] = kanbert.all("task")
    kanbert.reset()
    seen["reset"] = [kanbert.diff(), kanbert.requests.all(), [one["title"] for one in kanbert.all("task")]]


def plainly(rows: list[Any]) -> list[Any]:
    """Tries and deliveries without what is different by nature."""
    return [
        {name: without_durations(value) for name, value in row.items() if name not in ("url", "request")}
        for row in rows
    ]


def without_durations(value: Any) -> Any:
    if isinstance(value, list):
        return [{k: v for k, v in one.items() if k != "duration"} if isinstance(one, dict) else one for one in value]
    return value


def refused(call: Any, *arguments: Any) -> tuple[int, str, str]:
    with pytest.raises(ControlError) as error:
        call(*arguments)
    return error.value.status, error.value.title, error.value.detail


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

"""One script with every verb of a handle, and what it sees."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW
from contract_tests.expected import BRIEF, LOGO
from fake_server import ControlError, Handle

Seen = dict[str, Any]
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

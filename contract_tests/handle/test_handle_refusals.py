"""What the verbs of a handle take, and what they say where they cannot be obeyed."""

import pickle
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client import NOW
from contract_tests.handle import handles
from contract_tests.handle.handles import sentence
from contract_tests.processes import free_port
from fake_server import ControlError, FakeServer, Handle

pytestmark = pytest.mark.proves("README: Every verb")

server, world = handles.server, handles.world


# ---------------------------------------------------------------- refusals


def test_a_refusal_has_status_title_and_the_sentence_that_names_the_nearest(world: Handle) -> None:
    with pytest.raises(ControlError) as refused:
        world.faults.add("tasks.stroe", status=503)
    error = refused.value
    assert (error.status, error.title) == (422, "No such operation")
    assert str(error) == error.detail == "There is no operation tasks.stroe; did you mean tasks.store?"


def test_a_refusal_may_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(ControlError(404, "No such world", "There is no world x.")))
    assert (error.status, error.title, str(error)) == (404, "No such world", "There is no world x.")


def test_a_handle_of_a_world_that_was_removed_asks_no_other(server: FakeServer) -> None:
    gone = server.worlds.new("gone")
    assert len(gone.all("task")) == 3
    server.worlds.rm("gone")
    with pytest.raises(ControlError, match=r"^There is no world gone; ") as refused:
        gone.reset()
    assert refused.value.status == 404


def test_after_a_new_start_of_the_server_a_handle_does_not_ask_the_default_world() -> None:
    port = free_port()
    with FakeServer(world="small", now=NOW, port=port) as fake:
        made = fake.worlds.new("mine")
        assert made.clock.mode == "frozen"
    with FakeServer(world="small", now=NOW, port=port) as fake:
        assert sentence(made.reset, "empty").startswith("There is no world mine; ")
        assert len(fake.all("task")) == 3


def test_what_json_has_no_words_for_is_refused_before_it_is_sent(world: Handle) -> None:
    assert sentence(world.make, "task", title=object()).startswith("object cannot be sent as JSON: <object")
    several = "One value is asked for, not several: ['zz']."
    assert sentence(world.all, "task", watchers=["zz"]) == several
    endless: list[Any] = []
    endless.append(endless)
    for value in (float("nan"), float("inf"), endless):
        assert sentence(world.make, "task", estimated_hours=value) == (
            "The fake is sent JSON, which knows no nan, no inf and nothing that contains itself."
        )
    assert len(world.all("task")) == 3


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_that_leads_to_another_path_ends_nothing_and_makes_nothing(world: Handle, id: str) -> None:
    before = world.webhooks.add("http://receiver.test/hook"), world.faults.add("tasks.store", status=503)
    world.snapshots.save("mine")
    for verb in (
        world.webhooks.rm, world.faults.rm, world.tokens.rm, world.deliveries.resend, world.worlds.rm,
        world.snapshots.save, world.snapshots.load, world.snapshots.rm,
    ):  # fmt: skip
        assert sentence(verb, id) == f"Nothing has the name or id {id!r}, which leads to another path."
    for by_kind in (world.get, world.change, world.remove):
        assert sentence(by_kind, "task", id) == f"Nothing has the name or id {id!r}, which leads to another path."
    assert (world.webhooks.list(), world.faults.list()) == ([before[0]], [before[1]])
    assert ([one.name for one in world.snapshots.list()], len(world.all("task"))) == (["mine"], 3)


def test_the_world_of_a_handle_is_no_filter(world: Handle) -> None:
    said = f"world is no filter: this handle asks about the world {world.name} only."
    for call in (world.requests.all, world.requests.wait, world.deliveries.all):
        assert sentence(call, world="default") == said
    assert sentence(world.all, "task", world="default") == said


@pytest.mark.parametrize("timeout", [float("inf"), float("nan"), 1e300, -1])
def test_a_wait_without_end_is_refused(world: Handle, timeout: float) -> None:
    assert sentence(world.requests.wait, timeout=timeout) == f"timeout is seconds up to 600, not {timeout}."


def test_a_record_may_be_given_where_its_id_is_wanted(world: Handle) -> None:
    project, users = world.make("project"), world.all("user")
    made = world.make("task", project=project, watchers=users)
    assert (made["project_id"], made["watchers"]) == (project["id"], [user["id"] for user in users])
    assert world.all("task", project=project) == [made]
    assert world.change("task", made["id"], assignee=users[0])["assignee_id"] == users[0]["id"]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize("name, yaml", [("a.YAML", True), ("a.yml", True), ("a.Json", False), ("a.txt", False)])
def test_a_file_has_the_form_that_its_name_says(world: Handle, tmp_path: Path, name: str, yaml: bool) -> None:
    document = world.export(tmp_path / name)
    assert (tmp_path / name).read_text().startswith("{") != yaml
    world.reset("empty")
    assert world.load(tmp_path / name) == {"world": world.name, "tasks": 3}
    assert world.export() == document


def test_a_file_whose_name_says_nothing_may_have_either_form(world: Handle, tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    world.export(tmp_path / "own.yaml")
    (tmp_path / "own.yaml").rename(path)
    assert world.load(str(path))["tasks"] == 3


@pytest.mark.parametrize("name, place", [("own.yaml", "2"), ("own.txt", "2"), ("own.json", "users[0]")])
def test_what_is_wrong_in_a_file_is_said_with_its_place(world: Handle, tmp_path: Path, name: str, place: str) -> None:
    path, before = tmp_path / name, world.export()
    text = "users:\n  - {ref: a, frist_name: A}\n"
    path.write_text('{"users": [{"ref": "a", "frist_name": "A"}]}' if name == "own.json" else text)
    assert sentence(world.load, path) == f"{path}:{place}: user has no field frist_name; did you mean first_name?"
    assert world.export() == before


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    "by, more",
    [("2d", {}), (172_800, {}), (timedelta(days=2), {}), (None, {"days": 2}), (None, {"hours": 47, "minutes": 60})],
)
def test_the_clock_goes_forward_by_a_text_by_seconds_or_by_days(world: Handle, by: Any, more: Any) -> None:
    told = world.clock.advance(by, **more)
    assert told == {"now": "2026-03-14T15:30:00.000Z", "mode": "frozen", "fell_due": []}


@pytest.mark.parametrize("by, more", [(None, {}), ("1d", {"days": 1}), (None, {"days": 0})])
def test_a_clock_that_is_not_told_how_far_does_not_move(world: Handle, by: Any, more: Any) -> None:
    assert sentence(world.clock.advance, by, **more) == (
        "Say how far the clock goes, in one way: advance(days=2), advance('2d') or advance(90)."
    )
    assert world.clock.now == "2026-03-12T15:30:00.000Z"


@pytest.mark.parametrize("days", [float("nan"), float("inf"), 1e300])
def test_a_clock_that_is_told_no_finite_time_does_not_move(world: Handle, days: float) -> None:
    assert sentence(world.clock.advance, days=days) == (
        "Days, hours, minutes and seconds are finite numbers, of less than a billion days together."
    )
    assert world.clock.now == "2026-03-12T15:30:00.000Z"


def test_the_clock_goes_back_by_no_spelling(world: Handle) -> None:
    for by, more in (("-1d", {}), (-1, {}), (None, {"days": -1})):
        with pytest.raises(ControlError) as refused:
            world.clock.advance(by, **more)
        assert refused.value.status == 422
    assert world.clock.now == "2026-03-12T15:30:00.000Z"


@pytest.mark.parametrize("at", ["2027-01-31T10:00:00Z", datetime(2027, 1, 31, 10, tzinfo=UTC)])
def test_the_clock_stands_at_a_text_or_at_a_datetime(world: Handle, at: Any) -> None:
    assert world.clock.freeze(at) == {"now": "2027-01-31T10:00:00.000Z", "mode": "frozen"}

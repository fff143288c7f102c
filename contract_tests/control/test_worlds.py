"""The worlds: what is in them, and that they are the same every time."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.control.seeded import everything, seeded, served, world
from contract_tests.declared import LISTINGS
from contract_tests.expected import BOT_DATA, BRIEF_DATA, LAUNCH_DATA, LOGO_DATA, PETER_DATA, ZOE_DATA, Json
from contract_tests.processes import ROOT, Process
from fake_server.resources.tasks import STATUSES
from fake_server.seeds.worldfile import SeedError
from fake_server.world_names import WORLD_NAMES

pytestmark = pytest.mark.proves("README: Another world")

Found = Callable[[Json], Any]
TODAY = date.fromisoformat(NOW[:10])

read_only = cache(world)


@pytest.fixture(scope="module")
def tasks() -> list[Json]:
    """The demo's tasks with all that a list can add to them."""
    includes = ",".join(LISTINGS["tasks.index"].listing.includes)  # type: ignore[union-attr]
    return list(read_only().walk("/tasks", {"include": includes}))


# ---------------------------------------------------------------- the same world every time

GROWN = ("--tasks", "700", "--seed", "7", "--now", NOW, "--public-url", "http://fake.test")
"""More than the demo has by itself, so that Faker makes clients and projects too."""


@pytest.fixture(scope="module")
def grown() -> dict[str, bytes]:
    return everything(world(tasks=700, seed=7, public_url="http://fake.test"))


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "0", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "12345", "TZ": "America/New_York", "LC_ALL": "C.UTF-8", "PYTHONOPTIMIZE": "1"},
    ],
)
def test_the_same_seed_and_now_give_the_same_world_to_the_byte_in_any_process(
    grown: dict[str, bytes], variables: dict[str, str]
) -> None:
    with Process("--port", "0", *GROWN, **variables) as process, httpx2.Client() as http:
        http.base_url = process.ready().url
        found = everything(Api(http, "any"))
    assert list(found) == list(grown)
    assert [name for name in found if found[name] != grown[name]] == []


def test_another_seed_gives_another_world() -> None:
    one, other = ([task["title"] for task in world(seed=seed).walk("/tasks")] for seed in (42, 43))
    assert len(one) == len(other) == 150
    assert one[:40] == other[:40], "written by hand"
    assert one != other


def test_a_world_that_faker_adds_nothing_to_is_the_same_for_every_seed() -> None:
    assert everything(world(world="small", seed=1)) == everything(world(world="small", seed=2))


def test_another_now_moves_every_date_and_changes_nothing_else() -> None:
    later = world(now="2026-03-22T15:30:00Z")
    for one, other in zip(read_only().walk("/tasks"), later.walk("/tasks"), strict=True):
        assert moved(one, 10) == other


def moved(value: Any, days: int) -> Any:
    """A JSON value with every date in it so many days later."""
    if isinstance(value, dict):
        return {name: moved(part, days) for name, part in value.items()}
    if isinstance(value, list):
        return [moved(part, days) for part in value]
    try:
        day = date.fromisoformat(value[:10])
    except (TypeError, ValueError):
        return value
    return f"{day + timedelta(days=days)}{value[10:]}"


def test_a_world_without_now_stands_around_the_real_time() -> None:
    due = {task["uri"]: task["due_date"] for task in world(world="small", now="").walk("/tasks")}
    distance = (date.fromisoformat(due["WEB-2"]) - date.fromisoformat(due["WEB-1"])).days
    assert distance == 54
    assert abs((date.fromisoformat(due["WEB-1"]) + timedelta(days=14) - date.today()).days) <= 1


@pytest.mark.proves("T9")
@pytest.mark.parametrize(
    "now, zone, days",
    [
        ("2026-03-12T15:30:00Z", "Europe/Vienna", 0),
        ("2026-03-12T23:30:00Z", "UTC", 0),
        ("2026-03-12T23:30:00Z", "Europe/Vienna", 1),
        ("2026-03-12T23:30:00Z", "Asia/Tokyo", 1),
        ("2026-03-12T01:30:00Z", "America/New_York", -1),
    ],
)
def test_a_time_zone_moves_due_dates_only_where_it_is_another_day(now: str, zone: str, days: int) -> None:
    here = world(now=now, time_zone=zone).walk("/tasks")
    for one, other in zip(world(now=now).walk("/tasks"), here, strict=True):
        assert other["due_date"] == (one["due_date"] and moved(one["due_date"], days))
        assert (other["id"], other["title"], other["status"]) == (one["id"], one["title"], one["status"])


@pytest.mark.parametrize("switches", [{}, {"world": "small"}, {"world": "small", "tasks": 100}])
def test_reading_and_reset_change_nothing(switches: Json) -> None:
    api = world(**switches)
    first = everything(api)
    assert everything(api) == first
    api.control("POST", "/reset")
    assert everything(api) == first


def test_what_was_written_is_gone_after_a_reset() -> None:
    api = world()
    first = everything(api)
    for task in api.data("/tasks"):
        api.patch(f"/tasks/{task['id']}", {"title": "T", "status": "New", "watchers": []})
        api.delete(f"/tasks/{task['id']}")
    api.control("POST", "/reset")
    assert everything(api) == first


def test_a_world_stays_as_it_was_loaded_while_time_goes_on() -> None:
    fake = seeded()
    api = served(fake)
    first = everything(api)
    clock = fake.worlds.named["default"].clock
    clock.freeze(clock.time() + 40 * 86400)
    assert everything(api) == first
    api.control("POST", "/reset")
    assert everything(api) == first


def test_every_world_that_travels_along_is_named_and_no_other() -> None:
    files = (ROOT / "fixtures" / "worlds").iterdir()
    assert sorted(f"{name}.yaml" for name in WORLD_NAMES) == sorted(file.name for file in files)


# ---------------------------------------------------------------- small: one of everything, three tasks


def test_small_has_its_three_tasks() -> None:
    assert read_only(world="small").data("/tasks") == [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA]


@pytest.mark.proves("user.types")
def test_small_has_one_user_of_every_type() -> None:
    users = read_only(world="small").data("/users")
    assert [user["type"] for user in users] == ["user", "guest", "tax_advisor", "integration"]
    assert [users[0], users[1], users[3]] == [ZOE_DATA, PETER_DATA, BOT_DATA]


def test_small_has_one_of_everything() -> None:
    api = read_only(world="small")
    [project], [client] = api.data("/projects", {"include": "team,guests,tags"}), api.data("/clients")
    [phase] = api.data(f"/projects/{project['id']}/phases")
    logo = api.data("/tasks", {"include": "watchers,parent_task", "filter": 'uri = "WEB-3"'})[0]
    assert [len(project[name]) for name in ("team", "guests", "tags")] == [1, 1, 1]
    assert (project["client"], logo["phase"]) == (client, phase)
    assert all(project[name] for name in ("project_type", "project_group", "computed_fields", "external_id"))
    assert all(phase[name] for name in ("group", "type", "computed_fields"))
    assert all(logo[name] for name in ("milestone", "epic", "priorityOption", "attachements", "watchers"))
    assert logo["parent_task"]["uri"] == "WEB-2"


def test_small_grows_around_its_three_tasks() -> None:
    first, *rest = world(world="small", tasks=20).walk("/tasks", {"sort": "uri"})
    assert first == BRIEF_DATA
    assert len(rest) == 19
    assert {"Launch the site", "Design the logo"} <= {task["title"] for task in rest}


# ---------------------------------------------------------------- empty


def test_empty_answers_with_one_user_and_nothing_else() -> None:
    api = read_only(world="empty")
    [user] = api.data("/users")
    assert (user["type"], api.data("/whoami")) == ("integration", user)
    assert [api.data(path) for path in ("/clients", "/clients/full", "/projects", "/tasks")] == [[]] * 4


def test_empty_has_nothing_to_grow_from() -> None:
    with pytest.raises(SeedError, match=r"empty\.yaml.*no grow section"):
        world(world="empty", tasks=5)


# ---------------------------------------------------------------- demo: an agency that looks real


def test_the_demo_has_users_of_all_four_types() -> None:
    types = Counter(user["type"] for user in read_only().walk("/users"))
    assert types == {"user": 6, "guest": 2, "tax_advisor": 1, "integration": 1}


def test_the_demo_has_clients_archived_and_shared_ones_among_them() -> None:
    api = read_only()
    assert len(list(api.walk("/clients"))) == 6
    assert len(api.data("/clients/full", {"filter": 'archived = "only"'})) == 1
    assert sum(client["origin_space"] is not None for client in api.walk("/clients")) == 1
    assert {client["segment"] for client in api.walk("/clients/full")} == {"A", "B", "C"}


def test_every_project_of_the_demo_has_phases_and_a_lead() -> None:
    api = read_only()
    projects = list(api.walk("/projects", {"include": "team,guests,tags"}))
    assert Counter(project["status"] for project in projects) == {"running": 7, "closed": 2}
    for project in projects:
        assert api.data(f"/projects/{project['id']}/phases")
        assert sum(member["is_project_lead"] for member in project["team"]) == 1


def test_the_demo_has_150_tasks_in_every_status(tasks: list[Json]) -> None:
    assert len(tasks) == 150
    found = Counter(task["status"] for task in tasks)
    assert set(found) == set(STATUSES)
    assert min(found.values()) >= 10


@pytest.mark.parametrize(
    "what, least, found",
    [
        ("sub-tasks", 15, lambda task: task["parent_task"]),
        ("tasks with sub-tasks", 10, lambda task: task["sub_tasks"]),
        ("watched tasks", 30, lambda task: task["watchers"]),
        ("tasks with attachments", 5, lambda task: task["attachements"]),
        ("tasks with several attachments", 1, lambda task: task["attachements"][1:]),
        ("tasks in a phase", 30, lambda task: task["phase"]),
        ("tasks with a milestone", 15, lambda task: task["milestone"]),
        ("tasks with an epic", 15, lambda task: task["epic"]),
        ("tasks with a priority", 15, lambda task: task["priorityOption"]),
        ("assigned tasks", 80, lambda task: task["assignee"]),
        ("unassigned tasks", 10, lambda task: not task["assignee"]),
        ("described tasks", 50, lambda task: task["description"]),
        ("tasks of an external system", 5, lambda task: task["external_id"]),
        ("tasks without a due date", 10, lambda task: not task["due_date"]),
        ("tasks on hold", 1, lambda task: task["is_onhold"]),
        ("private tasks", 20, lambda task: not task["is_public"]),
        ("estimates in whole hours", 50, lambda task: task["estimated_hours"] in range(1, 200)),
        ("estimates in parts of hours", 5, lambda task: isinstance(task["estimated_hours"], float)),
    ],
)
def test_the_demo_has_some_of_each(tasks: list[Json], what: str, least: int, found: Found) -> None:
    assert sum(bool(found(task)) for task in tasks) >= least, what


def test_the_demos_due_dates_stand_around_now(tasks: list[Json]) -> None:
    days = [(date.fromisoformat(task["due_date"]) - TODAY).days for task in tasks if task["due_date"]]
    assert sum(-14 <= day < 0 for day in days) >= 10
    assert sum(0 <= day <= 14 for day in days) >= 15
    open_ = [task["due_date"] or "9" for task in tasks if task["status"] in STATUSES[:3]]
    assert 3 <= sum(due < str(TODAY) for due in open_) <= 40


def test_nothing_in_the_demo_has_happened_in_the_future(tasks: list[Json]) -> None:
    for task in tasks:
        times = [task["completed_at"], task["closed_at"], task["updated_at"]]
        files = [file["created_at"] for file in task["attachements"]]
        assert all(task["created_at"] <= time <= NOW for time in (*times, *files) if time), task["uri"]


@pytest.mark.proves("T12")
def test_open_tasks_of_the_demo_are_neither_completed_nor_closed(tasks: list[Json]) -> None:
    for task in tasks:
        assert bool(task["completed_at"]) <= (STATUSES.index(task["status"]) >= 3), task["uri"]
        assert bool(task["closed_at"]) == (task["status"] == "Closed"), task["uri"]
        assert task["status"] != "Completed" or task["completed_at"], task["uri"]


def test_whatever_a_task_hangs_on_is_of_its_own_project(tasks: list[Json]) -> None:
    phases = {
        project["id"]: [phase["id"] for phase in read_only().walk(f"/projects/{project['id']}/phases")]
        for project in read_only().walk("/projects")
    }
    for task in tasks:
        assert not task["phase"] or task["phase"]["id"] in phases[task["project_id"]], task["uri"]
        for other in (task["parent_task"], *task["sub_tasks"]):
            assert not other or other["project_id"] == task["project_id"], task["uri"]
        assert task["project"]["id"] == task["project_id"]
        assert task["client"]["id"] == task["client_id"] == task["project"]["client"]["id"]


@pytest.mark.proves("T6", "T7", "T11")
@pytest.mark.parametrize("switches", [{}, {"tasks": 1000}, {"world": "small", "tasks": 50}])
def test_ids_and_uris_are_given_once_and_columns_have_no_gaps(switches: Json) -> None:
    found = list(world(**switches).walk("/tasks"))
    columns: dict[tuple[str, str], list[int]] = {}
    for task in found:
        columns.setdefault((task["project_id"], task["status"]), []).append(task["list_sorting"])
    assert len({task["id"] for task in found}) == len({task["uri"] for task in found}) == len(found)
    assert all(sorted(places) == list(range(len(places))) for places in columns.values())


def test_the_demo_reads_like_an_agency(tasks: list[Json]) -> None:
    titles = [task["title"] for task in tasks]
    texts = [text for task in tasks for text in (task["title"], task["description"]) if text]
    assert len(set(titles)) >= 140
    assert all(title[:1].isupper() and 3 < len(title) < 100 for title in titles)
    assert not [text for text in texts if "{{" in text or "lorem" in text.lower()]
    names = [user["last_name"] for user in read_only().walk("/users")]
    assert {"Müller", "Wójcik", "Groß"} <= set(names), "names that a careless encoding breaks"


def test_the_seeds_tokens_act_as_their_users() -> None:
    types = {}
    for token in ("guest-token", "user-token", "any"):
        types[token] = read_only().as_token(token).data("/whoami")["type"]
    assert types == {"guest-token": "guest", "user-token": "user", "any": "integration"}


# ---------------------------------------------------------------- growing


def test_a_thousand_tasks_are_exactly_a_thousand_with_new_projects_and_clients() -> None:
    api, known = world(tasks=1000), read_only()
    assert len(list(api.walk("/tasks"))) == api.control("GET", "/ready")["tasks"] == 1000
    for path in ("/projects", "/clients"):
        names = [record["id"] for record in known.walk(path)]
        assert [record["id"] for record in api.walk(path)][: len(names)] == names
        assert len(list(api.walk(path))) > len(names)


def test_fewer_tasks_than_are_written_by_hand_take_none_away() -> None:
    by_hand = world(tasks=0).data("/tasks", {"page[size]": 30})
    assert world(tasks=31).data("/tasks", {"page[size]": 30}) == by_hand


def test_a_hundred_thousand_tasks_are_made_in_seconds() -> None:
    api = world(tasks=100_000)
    assert api.control("GET", "/ready")["tasks"] == 100_000
    assert len(list(api.walk("/projects"))) > 300
    assert len(list(api.walk("/clients"))) > 150
    assert api.data("/tasks", {"sort": "-created_at", "page[size]": 1})
    refuses_what_takes_too_long(api)


def refuses_what_takes_too_long(api: Api) -> None:
    """On so large a world forty conditions are the most."""
    answer = api.get("/tasks", {"filter": " or ".join(['title contains "zzz"'] * 41)})
    assert (answer.status_code, answer.json()) == (400, {"message": "The filter has too many conditions."})
    assert "at most 40" in hint(answer)

"""The worlds: what is in them, that they are the same every time, and which worlds cannot be loaded."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, InProcess, hint
from contract_tests.declared import LISTINGS
from contract_tests.expected import BOT_DATA, BRIEF_DATA, LAUNCH_DATA, LOGO_DATA, PETER_DATA, ZOE_DATA
from contract_tests.processes import Process
from fake_server.app import Fake, create_app
from fake_server.resources.tasks import STATUSES
from fake_server.seeds.worldfile import SeedError
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Another world")

Json = dict[str, Any]
Found = Callable[[Json], Any]
TODAY = date.fromisoformat(NOW[:10])


def seeded(**switches: Any) -> Fake:
    fake = Fake(Settings.model_validate({"world": "demo", "now": NOW, **switches}))
    fake.seed()
    return fake


def served(fake: Fake) -> Api:
    transport = InProcess(create_app(fake=fake))
    return Api(httpx2.Client(transport=transport, base_url="http://fake.test"), "any")


def world(**switches: Any) -> Api:
    """A world of its own in this process, whichever server the other tests ask."""
    return served(seeded(**switches))


read_only = cache(world)


@pytest.fixture(scope="module")
def tasks() -> list[Json]:
    """The demo's tasks with all that a list can add to them."""
    includes = ",".join(LISTINGS["tasks.index"].listing.includes)  # type: ignore[union-attr]
    return list(read_only().walk("/tasks", {"include": includes}))


def pages(api: Api, path: str, params: Mapping[str, str] = MappingProxyType({})) -> Iterator[httpx2.Response]:
    """Every page of a list, by its cursors: a public URL leads nowhere here."""
    more: str | None = ""
    while more is not None:
        answer = api.get(path, {**params, "page[cursor]": more})
        assert answer.status_code == 200, answer.text
        yield answer
        more = answer.json()["meta"]["next_cursor"]


def records(api: Api, path: str) -> list[Json]:
    return [record for page in pages(api, path) for record in page.json()["data"]]


def everything(api: Api) -> dict[str, bytes]:
    """Every page of every list and the bytes of every file, as they came."""
    found = {"/whoami": api.get("/whoami").content}
    for operation in LISTINGS.values():
        assert operation.listing
        includes = {"include": ",".join(operation.listing.includes)} if operation.listing.includes else {}
        parents = records(api, f"/{operation.parent}s") if operation.parameters else [{"id": ""}]
        for path in [operation.path.replace("{id}", parent["id"]) for parent in parents]:
            for number, page in enumerate(pages(api, path, includes)):
                found[f"{path} {number}"] = page.content
    files = [file["id"] for task in records(api, "/tasks") for file in task["attachements"]]
    return {**found, **{id: api.http.get(f"/_fake/files/{id}").content for id in files}}


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


# ---------------------------------------------------------------- worlds that cannot be loaded

GOOD = """\
spaces:
  - {ref: home, name: Own}
users:
  - {ref: bot, first_name: A, last_name: B, email: bot@example.com, type: integration, space: home}
integrations:
  - {ref: fake, slug: own, user: bot}
clients:
  - {ref: client, name: C}
projects:
  - {ref: project, client: client, title: P, shortcode: P}
tasks:
  - {ref: task, project: project, title: T, watchers: [bot], due_date: +1d, created_at: -2d 09:30}
"""
PAIR, SAMPLE = "external_id: a, external_origin: b", "mime_type: text/plain, sample: brief.txt"


def added(kind: str, *rows: str) -> str:
    """The good world with rows of a kind after everything else."""
    return GOOD + f"{kind}:\n" + "".join(f"  - {row}\n" for row in rows)


def one_task(more: str) -> str:
    return GOOD + f"  - {{project: project, title: X, {more}}}\n"


def grow(title: str) -> str:
    formats = f"{{task.title: ['{title}'], task.description: [x]}}"
    return f"grow: {{tasks: 5, words: {{verb: [Do]}}, formats: {formats}}}\n"


BROKEN = {
    "a tab": (GOOD + "tags:\n\t- {title: A}\n", 14, "found character"),
    "a list": ("- spaces\n", 1, "a world is a mapping from kinds of record to rows"),
    "nothing": ("", 1, "a world is a mapping from kinds of record to rows"),
    "two documents": (GOOD + "---\nusers: []\n", 13, "document"),
    "a tag of Python's": (
        GOOD + "tags: !!python/object:os.system {}\n", 13,
        "JSON has no !!python/object:os.system, so a world has none"),
    "an unknown kind": (GOOD + "tgs: []\n", 13, "unknown kind tgs; did you mean tags?"),
    "a kind that is a number": (GOOD + "5: []\n", 13, "5"),
    "a kind that has a number for rows": (GOOD + "tags: 5\n", 13, "tags must be a list of mappings"),
    "a kind that has a text for rows": (GOOD + "tags: print\n", 13, "tags must be a list of mappings"),
    "a kind that has a mapping for rows": (GOOD + "tags:\n  title: A\n", (13, 14), "tags must be a list"),
    "a kind twice": (GOOD + "tags: []\ntags: []\n", 14, "tags"),
    "a row that is no mapping": (added("tags", "{title: A}", "B"), 15, "tags must be a list of mappings"),
    "a ref twice": (added("tags", "{ref: a, title: A}", "{ref: a, title: B}"), 15, "tag a"),
    "a ref that is a list": (added("tags", "{ref: [a], title: A}"), 14, "ref"),
    "an unknown field": (added("tags", "{tilte: A}"), 14, "tag has no field tilte; did you mean title?"),
    "a field that nobody may set": (added("tags", "{title: A, key: 5}"), 14, "tag has no field key"),
    "a field near to what nobody may set": (added("tags", "{keys: A}"), 14, "no field keys; known: title."),
    "a field that is a number": (added("tags", "{5: A}"), 14, "5"),
    "a field twice": (added("tags", "{title: A, title: B}"), 14, "title"),
    "a field that is lacking": (added("tags", "{ref: a}"), 14, "title"),
    "a task of no project": (GOOD + "  - {title: X}\n", 13, "project"),
    "null for a text": (added("tags", "{title: null}"), 14, "title"),
    "null for an enum": (one_task("status: null"), 13, "status"),
    "null for a list": (one_task("watchers: null"), 13, "watchers"),
    "null for a needed ref": (GOOD + "  - {project: null, title: X}\n", 13, "project"),
    "an unknown ref": (one_task("assignee: bto"), 13, "there is no user bto above; did you mean bot?"),
    "a ref of another kind": (one_task("assignee: client"), 13, "there is no user client above"),
    "a list for one ref": (one_task("assignee: [bot]"), 13, "assignee"),
    "one ref for a list": (one_task("watchers: bot"), 13, "watchers"),
    "a mapping for a ref": (one_task("assignee: {bot: 1}"), 13, "assignee"),
    "a number for a text": (one_task("description: 5"), 13, "description cannot be 5"),
    "a text for a number": (one_task("estimated_hours: '4'"), 13, "estimated_hours cannot be '4'"),
    "what is no number": (one_task("estimated_hours: .nan"), 13, "'.nan' is no number that JSON has"),
    "a number for a flag": (one_task("is_public: 1"), 13, "is_public cannot be 1"),
    "a flag for a number": (one_task("estimated_hours: true"), 13, "estimated_hours cannot be True"),
    "a text for a computed field": (
        added("epics", "{project: project, title: E, computed_fields: {hours: x}}"), 14, "computed_fields"),
    "a value outside its enum": (one_task("status: Wip"), 13, "status cannot be 'Wip'"),
    "a word for a date": (one_task("due_date: tomorrow"), 13, "'tomorrow' is no date; write +3d or"),
    "hours for a date": (one_task("due_date: -2h"), 13, "'-2h' is no date"),
    "a day that is none": (one_task("due_date: 2026-02-30"), 13, "date"),
    "a date after all": (one_task("due_date: +99999999d"), 13, "99999999d"),
    "a word for a time": (one_task("created_at: early"), 13, "'early' is no time"),
    "an hour that is none": (one_task("created_at: -2d 77:00"), 13, "'-2d 77:00' is no time"),
    "a time after all": (one_task("created_at: +9999999999d 09:00"), 13, "9999999999d"),
    "a name that is taken": (one_task("uri: P-1"), 13, "another task has uri P-1"),
    "an external id that is taken": (
        one_task(PAIR) + f"  - {{project: project, title: Y, {PAIR}}}\n", 14,
        "another task has external_origin, external_id b, a"),
    "a file of nothing": (added("files", f"{{file_name: a, {SAMPLE}}}"), 14, "a file names a record"),
    "a file of what has none": (added("files", f"{{client: client, file_name: a, {SAMPLE}}}"), 14, "client"),
    "a file without a name": (added("files", f"{{task: task, {SAMPLE}}}"), 14, "file_name"),
    "a file without a sample": (
        added("files", "{task: task, file_name: a, mime_type: b, sample: nope.txt}"), 14, "a sample of"),
    "a file with an unknown field": (
        added("files", f"{{task: task, file_name: a, {SAMPLE}, size: 5}}"), 14, "size"),
    "a token of nobody": (added("tokens", "{token: a, user: nobody}"), 14, "there is no user nobody above"),
    "a token without a user": (added("tokens", "{token: a}"), 14, "a token is {token, user"),
    "a token with an unknown field": (
        added("tokens", "{token: a, user: bot, scope: []}"), 14, "a token is {token, user"),
    "a token with an unknown scope": (
        added("tokens", "{token: a, user: bot, scopes: [client:writ]}"), 14, "client:writ"),
    "a token that is no text": (added("tokens", "{token: [a], user: bot}"), 14, "token"),
    "tokens that are no list": (GOOD + "tokens: 5\n", 13, "token"),
    "no integration": (GOOD.replace("integrations:\n  - {ref: fake, slug: own, user: bot}\n", ""), 1,
                       "a world needs an integration"),
    "grow that is no mapping": (GOOD + "grow: 5\n", 13, "grow"),
    "grow without words": (GOOD + "grow: {tasks: 5}\n", 13, "words"),
    "grow with a text for a number": (GOOD + "grow: {tasks: many, words: {}, formats: {}}\n", 13, "tasks"),
    "grow with an unknown word": (GOOD + grow("{{verbb}}"), 13, "verbb"),
    "grow without a project": (GOOD[: GOOD.index("projects:")] + grow("{{verb}}"), 9, "grow"),
    "a repetition that is a word": (one_task("repeat: many"), 13, "repeat says how many rows this is, from 1"),
    "a repetition of nothing": (one_task("repeat: 0"), 13, "from 1, not 0"),
    "a repetition that is a flag": (one_task("repeat: true"), 13, "from 1, not True"),
    "a repetition without end": (one_task("repeat: 1000001"), 13, "1000000 rows and 67108864 characters in all"),
    "repetitions without end together": (
        one_task("repeat: 999999") + "tokens:\n  - {repeat: 2, token: 'a{n}', user: bot}\n", 13, "1000000 rows"),
    "a repetition of long texts": (one_task("repeat: 999999, fill: {title: 255}"), 13, "67108864 characters in all"),
    "a repetition of a long text with its number": (
        one_task(f"repeat: 99999, description: '{{n}}{'x' * 9999}'"), 13, "67108864 characters in all"),
    "a repetition of one id": (one_task("repeat: 2, id: qv03Y19d"), 13, "a row that is repeated cannot have an id"),
    "a repetition of one name": (one_task("repeat: 2, uri: A"), 13, "another task has uri A"),
    "a repetition of one ref": (one_task("repeat: 2, ref: a"), 13, "there is another task a above"),
    "a token for many": (
        added("tokens", "{repeat: 2, token: 'a{m}', user: bot, scope: []}"), 14, "has no field scope"),
    "a filling that is a number": (one_task("fill: 255"), 13, "fill says by field how many characters its text has"),
    "a filling of a number": (one_task("fill: {title: full}"), 13, "not {'title': 'full'}"),
    "a filling of nothing": (one_task("fill: {titel: 255}"), 13, "this row has no text titel to fill with"),
    "a filling with nothing": (one_task("description: '', fill: {description: 5}"), 13, "no text description"),
    "a filling with a number": (one_task("estimated_hours: 5, fill: {estimated_hours: 5}"), 13, "no text estimated"),
    "a filling without end": (one_task("fill: {title: 67108865}"), 13, "67108864 characters in all"),
}  # fmt: skip
"""A file, the line that is to blame (of a mapping that should be a list: either), and what is said of it."""


def loaded(path: Path) -> None:
    Fake(Settings(world=str(path), now=NOW)).seed()


def test_what_the_broken_worlds_are_made_of_is_good(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(GOOD)
    loaded(path)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_world_is_refused_with_file_and_line(tmp_path: Path, name: str) -> None:
    text, lines, why = BROKEN[name]
    path = tmp_path / "world.yaml"
    path.write_text(text)
    with pytest.raises(SeedError) as refused:
        loaded(path)
    found = re.fullmatch(rf"{re.escape(str(path))}:(\d+): (.+)", str(refused.value))
    assert found, refused.value
    assert int(found[1]) in (lines if isinstance(lines, tuple) else (lines,))
    assert why in found[2]


def test_a_world_that_is_no_text_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_bytes("spaces: Zoë\n".encode("latin-1"))
    with pytest.raises(SeedError) as refused:
        loaded(path)
    assert str(refused.value).startswith(f"{path}:")


@pytest.mark.parametrize("folder", ["", "nowhere/"])
def test_a_path_without_a_file_is_no_world(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SeedError, match=r"^There is no world "):
        loaded(tmp_path / folder)


def test_shorthand_of_yaml_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(GOOD + "tags:\n  - &tag {title: A}\n  - {<<: *tag}\n")
    loaded(path)


# ---------------------------------------------------------------- rows that stand for more than is written


def fields_of(text: str, tmp_path: Path, kind: str, *names: str) -> list[tuple[Any, ...]]:
    """These fields of all records of a kind, of a world of this text."""
    path = tmp_path / "world.yaml"
    path.write_text(text)
    found = world(world=str(path)).control("GET", f"/records/{kind}")["data"]
    return [tuple(one[name] for name in names) for one in found]


def test_a_row_that_is_repeated_stands_for_many_with_their_numbers_in_its_texts(tmp_path: Path) -> None:
    text = one_task("repeat: 3, ref: 't{n}', external_id: '{n}/{n}', external_origin: '{m}'")
    text += "  - {repeat: 2, project: project, title: 'Of {n}', parent_task: 't{n}', watchers: [bot]}\n"
    text += "  - {project: project, title: '{n}', parent_task: t3}\n"
    found = fields_of(text, tmp_path, "task", "title", "uri", "external_id", "external_origin", "parent_task_id")
    ids = [id for (id,) in fields_of(text, tmp_path, "task", "id")]
    assert found == [
        ("T", "P-1", None, None, None),
        ("X", "P-2", "1/1", "{m}", None),
        ("X", "P-3", "2/2", "{m}", None),
        ("X", "P-4", "3/3", "{m}", None),
        ("Of 1", "P-5", None, None, ids[1]),
        ("Of 2", "P-6", None, None, ids[2]),
        ("{n}", "P-7", None, None, ids[3]),
    ]


def test_every_kind_of_row_can_be_repeated(tmp_path: Path) -> None:
    rows = "{repeat: 2, task: task, file_name: 'a{n}', mime_type: text/plain, content: '{n}{n}'}"
    text = added("files", rows) + "tokens:\n  - {repeat: 2, token: 'a{n}', user: bot}\n"
    path = tmp_path / "world.yaml"
    path.write_text(text)
    api = world(world=str(path), strict_auth=True)
    files = api.control("GET", "/state")["files"]
    assert [(file["file_name"], file["content_base64"]) for file in files] == [("a1", "MTE="), ("a2", "MjI=")]
    assert [api.as_token(token).get("/whoami").status_code for token in ("a1", "a2", "a3")] == [200, 200, 401]


def test_a_text_is_filled_with_itself_to_so_many_characters(tmp_path: Path) -> None:
    text = one_task("description: '👍🏽{n}', fill: {description: 65535, title: 1}")
    text += "  - {repeat: 2, project: project, title: '{n}ab', fill: {title: 7}}\n"
    assert fields_of(text, tmp_path, "task", "title", "description") == [
        ("T", None),
        ("X", ("👍🏽{n}" * 13107)),
        ("1ab1ab1", None),
        ("2ab2ab2", None),
    ]


def test_rows_of_json_are_repeated_and_filled_alike(api: Api) -> None:
    document = api.control("GET", "/state")
    project = document["projects"][0]["id"]
    row = {"repeat": 2, "project": project, "title": "{n}", "fill": {"title": 3}}
    api.control("PUT", "/state", {**document, "tasks": [*document["tasks"], row]})
    assert [task["title"] for task in api.walk("/tasks")][3:] == ["111", "222"]
    answer = api.http.put("/_fake/state", json={**document, "tasks": [row, {**row, "repeat": -1}]})
    assert answer.json() == {
        "title": "Invalid document",
        "detail": "state:tasks[1]: repeat says how many rows this is, from 1, not -1.",
        "status": 422,
    }

"""Lists: every sort, include and page parameter of every list, and the cursors between pages."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS, path_of
from contract_tests.properties.oracle import Kinds, Record, ordered

SEED = yaml.safe_load((Path(__file__).parents[2] / "fixtures" / "worlds" / "demo.yaml").read_text())
KINDS = {
    "text": "string", "code": "enum", "instant": "datetime", "date": "date", "number": "number", "flag": "boolean",
}  # fmt: skip
ALIASES = ("planned_hours", "budget", "nothing")
META = ["path", "per_page", "next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"]


def sorts_of(name: str) -> dict[str, str]:
    """What a list sorts by, and what the values are."""
    listing = LISTINGS[name].listing
    assert listing is not None
    families = {f"{family}.{alias}": KINDS[kind] for family, kind in listing.aliased.items() for alias in ALIASES}
    return {column: KINDS[known.values] for column, known in listing.sorts.items()} | families


SORTS = {name: sorts_of(name) for name in LISTINGS if sorts_of(name)}


class Everything(NamedTuple):
    """All records of a list in creation order, as they are printed and with what they sort by."""

    data: list[dict[str, Any]]
    records: list[Record]
    kinds: Kinds

    def ids(self, sorts: list[str]) -> list[str]:
        return ordered(self.records, sorts, self.kinds)


def stocked(api: Api, name: str) -> Api:
    """The world with something in the list, because no seed has webhooks."""
    for n, path in enumerate("bAaäcBab" if name == "webhooks.index" else ""):
        api.control("POST", "/clock/freeze", {"at": f"2026-03-1{3 + n // 3}T08:00:00Z"})
        body = {"url": f"https://a.test/{path}", "is_active": n % 3 > 0, "events": ["task:*"]}
        assert api.post("/webhooks", {**body, "project_id": api.data("/projects")[0]["id"]}).status_code == 200
    return api


def everything(api: Api, name: str) -> Everything:
    data = list(api.walk(path_of(api, LISTINGS[name])))
    hidden = seeded_times() if name == "projects.index" else {}
    kinds = SORTS[name]
    records: list[Record] = [
        {"id": one["id"], "n": n} | {sort: sort_value(one, sort, hidden) for sort in kinds}
        for n, one in enumerate(data)
    ]
    return Everything(data, records, kinds)


def sort_value(record: Mapping[str, Any], sort: str, hidden: Mapping[str, Any]) -> Any:
    """The record's value under the printed name; what a project does not print comes from the seed."""
    outer, _, alias = sort.partition(".")
    if outer in record:
        return record[outer].get(alias) if alias else record[outer]
    return hidden[record["shortcode"]][sort]


def seeded_times() -> dict[str, dict[str, str]]:
    """When each project was created and changed: `-410d 09:00` as a date-time that keeps the order."""

    def moment(text: str) -> str:
        days, clock = re.fullmatch(r"-(\d+)d (\d\d:\d\d)", text).groups()  # type: ignore[union-attr]
        return f"{9000 - int(days):04}-01-01T{clock}:00Z"

    times = ("created_at", "updated_at")
    return {row["shortcode"]: {name: moment(row[name]) for name in times} for row in SEED["projects"]}


@pytest.fixture(scope="module")
def known(demo: Api) -> Mapping[str, Everything]:
    demo.control("POST", "/reset")
    return {name: everything(stocked(demo, name), name) for name in SORTS}


def walked(api: Api, name: str, params: Any) -> list[str]:
    return [record["id"] for record in api.walk(path_of(api, LISTINGS[name]), params)]


# --- sort ------------------------------------------------------------------------------------------------


def sort_texts() -> Iterator[tuple[str, str]]:
    """Every list with every sort, up and down, and with every two of them, one up and one down."""
    for name, columns in SORTS.items():
        for column in columns:
            yield from ((name, column), (name, f"-{column}"))
        for first, second in permutations(columns, 2):
            yield from ((name, f"{first},-{second}"), (name, f"-{first},{second}"))


@pytest.mark.proves(
    "tasks.index.sorts",
    "users.index.sorts",
    "clients.index.sorts",
    "clients.fullindex.sorts",
    "projects.index.sorts",
    "webhooks.index.sorts",
    "lists.sort-several",
    "lists.sort-descending",
    "L5",
    "L11",
    "L13",
)
@pytest.mark.parametrize("name, sort", list(sort_texts()))
def test_a_list_comes_in_the_order_of_its_sort(agency: Api, known: Any, name: str, sort: str) -> None:
    assert walked(stocked(agency, name), name, {"sort": sort}) == known[name].ids(sort.split(","))


@pytest.mark.proves("lists.sort-several", "L13")
@pytest.mark.parametrize("name", SORTS)
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_list_may_be_sorted_by_everything_at_once(agency: Api, known: Any, name: str, sign: str) -> None:
    sorts = [f"{sign}{column}" for column in reversed(SORTS[name])]
    assert walked(stocked(agency, name), name, {"sort": ",".join(sorts)}) == known[name].ids(sorts)


@pytest.mark.proves("L8")
def test_without_a_sort_the_oldest_come_first(agency: Api) -> None:
    titles = [row["title"] for row in SEED["tasks"]]
    assert [task["title"] for task in agency.walk("/tasks")][: len(titles)] == titles


TITLES = "Zebra,zebra,äpfel,Apfel,ÄPFEL,Apfel 2,ﬁsch,Fisch,Straße,STRASSE,strasse 1,Éclair,eclair,_,1,10,2,Ω,日本,🙂"


@pytest.mark.proves("L11")
@pytest.mark.parametrize("sorts", [["title"], ["-title"], ["title", "-created_at"], ["-title", "created_at"]])
def test_texts_are_ordered_without_regard_to_case_and_accents(api: Api, sorts: list[str]) -> None:
    project = api.data("/projects")[0]["id"]
    for title in TITLES.split(","):
        assert api.post("/tasks", {"title": title, "project_id": project}).status_code == 200
    assert walked(api, "tasks.index", {"sort": ",".join(sorts)}) == everything(api, "tasks.index").ids(sorts)


@pytest.mark.proves("L5", "L11")
@pytest.mark.parametrize(
    "sorts", [["title"], ["-title"], ["due_date"], ["-due_date", "title"], ["status"], ["-status"]]
)
def test_a_changed_record_stands_where_its_new_value_belongs(api: Api, sorts: list[str]) -> None:
    params = {"sort": ",".join(sorts)}
    first, second, third = walked(api, "tasks.index", params)
    api.patch(f"/tasks/{first}", {"title": "zzz", "due_date": None, "status": "WIP"})
    api.patch(f"/tasks/{third}", {"title": "aaa", "due_date": "2020-01-01", "status": "Backlog"})
    api.post("/tasks", {"title": "mmm", "project_id": api.data(f"/tasks/{second}")["project_id"]})
    assert walked(api, "tasks.index", params) == everything(api, "tasks.index").ids(sorts)


SAME_SORT = [
    ("title,", "title"),
    (",", ""),
    (",,title,,uri,", "title,uri"),
    ("0", ""),
    ("status,0,title", "status,title"),
    ("--title", "-title"),
    ("-title,title", "-title"),
    ("title,-title", "title"),
    (" title ", "title"),
]


@pytest.mark.proves("L9")
@pytest.mark.parametrize("sort, meant", SAME_SORT)
def test_empty_and_repeated_sorts_do_not_count(agency: Api, sort: str, meant: str) -> None:
    assert agency.data("/tasks", {"sort": sort}) == agency.data("/tasks", {"sort": meant})


@pytest.mark.proves("requests.php-parameters")
def test_a_sort_may_be_sent_as_a_list(agency: Api) -> None:
    as_list = agency.get("/tasks", "sort[]=-status&sort[]=title")
    assert as_list.json()["data"] == agency.data("/tasks", {"sort": "-status,title"})
    assert hint(as_list) == ""


@pytest.mark.proves("lists.sort-own-names", "L9")
@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize(
    "sort, unknown",
    [
        ("foo", "foo"),
        ("-foo", "foo"),
        ("foo,-bar,,foo.bar", "foo, bar, foo.bar"),
        ("-", ""),
        ("id", "id"),
        ("--", ""),
    ],
)
def test_an_unknown_sort_is_refused_in_the_words_of_the_backend(api: Api, name: str, sort: str, unknown: str) -> None:
    listing = LISTINGS[name].listing
    assert listing is not None
    allowed = ", ".join([*listing.sorts, *(f"{family}.<alias>" for family in listing.aliased)])
    answer = api.get(path_of(api, LISTINGS[name]), {"sort": sort})
    message = f"Requested sort(s) `{unknown}` is not allowed. Allowed sort(s) are `{allowed}`."
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert hint(answer)


WRONG_SORTS = [
    ("TITLE", "TITLE"),
    ("title,Uri", "Uri"),
    ("title, uri", " uri"),
    ("+title", "+title"),
    ("title desc", "title desc"),
    ("title;uri", "title;uri"),
    ("title.uri", "title.uri"),
    ("computed_fields.budget", "computed_fields.budget"),
]


@pytest.mark.proves("L9")
@pytest.mark.parametrize("sort, unknown", WRONG_SORTS)
def test_a_sort_is_its_exact_name_after_a_minus_at_most(api: Api, sort: str, unknown: str) -> None:
    answer = api.get("/tasks", {"sort": sort})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"Requested sort(s) `{unknown}` is not allowed.")


@pytest.mark.proves("projects.index.sorts")
@pytest.mark.parametrize("sort", ["computed_fields", "computed_fields.", "budget"])
def test_a_computed_field_needs_its_alias(api: Api, sort: str) -> None:
    answer = api.get("/projects", {"sort": sort})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"Requested sort(s) `{sort}` is not allowed.")


@pytest.mark.proves("L10")
def test_the_printed_example_of_sort_is_refused_with_what_it_means(api: Api) -> None:
    answer = api.get("/tasks", {"sort": "sort=-created_at,title"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Requested sort(s) `sort=-created_at` is not allowed.")
    assert "sort=-created_at" in hint(answer)


# --- include ---------------------------------------------------------------------------------------------


def task_includes(api: Api) -> Mapping[str, Callable[[dict[str, Any]], Any]]:
    """What each include adds to a task, found by other reads."""
    tasks = list(api.walk("/tasks"))
    projects = {one["id"]: one for one in api.data("/projects")}
    by_id = {task["id"]: task for task in tasks}
    return {
        "project": lambda task: projects[task["project_id"]],
        "client": lambda task: projects[task["project_id"]]["client"],
        "parent_task": lambda task: by_id.get(task["parent_task_id"]),
        "sub_tasks": lambda task: [other for other in tasks if other["parent_task_id"] == task["id"]],
    }


@pytest.mark.proves("tasks.index.includes", "task.parent-task", "task.sub-tasks", "T2", "T3")
@pytest.mark.parametrize(
    "include", ["project", "client", "parent_task", "sub_tasks", "sub_tasks,client,parent_task,project"]
)
def test_an_include_adds_what_other_reads_show_and_changes_nothing_else(agency: Api, include: str) -> None:
    found = task_includes(agency)
    expected = [task | {name: found[name](task) for name in include.split(",")} for task in agency.walk("/tasks")]
    assert list(agency.walk("/tasks", {"include": include})) == expected


@pytest.mark.proves("task.watchers")
def test_a_task_includes_its_watchers_in_their_order(api: Api) -> None:
    users = {user["first_name"]: user for user in api.data("/users")}
    plain = api.data("/tasks")
    watchers = [[], [], [users["Zoë"], users["Peter"]]]
    expected = [task | {"watchers": found} for task, found in zip(plain, watchers, strict=True)]
    assert api.data("/tasks", {"include": "watchers"}) == expected
    api.patch(f"/tasks/{plain[2]['id']}", {"watchers": [users["Ingrid"]["id"], users["Peter"]["id"]]})
    assert api.data("/tasks", {"include": "watchers"})[2]["watchers"] == [users["Ingrid"], users["Peter"]]


@pytest.mark.proves("T1", "T2")
def test_without_an_include_only_the_list_of_sub_tasks_is_there_and_empty(agency: Api) -> None:
    tasks = list(agency.walk("/tasks"))
    assert all(task["sub_tasks"] == [] for task in tasks)
    assert not {"parent_task", "watchers", "project", "client"} & {key for task in tasks for key in task}


def seeded_members(api: Api, project: Mapping[str, Any], guests: bool) -> list[dict[str, Any]]:
    """The members of a project as the seed names them."""
    users = {user["email"]: user for user in api.data("/users")}
    emails = {row["ref"]: row["email"] for row in SEED["users"]}
    ref = next(row["ref"] for row in SEED["projects"] if row["shortcode"] == project["shortcode"])
    rows = [(users[emails[row["user"]]], row) for row in SEED["team_members"] if row["project"] == ref]
    return [
        user | {"is_project_lead": row["is_project_lead"]}
        for user, row in rows
        if (user["type"] == "guest") is guests
    ]


@pytest.mark.proves("projects.index.includes", "team-member.fields")
@pytest.mark.parametrize("include", ["team", "guests"])
def test_a_project_includes_its_team_and_its_guests_apart(agency: Api, include: str) -> None:
    for project in agency.data("/projects", {"include": include}):
        members = project.pop(include)
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", member.pop("added_at")) for member in members)
        assert members == seeded_members(agency, project, guests=include == "guests")


@pytest.mark.proves("projects.index.includes")
def test_a_project_includes_its_tags(agency: Api) -> None:
    titles = {row["ref"]: row["title"] for row in SEED["tags"]}
    projects = agency.data("/projects", {"include": "tags"})
    assert [[tag["title"] for tag in project["tags"]] for project in projects] == [
        [titles[tag] for tag in row["tags"]] for row in SEED["projects"]
    ]
    assert {frozenset(tag) for project in projects for tag in project["tags"]} == {frozenset(("id", "title"))}


@pytest.mark.proves("projects.index.includes", "lists.include-dotted")
@pytest.mark.parametrize("include", ["client", "client.primary_contact", "client.primary_contact,client"])
def test_what_a_project_always_prints_may_be_asked_for(agency: Api, include: str) -> None:
    assert agency.data("/projects", {"include": include}) == agency.data("/projects")


@pytest.mark.proves("lists.include-several")
def test_an_include_of_projects_leaves_the_rest_as_it_is(agency: Api) -> None:
    names = ("team", "guests", "tags")
    included = agency.data("/projects", {"include": ",".join(names)})
    assert [{key: one[key] for key in one if key not in names} for one in included] == agency.data("/projects")


@pytest.mark.proves("clients.fullindex.includes")
def test_a_client_includes_its_projects(agency: Api) -> None:
    projects = agency.data("/projects")
    expected = [
        client | {"projects": [one for one in projects if one["client"]["id"] == client["id"]]}
        for client in agency.data("/clients/full")
    ]
    assert agency.data("/clients/full", {"include": "projects"}) == expected


@pytest.mark.proves("L9")
@pytest.mark.parametrize("include", ["", ",", ",project,", "project,,project", "0,project", " project "])
def test_empty_and_repeated_includes_do_not_count(api: Api, include: str) -> None:
    meant = "project" if "project" in include else ""
    assert api.data("/tasks", {"include": include}) == api.data("/tasks", {"include": meant})


@pytest.mark.proves("users.index.includes", "clients.index.includes", "webhooks.index.includes", "L9", "L15")
@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize("include, unknown", [("foo", "foo"), ("foo,,bar.foo", "foo, bar.foo"), ("-foo", "-foo")])
def test_an_unknown_include_is_refused_in_the_words_of_the_backend(
    api: Api, name: str, include: str, unknown: str
) -> None:
    listing = LISTINGS[name].listing
    assert listing is not None
    known = ", ".join(listing.includes)
    allowed = f"Allowed include(s) are `{known}`." if known else "There are no allowed includes."
    answer = api.get(path_of(api, LISTINGS[name]), {"include": include})
    message = f"Requested include(s) `{unknown}` are not allowed. {allowed}"
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert hint(answer)


@pytest.mark.proves("L9")
@pytest.mark.parametrize(
    "include, unknown", [("Project", "Project"), ("project, client", " client"), ("parentTask", "parentTask")]
)
def test_an_include_is_its_exact_name(api: Api, include: str, unknown: str) -> None:
    answer = api.get("/tasks", {"include": include})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"Requested include(s) `{unknown}` are not allowed.")


# --- page size -------------------------------------------------------------------------------------------

SIZES = [
    ("", 30),
    ("page[size]=", 30),
    ("page[size]=abc", 30),
    ("page[size]=0", 30),
    ("page[size]=-3", 30),
    ("page[size]=30", 30),
    ("page[size]=31", 30),
    ("page[size]=1000", 30),
    ("page[size]=99999999999999999999999", 30),
    ("page[size]=29", 29),
    ("page[size]=10abc", 10),
    ("page[size]=1e1", 10),
    ("page[size]=1.9", 1),
    ("page[size]=%202", 2),
    ("page[size]=%2B2", 2),
    ("page[size]=007", 7),
    ("page[size][]=2", 1),
    ("page%5Bsize%5D=4", 4),
    ("page[size]=3&page[size]=5", 5),
    ("page=5", 30),
    ("size=5", 30),
    ("page.size=5", 30),
    ("page[Size]=5", 30),
]


@pytest.mark.proves(
    "lists.page-size",
    "lists.page-size-default",
    "lists.per-page",
    "requests.php-parameters",
    "requests.trimmed-parameters",
    "L3",
)
@pytest.mark.parametrize("params, size", SIZES)
def test_the_page_size_is_read_as_the_backend_casts_it(agency: Api, params: str, size: int) -> None:
    page = agency.get("/tasks", params).json()
    assert (page["meta"]["per_page"], len(page["data"])) == (size, size)


@pytest.mark.proves("L3")
def test_a_capped_page_size_is_told_in_the_hint(agency: Api) -> None:
    assert "30" in hint(agency.get("/tasks", {"page[size]": 31}))


@pytest.mark.proves("L3")
def test_the_largest_page_is_a_setting(connect: Any) -> None:
    larger = connect(world="demo", max_page_size=100)
    sizes = {size: larger.get("/tasks", {"page[size]": size}).json()["meta"]["per_page"] for size in ("", 99, 101)}
    assert sizes == {"": 30, 99: 99, 101: 100}


# --- pages -----------------------------------------------------------------------------------------------


def own_url(api: Api, path: str) -> str:
    return f"{str(api.http.base_url).rstrip('/')}/api/v1{path}"


@pytest.mark.proves("lists.envelope", "lists.meta", "L1", "L16")
def test_the_first_page_says_where_the_next_one_is(agency: Api) -> None:
    page = agency.get("/tasks").json()
    cursor, path = page["meta"]["next_cursor"], own_url(agency, "/tasks")
    assert list(page) == ["data", "links", "meta"]
    assert list(page["meta"].items()) == [
        ("path", path),
        ("per_page", 30),
        ("next_cursor", cursor),
        ("next_cursor_url", f"{path}?page%5Bcursor%5D={cursor}"),
        ("prev_cursor", None),
        ("prev_cursor_url", None),
    ]
    assert page["links"] == []


@pytest.mark.proves("lists.meta-nullable", "L7")
@pytest.mark.parametrize("name", LISTINGS)
def test_a_list_on_one_page_has_no_other_pages(api: Api, name: str) -> None:
    path = path_of(api, LISTINGS[name])
    meta = api.get(path, {"page[size]": 20}).json()["meta"]
    assert meta == dict.fromkeys(META) | {"path": own_url(api, path), "per_page": 20}


@pytest.mark.proves("lists.meta-nullable", "L1", "L7")
@pytest.mark.parametrize("params", [{}, {"sort": "-title"}, {"include": "project"}, {"page[size]": 1}])
def test_a_list_without_records_is_an_empty_page(api: Api, params: dict[str, Any]) -> None:
    page = api.get("/tasks", {"filter": "title isnull", **params}).json()
    size = params.get("page[size]", 30)
    assert page == {
        "data": [],
        "links": [],
        "meta": dict.fromkeys(META) | {"path": own_url(api, "/tasks"), "per_page": size},
    }


@pytest.mark.proves("lists.path", "filter.url-encoded", "L2")
def test_page_urls_keep_the_parameters_in_order_and_end_with_the_cursor(agency: Api) -> None:
    sent = "sort=-created_at,title&page[size]=2&page[cursor]=&filter=title+contains+%22e%22&include=client,project"
    kept = "sort=-created_at%2Ctitle&page%5Bsize%5D=2&filter=title%20contains%20%22e%22&include=client%2Cproject"
    first = agency.get("/tasks", sent).json()["meta"]
    path = own_url(agency, "/tasks")
    assert first["next_cursor_url"] == f"{path}?{kept}&page%5Bcursor%5D={first['next_cursor']}"
    second = agency.follow(first["next_cursor_url"]).json()["meta"]
    assert second["path"] == path
    assert second["next_cursor_url"] == f"{path}?{kept}&page%5Bcursor%5D={second['next_cursor']}"
    assert second["prev_cursor_url"] == f"{path}?{kept}&page%5Bcursor%5D={second['prev_cursor']}"


@pytest.mark.proves("L2")
def test_page_urls_drop_an_old_cursor_wherever_it_stood(agency: Api) -> None:
    cursor = agency.get("/tasks", {"page[size]": 2}).json()["meta"]["next_cursor"]
    meta = agency.get("/tasks", f"page[cursor]={cursor}&page[size]=2&note=a/b%26c").json()["meta"]
    kept = "page%5Bsize%5D=2&note=a%2Fb%26c"
    assert meta["next_cursor_url"] == f"{meta['path']}?{kept}&page%5Bcursor%5D={meta['next_cursor']}"


@pytest.mark.proves("L2")
def test_page_urls_show_the_size_as_it_was_sent(agency: Api) -> None:
    meta = agency.get("/tasks", {"page[size]": "1000"}).json()["meta"]
    assert (meta["per_page"], "page%5Bsize%5D=1000&" in meta["next_cursor_url"]) == (30, True)


@pytest.mark.proves("filter.form", "F3", "L2")
def test_a_filter_in_form_spelling_is_kept_in_page_urls(agency: Api) -> None:
    params = "filter[0][field]=status&filter[0][op]=in&filter[0][value][]=New&filter[0][value][]=WIP&page[size]=9"
    pages = list(forwards(agency, "/tasks", params))
    assert len(pages) > 2
    assert {task["status"] for page in pages for task in page["data"]} == {"New", "WIP"}
    assert [task for page in pages for task in page["data"]] == list(
        agency.walk("/tasks", {"filter": 'status in ["New", "WIP"]'})
    )


@pytest.mark.proves("L2")
def test_the_urls_name_the_server_as_the_client_asked_for_it(agency: Api) -> None:
    meta = agency.get("/tasks", headers={"Host": "kanbert.example:8443"}).json()["meta"]
    assert meta["path"] == "http://kanbert.example:8443/api/v1/tasks"


@pytest.mark.proves("L2", "README: Settings")
def test_the_urls_start_with_the_public_url_where_one_is_set(connect: Any) -> None:
    meta = connect(world="demo", public_url="https://kanbert.example/").get("/tasks").json()["meta"]
    assert meta["path"] == "https://kanbert.example/api/v1/tasks"
    assert meta["next_cursor_url"].startswith("https://kanbert.example/api/v1/tasks?page%5Bcursor%5D=")


def forwards(api: Api, path: str, params: Any) -> Iterator[dict[str, Any]]:
    """Every page, by the URLs to the next one."""
    yield from followed(api, api.get(path, params).json(), "next_cursor_url")


def followed(api: Api, page: dict[str, Any], url: str) -> Iterator[dict[str, Any]]:
    while True:
        yield page
        if page["meta"][url] is None:
            return
        page = api.follow(page["meta"][url]).json()


WALKS = [
    *((name, {"page[size]": 4, "sort": sort}) for name, kinds in SORTS.items() for sort in ("", f"-{min(kinds)}")),
    *(("tasks.index", {"page[size]": 11, "sort": sort}) for sort in ("due_date", "-due_date", "status,-title")),
    ("tasks.index", {"page[size]": 2, "sort": "-due_date", "filter": 'project.shortcode = "HVW"'}),
    ("tasks.index", {"page[size]": 2, "sort": "title", "filter": 'sub_tasks_in_list = "only"'}),
    ("tasks.index", {"page[size]": 3, "sort": "-status,due_date", "filter": 'status in ["New", "WIP"]'}),
    ("projects.index", {"page[size]": 2, "sort": "-computed_fields.budget", "include": "team"}),
    ("projects.index", {"page[size]": 1, "sort": "computed_fields.nothing"}),
    ("clients.fullindex", {"page[size]": 2, "sort": "-shortcode", "filter": 'archived = "with"'}),
    ("projects.phases", {"page[size]": 1}),
]


@pytest.mark.proves("L5", "L7")
@pytest.mark.parametrize("name, params", WALKS)
def test_walking_back_gives_the_same_pages(agency: Api, name: str, params: dict[str, Any]) -> None:
    pages = list(forwards(stocked(agency, name), path_of(agency, LISTINGS[name]), params))
    back = list(followed(agency, pages[-1], "prev_cursor_url"))
    assert len(pages) > 1
    assert [page["data"] for page in reversed(back)] == [page["data"] for page in pages]
    ids = [record["id"] for page in pages for record in page["data"]]
    assert len(ids) == len(set(ids))
    assert ids == walked(agency, name, params | {"page[size]": 30})


@pytest.mark.proves("lists.meta-nullable", "L7")
@pytest.mark.parametrize("name, params", WALKS)
def test_only_the_ends_of_a_list_lack_a_neighbour(agency: Api, name: str, params: dict[str, Any]) -> None:
    pages = list(forwards(stocked(agency, name), path_of(agency, LISTINGS[name]), params))
    last = len(pages) - 1
    assert [neighbours(page) for page in pages] == [(n > 0, n < last) for n in range(len(pages))]
    back = list(followed(agency, pages[-1], "prev_cursor_url"))[1:]
    assert [neighbours(page) for page in back] == [(n > 1, True) for n in range(len(pages) - 1, 0, -1)]
    again = agency.follow(back[0]["meta"]["next_cursor_url"]).json()
    assert again["data"] == pages[-1]["data"]


def neighbours(page: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the page has one before it and one after it; cursor and URL are there together."""
    meta = page["meta"]
    assert list(meta) == META
    assert (meta["prev_cursor"] is None, meta["next_cursor"] is None) == (
        meta["prev_cursor_url"] is None,
        meta["next_cursor_url"] is None,
    )
    return meta["prev_cursor"] is not None, meta["next_cursor"] is not None


@pytest.mark.proves("projects.phases.find-by", "L2")
def test_a_page_of_phases_keeps_how_its_project_was_found(agency: Api) -> None:
    path = "/projects/HVW/phases"
    pages = list(forwards(agency, path, {"find_by": "shortcode", "page[size]": 3}))
    titles = [[phase["title"] for phase in page["data"]] for page in pages]
    assert titles == [["Concept", "Design", "Build"], ["Content and launch"]]
    assert pages[0]["meta"]["path"] == own_url(agency, path)


# --- cursors ---------------------------------------------------------------------------------------------


def cursor_of(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def content_of(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


@pytest.mark.proves("L4")
def test_a_cursor_is_the_sort_the_id_and_the_direction_of_the_boundary(agency: Api) -> None:
    params = {"sort": "-due_date,status", "page[size]": 3}
    first = agency.get("/tasks", params).json()
    boundary = first["data"][-1]
    assert re.fullmatch(r"[A-Za-z0-9_-]+", first["meta"]["next_cursor"])
    assert list(content_of(first["meta"]["next_cursor"]).items()) == [
        ("due_date", f"{boundary['due_date']} 00:00:00"),
        ("status", boundary["status"]),
        ("id", boundary["id"]),
        ("_pointsToNextItems", True),
    ]
    second = agency.follow(first["meta"]["next_cursor_url"]).json()
    back = content_of(second["meta"]["prev_cursor"])
    assert (back["id"], back["_pointsToNextItems"]) == (second["data"][0]["id"], False)


@pytest.mark.proves("lists.page-cursor")
def test_a_cursor_may_be_sent_without_the_url(agency: Api) -> None:
    first = agency.get("/tasks", {"sort": "title"}).json()["meta"]
    params = {"page[cursor]": first["next_cursor"], "sort": "title"}
    assert agency.data("/tasks", params) == agency.follow(first["next_cursor_url"]).json()["data"]


@pytest.mark.proves("requests.trimmed-parameters", "lists.page-cursor")
@pytest.mark.parametrize("params", ["page[cursor]=", "page[cursor]=%20", "cursor=abc", "page.cursor=abc"])
def test_an_empty_or_misplaced_cursor_is_none(agency: Api, params: str) -> None:
    assert agency.data("/tasks", params) == agency.data("/tasks")


ID = "qv03Y19d"
GARBAGE: list[str] = [
    "garbage",
    "!!!",
    "é",
    "eyJ",
    "a" * 5000,
    cursor_of(None),
    cursor_of([]),
    cursor_of("text"),
    cursor_of({}),
    cursor_of({"id": ID}),
    cursor_of({"id": ID, "_pointsToNextItems": "true"}),
    cursor_of({"id": ID, "_pointsToNextItems": 1}),
    cursor_of({"id": 1, "_pointsToNextItems": True}),
    cursor_of({"id": None, "_pointsToNextItems": True}),
    cursor_of({"id": "nope", "_pointsToNextItems": True}),
    cursor_of({"tasks.id": 1, "_pointsToNextItems": True}),
    cursor_of({"id": ID, "_pointsToNextItems": True, "more": 1}),
    cursor_of({"_pointsToNextItems": True, "id": ID}),
]


def assert_refused(api: Api, path: str, params: Any) -> None:
    answer = api.get(path, params)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])
    assert hint(answer)


@pytest.mark.proves("L6")
@pytest.mark.parametrize("cursor", GARBAGE, ids=lambda cursor: cursor[:40])
def test_a_text_that_is_no_cursor_is_refused(agency: Api, cursor: str) -> None:
    assert_refused(agency, "/tasks", {"page[cursor]": cursor})


WRONG_VALUES: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": 5}),
    ("title", {"title": True}),
    ("title", {"title": ["a"]}),
    ("created_at", {"created_at": "yesterday"}),
    ("created_at", {"created_at": 5}),
    ("due_date", {"due_date": "2026-02-30 00:00:00"}),
    ("due_date", {"due_date": {}}),
    ("status,title", {"status": "New", "title": 1.5}),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, values", WRONG_VALUES)
def test_a_cursor_whose_values_do_not_fit_the_sort_is_refused(agency: Api, sort: str, values: Any) -> None:
    own = agency.data("/tasks")[0]["id"]
    cursor = cursor_of({**values, "id": own, "_pointsToNextItems": True})
    assert_refused(agency, "/tasks", {"sort": sort, "page[cursor]": cursor})


@pytest.mark.proves("L6")
def test_a_list_of_cursors_is_refused(agency: Api) -> None:
    cursor = agency.get("/tasks").json()["meta"]["next_cursor"]
    assert_refused(agency, "/tasks", f"page[cursor][]={cursor}")


OTHER_SORTS = [
    ("", "title"),
    ("title", ""),
    ("title", "uri"),
    ("title", "title,uri"),
    ("title,uri", "uri,title"),
    ("-created_at", "-updated_at"),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, other", OTHER_SORTS)
def test_a_cursor_of_another_sort_is_refused(agency: Api, sort: str, other: str) -> None:
    cursor = agency.get("/tasks", {"sort": sort}).json()["meta"]["next_cursor"]
    assert_refused(agency, "/tasks", {"sort": other, "page[cursor]": cursor})


@pytest.mark.proves("L6")
def test_a_cursor_goes_on_in_whichever_direction_it_is_sorted(agency: Api) -> None:
    cursor = agency.get("/tasks", {"sort": "title", "page[size]": 3}).json()["meta"]["next_cursor"]
    first, second, third = (task["id"] for task in agency.data("/tasks", {"sort": "title", "page[size]": 3}))
    turned = agency.data("/tasks", {"sort": "-title", "page[cursor]": cursor})
    assert [task["id"] for task in turned] == [second, first]
    assert third not in [task["id"] for task in turned]


OTHER_LISTS = [
    ("", "/tasks", "/users"),
    ("", "/users", "/tasks"),
    ("", "/projects", "/clients"),
    ("", "/clients/full", "/users"),
    ("title", "/tasks", "/projects"),
    ("created_at", "/clients/full", "/projects"),
]


@pytest.mark.proves("L6")
@pytest.mark.parametrize("sort, path, other", OTHER_LISTS)
def test_a_cursor_of_another_list_is_refused(agency: Api, sort: str, path: str, other: str) -> None:
    cursor = agency.get(path, {"sort": sort, "page[size]": 1}).json()["meta"]["next_cursor"]
    assert_refused(agency, other, {"sort": sort, "page[cursor]": cursor})


@pytest.mark.proves("L5")
@pytest.mark.parametrize("sort", ["", "title", "-title", "due_date", "-due_date", "status", "-updated_at,title"])
@pytest.mark.parametrize("direction", ["next", "prev"])
def test_a_cursor_stays_good_when_its_boundary_is_deleted(agency: Api, sort: str, direction: str) -> None:
    page = agency.get("/tasks", {"sort": sort, "page[size]": 20}).json()
    page = agency.follow(page["meta"]["next_cursor_url"]).json()
    before = walked(agency, "tasks.index", {"sort": sort})
    boundary = page["data"][-1 if direction == "next" else 0]["id"]
    assert agency.delete(f"/tasks/{boundary}").status_code == 200
    after, place = walked(agency, "tasks.index", {"sort": sort}), before.index(boundary)
    beyond = before[place + 1 :] if direction == "next" else before[:place]
    left = [id for id in beyond if id in after]
    found = [one["id"] for one in agency.follow(page["meta"][f"{direction}_cursor_url"]).json()["data"]]
    assert found == (left[:20] if direction == "next" else left[-20:])


@pytest.mark.proves("L5")
def test_a_changed_boundary_neither_skips_nor_repeats_other_records(agency: Api) -> None:
    page = agency.get("/tasks", {"sort": "title"}).json()
    boundary = page["data"][-1]["id"]
    agency.patch(f"/tasks/{boundary}", {"title": "aaa"})
    rest = [one["id"] for more in followed(agency, page, "next_cursor_url") for one in more["data"]]
    assert sorted(rest) == sorted(task["id"] for task in agency.walk("/tasks"))


@pytest.mark.proves("L7")
@pytest.mark.parametrize("forward", [True, False])
def test_a_cursor_at_the_end_of_a_list_gives_an_empty_page(agency: Api, forward: bool) -> None:
    ids = walked(agency, "tasks.index", {})
    cursor = cursor_of({"id": ids[-1 if forward else 0], "_pointsToNextItems": forward})
    page = agency.get("/tasks", {"page[cursor]": cursor}).json()
    assert page == {
        "data": [],
        "links": [],
        "meta": dict.fromkeys(META) | {"path": own_url(agency, "/tasks"), "per_page": 30},
    }

"""Lists: the size of pages, and what a page says of its neighbours."""

from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS, path_of
from contract_tests.service.known_lists import SORTS, stocked, walked
from contract_tests.service.paging import META, followed, forwards, own_url

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


# --- again -----------------------------------------------------------------------------------------------

AGAIN = {"sort": "title", "page[size]": 5}


@pytest.mark.proves("L1")
def test_a_page_that_is_read_again_is_the_same_until_something_changes(agency: Api) -> None:
    before = agency.get("/tasks", AGAIN).json()
    assert agency.get("/tasks", AGAIN).json() == before
    first, second, *_ = before["data"]
    changed = agency.patch(f"/tasks/{first['id']}", {"description": "<p>Changed</p>"}).json()
    assert agency.get("/tasks", AGAIN).json() == {**before, "data": [changed, *before["data"][1:]]}
    agency.delete(f"/tasks/{first['id']}")
    assert agency.get("/tasks", AGAIN).json()["data"][0]["id"] == second["id"]


@pytest.mark.proves("L1")
def test_a_page_that_is_read_again_knows_what_is_embedded_in_it_now(agency: Api) -> None:
    assigned = {"filter": "assignee.id != null", "sort": "title"}
    person = agency.get("/tasks", assigned).json()["data"][0]["assignee"]
    agency.control("PATCH", f"/records/user/{person['id']}", {"first_name": "Renamed"})
    found = {task["assignee"]["first_name"] for task in agency.get("/tasks", assigned).json()["data"]
             if task["assignee"]["id"] == person["id"]}  # fmt: skip
    assert found == {"Renamed"}


@pytest.mark.proves("L1")
def test_a_page_that_is_read_again_prints_what_is_equal_and_not_the_same(agency: Api) -> None:
    [first, *_] = agency.get("/tasks", AGAIN).json()["data"]
    seen = []
    for hours in (1e16, 7, 10**16):
        agency.patch(f"/tasks/{first['id']}", {"estimated_hours": hours})
        if hours != 7:
            seen.append(agency.get("/tasks", AGAIN).text.count('"estimated_hours":1e+16'))
    assert seen == [1, 0]


@pytest.mark.proves("L1")
def test_a_last_page_that_is_read_again_has_a_next_one_as_soon_as_there_is_more(agency: Api) -> None:
    only = {"filter": 'title = "Again and again"', "page[size]": 1}
    project = agency.get("/tasks").json()["data"][0]["project_id"]
    for has_next in (False, True):
        agency.post("/tasks", {"title": "Again and again", "project_id": project})
        metas = [agency.get("/tasks", only).json()["meta"] for _ in range(3)]
        assert [meta["next_cursor"] is not None for meta in metas] == [has_next] * 3


# --- pages -----------------------------------------------------------------------------------------------


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

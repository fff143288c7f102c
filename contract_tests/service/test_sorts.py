"""Lists: every sort of every list."""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.declared import LISTINGS, path_of
from contract_tests.service.known_lists import SEED, SORTS, Everything, everything, stocked, walked


@pytest.fixture(scope="module")
def known(demo: Api) -> Mapping[str, Everything]:
    demo.control("POST", "/reset")
    return {name: everything(stocked(demo, name), name) for name in SORTS}


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

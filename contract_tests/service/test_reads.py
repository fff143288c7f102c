"""What tasks hang on: users, clients, projects and phases as they are read and filtered."""

from typing import Any

import pytest

from contract_tests.client import Api, said
from contract_tests.expected import (
    BOT_DATA,
    CLIENT_DATA,
    CONCEPT_DATA,
    INGRID_DATA,
    PETER_DATA,
    PROJECT,
    PROJECT_DATA,
    ZOE_DATA,
    Json,
)

FULL_CLIENT_DATA: Json = {
    **CLIENT_DATA, "segment": "A", "updated_at": "2026-02-10T11:20:00Z", "created_at": "2026-01-11T09:00:00Z",
}  # fmt: skip


def named(api: Api, path: str, filter: str, name: str) -> list[Any]:
    """What a field of the records says that a filter selects."""
    return [record[name] for record in api.data(path, {"filter": filter})]


# ---------------------------------------------------------------- users


@pytest.mark.proves("users.whoami.exists", "user.fields", "user.space", "A2")
def test_whoever_asks_is_told_who_they_are(api: Api) -> None:
    assert (api.data("/whoami"), api.as_token("user-token").data("/whoami")) == (BOT_DATA, ZOE_DATA)


@pytest.mark.proves("users.index.exists", "users.index.answer", "user.fields", "user.types", "user.space")
def test_users_are_listed_whole(api: Api) -> None:
    assert api.data("/users") == [ZOE_DATA, PETER_DATA, INGRID_DATA, BOT_DATA]


@pytest.mark.parametrize(
    "filter, names",
    [
        ('first_name = "zoe"', ["Zoë"]),
        ('last_name in ["Schäfer", "Sørensen"]', ["Peter", "Ingrid"]),
        ('email endswith ".net" or email startswith "int"', ["Ingrid", "Fake"]),
        ('type ne "user"', ["Peter", "Ingrid", "Fake"]),
    ],
)
@pytest.mark.proves("users.index.filters")
def test_users_are_filtered_by_each_printed_field(api: Api, filter: str, names: list[str]) -> None:
    assert named(api, "/users", filter, "first_name") == names


# ---------------------------------------------------------------- clients


@pytest.mark.proves("clients.index.exists", "clients.index.answer", "client.fields")
def test_clients_are_listed_in_their_basic_form(api: Api) -> None:
    assert api.data("/clients") == [CLIENT_DATA]


@pytest.mark.proves("clients.fullindex.exists", "clients.fullindex.answer", "client.full-fields")
def test_clients_are_listed_in_their_full_form(api: Api) -> None:
    assert api.data("/clients/full") == [FULL_CLIENT_DATA]


@pytest.mark.proves("client.segment")
def test_a_client_of_whom_no_segment_is_said_is_in_b(api: Api) -> None:
    api.control("POST", "/records/client", {"name": "New"})
    assert named(api, "/clients/full", "segment notnull", "segment") == ["A", "B"]
    assert api.get("/clients/full", {"filter": 'segment = "D"'}).status_code == 400


@pytest.mark.proves("client.origin-space")
def test_a_shared_client_says_from_which_space(agency: Api) -> None:
    for path in ("/clients", "/clients/full"):
        shared = {one["name"]: one["origin_space"]["name"] for one in agency.data(path) if one["origin_space"]}
        assert shared == {"Pergola Inselhotels": "Pixelhain Collective"}


@pytest.mark.proves("L14")
def test_the_basic_list_lacks_archived_clients_and_has_no_filter_for_them(agency: Api) -> None:
    assert "Quastenflosse Verlag" not in named(agency, "/clients", "name notnull", "name")
    allowed = "name, shortcode, primary_contact.id, origin_space.id"
    message = f"Requested filter(s) `archived` are not allowed. Allowed filter(s) are `{allowed}`."
    assert said(agency.get("/clients", {"filter": 'archived eq "with"'})) == (400, {"message": message})


@pytest.mark.parametrize("path", ["/clients", "/clients/full"])
@pytest.mark.parametrize(
    "filter, shortcodes",
    [
        ('name contains "bäcker" or name startswith "orbi"', ["ORB", "HAV"]),
        ("shortcode is null", [None]),
        ("primary_contact.id = me.id", ["LUM", "HAV"]),
        ("primary_contact.id is null", ["PER"]),
        ("origin_space.id is not null", ["PER"]),
    ],
)
@pytest.mark.proves("clients.index.filters", "clients.fullindex.filters", "filter.me-id")
def test_clients_are_filtered_by_each_printed_field(
    agency: Api, path: str, filter: str, shortcodes: list[str | None]
) -> None:
    zoe = agency.register(user="zoe.lindqvist@example.com")
    assert named(zoe, path, filter, "shortcode") == shortcodes


@pytest.mark.parametrize(
    "filter, shortcodes",
    [
        ('segment in ["C", "B"]', ["ORB", "MOO", None]),
        ('projects any (status = "closed")', ["ORB"]),
        ("projects any (is_acquisition = true)", ["ORB"]),
        ('projects any (name contains "website" and shortcode startswith "H")', ["HAV"]),
        ('projects all (status = "running")', ["LUM", "HAV", "PER", "MOO", None]),
        ("projects.count >= 2", ["ORB", "LUM"]),
        ('archived eq "only"', ["QUA"]),
    ],
)
@pytest.mark.proves("clients.fullindex.filters", "clients.fullindex.projects", "filter.text-numbers")
def test_full_clients_are_filtered_by_segment_projects_and_archive(
    agency: Api, filter: str, shortcodes: list[str | None]
) -> None:
    assert named(agency, "/clients/full", filter, "shortcode") == shortcodes


# ---------------------------------------------------------------- projects and phases


@pytest.mark.proves("projects.index.exists", "projects.index.answer", "project.fields", "computed-fields.numbers")
def test_projects_are_listed_whole(api: Api) -> None:
    assert api.data("/projects") == [PROJECT_DATA]


@pytest.mark.parametrize(
    "filter, shortcodes",
    [
        ('shortcode startswith "O"', ["OBR", "OPI"]),
        ('title contains "website"', ["LUR", "HVW"]),
        ('status = "closed"', ["QCAT", "OBR"]),
        ("is_acquisition = true", ["OPI"]),
        ('client.name contains "café"', ["CZU"]),
        ('client.shortcode = "LUM"', ["LUR", "IRIS"]),
        ("client.primary_contact_id = me.id", ["LUR", "HVW", "IRIS"]),
        ('project_type.title = "Branding"', ["OBR", "IRIS", "CZU"]),
        ("created_by = me.id", ["OBR", "LUR", "HVW"]),
        ('created_at >= "2026-02-15"', ["CZU", "OPI"]),
        ('start_date lt "2025-08-01" or start_date gt "2026-03-01"', ["QCAT", "OBR", "OPI"]),
    ],
)
@pytest.mark.proves("projects.index.filters", "project.status")
def test_projects_are_filtered_by_each_printed_field(agency: Api, filter: str, shortcodes: list[str]) -> None:
    zoe = agency.register(user="zoe.lindqvist@example.com")
    assert named(zoe, "/projects", filter, "shortcode") == shortcodes


@pytest.mark.parametrize("field, of", [("client.id", "client"), ("project_type.id", "project_type")])
@pytest.mark.proves("projects.index.filters")
def test_projects_are_filtered_by_what_they_belong_to(agency: Api, field: str, of: str) -> None:
    projects = agency.data("/projects")
    id = projects[1][of]["id"]
    wanted = [one["shortcode"] for one in projects if one[of]["id"] == id]
    assert named(agency, "/projects", f'{field} = "{id}"', "shortcode") == wanted


@pytest.mark.proves("project.title-is-name")
def test_what_a_project_prints_as_title_is_its_name_in_filters_of_tasks(api: Api) -> None:
    assert len(named(api, "/tasks", f'project.name = "{PROJECT_DATA["title"]}"', "id")) == 3
    assert api.get("/tasks", {"filter": 'project.title = "Website relaunch"'}).status_code == 400
    assert "name" not in api.data("/projects")[0]


@pytest.mark.proves("projects.phases.exists", "projects.phases.answer", "phase.fields", "computed-fields.numbers")
def test_the_phases_of_a_project_are_listed_whole(api: Api) -> None:
    assert api.data(f"/projects/{PROJECT}/phases") == [CONCEPT_DATA]


@pytest.mark.parametrize(
    "filter, titles",
    [
        ('title endswith "launch"', ["Content and launch"]),
        ('po_number = "HB-2291-2"', ["Build", "Content and launch"]),
        ('start_date <= "2025-12-18"', ["Concept", "Design"]),
        ("end_date gt now", ["Build", "Content and launch"]),
        ('created_at < "2025-11-13T11:02:00Z"', ["Concept"]),
        ('group.title = "production"', ["Build", "Content and launch"]),
        ('type.title in ["Design", "Rollout"]', ["Design", "Content and launch"]),
    ],
)
@pytest.mark.proves("projects.phases.filters", "L15")
def test_phases_are_filtered_by_each_printed_field(agency: Api, filter: str, titles: list[str]) -> None:
    params = {"find_by": "shortcode", "filter": filter}
    assert [phase["title"] for phase in agency.data("/projects/HVW/phases", params)] == titles


@pytest.mark.parametrize("of", ["group", "type"])
@pytest.mark.proves("projects.phases.filters")
def test_phases_are_filtered_by_the_id_of_their_group_and_type(agency: Api, of: str) -> None:
    params = {"find_by": "shortcode"}
    phases = agency.data("/projects/HVW/phases", params)
    id = phases[2][of]["id"]
    found = agency.data("/projects/HVW/phases", {**params, "filter": f'{of}.id = "{id}"'})
    assert found == [one for one in phases if one[of]["id"] == id]

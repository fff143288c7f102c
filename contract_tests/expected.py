"""What the small world answers at its frozen instant: ids, whole records, refusals."""

from typing import Any

from contract_tests.client import NOW

Json = dict[str, Any]

# Ids are the same in every run of a seed (ruling T6).
PROJECT, CLIENT = "XOabHbzB", "sem8GjC8"
ZOE, PETER, INGRID, BOT = "jp5wupu0", "AVZsz1HQ", "NBfzkXVa", "8bnRb0xC"
BRIEF, LAUNCH, LOGO = "qv03Y19d", "yYSrP3j4", "6OVgnxRW"
CONCEPT, GOLIVE, IDENTITY = "INZvcB64", "M35noyRC", "Wto0jr6F"
FIRST_COMMENT, SECOND_COMMENT = "YkLECT8n", "kXHKVTKy"
SLUG = "fake-integration"

SCOPES = ("task-management:read", "task-management:write", "client:write")


def user(id: str, first_name: str, last_name: str, email: str, type: str) -> Json:
    space = {"id": "VJ0XFmU2", "name": "Kleinwerk Studio"}
    return {
        "id": id, "first_name": first_name, "last_name": last_name, "email": email, "type": type, "space": space,
    }  # fmt: skip


ZOE_DATA = user(ZOE, "Zoë", "Müller", "zoe.mueller@example.com", "user")
PETER_DATA = user(PETER, "Peter", "Sørensen", "peter.sorensen@example.org", "guest")
INGRID_DATA = user(INGRID, "Ingrid", "Schäfer", "ingrid.schaefer@example.net", "tax_advisor")
BOT_DATA = user(BOT, "Fake", "Integration", "integration@example.com", "integration")

GROUP_DATA = {"id": "cfXuQawW", "title": "Creative"}
CONCEPT_DATA: Json = {
    "id": CONCEPT,
    "title": "Concept and design",
    "po_number": "PO-2031-1",
    "group": GROUP_DATA,
    "type": {"id": "rRCtlp0r", "title": "Design", "color": "#d9622b"},
    "dependency_phase_id": None,
    "dependency_milestone_id": None,
    "start_date": "2026-02-10",
    "end_date": "2026-03-26",
    "created_at": "2026-02-09T09:30:00Z",
    "computed_fields": {"planned_hours": 48},
}
GOLIVE_DATA: Json = {
    "id": GOLIVE,
    "title": "Go-live",
    "po_number": None,
    "group": GROUP_DATA,
    "dependency_phase_id": None,
    "dependency_milestone_id": None,
    "date": "2026-04-21",
    "created_at": "2026-02-09T09:00:00Z",
    "computed_fields": {"planned_hours": 40},
}
IDENTITY_DATA: Json = {
    "id": IDENTITY,
    "title": "Visual identity",
    "po_number": None,
    "computed_fields": {"planned_hours": 24},
}
CLIENT_DATA: Json = {
    "id": CLIENT,
    "external_id": "hs-1001",
    "external_origin": "hubspot",
    "name": "Bäckerei Morgenrot",
    "shortcode": "MOR",
    "primary_contact": ZOE_DATA,
    "origin_space": None,
}
PROJECT_DATA: Json = {
    "id": PROJECT,
    "external_id": "10001",
    "external_origin": "jira",
    "title": "Website relaunch",
    "description": "New site for the bakery: menu, opening hours, pre-orders.",
    "shortcode": "WEB",
    "po_number": "PO-2031",
    "project_type": {
        "id": "QgIAc4fQ", "title": "Website", "shortcode": "WEB", "color": "#2f6fde", "order": 1, "is_default": True,
    },
    "project_group": {"id": "U5VLgWxe", "title": "Relaunches"},
    "status": "running",
    "is_acquisition": False,
    "is_private": False,
    "start_date": "2026-02-10",
    "end_date": "2026-04-26",
    "client": CLIENT_DATA,
    "custom_fields": {},
    "computed_fields": {"planned_hours": 120, "budget": 14400},
}  # fmt: skip
FILE_DATA: Json = {
    "id": "LsapnHb3",
    "file_name": "brief.txt",
    "mime_type": "text/plain",
    "size": 364,
    "entity_id": LOGO,
    "entity_type": "task",
    "created_at": "2026-02-28T10:20:00Z",
}


def task(id: str, uri: str, title: str, **fields: Any) -> Json:
    """A task's whole answer: made now with nothing but a title and the project, except for `fields`."""
    plain: Json = {
        "id": id,
        "project_id": PROJECT,
        "client_id": CLIENT,
        "parent_task_id": None,
        "external_id": None,
        "external_origin": None,
        "uri": uri,
        "title": title,
        "description": None,
        "status": "New",
        "type": "task",
        "estimated_hours": None,
        "is_onhold": False,
        "is_public": False,
        "due_date": None,
        "due_date_settings": {"is_hard_deadline": False, "recurring_type": None, "recurring_interval": None},
        "assignee": None,
        "priorityOption": None,
        "phase": None,
        "milestone": None,
        "epic": None,
        "attachements": [],
        "sub_tasks": [],
        "completed_at": None,
        "closed_at": None,
        "updated_at": NOW,
        "created_at": NOW,
        "list_sorting": 1,
    }
    assert set(fields) <= {*plain, "watchers", "parent_task", "project", "client"}, "no such field of a task"
    return {**plain, **fields}


BRIEF_DATA = task(
    BRIEF,
    "WEB-1",
    "Write the brief",
    description="<p>One page: goal, audience, tone, deadline.</p>",
    status="Completed",
    estimated_hours=4,
    due_date="2026-02-26",
    assignee=ZOE_DATA,
    phase=CONCEPT_DATA,
    completed_at="2026-02-15T09:30:00Z",
    updated_at="2026-02-15T09:30:00Z",
    created_at="2026-02-15T09:30:00Z",
    list_sorting=0,
)
LAUNCH_DATA = task(
    LAUNCH,
    "WEB-2",
    "Launch the site",
    estimated_hours=8,
    is_public=True,
    due_date="2026-04-21",
    due_date_settings={"is_hard_deadline": True, "recurring_type": None, "recurring_interval": None},
    milestone=GOLIVE_DATA,
    updated_at="2026-02-20T14:00:00Z",
    created_at="2026-02-20T14:00:00Z",
    list_sorting=0,
)
LOGO_DATA = task(
    LOGO,
    "WEB-3",
    "Design the logo",
    parent_task_id=LAUNCH,
    external_id="WEB-3001",
    external_origin="jira",
    description="<p>Three directions, <strong>one page each</strong>. The brief is attached.</p>",
    status="WIP",
    estimated_hours=12.5,
    is_public=True,
    due_date="2026-03-17",
    assignee=ZOE_DATA,
    priorityOption={"id": "sgo8GjC8", "label": "High"},
    phase=CONCEPT_DATA,
    milestone=GOLIVE_DATA,
    epic=IDENTITY_DATA,
    attachements=[FILE_DATA],
    updated_at="2026-02-28T10:20:00Z",
    created_at="2026-02-28T10:15:00Z",
    list_sorting=0,
)


def comment(id: str, **fields: Any) -> Json:
    """A comment's answer without its includes: made now by the integration and empty, except for `fields`."""
    plain: Json = {
        "id": id,
        "external_id": None,
        "external_origin": None,
        "parent_comment_id": None,
        "sub_comments": [],
        "author": BOT_DATA,
        "comment": None,
        "attachements": [],
        "is_public": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    assert set(fields) <= {*plain, "task", "parent_comment"}, "no such field of a comment"
    return {**plain, **fields}


FIRST_COMMENT_DATA = comment(
    FIRST_COMMENT,
    author=ZOE_DATA,
    comment="<p>Three directions are up. Which one do you like best?</p>",
    is_public=True,
    created_at="2026-03-01T16:40:00Z",
    updated_at="2026-03-01T16:40:00Z",
)
SECOND_COMMENT_DATA = comment(
    SECOND_COMMENT,
    parent_comment_id=FIRST_COMMENT,
    author=INGRID_DATA,
    comment="<p>The second one. The third costs more to print.</p>",
    created_at="2026-03-02T08:05:00Z",
    updated_at="2026-03-02T08:05:00Z",
)


def refusal(errors: dict[str, list[str]]) -> Json:
    """The body of a 422: the first message, how many more there are, and all of them by field."""
    first, *rest = [message for messages in errors.values() for message in messages]
    more = f" (and {len(rest)} more error{'s' if len(rest) > 1 else ''})" if rest else ""
    return {"message": first + more, "errors": errors}


UNAUTHENTICATED = {"message": "Unauthenticated."}
NO_SCOPE = {"message": "Invalid scope(s) provided."}
TOO_MANY = {"message": "Too Many Attempts."}
UNFOUND: Json = {"message": "No query results for model [App\\Models\\Task]."}
"""The body of a 404 for another name than an id."""


def missing(id: str) -> Json:
    """The body of a 404 for an id that no task has."""
    return {"message": f"No query results for model [App\\Models\\Task] {id}"}

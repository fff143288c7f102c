"""Every operation, called as users of the generated package `kanbert_api` would: typed arguments in, models out.

The package is made by the test, which calls the function of each operation and checks the types of this file."""

import asyncio
from datetime import UTC, date, datetime
from io import BytesIO

from kanbert_api import AuthenticatedClient
from kanbert_api.api.clients import clients_fullindex as list_clients_in_full
from kanbert_api.api.clients import clients_index as list_clients
from kanbert_api.api.projects import projects_index as list_projects
from kanbert_api.api.projects import projects_phases as list_phases
from kanbert_api.api.task_comments import taskcomments_store as create_comment
from kanbert_api.api.tasks import tasks_delete as delete_task
from kanbert_api.api.tasks import tasks_index as list_tasks
from kanbert_api.api.tasks import tasks_show as show_task
from kanbert_api.api.tasks import tasks_store as create_task
from kanbert_api.api.tasks import tasks_update as update_task
from kanbert_api.api.tasks import tasks_updateexternalid as identify_task
from kanbert_api.api.tasks import tasks_upload as upload_file
from kanbert_api.api.users import users_index as list_users
from kanbert_api.api.users import users_whoami as who_am_i
from kanbert_api.api.webhook_management import webhooks_index as list_webhooks
from kanbert_api.api.webhook_management import webhooks_store as create_webhook
from kanbert_api.models import (
    ClientData,
    ClientDataPage,
    ClientFullDataPage,
    ClientSegment,
    CommentData,
    FileData,
    FindByShortcode,
    FindByUri,
    Invalid,
    Message,
    NewWebhookData,
    PhaseDataPage,
    ProjectData,
    ProjectDataPage,
    SpaceData,
    TaskcommentsStoreBody,
    TaskData,
    TaskDataPage,
    TasksStoreBody,
    TaskStatus,
    TasksUpdateBody,
    TasksUpdateexternalidBody,
    TasksUploadBody,
    UserData,
    UserDataPage,
    UserType,
    WebhookData,
    WebhookDataPage,
    WebhookEvent,
    WebhooksStoreBody,
)
from kanbert_api.types import UNSET, File

from contract_tests.expected import BOT, BRIEF, CLIENT, CONCEPT, FIRST_COMMENT, LAUNCH, LOGO, PETER, PROJECT, ZOE

NOW = datetime(2026, 3, 12, 15, 30, tzinfo=UTC)
SPACE = SpaceData(id="VJ0XFmU2", name="Kleinwerk Studio")
WHO_CALLS = UserData(BOT, "Fake", "Integration", "integration@example.com", UserType.INTEGRATION, SPACE)
WHO_WORKS = UserData(ZOE, "Zoë", "Müller", "zoe.mueller@example.com", UserType.USER, SPACE)
BAKERY = ClientData(CLIENT, "hs-1001", "hubspot", "Bäckerei Morgenrot", "MOR", WHO_WORKS, None)


def users_whoami(client: AuthenticatedClient) -> None:
    assert who_am_i.sync(client=client) == WHO_CALLS
    assert asyncio.run(asked(client)) == WHO_CALLS


async def asked(client: AuthenticatedClient) -> object:
    async with client:
        return await who_am_i.asyncio(client=client)


def users_index(client: AuthenticatedClient) -> None:
    first = list_users.sync(client=client, sort="-email", pagesize=2)
    assert isinstance(first, UserDataPage)
    assert first.data[0] == WHO_WORKS
    assert (len(first.data), first.links, first.meta.per_page, first.meta.prev_cursor) == (2, [], 2, None)
    second = list_users.sync(client=client, sort="-email", pagesize=2, pagecursor=first.meta.next_cursor or UNSET)
    assert isinstance(second, UserDataPage)
    assert [one.type_ for one in second.data] == [UserType.INTEGRATION, UserType.TAX_ADVISOR]
    assert (second.meta.next_cursor, second.meta.next_cursor_url) == (None, None)


def clients_index(client: AuthenticatedClient) -> None:
    page = list_clients.sync(client=client, sort="name", filter_='shortcode = "mor"')
    assert isinstance(page, ClientDataPage)
    assert page.data == [BAKERY]


def clients_fullindex(client: AuthenticatedClient) -> None:
    page = list_clients_in_full.sync(client=client, include="projects", filter_='segment = "A"')
    assert isinstance(page, ClientFullDataPage)
    [found] = page.data
    assert (found.segment, found.created_at) == (ClientSegment.A, datetime(2026, 1, 11, 9, tzinfo=UTC))
    assert found.projects
    assert [one.id for one in found.projects] == [PROJECT]


def projects_index(client: AuthenticatedClient) -> None:
    page = list_projects.sync(client=client, include="team,client", filter_='status = "running"')
    assert isinstance(page, ProjectDataPage)
    [found] = page.data
    assert (found.client, found.start_date, found.end_date) == (BAKERY, date(2026, 2, 10), date(2026, 4, 26))
    assert found.computed_fields["budget"] == 14400
    assert found.team
    assert [member.is_project_lead for member in found.team] == [True]
    assert found.guests is UNSET


def projects_phases(client: AuthenticatedClient) -> None:
    page = list_phases.sync("WEB", client=client, find_by=FindByShortcode.SHORTCODE)
    assert isinstance(page, PhaseDataPage)
    [found] = page.data
    assert (found.id, found.start_date, found.dependency_phase_id) == (CONCEPT, date(2026, 2, 10), None)
    assert found.type_
    assert found.type_.color == "#d9622b"
    assert isinstance(list_phases.sync("NONE", client=client, find_by=FindByShortcode.SHORTCODE), Message)


def tasks_index(client: AuthenticatedClient) -> None:
    page = list_tasks.sync(client=client, include="project,watchers,parent_task", filter_='status = "WIP"')
    assert isinstance(page, TaskDataPage)
    [found] = page.data
    assert isinstance(found.project, ProjectData)
    assert found.watchers
    assert [one.id for one in found.watchers] == [ZOE, PETER]
    assert isinstance(found.parent_task, TaskData)
    assert (found.parent_task.id, found.parent_task.parent_task) == (LAUNCH, UNSET)
    assert found.attachements[0].size == 364
    assert list_tasks.sync(client=client, sort="titel") == Message(
        "Requested sort(s) `titel` is not allowed. Allowed sort(s) are `title, uri, status, updated_at, created_at, "
        "due_date`."
    )


def tasks_store(client: AuthenticatedClient) -> None:
    body = TasksStoreBody(
        "Fix it", PROJECT, external_id="T-1", estimated_hours=2.5, due_date=date(2026, 4, 1), is_public=True,
        watchers=[ZOE], status=TaskStatus.WIP, insert_before=LOGO, assignee_id=ZOE, phase_id=CONCEPT, epic_id=None,
    )  # fmt: skip
    made = create_task.sync(client=client, body=body)
    assert isinstance(made, TaskData)
    assert (made.title, made.external_id, made.external_origin) == ("Fix it", "T-1", "fake-integration")
    assert (made.due_date, made.created_at, made.completed_at) == (date(2026, 4, 1), NOW, None)
    assert (made.status, made.estimated_hours, made.list_sorting) == (TaskStatus.WIP, 2.5, 0)
    assert (made.assignee, made.epic, made.priority_option) == (WHO_WORKS, None, None)
    assert made.phase
    assert made.phase.id == CONCEPT
    assert show_task.sync(made.id, client=client) == made
    refused = create_task.sync(client=client, body=TasksStoreBody("", "nothing"))
    assert isinstance(refused, Invalid)
    assert refused.errors.additional_properties == {
        "title": ["The title field is required."],
        "project_id": ["The selected project id is invalid."],
    }


def tasks_show(client: AuthenticatedClient) -> None:
    by_uri = show_task.sync("WEB-3", client=client, find_by=FindByUri.URI)
    assert isinstance(by_uri, TaskData)
    assert by_uri.id == LOGO
    by_external_id = show_task.sync("WEB-3001", client=client, find_by=FindByUri.EXTERNAL_ID, origin="jira")
    assert by_external_id == by_uri
    assert show_task.sync("nothing", client=client) == Message(
        "No query results for model [App\\Models\\Task] nothing"
    )


def tasks_delete(client: AuthenticatedClient) -> None:
    gone = delete_task.sync(BRIEF, client=client)
    assert isinstance(gone, TaskData)
    assert (gone.id, gone.completed_at) == (BRIEF, datetime(2026, 2, 15, 9, 30, tzinfo=UTC))
    assert delete_task.sync_detailed(BRIEF, client=client).status_code == 404


def tasks_update(client: AuthenticatedClient) -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    body = TasksUpdateBody(due_date=at, assignee_id=None, add_watchers=[BOT], status=TaskStatus.COMPLETED)
    changed = update_task.sync(LOGO, client=client, body=body)
    assert isinstance(changed, TaskData)
    assert (changed.due_date, changed.assignee, changed.completed_at) == (at.date(), None, NOW)
    assert changed.estimated_hours == 12.5
    refused = update_task.sync(LOGO, client=client, body=TasksUpdateBody(milestone_id=LOGO, title="x" * 256))
    assert isinstance(refused, Invalid)
    assert list(refused.errors.additional_properties) == ["title", "milestone_id"]


def tasks_updateexternalid(client: AuthenticatedClient) -> None:
    named = identify_task.sync(BRIEF, client=client, body=TasksUpdateexternalidBody("T-2", "mine"))
    assert isinstance(named, TaskData)
    assert (named.external_id, named.external_origin) == ("T-2", "mine")
    body = TasksUpdateexternalidBody(external_id=None)
    by_id = FindByShortcode.EXTERNAL_ID
    unnamed = identify_task.sync("T-2", client=client, body=body, find_by=by_id, origin="mine")
    assert isinstance(unnamed, TaskData)
    assert (unnamed.external_id, unnamed.external_origin) == (None, None)


def tasks_upload(client: AuthenticatedClient) -> None:
    body = TasksUploadBody(File(BytesIO(b"\x89PNG\x00"), "logo.png", "image/png"))
    kept = upload_file.sync(BRIEF, client=client, body=body)
    assert isinstance(kept, FileData)
    assert (kept.file_name, kept.mime_type, kept.size) == ("logo.png", "image/png", 5)
    assert (kept.entity_id, kept.entity_type, kept.created_at) == (BRIEF, "task", NOW)
    task = show_task.sync(BRIEF, client=client)
    assert isinstance(task, TaskData)
    assert task.attachements == [kept]


def taskcomments_store(client: AuthenticatedClient) -> None:
    body = TaskcommentsStoreBody(LOGO, parent_comment_id=FIRST_COMMENT, comment="<p>The second.</p>", is_public=True)
    made = create_comment.sync(client=client, body=body)
    assert isinstance(made, CommentData)
    assert (made.author, made.comment, made.is_public) == (WHO_CALLS, "<p>The second.</p>", True)
    assert isinstance(made.parent_comment, CommentData)
    assert made.parent_comment.id == FIRST_COMMENT
    assert isinstance(made.task, TaskData)
    assert made.task.id == LOGO


def webhooks_index(client: AuthenticatedClient) -> None:
    body = WebhooksStoreBody("http://127.0.0.1:9/hook", [WebhookEvent.COMMENTCREATE], PROJECT, is_active=False)
    made = create_webhook.sync(client=client, body=body)
    page = list_webhooks.sync(client=client, sort="-created_at", filter_="created_at lte now")
    assert isinstance(made, NewWebhookData)
    assert isinstance(page, WebhookDataPage)
    assert page.data == [WebhookData(made.id, made.url, [WebhookEvent.COMMENTCREATE], PROJECT, None, False, NOW, NOW)]


def webhooks_store(client: AuthenticatedClient) -> None:
    events = [WebhookEvent.TASK, WebhookEvent.COMMENTDELETE]
    body = WebhooksStoreBody("http://127.0.0.1:9/hook", events, PROJECT, client_id=CLIENT, secret="of mine")
    made = create_webhook.sync(client=client, body=body)
    assert isinstance(made, NewWebhookData)
    assert (made.events, made.secret, made.is_active, made.client_id) == (events, "of mine", True, CLIENT)
    refused = create_webhook.sync(client=client, body=WebhooksStoreBody("ftp://nowhere", [], PROJECT))
    assert isinstance(refused, Invalid)
    assert refused.errors["url"] == ["The url field must be a valid URL."]
    assert refused.errors["events"] == ["The events field is required."]

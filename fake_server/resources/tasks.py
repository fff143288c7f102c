"""Tasks: the whole section, from the printed tables to what a change of status does."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import Field

from fake_server.api.verbs import changing, creating, deleting, finding, listing, uploading
from fake_server.declare import fields
from fake_server.declare.attachment import attach
from fake_server.declare.body import Body, FileBody
from fake_server.declare.evidence import documented
from fake_server.declare.identifier import ID_FIELD, IDENTIFIER, ORIGIN_FIELD, identify, settled, unique_external_id
from fake_server.declare.operation import Event, Include, Listing, Operation, Section
from fake_server.declare.reading import Reading
from fake_server.declare.shape import Always, At, IdAt, Own, Shape
from fake_server.moment import Instant, Moment
from fake_server.query.kinds import choice, day, ident, mode, relation, table, text
from fake_server.query.page import columns
from fake_server.resources.shapes import (
    EXTERNAL_ID,
    EXTERNAL_ORIGIN,
    EpicData,
    FileData,
    MilestoneData,
    PhaseData,
    UserData,
    UserType,
)
from fake_server.store.kind import Kind
from fake_server.store.store import Store

READ, WRITE = ("task-management:read",), ("task-management:write",)
PAGE = documented("the vendor's tasks page")
MOST_BYTES = 15 * 1024 * 1024

TaskStatus = Literal["Backlog", "New", "WIP", "Completed", "Approved", "Closed"]
STATUSES: tuple[str, ...] = get_args(TaskStatus)
TaskDueDateRecurringType = Literal["daily", "weekly", "monthly"]


class PriorityOption(NamedTuple):
    key: int
    label: str


class Task(NamedTuple):
    key: int
    project: int
    uri: str
    title: str
    created_at: Instant
    updated_at: Instant
    list_sorting: int
    status: TaskStatus = "New"
    type: str = "task"
    description: str | None = None
    estimated_hours: float | None = None
    is_onhold: bool = False
    is_public: bool = False
    due_date: date | None = None
    is_hard_deadline: bool = False
    recurring_type: TaskDueDateRecurringType | None = None
    recurring_interval: int | None = None
    assignee: int | None = None
    priority: int | None = None
    phase: int | None = None
    milestone: int | None = None
    epic: int | None = None
    parent_task: int | None = None
    watchers: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    completed_at: Instant | None = None
    closed_at: Instant | None = None
    external_id: str | None = None
    external_origin: str | None = None

    @property
    def column(self) -> str:
        """The column of the board in which it has a position."""
        return f"{self.project} {self.status}"


class TaskDueDateSettingsData(Shape):
    is_hard_deadline: bool
    recurring_type: TaskDueDateRecurringType | None
    recurring_interval: Annotated[
        int | None, Field(description="Ignored unless weekly (1 = every Monday ...) or monthly (every n months)")
    ]


class TaskPriorityOptionData(Shape):
    id: Annotated[str, IdAt("key")]
    label: str


class TaskData(Shape):
    id: Annotated[str, IdAt("key")]
    project_id: Annotated[str, IdAt("project")]
    client_id: Annotated[str, IdAt("project.client")]
    parent_task_id: Annotated[
        str | None, IdAt("parent_task"), Field(description="Printed as never null; null for a top-level task")
    ]
    external_id: Annotated[str | None, EXTERNAL_ID]
    external_origin: Annotated[str | None, EXTERNAL_ORIGIN]
    uri: str
    title: str
    description: Annotated[str | None, Field(description="In HTML")]
    status: TaskStatus
    type: str
    estimated_hours: float | None
    is_onhold: bool
    is_public: Annotated[
        bool, Field(description="If false, the task is only visible to the project team - not guest users")
    ]
    due_date: date | None
    due_date_settings: Annotated[TaskDueDateSettingsData, Own()]
    assignee: UserData | None
    priorityOption: Annotated[TaskPriorityOptionData | None, At("priority")]
    phase: PhaseData | None
    milestone: MilestoneData | None
    epic: EpicData | None
    attachements: Annotated[list[FileData], At("files")]
    sub_tasks: Annotated[list["TaskData"], Always([]), Field(description="Filled by include=sub_tasks")]
    completed_at: datetime | None
    closed_at: datetime | None
    updated_at: datetime | None
    created_at: datetime | None
    list_sorting: int


def make(store: Store, moment: Moment, values: dict[str, Any]) -> Task:
    """A task of the given fields, at the end of its column, with what follows from its project and status."""
    project = store.rows("project")[values["project"]]
    status, created = values.get("status", "New"), values.get("created_at", moment.now)
    updated = values.get("updated_at", created)
    derived = {
        "uri": values.get("uri") or next_uri(store, project),
        "created_at": created,
        "updated_at": updated,
        "list_sorting": len(store.group("task", "column", f"{project.key} {status}")),
        **status_times(None, status, updated),
    }
    return store.put(TASK.new({"key": store.next_key("task"), **derived, **values}))  # type: ignore[no-any-return]


def next_uri(store: Store, project: Any) -> str:
    """The project's shortcode and its next number that no task has."""
    while True:
        uri = f"{project.shortcode}-{store.count('task', project.key)}"
        if store.find("task", ("uri",), (uri,)) is None:
            return uri


TASK = Kind(
    "task", Task, "tasks",
    refs={
        "project": "project", "assignee": "user", "priority": "priority_option", "phase": "phase",
        "milestone": "milestone", "epic": "epic", "parent_task": "task", "watchers": "user", "files": "file",
    },
    unique=(("uri",), ("external_origin", "external_id")),
    indexed=frozenset(("status",)),
    computed={"column": ("project", "status")},
    ends_with=("parent_task",),
    owns=("files",),
    seen=lambda _, caller: (lambda task: task.is_public) if caller.restricted else None,
    build=make,
)  # fmt: skip
PRIORITY_OPTION = Kind("priority_option", PriorityOption, "priority_options")


def status_times(before: Task | None, status: str, now: Instant) -> dict[str, Instant | None]:
    """When a task was completed and closed: set on entering that status, cleared on leaving it backwards."""
    rank = STATUSES.index(status)
    times: dict[str, Instant | None] = {}
    for field, reached in (("completed_at", "Completed"), ("closed_at", "Closed")):
        if status == reached and (before is None or before.status != reached):
            times[field] = now
        elif rank < STATUSES.index(reached):
            times[field] = None
    return times


def same_project(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: what a task hangs on belongs to its project."""
    project = values.get("project_id", reading.record and reading.record.project)
    for name in [name for name in IN_PROJECT if name in values]:
        other = reading.store.get(IN_PROJECT[name], values[name])
        if other is not None and project is not None and other.project != project:
            reading.fault(name, "exists", hint=f"The {name} belongs to another project than the task.")


IN_PROJECT = {
    "insert_before": "task", "insert_after": "task", "parent_task_id": "task", "epic_id": "epic",
    "phase_id": "phase", "milestone_id": "milestone",
}  # fmt: skip


def no_circle(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: no task is above itself."""
    above = reading.store.get("task", values.get("parent_task_id"))
    while above is not None and reading.record is not None:
        if above.key == reading.record.key:
            reading.fault("parent_task_id", "exists", hint="The parent is the task itself or below it.")
            return
        above = reading.store.get("task", above.parent_task)


def one_place(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: a new task goes before or after one task of its own column."""
    names = [name for name in ("insert_before", "insert_after") if values.get(name) is not None]
    if len(names) == 2:
        reading.fault("insert_after", "prohibited", hint="Send insert_before or insert_after, not both.")
    status = values.get("status", "New")
    for name in names if not reading.faulty("status") else ():
        other = reading.store.rows("task")[values[name]]
        if other.status != status:
            hint = f"{other.uri} stands in column {other.status}, the new task in {status}."
            reading.fault(name, "exists", hint=hint)


STORE_BODY = Body(
    (
        ID_FIELD,
        ORIGIN_FIELD,
        fields.text("title", max=255, required=True),
        fields.html("description", "user", max=65535, says="In HTML"),
        fields.number("estimated_hours", null=True),
        fields.day("due_date", null=True),
        fields.flag("is_public"),
        fields.refs("watchers", "user"),
        fields.choice("status", STATUSES, "TaskStatus"),
        fields.ref("project_id", "project", required=True),
        fields.ref("insert_before", "task", null=True),
        fields.ref("insert_after", "task", null=True),
        fields.ref("parent_task_id", "task", null=True),
        fields.ref("assignee_id", "user", null=True),
        fields.ref("epic_id", "epic", null=True),
        fields.ref("phase_id", "phase", null=True),
        fields.ref("milestone_id", "milestone", null=True),
    ),
    rules=(unique_external_id, same_project, one_place),
)
UPDATE_BODY = Body(
    (
        fields.text("title", max=255),
        fields.html("description", "user", max=65535, says='In HTML; <mention data-id="<UserID>" /> mentions a user'),
        fields.number("estimated_hours", null=True),
        fields.day("due_date", null=True),
        fields.flag("is_public", absent_null=True),
        fields.refs("watchers", "user", says="If present - overwrites the watch list"),
        fields.refs("add_watchers", "user", says="Adds users to the watch list"),
        fields.choice("status", STATUSES, "TaskStatus"),
        fields.ref("parent_task_id", "task", null=True),
        fields.ref("assignee_id", "user", null=True),
        fields.ref("epic_id", "epic", null=True),
        fields.ref("phase_id", "phase", null=True),
        fields.ref("milestone_id", "milestone", null=True),
    ),
    rules=(same_project, no_circle),
    required=False,
)


def create(store: Store, moment: Moment, values: dict[str, Any]) -> Task:
    """A new task at the end of its column, or beside the task it was sent with."""
    sent = {**values, **settled(values, moment, None)}
    before, after = sent.pop("insert_before", None), sent.pop("insert_after", None)
    task = make(store, moment, sent)
    beside = store.get("task", before or after)
    if beside is not None:
        others = [other for other in in_order(store, task.column) if other.key != task.key]
        others.insert(others.index(beside) + (before is None), task)
        arrange(store, others)
    return store.rows("task")[task.key]  # type: ignore[no-any-return]


def in_order(store: Store, column: str) -> list[Task]:
    return sorted(store.grouped("task", "column", column), key=lambda task: task.list_sorting)


def arrange(store: Store, tasks: list[Task]) -> None:
    """Gives the tasks of a column their positions, from 0 without gaps."""
    moved = [
        (task, task._replace(list_sorting=position))
        for position, task in enumerate(tasks)
        if task.list_sorting != position
    ]
    store.amend("task", moved, ("list_sorting",))


def change(store: Store, moment: Moment, task: Task, values: dict[str, Any]) -> Task:
    """A task with the fields that were sent; nothing happens where none of them differs."""
    sent = dict(values)
    added = sent.pop("add_watchers", ())
    watchers = tuple(dict.fromkeys((*sent.get("watchers", task.watchers), *added)))
    changed = task._replace(**{**sent, "watchers": watchers})
    if changed == task:
        return task
    changed = changed._replace(updated_at=moment.now)
    if changed.status == task.status:
        return store.put(changed)  # type: ignore[no-any-return]
    position = len(store.group("task", "column", changed.column))
    times: dict[str, Any] = {**status_times(task, changed.status, moment.now), "list_sorting": position}
    store.put(entered := changed._replace(**times))
    arrange(store, in_order(store, task.column))
    return entered


def delete(store: Store, _: Moment, task: Task) -> None:
    """Removes a task with everything that hangs on it, and closes the gaps in the columns."""
    gone = store.remove(task)
    for column in {one.column for one in gone if isinstance(one, Task)}:
        arrange(store, in_order(store, column))


TASKS = Listing(
    filters=table(
        text("title"),
        text("uri"),
        mode("sub_tasks_in_list", at="parent_task"),
        day("due_date"),
        choice("status", STATUSES, type="TaskStatus"),
        ident("project.id", "project", type="ProjectData"),
        text("project.external_id"),
        text("project.shortcode"),
        text("project.name", at="project.title"),
        choice("project.status", ("running", "closed"), null=True),
        ident("client.id", "client", at="project.client", type="ClientFullData"),
        text("client.external_id", at="project.client.external_id"),
        text("client.name", at="project.client.name"),
        text("client.shortcode", at="project.client.shortcode"),
        ident("assignee.id", "user", type="UserFullData"),
        text("assignee.email"),
        choice("assignee.type", get_args(UserType), null=True, type="UserType"),
        ident("epic.id", "epic", type="EpicData"),
        text("epic.title"),
        ident("phase.id", "phase", type="PhaseData"),
        text("phase.title"),
        text("phase.po_number"),
        day("phase.start_date"),
        day("phase.end_date"),
        ident("milestone.id", "milestone", type="MilestoneData"),
        text("milestone.title"),
        text("milestone.po_number"),
        day("milestone.date"),
        ident("parent_task.id", "task", type="TaskData"),
        text("parent_task.title"),
        text("parent_task.uri"),
        choice("parent_task.status", STATUSES, type="TaskStatus"),
        relation("sub_tasks", "task", "parent_task", text("title"), text("uri"), choice("status", STATUSES)),
    ),
    sorts=columns(
        title="text", uri="text", status="code", updated_at="instant", created_at="instant", due_date="date"
    ),
    evidence=PAGE,
    includes={
        "project": Include("ProjectData", at="project"),
        "watchers": Include("UserData", at="watchers", many=True),
        "client": Include("ClientData", at="project.client"),
        "parent_task": Include("TaskData", at="parent_task"),
        "sub_tasks": Include("TaskData", of="task", by="parent_task", many=True),
    },
)

FIND_BY = ("id", "uri", "external_id")

SECTION = Section(
    "Tasks",
    operations=(
        Operation(
            "tasks.index", "GET", "/tasks", listing, "List all tasks",
            PAGE, "task", TaskData, READ, listing=TASKS,
        ),
        Operation(
            "tasks.store", "POST", "/tasks", creating, "Create a task",
            PAGE, "task", TaskData, WRITE, body=STORE_BODY, run=create,
        ),
        Operation(
            "tasks.show", "GET", "/tasks/{id}", finding, "Retrieve a task",
            PAGE, "task", TaskData, READ, FIND_BY,
        ),
        Operation(
            "tasks.delete", "DELETE", "/tasks/{id}", deleting, "Delete a task",
            PAGE, "task", TaskData, WRITE, FIND_BY, run=delete,
        ),
        Operation(
            "tasks.update", "PATCH", "/tasks/{task}", changing, "Update a task",
            PAGE, "task", TaskData, WRITE, FIND_BY, body=UPDATE_BODY, run=change,
        ),
        Operation(
            "tasks.updateexternalid", "PUT", "/tasks/{id}/external-identifier", changing,
            "Update a tasks's external identifier",
            documented("the vendor's tasks page", "scope and find_by as printed there, though meant for clients"),
            "task", TaskData, ("client:write",), ("id", "external_id", "shortcode"),
            body=IDENTIFIER, run=identify,
        ),
        Operation(
            "tasks.upload", "POST", "/tasks/{id}/upload", uploading, "Upload a file to a task",
            PAGE, "task", FileData, WRITE, FIND_BY,
            body=FileBody("file", MOST_BYTES, "file", "File to upload - Max: 15MB"), run=attach,
        ),
    ),
    kinds=(PRIORITY_OPTION, TASK),
    shapes=(TaskDueDateSettingsData, TaskPriorityOptionData, TaskData),
    enums={"TaskStatus": STATUSES, "TaskDueDateRecurringType": get_args(TaskDueDateRecurringType)},
    events=(
        Event(
            "task", "task", TaskData, PAGE,
            person=UserData,
            limits={"project": "project", "client": "project.client"},
            # Neighbours that make room in a column were not touched by anybody.
            silent=frozenset(("list_sorting",)),
        ),
    ),
)  # fmt: skip

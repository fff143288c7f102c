"""Task comments: the whole section; a comment hangs on a task, and perhaps on another comment of it."""

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from fake_server.api.verbs import creating
from fake_server.declare import fields
from fake_server.declare.body import Body
from fake_server.declare.evidence import documented, inferred
from fake_server.declare.identifier import ID_FIELD, ORIGIN_FIELD, PAIR, settled, unique_external_id
from fake_server.declare.operation import Event, Include, Operation, Section
from fake_server.declare.reading import Reading
from fake_server.declare.shape import Always, At, IdAt, Shape
from fake_server.moment import Caller, Instant, Moment
from fake_server.resources.shapes import EXTERNAL_ID, EXTERNAL_ORIGIN, FileData, UserData
from fake_server.store.kind import Kind
from fake_server.store.store import Store


class Comment(NamedTuple):
    key: int
    task: int
    author: int
    created_at: Instant
    updated_at: Instant
    comment: str | None = None
    parent_comment: int | None = None
    is_public: bool = False
    files: tuple[int, ...] = ()
    external_id: str | None = None
    external_origin: str | None = None


class CommentData(Shape):
    id: Annotated[str, IdAt("key")]
    external_id: Annotated[str | None, EXTERNAL_ID]
    external_origin: Annotated[str | None, EXTERNAL_ORIGIN]
    parent_comment_id: Annotated[str | None, IdAt("parent_comment")]
    sub_comments: Annotated[list["CommentData"], Always([]), Field(description="One level; further down empty")]
    author: UserData
    comment: Annotated[str | None, Field(description="In HTML")]
    attachements: Annotated[list[FileData], At("files")]
    is_public: Annotated[
        bool, Field(description="If false, the task is only visible to the project team - not guest users")
    ]
    created_at: datetime | None
    updated_at: datetime | None


def seen(store: Store, caller: Caller) -> Any:
    """Guests see what is public of the tasks that they see."""
    task_seen = store.seen("task", caller)
    if task_seen is None:
        return None
    tasks = store.rows("task")
    return lambda comment: comment.is_public and task_seen(tasks[comment.task])


COMMENT = Kind(
    "comment", Comment, "comments",
    refs={"task": "task", "author": "user", "parent_comment": "comment", "files": "file"},
    unique=(PAIR,),
    ends_with=("task", "parent_comment"),
    owns=("files",),
    seen=seen,
)  # fmt: skip
INCLUDES = {
    "parent_comment": Include("CommentData", at="parent_comment"),
    "task": Include("TaskData", at="task"),
    "sub_comments": Include("CommentData", of="comment", by="parent_comment", many=True),
}


def same_task(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: an answer to a comment stands at the same task."""
    parent, task = reading.store.get("comment", values.get("parent_comment_id")), values.get("task_id")
    if parent is not None and task is not None and parent.task != task:
        hint = f"That comment stands at task {reading.store.ids.text('task', parent.task)}."
        reading.fault("parent_comment_id", "exists", hint=hint)


BODY = Body(
    (
        ID_FIELD,
        ORIGIN_FIELD,
        fields.ref("task_id", "task", required=True),
        fields.ref("parent_comment_id", "comment", null=True),
        fields.html("comment", "user", max=65535, says='In HTML; <mention data-id="<UserID>" /> mentions a user'),
        fields.flag("is_public"),
    ),
    rules=(unique_external_id, same_task),
)


def create(store: Store, moment: Moment, values: dict[str, Any]) -> Comment:
    """A comment by whoever calls."""
    written = {**values, **settled(values, moment, None), "author": moment.caller.user}
    return store.make("comment", moment, written)  # type: ignore[no-any-return]


SECTION = Section(
    "Task Comments",
    operations=(
        Operation(
            "taskcomments.store", "POST", "/tasks/comments", creating, "Create a comment",
            documented("the reference, section Task Comments",
                       "the page is named taskcomments.comments, which may be another operation's name"),
            "comment", CommentData, ("task-management:write",), includes=INCLUDES, body=BODY, run=create,
        ),
    ),
    kinds=(COMMENT,),
    shapes=(CommentData,),
    events=(
        Event(
            "comment", "comment", CommentData,
            inferred("the webhooks guide names comment:* and the section has a group of webhooks",
                     "names and payload by analogy to tasks"),
            person=UserData,
            limits={"project": "task.project", "client": "task.project.client"},
            includes=INCLUDES,
        ),
    ),
)  # fmt: skip

"""POST /tasks/comments: what was said is said by whom the token belongs to."""

from contract_tests.documented.columns import reach
from contract_tests.documented.differs import agree, equal
from contract_tests.documented.known import Known
from contract_tests.documented.proving import of_operations
from contract_tests.documented.service import Service
from contract_tests.documented.writer import Writer

COMMENT = ["taskcomments.store"]


@of_operations(COMMENT, "{}.answer", "{}.html", "{}.json", "C1")
def test_a_comment_is_answered_as_it_was_sent(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task = writer.task()
    wanted = {
        "comment": "<p>Hello <strong>you</strong></p>",
        "is_public": True,
        "external_id": service.made.identifier(),
        "external_origin": "elsewhere",
    }
    answer = service.good(operation, json={"task_id": task["id"], **wanted})
    agree([
        *(found for name, value in wanted.items() for found in equal(name, value, answer.get(name))),
        *equal("task.id", task["id"], reach(answer, "task.id"), "C1"),
    ])  # fmt: skip


@of_operations(COMMENT, "comment.author", "C2")
def test_the_author_is_the_user_of_the_token(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    answer = service.good(operation, json={"task_id": writer.task()["id"]})
    agree([
        *equal("author.id", known.me, reach(answer, "author.id"), "comment.author"),
        *equal("is_public", False, answer.get("is_public"), "C2"),
        *equal("comment", None, answer.get("comment"), "C2"),
    ])  # fmt: skip


@of_operations(COMMENT, "comment.recursive", "{}.nullable", "C1")
def test_a_reply_names_its_comment(service: Service, known: Known, operation: str) -> None:
    writer = Writer(service, known)
    task = writer.task()["id"]
    first = writer.comment(task, comment="First")
    body = {"task_id": task, "comment": "Second", "parent_comment_id": first["id"]}
    reply = service.good(operation, json=body)
    agree([
        *equal("parent_comment_id", first["id"], reply.get("parent_comment_id"), "comment.recursive"),
        *equal("parent_comment.comment", "First", reach(reply, "parent_comment.comment"), "C1"),
    ])  # fmt: skip

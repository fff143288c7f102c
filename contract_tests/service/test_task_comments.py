"""POST /tasks/comments: what it answers and takes, who may, and what becomes of comments when their task goes."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint, plainly, said
from contract_tests.expected import (
    BOT_DATA,
    BRIEF,
    BRIEF_DATA,
    FIRST_COMMENT,
    FIRST_COMMENT_DATA,
    INGRID_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PETER,
    PETER_DATA,
    SECOND_COMMENT,
    SECOND_COMMENT_DATA,
    SLUG,
    ZOE,
    ZOE_DATA,
    Json,
    comment,
    missing,
    refusal,
)
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import running

THIRD, FOURTH = "ljhiIGkh", "5ZXQ8ZoD"
"""The ids that the next two comments get."""
SELECTED = "The selected {} is invalid."
TAKEN = refusal({"external_id": ["The external id has already been taken."]})


def post(api: Api, **fields: Any) -> httpx2.Response:
    return api.post("/tasks/comments", {"task_id": LOGO, **fields})


def made(api: Api, **fields: Any) -> Json:
    """The answer to a comment that must succeed without a hint."""
    return plainly(post(api, **fields))  # type: ignore[no-any-return]


def new(id: str = THIRD, **fields: Any) -> Json:
    """The whole answer to a comment on the logo, except for `fields`."""
    return comment(id, **{"task": LOGO_DATA, "parent_comment": None, **fields})


def none_was_made(api: Api) -> bool:
    """Whether the next comment still gets the first free id."""
    return bool(made(api)["id"] == THIRD)


@pytest.fixture
def guest(api: Api) -> Api:
    return api.as_token("guest-token")


# ---------------------------------------------------------------- what it answers


@pytest.mark.proves("taskcomments.store.exists", "taskcomments.store.answer", "comment.required-fields", "C2")
def test_a_comment_needs_a_task_and_no_more(api: Api) -> None:
    assert made(api) == new()


@pytest.mark.proves("comment.types", "taskcomments.store.answer", "taskcomments.store.json", "external-id.shown")
def test_a_comment_is_as_it_was_sent(api: Api) -> None:
    fields: Json = {"comment": "<p>Hello</p>", "is_public": True, "external_id": "C-1", "external_origin": "jira"}
    assert made(api, **fields) == new(**fields)


@pytest.mark.proves("C1")
def test_a_comment_prints_the_task_that_it_stands_at(api: Api) -> None:
    for n, task in enumerate((BRIEF_DATA, LAUNCH_DATA)):
        assert made(api, task_id=task["id"]) == new((THIRD, FOURTH)[n], task=task)


@pytest.mark.proves("comment.author", "C2")
@pytest.mark.parametrize("token, author", [("any", BOT_DATA), ("user-token", ZOE_DATA), ("guest-token", PETER_DATA)])
def test_the_author_is_whoever_calls(api: Api, token: str, author: Json) -> None:
    assert made(api.as_token(token)) == new(author=author)


@pytest.mark.proves("requests.unknown-keys", "C2")
def test_the_author_cannot_be_named(api: Api) -> None:
    answer = post(api, author_id=ZOE, author=ZOE_DATA)
    assert said(answer) == (200, new())
    assert hint(answer) == "Ignored body keys: author_id, author."


@pytest.mark.proves("E5")
def test_a_comment_is_made_when_the_clock_says(api: Api) -> None:
    api.control("POST", "/clock/freeze", {"at": "2026-07-01T00:00:00+02:00"})
    at = "2026-06-30T22:00:00Z"
    assert made(api) == new(created_at=at, updated_at=at)


@pytest.mark.proves("C6")
def test_a_comment_changes_nothing_of_its_task(api: Api) -> None:
    made(api, comment="x", is_public=True)
    assert api.data(f"/tasks/{LOGO}") == LOGO_DATA


@pytest.mark.proves("T6")
def test_every_comment_has_an_id_of_its_own_which_is_the_same_in_every_run(api: Api) -> None:
    first = [made(api)["id"] for _ in range(50)]
    api.control("POST", "/reset")
    assert [made(api)["id"] for _ in range(50)] == first
    assert (first[:2], len({FIRST_COMMENT, SECOND_COMMENT, *first})) == ([THIRD, FOURTH], 52)


@pytest.mark.proves("E8")
def test_comments_cannot_be_read_because_nothing_is_printed_for_it(api: Api) -> None:
    assert said(api.get("/tasks/comments")) == (404, missing("comments"))
    assert said(api.get(f"/tasks/comments/{FIRST_COMMENT}"))[0] == 404


# ---------------------------------------------------------------- answers to comments


@pytest.mark.proves("comment.recursive", "C1")
def test_an_answer_prints_the_comment_that_it_answers_without_its_own_includes(api: Api) -> None:
    assert made(api, parent_comment_id=FIRST_COMMENT) == new(
        parent_comment_id=FIRST_COMMENT, parent_comment=FIRST_COMMENT_DATA
    )


@pytest.mark.proves("comment.recursive", "C3")
def test_an_answer_may_be_answered(api: Api) -> None:
    found = made(api, parent_comment_id=SECOND_COMMENT)
    assert found == new(parent_comment_id=SECOND_COMMENT, parent_comment=SECOND_COMMENT_DATA)
    again = made(api, parent_comment_id=THIRD)
    assert again == new(
        FOURTH, parent_comment_id=THIRD, parent_comment=comment(THIRD, parent_comment_id=SECOND_COMMENT)
    )


@pytest.mark.proves("comment.attachements")
def test_a_comment_prints_the_files_that_hang_on_it(api: Api) -> None:
    file = api.control(
        "POST", "/records/file", {"comment": FIRST_COMMENT, "file_name": "a.txt", "content": "content"}
    )
    found = made(api, parent_comment_id=FIRST_COMMENT)
    assert found["attachements"] == []
    assert found["parent_comment"]["attachements"] == [
        {
            "id": file["id"],
            "file_name": "a.txt",
            "mime_type": "text/plain",
            "size": 7,
            "entity_id": FIRST_COMMENT,
            "entity_type": "comment",
            "created_at": NOW,
        }
    ]


@pytest.mark.proves("taskcomments.store.nullable")
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_comment_without_a_parent_stands_for_itself(api: Api, value: str | None) -> None:
    assert made(api, parent_comment_id=value) == new()


@pytest.mark.proves("C3")
def test_an_answer_stands_at_the_task_of_what_it_answers(api: Api) -> None:
    answer = post(api, task_id=LAUNCH, parent_comment_id=FIRST_COMMENT)
    assert said(answer) == (422, refusal({"parent_comment_id": [SELECTED.format("parent comment id")]}))
    assert hint(answer) == f"That comment stands at task {LOGO}."
    assert none_was_made(api)


@pytest.mark.proves("comment.recursive", "C1", "W1")
def test_a_receiver_is_told_of_the_comments_below_one_level_deep() -> None:
    third = comment(THIRD, parent_comment_id=SECOND_COMMENT, comment="no deeper")
    with Receiver() as receiver, running(webhook_url=[receiver.url]) as api:
        made(api, parent_comment_id=SECOND_COMMENT, comment="no deeper")
        for id in (FIRST_COMMENT, SECOND_COMMENT):
            api.control("POST", "/trigger", {"event": "comment:update", "id": id})
        api.control("POST", "/flush")
        told = {one.json["resource"]["id"]: one.json["data"] for one in receiver.wait_for(3)}
    assert told == {
        FIRST_COMMENT: {
            **FIRST_COMMENT_DATA, "sub_comments": [SECOND_COMMENT_DATA], "parent_comment": None, "task": LOGO_DATA,
        },
        SECOND_COMMENT: {
            **SECOND_COMMENT_DATA, "sub_comments": [third], "parent_comment": FIRST_COMMENT_DATA, "task": LOGO_DATA,
        },
        THIRD: {**third, "parent_comment": SECOND_COMMENT_DATA, "task": LOGO_DATA},
    }  # fmt: skip


# ---------------------------------------------------------------- texts and mentions

TEXTS = (
    "plain",
    "<p>Zoë &amp; Co.\n<br>日本 🙂</p>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<p>not closed <b>at all",
    "null",
    "\\u0000 {{x}} %s",
)


@pytest.mark.proves("taskcomments.store.html", "C7")
@pytest.mark.parametrize("text", TEXTS)
def test_html_is_kept_as_it_was_sent_but_trimmed(api: Api, text: str) -> None:
    assert made(api, comment=f" \t{text}\n\u00a0") == new(comment=text)


@pytest.mark.proves("taskcomments.store.html")
@pytest.mark.parametrize("id", [ZOE, PETER])
def test_a_known_user_may_be_mentioned(api: Api, id: str) -> None:
    text = f'<p><mention data-id="{id}" /> please look</p>'
    assert made(api, comment=text) == new(comment=text)


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    "text, unknown",
    [
        ('<mention data-id="nobody" />', ["nobody"]),
        (f'<mention data-id="{LOGO}"></mention>', [LOGO]),
        (f'<mention data-id="{ZOE}" /> and <mention data-id="one" /> and <mention data-id="two"/>', ["one", "two"]),
        ("<MENTION class='x' data-id = 'three'>", ["three"]),
        ('<mention\n  data-id="four" />', ["four"]),
    ],
)
def test_a_mention_of_an_unknown_user_is_kept_and_named_in_the_hint(api: Api, text: str, unknown: list[str]) -> None:
    answer = post(api, comment=text)
    assert said(answer) == (200, new(comment=text))
    assert hint(answer) == " ".join(f"The mention of {id} in comment is the id of no user." for id in unknown)


@pytest.mark.proves("C7")
def test_an_unknown_user_who_is_mentioned_twice_is_named_once(api: Api) -> None:
    answer = post(api, comment='<mention data-id="nobody" />' * 3)
    assert (answer.status_code, hint(answer)) == (200, "The mention of nobody in comment is the id of no user.")


@pytest.mark.proves("C7")
@pytest.mark.parametrize(
    "text", ["<mention />", '<mentions data-id="x" />', '<p data-id="x">', "mention data-id='x'"]
)
def test_what_is_no_mention_is_none(api: Api, text: str) -> None:
    assert made(api, comment=text) == new(comment=text)


@pytest.mark.proves("C7")
def test_a_hint_about_very_many_mentions_is_bounded(api: Api) -> None:
    answer = post(api, comment="".join(f'<mention data-id="n{n}" />' for n in range(2000)))
    assert answer.status_code == 200
    assert 0 < len(hint(answer)) <= 600


# ---------------------------------------------------------------- external identifiers


@pytest.mark.proves("external-id.origin-default")
def test_the_tokens_integration_is_the_origin_unless_another_is_named(api: Api) -> None:
    acme = api.register(integration="acme")
    sent: list[tuple[Api, Json]] = [(api, {}), (acme, {}), (acme, {"external_origin": "jira"})]
    found = [made(by, external_id="7", **more) for by, more in sent]
    assert [(one["external_id"], one["external_origin"]) for one in found] == [
        ("7", SLUG),
        ("7", "acme"),
        ("7", "jira"),
    ]


@pytest.mark.proves("taskcomments.store.nullable", "T29")
@pytest.mark.parametrize("fields", [{}, {"external_id": None}, {"external_id": " "}])
def test_an_origin_without_an_id_is_none(api: Api, fields: Json) -> None:
    assert made(api, external_origin="jira", **fields) == new()


@pytest.mark.proves("external-id.unique")
def test_within_an_origin_an_external_id_is_given_once(api: Api) -> None:
    made(api, external_id="7")
    for fields in ({"external_id": "7"}, {"external_id": " 7 ", "external_origin": SLUG, "task_id": LAUNCH}):
        answer = post(api, **fields)
        assert said(answer) == (422, TAKEN)
        assert hint(answer) == f"A comment {THIRD} has this external_id in origin {SLUG}."
    assert made(api, external_id="7", external_origin="jira")["id"] == FOURTH


@pytest.mark.proves("external-id.unique")
def test_the_identifiers_of_tasks_are_not_those_of_comments(api: Api) -> None:
    pair = {"external_id": LOGO_DATA["external_id"], "external_origin": LOGO_DATA["external_origin"]}
    assert made(api, **pair) == new(**pair)


# ---------------------------------------------------------------- guests


@pytest.mark.proves("C4")
def test_a_guest_may_comment_on_a_public_task(guest: Api) -> None:
    assert made(guest, comment="x", is_public=True) == new(author=PETER_DATA, comment="x", is_public=True)


@pytest.mark.proves("C4")
def test_a_guest_may_answer_a_public_comment(guest: Api) -> None:
    found = made(guest, parent_comment_id=FIRST_COMMENT)
    assert found == new(author=PETER_DATA, parent_comment_id=FIRST_COMMENT, parent_comment=FIRST_COMMENT_DATA)


HIDDEN = {"task": ("task_id", BRIEF), "comment": ("parent_comment_id", SECOND_COMMENT)}


@pytest.mark.proves("C4")
@pytest.mark.parametrize("kind", HIDDEN)
def test_for_a_guest_what_is_hidden_is_not_there(guest: Api, kind: str) -> None:
    field, id = HIDDEN[kind]
    answer = post(guest, **{field: id})
    assert said(answer) == (422, refusal({field: [SELECTED.format(field.replace("_", " "))]}))
    assert hint(answer) == f"There is no {kind} with the id {id}."


@pytest.mark.proves("C4")
def test_a_public_comment_on_a_hidden_task_is_hidden_too(api: Api, guest: Api) -> None:
    made(api, is_public=True)
    assert api.patch(f"/tasks/{LOGO}", {"is_public": False}).status_code == 200
    answer = guest.post("/tasks/comments", {"task_id": LAUNCH, "parent_comment_id": THIRD})
    assert said(answer) == (422, refusal({"parent_comment_id": [SELECTED.format("parent comment id")]}))
    assert hint(answer) == f"There is no comment with the id {THIRD}."


@pytest.mark.proves("C4")
def test_a_guests_own_comment_is_kept_from_guests_unless_it_is_public(guest: Api) -> None:
    made(guest)
    made(guest, is_public=True)
    statuses = [post(guest, parent_comment_id=id).status_code for id in (THIRD, FOURTH)]
    assert statuses == [422, 200]


@pytest.mark.proves("C4")
def test_the_hint_does_not_tell_a_guest_whose_identifier_it_is(api: Api, guest: Api) -> None:
    made(api, external_id="7")
    answer = post(guest, external_id="7")
    assert said(answer) == (422, TAKEN)
    assert hint(answer) == f"A comment that this token may not see has this external_id in origin {SLUG}."


@pytest.mark.proves("C4")
def test_everybody_else_may_comment_on_what_is_hidden_and_answer_it(api: Api) -> None:
    for email, author in ((ZOE_DATA["email"], ZOE_DATA), (INGRID_DATA["email"], INGRID_DATA)):
        found = made(api.register(user=email), parent_comment_id=SECOND_COMMENT)
        assert (found["author"], found["parent_comment"]) == (author, SECOND_COMMENT_DATA)
    assert made(api, task_id=BRIEF)["task"] == BRIEF_DATA


# ---------------------------------------------------------------- bad bodies

NO_TEXTS: tuple[Any, ...] = (True, 1, 1.5, ["x"], {"a": "b"})
NO_FLAGS: tuple[Any, ...] = (0, 1, "true", "", [], {})
STRING = "The {} field must be a string."
TYPES = {
    "external_id": (NO_TEXTS, STRING),
    "external_origin": ((*NO_TEXTS, None, ""), STRING),
    "task_id": (NO_TEXTS, STRING),
    "parent_comment_id": (NO_TEXTS, STRING),
    "comment": ((*NO_TEXTS, None, "", " \n"), STRING),
    "is_public": ((*NO_FLAGS, None), "The {} field must be true or false."),
}
UNKNOWN = {
    "task_id": (
        ("nope", f"There is no task with the id {'nope'}."),
        (ZOE, f"{ZOE} is the id of a user, not of a task."),
    ),
    "parent_comment_id": (
        ("nope", "There is no comment with the id nope."),
        (LOGO, f"{LOGO} is the id of a task, not of a comment."),
        (THIRD, f"There is no comment with the id {THIRD}."),
    ),
}
MOST = {"external_id": 255, "external_origin": 255, "comment": 65535}


@pytest.mark.proves("taskcomments.store.types", "taskcomments.store.not-nullable", "errors.null-where-not-nullable")
@pytest.mark.parametrize("field", TYPES)
def test_a_value_of_another_type_is_refused(api: Api, field: str) -> None:
    values, text = TYPES[field]
    for value in values:
        wanted = refusal({field: [text.format(field.replace("_", " "))]})
        assert said(post(api, **{field: value})) == (422, wanted), value
    assert none_was_made(api)


@pytest.mark.proves("taskcomments.store.task-required", "taskcomments.store.not-nullable", "errors.required-alone")
@pytest.mark.parametrize("body", [{}, {"task_id": None}, {"task_id": ""}, {"task_id": " "}, {"comment": "x"}])
def test_a_comment_without_a_task_is_refused(api: Api, body: Json) -> None:
    answer = api.post("/tasks/comments", body)
    assert said(answer) == (422, refusal({"task_id": ["The task id field is required."]}))


@pytest.mark.proves("T10", "C3")
@pytest.mark.parametrize("field", UNKNOWN)
def test_an_id_that_leads_nowhere_is_refused_with_what_it_is(api: Api, field: str) -> None:
    for id, help in UNKNOWN[field]:
        answer = post(api, **{field: id})
        assert said(answer) == (422, refusal({field: [SELECTED.format(field.replace("_", " "))]}))
        assert hint(answer) == help
    assert none_was_made(api)


@pytest.mark.proves("taskcomments.store.comment-length", "taskcomments.store.external-length")
@pytest.mark.parametrize("sign", ["x", "é", "🙂"])
@pytest.mark.parametrize("field", MOST)
def test_a_text_may_be_so_long_and_no_longer(api: Api, field: str, sign: str) -> None:
    most, more = MOST[field], {"external_id": "7"} if field == "external_origin" else {}
    answer = post(api, **more, **{field: sign * (most + 1)})
    text = f"The {field.replace('_', ' ')} field must not be greater than {most} characters."
    assert said(answer) == (422, refusal({field: [text]}))
    assert hint(answer) == f"{field} has {most + 1} characters."
    assert made(api, **more, **{field: f" {sign * most} "})[field] == sign * most


@pytest.mark.proves("errors.field-order", "errors.validation", "E2")
def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_fields(api: Api) -> None:
    wrong = {"is_public": 1, "comment": 1, "parent_comment_id": "nope", "task_id": "nope", "external_id": 1}
    answer = post(api, **wrong, external_origin="x" * 256)
    assert list(answer.json()["errors"].items()) == [
        ("external_id", ["The external id field must be a string."]),
        ("external_origin", ["The external origin field must not be greater than 255 characters."]),
        ("task_id", ["The selected task id is invalid."]),
        ("parent_comment_id", ["The selected parent comment id is invalid."]),
        ("comment", ["The comment field must be a string."]),
        ("is_public", ["The is public field must be true or false."]),
    ]
    assert answer.json()["message"] == "The external id field must be a string. (and 5 more errors)"


@pytest.mark.proves("requests.unknown-keys")
def test_unknown_keys_are_ignored_and_named_with_the_nearest_known_one(api: Api) -> None:
    answer = post(api, coment="x", parent=FIRST_COMMENT, id="x", created_at="2020-01-01T00:00:00Z")
    assert said(answer) == (200, new())
    assert hint(answer).startswith("Ignored body keys: coment (did you mean comment?), ")
    assert all(key in hint(answer) for key in ("parent", "id", "created_at"))


@pytest.mark.proves("taskcomments.store.json", "T18")
@pytest.mark.parametrize(
    "content, kind, status, message",
    [
        ("{", "application/json", 400, "The request body is not valid JSON."),
        ("[]", "application/json", 400, "The request body must be a JSON object."),
        (f'{{"task_id": "{LOGO}"}}', "text/plain", 415, "The content type text/plain is not supported."),
    ],
)
def test_a_body_that_cannot_be_read_makes_no_comment(
    api: Api, content: str, kind: str, status: int, message: str
) -> None:
    answer = api.ask("POST", "/tasks/comments", content=content, headers={"Content-Type": kind})
    assert said(answer) == (status, {"message": message})
    assert none_was_made(api)


# ---------------------------------------------------------------- deleting a task ends its comments


@pytest.mark.proves("C5")
def test_a_comment_of_a_deleted_task_can_be_answered_no_more(api: Api) -> None:
    assert api.delete(f"/tasks/{LOGO}").status_code == 200
    for id in (FIRST_COMMENT, SECOND_COMMENT):
        answer = post(api, task_id=LAUNCH, parent_comment_id=id)
        assert said(answer) == (422, refusal({"parent_comment_id": [SELECTED.format("parent comment id")]}))
        assert hint(answer) == f"There is no comment with the id {id}."


@pytest.mark.proves("C5")
def test_the_identifier_of_a_comment_is_free_again_when_its_task_was_deleted(api: Api) -> None:
    made(api, external_id="7")
    assert post(api, external_id="7", task_id=LAUNCH).status_code == 422
    assert api.delete(f"/tasks/{LOGO}").status_code == 200
    found = made(api, external_id="7", task_id=LAUNCH)
    assert (found["id"], found["external_id"]) == (FOURTH, "7")


@pytest.mark.proves("C5")
def test_the_comments_of_sub_tasks_end_with_the_task_above(api: Api) -> None:
    made(api, external_id="7", parent_comment_id=FIRST_COMMENT)
    assert api.delete(f"/tasks/{LAUNCH}").status_code == 200
    assert made(api, external_id="7", task_id=BRIEF)["id"] == FOURTH


@pytest.mark.proves("C5")
def test_the_comments_of_other_tasks_stay(api: Api) -> None:
    made(api, task_id=BRIEF, external_id="7")
    assert api.delete(f"/tasks/{LOGO}").status_code == 200
    assert made(api, task_id=BRIEF, parent_comment_id=THIRD)["parent_comment"]["external_id"] == "7"


@pytest.mark.proves("C5")
def test_a_file_at_a_comment_goes_with_its_task(agency: Api) -> None:
    [task] = agency.data("/tasks", {"filter": 'title = "Final logo artwork"'})
    path = "/_fake/files/F54GKXKc"
    assert agency.http.get(path).headers["content-type"].startswith("image/svg+xml")
    assert agency.delete(f"/tasks/{task['id']}").status_code == 200
    assert agency.http.get(path).status_code == 404


@pytest.mark.proves("README: Before and after")
def test_after_a_reset_the_comments_of_the_seed_are_there_again(api: Api) -> None:
    assert api.delete(f"/tasks/{LOGO}").status_code == 200
    api.control("POST", "/reset")
    assert made(api, parent_comment_id=SECOND_COMMENT)["parent_comment"] == SECOND_COMMENT_DATA


# ---------------------------------------------------------------- scopes


@pytest.mark.proves("taskcomments.store.scope", "E3")
@pytest.mark.parametrize(
    "scopes, status", [(["task-management:write"], 200), (["task-management:read", "client:write"], 403), ([], 403)]
)
def test_a_comment_needs_the_scope_to_write_tasks(api: Api, scopes: list[str], status: int) -> None:
    answer = post(api.register(scopes=scopes), comment="x")
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == {"message": "Invalid scope(s) provided."}
        assert "task-management:write" in hint(answer)
        assert none_was_made(api)


@pytest.mark.proves("taskcomments.store.scope", "E1")
def test_the_scope_comes_before_the_body(api: Api) -> None:
    answer = api.register(scopes=[]).post("/tasks/comments", {})
    assert said(answer) == (403, {"message": "Invalid scope(s) provided."})


# ---------------------------------------------------------------- what the demo has


@pytest.mark.proves("taskcomments.store.html")
def test_the_mention_in_the_demo_is_of_a_real_user(agency: Api) -> None:
    [task] = agency.data("/tasks", {"filter": 'title = "Logo sketches, three directions"'})
    found = agency.post("/tasks/comments", {"task_id": task["id"], "parent_comment_id": THIRD}).json()
    mentioned = found["parent_comment"]["comment"].partition('data-id="')[2].partition('"')[0]
    [user] = [user for user in agency.walk("/users") if user["id"] == mentioned]
    assert (user["first_name"], user["type"]) == ("Renée", "guest")

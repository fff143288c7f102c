"""GET and POST /webhooks: what the service's own webhook management takes, answers and shows, and to whom."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint, plainly, said
from contract_tests.expected import BOT, CLIENT, LAUNCH, LOGO, PROJECT, Json, refusal

HOOKS = ("BkTj3oJP", "QXIAI4fQ", "PjXNFMER", "sZm8yjC8")
"""The ids that the first webhooks of a world get."""
URL = "https://example.com/hook"
BODY: Json = {"url": URL, "events": ["task:*"], "project_id": PROJECT}
EVENTS = ("task:*", "task:create", "task:update", "task:delete",
          "comment:*", "comment:create", "comment:update", "comment:delete")  # fmt: skip
NO_URL = refusal({"url": ["The url field must be a valid URL."]})


def post(api: Api, **fields: Any) -> httpx2.Response:
    return api.post("/webhooks", {**BODY, **fields})


def made(api: Api, **fields: Any) -> Json:
    """The answer to a webhook that must succeed without a hint."""
    return plainly(post(api, **fields))  # type: ignore[no-any-return]


def listed(n: int = 0, **fields: Any) -> Json:
    """The n-th webhook as a list prints it: made now of BODY alone, except for `fields`."""
    plain: Json = {
        "id": HOOKS[n],
        "url": URL,
        "events": ["task:*"],
        "project_id": PROJECT,
        "client_id": None,
        "is_active": True,
        "created_at": NOW,
        "updated_at": NOW,
    }
    assert set(fields) <= set(plain), "no such field of a webhook"
    return {**plain, **fields}


def urls(api: Api, **params: str) -> list[str]:
    """The last part of every URL in a list."""
    return [hook["url"].rpartition("/")[2] for hook in api.data("/webhooks", params)]


def pending(api: Api) -> list[tuple[str, str]]:
    """Subscription and event of what is to be sent."""
    return [(row["subscription"], row["event"]) for row in api.control("GET", "/deliveries")["data"]]


# ---------------------------------------------------------------- what is answered


@pytest.mark.proves("webhooks.store.exists", "webhooks.store.secret", "W9")
def test_a_webhook_is_made_with_a_secret_of_its_own_that_is_shown_once(api: Api) -> None:
    found = made(api)
    assert found == {**listed(), "secret": f"secret-{HOOKS[0]}"}
    assert list(found) == [*listed(), "secret"]
    assert api.data("/webhooks") == [listed()]


@pytest.mark.proves("webhooks.store.exists", "webhooks.store.limits", "W9")
def test_a_webhook_is_as_it_was_sent(api: Api) -> None:
    fields: Json = {
        "url": "http://127.0.0.1:8000/a/b?c=d&e=%20#f", "events": ["comment:create", "task:*"],
        "client_id": CLIENT, "is_active": False,
    }  # fmt: skip
    assert made(api, **fields, secret="s3cret") == {**listed(**fields), "secret": "s3cret"}
    assert api.data("/webhooks") == [listed(**fields)]


@pytest.mark.proves("webhooks.index.exists", "lists.envelope", "L1")
def test_the_list_is_a_page_like_every_other(api: Api) -> None:
    made(api)
    meta: Json = {"path": f"{api.http.base_url}/api/v1/webhooks".replace("//api", "/api"), "per_page": 30}
    cursors = dict.fromkeys(("next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"))
    assert said(api.get("/webhooks")) == (200, {"data": [listed()], "links": [], "meta": {**meta, **cursors}})


@pytest.mark.proves("webhooks.index.exists")
def test_without_webhooks_the_list_is_empty(api: Api) -> None:
    assert api.data("/webhooks") == []


@pytest.mark.proves("webhooks.store.secret", "W9")
@pytest.mark.parametrize("secret", [None, "", "  "])
def test_a_secret_is_made_where_none_is_sent(api: Api, secret: str | None) -> None:
    found = [made(api, secret=secret)["secret"] for _ in range(3)]
    assert found == [f"secret-{id}" for id in HOOKS[:3]]


@pytest.mark.proves("webhooks.store.several")
def test_the_same_url_may_be_registered_twice(api: Api) -> None:
    assert [made(api)["id"], made(api)["id"]] == [*HOOKS[:2]]
    assert api.data("/webhooks") == [listed(0), listed(1)]


@pytest.mark.proves("W12", "webhooks.comment-events")
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_and_every_family_may_be_wanted(api: Api, event: str) -> None:
    assert made(api, events=[event])["events"] == [event]


@pytest.mark.proves("W9")
def test_events_come_back_in_their_order_and_once(api: Api) -> None:
    sent = ["task:delete", "comment:*", " task:delete ", "task:create", "comment:*"]
    assert made(api, events=sent)["events"] == ["task:delete", "comment:*", "task:create"]


@pytest.mark.proves("T6", "W9")
def test_webhooks_are_gone_after_a_reset_and_get_the_same_ids_again(api: Api) -> None:
    first = made(api)
    api.control("POST", "/reset")
    assert api.data("/webhooks") == []
    assert made(api) == first


# ---------------------------------------------------------------- whose they are


@pytest.mark.proves("webhooks.store.owner", "W9")
def test_a_caller_sees_the_webhooks_of_their_own_user_only(api: Api) -> None:
    zoe = api.as_token("user-token")
    made(api)
    made(zoe, url="http://zoe.test/")
    assert api.data("/webhooks") == [listed(0)]
    assert zoe.data("/webhooks") == [listed(1, url="http://zoe.test/")]
    assert api.as_token("guest-token").data("/webhooks") == []


@pytest.mark.proves("webhooks.store.owner", "W9")
def test_every_token_of_a_user_sees_the_same_webhooks(api: Api) -> None:
    made(api.register(integration="acme"))
    assert api.as_token("another").data("/webhooks") == [listed()]


@pytest.mark.proves("W9")
def test_subscriptions_of_the_tester_are_not_the_callers(api: Api) -> None:
    api.control("POST", "/webhooks", {"url": "http://tester.test/"})
    assert api.data("/webhooks") == []
    assert made(api)["id"] == HOOKS[1]
    assert api.data("/webhooks") == [listed(1)]


@pytest.mark.proves("W9")
def test_urls_given_at_start_are_not_the_callers(connect: Any) -> None:
    api = connect(webhook_url=["http://start.test/hook"])
    assert api.data("/webhooks") == []
    assert [hook["url"] for hook in api.control("GET", "/webhooks")["data"]] == ["http://start.test/hook"]


@pytest.mark.proves("W9", "README: Webhooks")
def test_the_tester_sees_the_callers_webhooks_and_may_end_them(api: Api) -> None:
    made(api, secret="s")
    shown = {name: value for name, value in listed().items() if name != "updated_at"}
    assert api.control("GET", "/webhooks") == {"data": [{**shown, "secret": "s", "mischief": [], "user_id": BOT}]}
    api.control("DELETE", f"/webhooks/{HOOKS[0]}")
    assert api.data("/webhooks") == []


# ---------------------------------------------------------------- what it is told of


@pytest.mark.proves("W12")
def test_a_webhook_is_told_of_the_events_that_it_wants(api: Api) -> None:
    for events in (["task:*"], ["comment:*"], ["task:update", "comment:create"], ["task:delete"]):
        made(api, events=events)
    api.patch(f"/tasks/{LAUNCH}", {"title": "Other"})
    api.post("/tasks/comments", {"task_id": LOGO})
    assert pending(api) == [
        (HOOKS[0], "task:update"),
        (HOOKS[2], "task:update"),
        (HOOKS[1], "comment:create"),
        (HOOKS[2], "comment:create"),
    ]


@pytest.mark.proves("W9")
def test_an_inactive_webhook_is_told_of_nothing(api: Api) -> None:
    made(api, is_active=False)
    api.patch(f"/tasks/{LAUNCH}", {"title": "Other"})
    assert pending(api) == []


@pytest.mark.proves("webhooks.store.limits", "W10")
def test_a_webhook_is_told_of_its_project_and_client_only(agency: Api) -> None:
    one, *others = agency.data("/projects")
    for client in (None, one["client"]["id"]):
        made(agency, project_id=one["id"], client_id=client)
    for project in (one, *others):
        assert agency.post("/tasks", {"title": "x", "project_id": project["id"]}).status_code == 200
    assert pending(agency) == [(HOOKS[0], "task:create"), (HOOKS[1], "task:create")]


# ---------------------------------------------------------------- filters, sorts, pages


@pytest.fixture
def several(api: Api) -> Api:
    """Four webhooks, made one a day."""
    for n, (path, active) in enumerate((("b", True), ("A", False), ("a", True), ("Ä", False))):
        api.control("POST", "/clock/freeze", {"at": f"2026-04-0{n + 1}T10:00:00Z"})
        made(api, url=f"http://{path}.test/{path}", is_active=active)
    return api


@pytest.mark.proves("webhooks.index.filters")
@pytest.mark.parametrize(
    "filter, found",
    [
        ('url = "http://a.test/a"', ["A", "a", "Ä"]),
        ('url != "http://a.test/A"', ["b"]),
        ('url in ["http://b.test/b", "http://c.test/"]', ["b"]),
        ('url nin ["http://b.test/b"]', ["A", "a", "Ä"]),
        ('url contains "b.test"', ["b"]),
        ('url like "%/B"', ["b"]),
        ('url startswith "https"', []),
        ('url endswith "/b"', ["b"]),
        ("url is null", []),
        ('created_at > "2026-04-02T10:00:00Z"', ["a", "Ä"]),
        ('created_at <= "2026-04-02"', ["b"]),
        ("created_at = today", ["Ä"]),
        ("created_at = today-1d or created_at < today-2d", ["b", "a"]),
        ("created_at is not null", ["b", "A", "a", "Ä"]),
        ('[{"field": "url", "op": "contains", "value": "/A"}, {"field": "created_at", "op": "lt", "value": "now"}]',
         ["A", "a"]),
    ],
)  # fmt: skip
def test_webhooks_are_filtered_by_url_and_creation(several: Api, filter: str, found: list[str]) -> None:
    assert urls(several, filter=filter) == found


@pytest.mark.proves("webhooks.index.filters", "F4")
@pytest.mark.parametrize(
    "filter",
    ['events = "task:*"', "is_active = true", f'project_id = "{PROJECT}"', 'secret = "x"', "updated_at = now"],
)
def test_webhooks_are_filtered_by_nothing_else(several: Api, filter: str) -> None:
    answer = several.get("/webhooks", {"filter": filter})
    name = filter.partition(" ")[0]
    message = f"Requested filter(s) `{name}` are not allowed. Allowed filter(s) are `url, created_at`."
    assert said(answer) == (400, {"message": message})


@pytest.mark.proves("webhooks.index.sorts")
@pytest.mark.parametrize(
    "sort, found",
    [
        ("url", ["A", "a", "Ä", "b"]),
        ("-url", ["b", "Ä", "a", "A"]),
        ("is_active", ["A", "Ä", "b", "a"]),
        ("-is_active", ["a", "b", "Ä", "A"]),
        ("-is_active,created_at", ["b", "a", "A", "Ä"]),
        ("created_at", ["b", "A", "a", "Ä"]),
        ("-created_at", ["Ä", "a", "A", "b"]),
        ("is_active,-url", ["Ä", "A", "b", "a"]),
        ("", ["b", "A", "a", "Ä"]),
    ],
)
def test_webhooks_are_sorted_by_what_is_printed(several: Api, sort: str, found: list[str]) -> None:
    assert urls(several, sort=sort) == found


@pytest.mark.proves("lists.page-cursor", "L5")
def test_pages_of_webhooks_hang_together(several: Api) -> None:
    params = {"page[size]": 1, "sort": "-is_active,url"}
    assert [hook["url"][-1] for hook in several.walk("/webhooks", params)] == ["a", "b", "A", "Ä"]


# ---------------------------------------------------------------- scope


@pytest.mark.proves("scopes.webhooks", "E3")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_webhook_management_needs_the_scope_integration(api: Api, method: str) -> None:
    others = ["task-management:read", "task-management:write", "client:read", "client:write"]
    answer = api.register(scopes=others).ask(method, "/webhooks", json=BODY)
    assert said(answer) == (403, {"message": "Invalid scope(s) provided."})
    assert "integration" in hint(answer)
    assert api.register(scopes=["integration"]).ask(method, "/webhooks", json=BODY).status_code == 200
    assert len(api.data("/webhooks")) == (method == "POST")


@pytest.mark.proves("E8")
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_nothing_else_of_webhook_management_is_known(api: Api, method: str) -> None:
    made(api)
    assert api.ask(method, "/webhooks").status_code == 405
    assert api.ask(method, f"/webhooks/{HOOKS[0]}").status_code == 404


# ---------------------------------------------------------------- bad bodies

BAD_URLS = (
    "ftp://a.test/", "ws://a.test/", "file:///etc/passwd", "mailto:a@a.test", "javascript:alert(1)", "data:,x",
    "hook", "/hook", "//a.test/hook", "a.test/hook", "localhost:8000", "http:a.test", "http:/a.test", "http//a.test",
    "http://", "https:///hook", "http://?x", "http://#x", "http://:80/", "http://@/",
    "http://a.test:0/", "http://a.test:65536/", "http://a.test:x/", "http://[::1/", "http://[zz]/",
    "http://a b.test/", "http://a.test/a b", "http://a.test/\n/b", "http://a.test/\tb", "http://a.test/\x00",
    "http://a,http://b", "http://ex%20ample/", "http://a;b/", "http://a*b/", "http://a'b/", "http://(a)/",
    "http://a.test/<x>", 'http://a.test/"', "http://a.test/{x}", "http://a.test/\\",
)  # fmt: skip
WIDE_SPACES = ("http://a\u00a0b.test/", "http://a.test/\u3000x", "http://\u2028/", "http://a.test/\u2003b")


@pytest.mark.proves("W9")
@pytest.mark.parametrize("url", BAD_URLS)
def test_a_url_that_cannot_be_asked_over_http_is_refused(api: Api, url: str) -> None:
    answer = post(api, url=url)
    assert said(answer) == (422, NO_URL)
    assert (
        hint(answer)
        == "url is an absolute URL such as https://example.com/hook, with everything odd percent-encoded."
    )
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9")
@pytest.mark.parametrize("url", WIDE_SPACES)
def test_a_space_of_another_width_is_a_space_too(api: Api, url: str) -> None:
    assert said(post(api, url=url)) == (422, NO_URL)


@pytest.mark.proves("W9")
@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "HTTPS://A.TEST",
        "http://127.0.0.1:1/",
        "http://[::1]:8000/x",
        "http://u:p@a.test/",
        "http://my_app-1:8000/",
        "https://ä.test/ö",
    ],
)
def test_every_other_url_is_kept_as_it_was_sent(api: Api, url: str) -> None:
    assert made(api, url=f" {url}\n")["url"] == url


MISSING = {name: f"The {name.replace('_', ' ')} field is required." for name in ("url", "events", "project_id")}


@pytest.mark.proves("webhooks.store.project-required", "W9", "W10")
@pytest.mark.parametrize("field", MISSING)
def test_what_is_required_cannot_be_left_out_or_empty(api: Api, field: str) -> None:
    wanted = refusal({field: [MISSING[field]]})
    rest = {name: value for name, value in BODY.items() if name != field}
    for body in (rest, {**rest, field: None}, {**rest, field: ""}, {**rest, field: " "}):
        assert said(api.post("/webhooks", body)) == (422, wanted)
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9")
def test_an_empty_list_of_events_is_none(api: Api) -> None:
    assert said(post(api, events=[])) == (422, refusal({"events": [MISSING["events"]]}))


@pytest.mark.proves("W9")
def test_an_empty_body_lacks_everything_that_is_required(api: Api) -> None:
    assert said(api.post("/webhooks", {})) == (422, refusal({name: [text] for name, text in MISSING.items()}))


@pytest.mark.proves("webhooks.store.project-required", "W10")
@pytest.mark.parametrize("events", [["task:*"], ["task:create"], ["comment:*"], ["comment:delete", "task:*"]])
def test_events_of_tasks_and_comments_need_a_project_even_with_a_client(api: Api, events: list[str]) -> None:
    answer = api.post("/webhooks", {"url": URL, "events": events, "client_id": CLIENT})
    assert said(answer) == (422, refusal({"project_id": [MISSING["project_id"]]}))


@pytest.mark.proves("W9")
@pytest.mark.parametrize(
    "event, near",
    [
        ("task:creat", "task:create"),
        ("task:created", "task:create"),
        ("tasks:*", "task:*"),
        ("Task:Update", "task:update"),
        ("coment:delete", "comment:delete"),
        ("comment.create", "comment:create"),
    ],
)
def test_an_unknown_event_is_refused_with_the_nearest_name(api: Api, event: str, near: str) -> None:
    answer = post(api, events=["task:*", event])
    assert said(answer) == (422, refusal({"events.1": ["The selected events.1 is invalid."]}))
    assert hint(answer) == f"Unknown events.1: did you mean {near}?"
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9", "errors.member-number")
@pytest.mark.parametrize("event", ["contact:deleted", "*", "task", 5, None, "", True, ["task:*"], {}])
def test_what_is_no_event_at_all_is_refused_under_its_number(api: Api, event: Any) -> None:
    answer = post(api, events=[event])
    assert said(answer) == (422, refusal({"events.0": ["The selected events.0 is invalid."]}))
    assert hint(answer).startswith("Unknown events.0: ")


@pytest.mark.proves("T31")
def test_very_many_events_are_refused_at_once(api: Api) -> None:
    answer = post(api, events=["task:*"] * 10_001)
    assert said(answer) == (422, refusal({"events": ["The events field must not have more than 10000 items."]}))
    assert made(api, events=["task:*"] * 10_000)["events"] == ["task:*"]


STRING = "The {} field must be a string."
NO_TEXTS = (True, 1, 1.5, ["x"], {"a": "b"})
TYPES: dict[str, tuple[tuple[Any, ...], str]] = {
    "url": (NO_TEXTS, STRING),
    "events": ((True, 1, "task:*", {"0": "task:*"}), "The {} field must be an array."),
    "project_id": (NO_TEXTS, STRING),
    "client_id": (NO_TEXTS, STRING),
    "secret": (NO_TEXTS, STRING),
    "is_active": ((None, 0, 1, "true", "", []), "The {} field must be true or false."),
}


@pytest.mark.proves("W9", "T22")
@pytest.mark.parametrize("field", TYPES)
def test_a_value_of_another_type_is_refused(api: Api, field: str) -> None:
    values, text = TYPES[field]
    for value in values:
        wanted = refusal({field: [text.format(field.replace("_", " "))]})
        assert said(post(api, **{field: value})) == (422, wanted), value
    assert api.data("/webhooks") == []


@pytest.mark.proves("W9", "T10")
@pytest.mark.parametrize(
    "field, id, help",
    [
        ("project_id", "nope", "There is no project with the id nope."),
        ("project_id", CLIENT, f"{CLIENT} is the id of a client, not of a project."),
        ("client_id", "nope", "There is no client with the id nope."),
        ("client_id", PROJECT, f"{PROJECT} is the id of a project, not of a client."),
    ],
)
def test_an_unknown_project_or_client_is_refused(api: Api, field: str, id: str, help: str) -> None:
    answer = post(api, **{field: id})
    assert said(answer) == (422, refusal({field: [f"The selected {field.replace('_', ' ')} is invalid."]}))
    assert hint(answer) == help


@pytest.mark.proves("W10")
def test_a_client_that_is_not_the_projects_is_refused(agency: Api) -> None:
    one, *others = agency.data("/projects")
    foreign = next(project["client"]["id"] for project in others if project["client"] != one["client"])
    answer = post(agency, project_id=one["id"], client_id=foreign)
    assert said(answer) == (422, refusal({"client_id": ["The selected client id is invalid."]}))
    assert hint(answer) == "The project belongs to another client: nothing would be told."
    assert agency.data("/webhooks") == []


@pytest.mark.proves("W9")
@pytest.mark.parametrize("field, most, start", [("secret", 255, ""), ("url", 2048, "http://a.test/")])
def test_a_text_may_be_so_long_and_no_longer(api: Api, field: str, most: int, start: str) -> None:
    longest = start.ljust(most, "é")
    text = f"The {field} field must not be greater than {most} characters."
    assert said(post(api, **{field: longest + "x"})) == (422, refusal({field: [text]}))
    assert made(api, **{field: longest})[field] == longest


@pytest.mark.proves("errors.field-order", "E2")
def test_all_that_is_wrong_is_said_at_once_in_the_order_of_the_fields(api: Api) -> None:
    wrong = {"is_active": 1, "secret": 1, "client_id": "nope", "project_id": 1, "events": ["x", 5], "url": "hook"}
    answer = api.post("/webhooks", wrong)
    assert list(answer.json()["errors"]) == [
        "url", "events.0", "events.1", "project_id", "client_id", "secret", "is_active",
    ]  # fmt: skip
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "The url field must be a valid URL. (and 6 more errors)",
    )


@pytest.mark.proves("requests.unknown-keys")
def test_unknown_keys_are_ignored_and_named(api: Api) -> None:
    answer = post(api, event="task:create", mischief=[{"trick": "duplicate"}], zzz="x")
    assert said(answer) == (200, {**listed(), "secret": f"secret-{HOOKS[0]}"})
    assert hint(answer) == "Ignored body keys: event (did you mean events?), mischief, zzz."

"""Random bodies for comments and webhooks, mostly good."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contract_tests.properties.model import Json
from contract_tests.properties.task_bodies import IDENTIFIER, NO_ID, TEXTS, mostly, often

TASK = st.tuples(st.just("task"), st.integers(0, 9), st.just(True))
PROJECT = st.tuples(st.just("project"), st.integers(0, 2), st.just(True))
CLIENT = st.tuples(st.just("client"), st.integers(0, 1), st.just(False))
BESIDE = st.tuples(st.just("comment"), st.integers(0, 9), st.integers(0, 9).map(bool))
"""A comment, mostly of the same task."""
NO_TEXTS = (None, "", "  ", 5, ["x"])

COMMENT: dict[str, SearchStrategy[object]] = {
    "parent_comment_id": mostly(BESIDE | BESIDE | st.none(), NO_ID, 5, [], "", ("user", 0, False)),
    "comment": mostly(TEXTS, *NO_TEXTS, "x" * 65536),
    "is_public": mostly(st.booleans(), None, "yes", 1),
    **IDENTIFIER,
    "author_id": st.just("x"),
}
COMMENTED = {"task_id": mostly(TASK, None, "", NO_ID, 5, ("user", 0, False))}
COMMENTING: SearchStrategy[Json] = often(
    st.fixed_dictionaries(COMMENTED, optional=COMMENT), st.fixed_dictionaries({}, optional=COMMENT)
)

EVENTS = ("task:*", "task:create", "task:update", "comment:*", "comment:create", " task:delete ")
WEBHOOK: dict[str, SearchStrategy[object]] = {
    "url": mostly(st.sampled_from(("http://a.test", "https://b.test:8443/hook?x=%20", " http://[::1]/ ")),
                  *NO_TEXTS, "nope", "ftp://a.test", "http://", "http://a b"),
    "events": mostly(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=4),
                     None, [], "task:*", ["task:no"], ["task:*", 5, None], {"a": 1}),
    "project_id": mostly(PROJECT, None, "", NO_ID, 5),
}  # fmt: skip
LIMITS: dict[str, SearchStrategy[object]] = {
    "client_id": mostly(st.none() | CLIENT, NO_ID, 5, ""),
    "secret": mostly(st.sampled_from((None, "", "s", " s ", "x" * 255)), 5, "x" * 256),
    "is_active": mostly(st.booleans(), None, "no", 0),
    "id": st.just("x"),
}
SUBSCRIBING: SearchStrategy[Json] = often(
    st.fixed_dictionaries(WEBHOOK, optional=LIMITS), st.fixed_dictionaries({}, optional={**WEBHOOK, **LIMITS})
)

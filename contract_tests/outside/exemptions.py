"""Findings that are none: each check that cannot hold for an operation, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract_tests.declared import LISTINGS
from contract_tests.described import Asked
from fake_server.resources import OPERATIONS


@dataclass(frozen=True, eq=False)
class Exemption:
    finding: str
    """The name of the tool's class for it."""
    operations: tuple[str, ...]
    reason: str
    fits: Callable[[Asked, Any], bool]
    """Whether a request and its answer are such."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    """What shows it, beside what the operation must be sent."""

    @property
    def is_shown(self) -> bool:
        return bool(self.query or self.body)


def is_good_as_read(asked: Asked, _: Any) -> bool:
    return asked.as_read().is_good()


def is_blank_to_python(asked: Asked, _: Any) -> bool:
    return not asked.is_good()


def allows(*methods: str) -> Callable[[Asked, Any], bool]:
    return lambda _, answer: answer.headers["allow"] == [",".join(methods)]


EXEMPTIONS = (
    Exemption(
        "AcceptedNegativeData", tuple(LISTINGS),
        "A page size that is no number is cast to one: ruling L3.",
        is_good_as_read, query={"page[size]": "many"},
    ),
    Exemption(
        "AcceptedNegativeData", tuple(name for name, one in LISTINGS.items() if one.listing and one.listing.sorts),
        "Empty items of a sort or an include do not count: ruling L9. So it is with 0, which PHP takes for empty.",
        is_good_as_read, query={"sort": "0"},
    ),
    Exemption(
        "AcceptedNegativeData", tuple(name for name, one in OPERATIONS.items() if one.find_by),
        "A parameter that is empty counts as not sent.",
        is_good_as_read, query={"find_by": ""},
    ),
    Exemption(
        "AcceptedNegativeData", ("tasks.store", "tasks.update"),
        "Texts are trimmed, and an empty one is null: ruling T18.",
        is_good_as_read, body={"due_date": ""},
    ),
    Exemption(
        "AcceptedNegativeData",
        ("tasks.store", "tasks.update", "tasks.updateexternalid", "taskcomments.store", "webhooks.store"),
        "White space around a text is gone before its characters are counted or looked at: ruling T18.",
        is_good_as_read,
        body={"external_id": f" {'x' * 255}", "title": f" {'x' * 255}", "url": " https://example.com/hook"},
    ),
    Exemption(
        "RejectedPositiveData", ("tasks.store", "tasks.update", "tasks.updateexternalid", "taskcomments.store"),
        "To the tool's patterns four control characters are no white space, to Python they are.",
        is_blank_to_python, body={"title": "\x1f", "external_origin": "\x1f"},
    ),
    Exemption(
        "AllowHeaderMismatch", ("taskcomments.store",),
        "Its path is a path of tasks as well: GET /tasks/comments asks for a task of the id `comments`.",
        allows("GET", "HEAD", "POST", "PATCH", "DELETE"),
    ),
)  # fmt: skip


def exempted(finding: str, asked: Asked, answer: Any) -> list[Exemption]:
    """Why a finding about a request is none."""
    return [
        one
        for one in EXEMPTIONS
        if one.finding == finding and asked.name in one.operations and one.fits(asked, answer)
    ]

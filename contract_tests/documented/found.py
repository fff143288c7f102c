"""What a report of pytest says of its test: which operations and sentences it was about, and what it found."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from contract_tests.documented.differs import UNTRIED, Differs
from contract_tests.documented.guard import Refused
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.service import Service
from contract_tests.sentences import SENTENCES, proved_by

FOUND = "contract"
"""The name under which a report of a test carries it."""
MOST_SHOWN = 3
"""How many lines of what differs stand under a test's own name; the report has all."""


@dataclass
class Found:
    """Plain data, because it may come from another process. `blamed` is the operation that has spoilt the test, if it
    is none of those that the test is about."""

    operations: list[str]
    sentences: list[str]
    reason: str
    lines: list[list[str]]
    seen: list[str]
    blamed: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(line, sentence) for line, sentence in self.lines]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def found(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Found:
    operations, sentences = about(item)
    service = getattr(item, "funcargs", {}).get("service")
    told = [list(line) for line in lines(call)]
    if not isinstance(service, Service):
        return Found(operations, sentences, reason(report), told, [])
    spoilt, seen = spoiler(service, call, operations), sorted(service.notes)
    if spoilt:
        told = [list(line) for line in spoilt.found]
    service.notes.clear()
    told = [[service.made.plain(line), sentence] for line, sentence in told]
    return Found(operations, sentences, reason(report), told, seen, spoilt.operation if spoilt else "")


def spoiler(service: Service, call: pytest.CallInfo[None], operations: Iterable[str]) -> Differs | None:
    """What another operation than the test's own has answered, if that is why the test failed."""
    error = call.excinfo.value if call.excinfo else None
    candidates = [error, *service.broken.values()] if isinstance(error, Differs) else []
    service.broken.clear()
    for one in candidates:
        if isinstance(one, Differs) and one.operation and one.operation not in operations:
            return one
    return None


def about(item: pytest.Item) -> tuple[list[str], list[str]]:
    """The operations and sentences of a test."""
    sentences = list(dict.fromkeys(proved_by(item)))
    return sorted(operations_of(item, sentences)), sentences


def operations_of(item: pytest.Item, sentences: Iterable[str]) -> set[str]:
    """The operation that the test names, else those of which its sentences speak."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if "operation" in params:
        return {str(params["operation"])}
    return {name for id in sentences for name in SENTENCES[id].operations if name in OPERATIONS}


def reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    if not (report.skipped and isinstance(report.longrepr, tuple)):
        return ""
    return report.longrepr[2].removeprefix("Skipped: ").removeprefix(UNTRIED)


def lines(call: pytest.CallInfo[None]) -> Iterator[tuple[str, str]]:
    """What a failed test found; of an error that nobody expected, the error."""
    if call.excinfo is None or isinstance(call.excinfo.value, pytest.skip.Exception):
        return
    error = call.excinfo.value
    if isinstance(error, Differs):
        yield from error.found
    elif isinstance(error, Refused):
        yield f"refused by the guard: {error}", ""
    else:
        yield f"{type(error).__name__}: {error}".splitlines()[0], ""


def shortened(one: Found) -> str:
    """What differs, instead of a traceback: where in the test that was told is of no interest."""
    shown = [line for line, _ in one.lines[:MOST_SHOWN]]
    rest = len(one.lines) - len(shown)
    return "\n".join(shown + [f"and {rest} more"] * bool(rest))

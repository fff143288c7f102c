"""A difference between a server and the documentation, and what was not tried."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, NoReturn

import pytest

UNTRIED = "not tried: "
"""How the reason of a skipped test begins."""
LONGEST = 80


class Difference(NamedTuple):
    """One line, and the sentence that it contradicts; empty for the first that the test proves."""

    line: str
    sentence: str = ""


class Differs(AssertionError):
    """Everything that one test found, line by line; `operation` is the one whose answer was of no use, if one was."""

    def __init__(self, found: Iterable[Difference], operation: str = "") -> None:
        self.found, self.operation = tuple(found), operation
        super().__init__("\n".join(one.line for one in self.found))


def agree(found: Iterable[Difference]) -> None:
    """Fails with all that differs, if anything does."""
    __tracebackhide__ = True
    if differences := list(found):
        raise Differs(differences)


def difference(where: str, documented: str, got: Any, sentence: str = "") -> Difference:
    return Difference(f"{where}: documented {documented}, got {shown(got)}", sentence)


def unless(same: bool, where: str, documented: str, got: Any, sentence: str = "") -> Iterator[Difference]:
    """Nothing if it is as documented, else the line that says so."""
    if not same:
        yield difference(where, documented, got, sentence)


def equal(where: str, documented: Any, got: Any, sentence: str = "") -> Iterator[Difference]:
    yield from unless(got == documented and type(got) is type(documented), where, shown(documented), got, sentence)


def shown(value: Any) -> str:
    """A value as one short piece of a line."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def untried(reason: str) -> NoReturn:
    """Ends a test that cannot be tried here, and says why."""
    pytest.skip(UNTRIED + reason)

"""Requests that failed, and those that are one of them once more."""

from collections import OrderedDict
from dataclasses import dataclass, field

from fake_server.coverage.met import is_failure, outcome
from fake_server.declare.operation import Operation
from fake_server.journal import Entry

MOST_FAILED = 1000
"""Failures of one world whose repetition is waited for."""


@dataclass(eq=False)
class Repeats:
    """Requests that failed, so that their repetition is known."""

    failed: OrderedDict[tuple[str, str, bytes, int], None] = field(default_factory=OrderedDict)

    def repeats(self, entry: Entry, operation: Operation) -> bool:
        """Whether the request is one that failed before, once more."""
        failed = is_failure(outcome(entry))
        if not failed and not self.failed:
            return False
        asked = operation.name, entry.path, entry.raw_query
        # The body of a request that was refused before it was read is not known.
        own, unknown = (*asked, hash(entry.body)), (*asked, hash(None))
        found = [key for key in {own, unknown} if key in self.failed]
        for key in found:
            del self.failed[key]
        if failed:
            self.failed[own] = None
            if len(self.failed) > MOST_FAILED:
                self.failed.popitem(last=False)
        return bool(found)

    def settle(self) -> None:
        self.failed.clear()

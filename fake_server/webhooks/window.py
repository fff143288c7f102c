"""Debounce: what an event means while an earlier one of the same resource is still held back."""

from collections import OrderedDict
from typing import Literal, NamedTuple

from fake_server.moment import exact
from fake_server.store.store import Verb

MOST_WINDOWS = 50_000

Meaning = Literal["apart", "absorbed", "annulled"]
"""Told apart from the earlier one; told by it already; or neither of the two is told."""
Resource = tuple[str, int]

RULES: dict[tuple[Verb, Verb], Meaning] = {
    ("create", "update"): "absorbed",
    ("update", "update"): "absorbed",
    ("create", "delete"): "annulled",
    ("update", "delete"): "apart",
}
"""(held back, new) -> what the new one means."""


def meaning(held: Verb | None, new: Verb) -> Meaning:
    return RULES.get((held, new), "apart") if held else "apart"


class Window(NamedTuple):
    """What is held back of a resource, since when, and until when another event of it falls into the same window."""

    verb: Verb
    since: float
    until: float
    newest: int
    """The last subscription that there was when it began."""


class Windows:
    """The open windows, all of one length in seconds; the one that began first stands first."""

    def __init__(self, length: float) -> None:
        self.length = length
        self.latest = 0.0
        self.open: OrderedDict[Resource, Window] = OrderedDict()

    def held(self, resource: Resource, now: float) -> Window | None:
        """The window of a resource, if one is open."""
        if now < self.latest:
            # The clock was set back: what was held back then may have been sent long ago.
            self.close()
        self.latest = now
        window = self.open.get(resource)
        return window if window and now < window.until else None

    def end(self, now: float) -> float:
        """When a window ends that begins now."""
        return exact(now + self.length)

    def begin(self, resource: Resource, verb: Verb, now: float, newest: int) -> None:
        """Further events of the resource fall into this window."""
        self.forget(resource)
        while self.open and (len(self.open) >= MOST_WINDOWS or next(iter(self.open.values())).until <= now):
            self.open.popitem(last=False)
        self.open[resource] = Window(verb, now, self.end(now), newest)

    def forget(self, resource: Resource) -> None:
        self.open.pop(resource, None)

    def close(self) -> None:
        """What happens from now on is told apart."""
        self.open.clear()

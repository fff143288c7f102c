"""One event on its way to one subscription, with everything that happened to it."""

from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from fake_server.moment import Caller
from fake_server.store.kind import Record
from fake_server.store.store import Verb
from fake_server.webhooks.mischief import Mischief, Trick

State = Literal["pending", "delivered", "failed", "cancelled", "superseded"]
STATES: tuple[State, ...] = get_args(State)


class Attempt(NamedTuple):
    """One try: when by the world's clock, and what came of it."""

    at: float
    status: int | None
    error: str
    """Why it failed, in plain words; empty where it did not."""
    duration: float
    """Real seconds."""
    body: str
    """The first kB of the answer."""


class Happening(NamedTuple):
    """An event before it is known who is told: of what, and by whom it was caused."""

    name: str
    verb: Verb
    kind: str
    key: int
    caller: Caller
    data: bytes | None = None
    """The resource's JSON where it is no longer to be had; else it is rendered when it is sent."""
    changed: tuple[str, ...] = ()
    """The printed fields that an update changed."""
    newest: int = 0
    """The key of the last subscription at that time."""
    triggered: bool = False
    """Whether nothing changed at all."""
    person: bytes | None = None
    """The JSON of who caused it, where they are no longer to be had."""

    @property
    def resource(self) -> tuple[str, int]:
        """Kind and key of what it is about."""
        return self.kind, self.key


class Request(NamedTuple):
    """What goes over the wire; the same at every try."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


Place = tuple[float, int, int]
"""When, the delivery's number, and which time it waits."""


@dataclass(slots=True, eq=False)
class Delivery:
    """A row of the delivery log."""

    number: int
    what: Happening
    hook: Record
    """The subscription: key, url, events, secret, is_active and mischief."""
    at: float
    """When the event happened."""
    due: float
    """When it is sent, at the earliest."""
    state: State = "pending"
    why: str = ""
    """Why it was not delivered, where no attempt says so."""
    request: Request | None = None
    """Made at the first try."""
    attempts: list[Attempt] = field(default_factory=list)
    tries: int = 0
    """How many are left."""
    tricks: dict[Trick, Mischief] = field(default_factory=dict)
    place: Place | None = None
    """Where it waits in its queue; None: it does not, or is under way."""
    lingers: bool = False
    """Whether it waits for one to overtake it."""
    hastens: bool = False
    """Whether one that it overtook must not wait."""

    @property
    def lane(self) -> tuple[str, str, int]:
        """What is delivered one after the other: one resource to one URL."""
        return self.hook.url, self.what.kind, self.what.key

    @property
    def begun(self) -> bool:
        return self.request is not None

    def size(self) -> int:
        """Bytes that it keeps of bodies, its own and the answers'."""
        own = len(self.request.body) if self.request else len(self.what.data or b"")
        return own + sum(len(one.body) for one in self.attempts)

    def merge(self, changed: tuple[str, ...]) -> None:
        """A later update of the same window."""
        if self.what.verb == "update":
            self.what = self.what._replace(changed=tuple(dict.fromkeys((*self.what.changed, *changed))))

    def fix(self, data: bytes | None, person: bytes | None) -> None:
        """What it tells of its resource and of who caused it, where these go; None: it tells nothing more, or what
        is."""
        self.what = self.what._replace(data=data, person=person)

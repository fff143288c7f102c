"""A world: everything one user of the fake sees."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from fake_server.api.access import Access, Token
from fake_server.api.answers import Answers
from fake_server.moment import Caller, Clock, Instant, Moment
from fake_server.resources import SECTIONS
from fake_server.store.kind import Record
from fake_server.store.store import Change, Store
from fake_server.webhooks.courier import Courier
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import DEFAULT, Policy
from fake_server.webhooks.publisher import HOOKS, Publisher

EVENTS = {event.name: event for section in SECTIONS for event in section.events}
KINDS = {kind.name: kind for section in SECTIONS for kind in section.kinds}
SHAPES = {shape.__name__: shape for section in SECTIONS for shape in section.shapes}

NOBODY = Caller(user=0, restricted=False, slug="", scopes=None)
STAYING = {"space", "user", "integration", HOOKS}
"""Kinds of record that an emptied world keeps: the people, and who is told."""


class World:
    """Data, clock, tokens and webhooks; `seed` is the store as it was loaded, to which reset leads back."""

    def __init__(
        self, name: str, clock: Clock, zone: ZoneInfo, strict: bool = False, per_minute: int = 0,
        policy: Policy = DEFAULT,
    ) -> None:  # fmt: skip
        self.name = name
        self.clock = clock
        self.zone = zone
        self.strict, self.per_minute = strict, per_minute
        self.policy = policy
        self.courier = Courier(clock)
        self.seeded = ""
        """The name of its seed."""
        self.seeded_tokens: dict[str, Token] = {}
        self.take(Store(KINDS))

    def take(self, store: Store) -> None:
        """Starts anew with the records of a store: as they are now, and as reset will find them."""
        self.seed = store
        for url in self.policy.receivers:
            self.subscribe(store, {"url": url})
        self.reset()

    def reset(self, empty: bool = False) -> None:
        """Back to the seed, clock, tokens and webhooks included; `empty`: only the people and the webhooks stay."""
        self.clock.restart()
        self.store = emptied(self.seed) if empty else self.seed.copy()
        self.answers = Answers(self.store, SHAPES)
        self.access = Access(self.anyone(), self.strict, self.per_minute, dict(self.seeded_tokens))
        self.outbox = Outbox(self.policy)
        self.publisher = Publisher(self.store, self.answers, EVENTS.values(), self.outbox, self.clock)
        self.courier.serve(self.publisher)

    def subscribe(self, store: Store, values: Mapping[str, Any]) -> Record:
        """A subscription of the tester's, which no caller sees: of every event, unless the values say otherwise."""
        everything = tuple(event.family for event in EVENTS.values())
        return store.make(HOOKS, self.moment(), {"events": everything, "secret": self.policy.secret, **values})

    def committed(self, changes: list[Change], caller: Caller) -> None:
        """Changes that stand: whoever subscribed is told."""
        self.publisher.committed(changes, caller)
        self.courier.wake()

    def anyone(self) -> Caller:
        """Who an unregistered token acts as: the integration user of the space, with every scope."""
        integration = next(iter(self.store.rows("integration").values()), None)
        return NOBODY if integration is None else self.caller(integration.user, integration.slug)

    def caller(self, user: int, slug: str, scopes: frozenset[str] | None = None) -> Caller:
        return Caller(user, self.store.rows("user")[user].type == "guest", slug, scopes, "user")

    def token(
        self, user: int | None, slug: str | None, scopes: frozenset[str] | None, expires_in: int | None
    ) -> Token:
        """A token of this world; what is not said is as for unregistered ones. `expires_in`: seconds."""
        anyone = self.access.anyone
        caller = self.caller(user or anyone.user, slug or anyone.slug, scopes)
        return Token(caller, None if expires_in is None else Instant(self.clock.now() + expires_in))

    def seed_token(self, text: str, token: Token) -> None:
        """Registers a token that belongs to the seed: a reset brings it back."""
        self.seeded_tokens[text] = self.access.tokens[text] = token

    def new_token(self) -> str:
        """A token text that no other token of this world has; the same in every run."""
        return f"kanbert-{self.store.ids.text('integration', self.store.count('token', 0))}"

    def moment(self, caller: Caller = NOBODY) -> Moment:
        return Moment(self.clock.now(), self.zone, caller)


def emptied(seed: Store) -> Store:
    """A store with the people of another, and nothing that they made. Numbers go on, so that ids stay unique."""
    store = seed.copy()
    for name in set(KINDS) - STAYING:
        rest, table = store.tables[name], type(store.tables[name])(KINDS[name])
        table.last = rest.last
        store.tables[name] = table
    store.blobs.clear()
    return store

"""A world: everything one user of the fake sees."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fake_server.api.access import Access, Token
from fake_server.api.answers import Answers
from fake_server.api.layouts import Layouts
from fake_server.coverage.tally import Tally
from fake_server.faults import Faults
from fake_server.journal import Journal
from fake_server.moment import Caller, Clock, Instant, Moment, Pace
from fake_server.resources import EVENTS, KINDS, SHAPES
from fake_server.store.kind import Record
from fake_server.store.store import Change, Store
from fake_server.webhooks.courier import Courier
from fake_server.webhooks.outbox import Outbox
from fake_server.webhooks.policy import DEFAULT, Policy
from fake_server.webhooks.publisher import HOOKS, Publisher

NOBODY = Caller(user=0, restricted=False, slug="", scopes=None)
NOTHING = Store(KINDS)
"""What a world has before it is seeded."""
LAYOUTS = Layouts(KINDS, SHAPES)
NO_ANSWERS = Answers(NOTHING, LAYOUTS)
STAYING = {"space", "user", "integration", HOOKS}
"""Kinds of record that an emptied world keeps: the people, and who is told."""


class Terms(NamedTuple):
    """What holds for every world of a server."""

    zone: ZoneInfo = ZoneInfo("UTC")
    strict: bool = False
    per_minute: int = 0
    policy: Policy = DEFAULT
    journal: int = 10_000
    """Requests that a journal keeps."""


class TokenTaken(Exception):
    """A token that belongs to another world already."""


@dataclass(frozen=True)
class Snapshot:
    """A world as it was: data, clock, tokens and random stream."""

    name: str
    at: float
    """When it was made, by the world's clock."""
    store: Store
    pace: Pace
    access: Access
    stream: Any


class World:
    """Data, clock, tokens, webhooks, faults, journal; `seed` is the store as loaded, to which reset leads back.

    `homes` says for the whole server which world a token belongs to."""

    def __init__(
        self, name: str, clock: Clock, terms: Terms | None = None, number: int = 0,
        homes: "dict[str, World] | None" = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.clock = clock
        self.terms = terms or Terms()
        self.number = number
        """What its random stream begins with, unless a branch begins with the `stream` of another world."""
        self.stream: Any = None
        self.homes = {} if homes is None else homes
        self.courier = Courier(clock)
        self.faults = Faults()
        self.tally = Tally(name, NOTHING.ids)
        self.journal = Journal(self.terms.journal, self.tally.drop)
        self.outbox = Outbox(self.policy)
        self.store, self.answers = NOTHING, NO_ANSWERS
        self.snapshots: dict[str, Snapshot] = {}
        self.gone = False
        """Whether it was removed."""
        self.seed_name = ""
        self.seeded_tokens: dict[str, Token] = {}
        self.seeded_revoked: frozenset[str] = frozenset()
        self.token = own_token(name)
        """Its own token, which every reset leaves."""
        self.tokens: set[str] = set()
        """Those that lead to it, also where they are good for nothing any more."""
        self.lead(self.token)

    def take(self, store: Store, is_told: bool = True) -> None:
        """Starts anew with the records of a store: as they are now, and as reset will find them. The store itself
        is not changed any more, so that worlds can share it. `is_told`: the receivers that every world has are told
        of this one, too."""
        if self.policy.receivers and is_told:
            store = store.copy()
            told = {hook.url for hook in store.rows(HOOKS).values()}
            for url in self.policy.receivers:
                if url not in told:
                    self.subscribe(store, {"url": url})
        self.seed = store
        self.reset()

    @property
    def policy(self) -> Policy:
        return self.terms.policy

    def reset(self, empty: bool = False) -> None:
        """Back to the seed, clock, tokens and webhooks included; `empty`: only the people and the webhooks stay.
        Faults end, and the journal begins anew."""
        self.clock.restart()
        self.random = Random(self.number)
        if self.stream is not None:
            self.random.setstate(self.stream)
        self.faults = Faults()
        self.forget_requests()
        self.journal.close()
        self.tally.settle()
        self.journal = Journal(self.terms.journal, self.tally.drop)
        self.load(emptied(self.seed) if empty else self.seed.copy(), self.seeded_tokens)
        self.access.revoked.update(self.seeded_revoked)

    def load(self, store: Store, tokens: Mapping[str, Token]) -> None:
        """Goes on with the records of this store, and with these tokens beside its own. What was pending for
        receivers is dropped."""
        self.let_go()
        self.store = store
        self.answers = Answers(self.store, LAYOUTS)
        anyone = self.anyone()
        known = {**tokens, self.token: Token(anyone)}
        self.access = Access(anyone, self.terms.strict, self.terms.per_minute, known, led=self.tokens)
        self.outbox = Outbox(self.policy)
        self.publisher = Publisher(self.store, self.answers, EVENTS.values(), self.outbox, self.clock)
        self.courier.serve(self.publisher)

    def let_go(self) -> None:
        """Parts with the present records. Whoever holds them and is held by them would keep them in memory for long:
        the collector comes seldom."""
        self.tally.tell(self.outbox.log.rows.values())
        self.store.part = None

    def save(self, name: str) -> Snapshot:
        """Keeps everything as it is now under a name, in place of what had it."""
        access = self.access.copy()
        found = Snapshot(
            name, self.clock.time(), self.store.copy(), self.clock.pace, access, self.random.getstate()
        )  # fmt: skip
        self.snapshots[name] = found
        return found

    def restore(self, snapshot: Snapshot) -> None:
        """As it was when the snapshot was made; journal and faults stay as they are."""
        self.clock.pace = snapshot.pace
        self.load(snapshot.store.copy(), {})
        self.access = snapshot.access.copy()
        self.random.setstate(snapshot.stream)

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

    def made_token(
        self, user: int | None, slug: str | None, scopes: frozenset[str] | None, expires_in: int | None
    ) -> Token:
        """A token of this world; what is not said is as for unregistered ones. `expires_in`: seconds."""
        anyone = self.access.anyone
        caller = self.caller(user or anyone.user, slug or anyone.slug, scopes)
        return Token(caller, None if expires_in is None else Instant(self.clock.now() + expires_in))

    def seed_token(self, text: str, token: Token) -> None:
        """Registers a token that belongs to the seed: a reset brings it back. Of two worlds of one seed it leads to
        the first."""
        self.lead(text)
        self.seeded_tokens[text] = token
        self.know(text, token)

    def register(self, text: str, token: Token) -> None:
        """A token that leads to this world from now on; TokenTaken where it leads to another."""
        home = self.lead(text)
        if home is not self:
            raise TokenTaken(home.name)
        self.know(text, token)
        self.access.revoked.discard(text)

    def know(self, text: str, token: Token) -> None:
        """Accepts a token, whichever world it leads to."""
        self.access.tokens[text] = token
        self.tally.hold(text, token.caller.scopes)

    def lead(self, text: str) -> "World":
        """Makes a token lead here, unless it leads to another world; gives the one it leads to."""
        home = self.homes.setdefault(text, self)
        if home is self:
            self.tokens.add(text)
        return home

    def part_with(self, text: str) -> None:
        """Lets another world have a token that leads here."""
        self.tokens.discard(text)
        if self.homes.get(text) is self:
            del self.homes[text]

    def new_token(self) -> str:
        """A token text that no other token of the server has; the same in every run."""
        return f"{self.token}-{self.store.ids.text('integration', self.store.count('token', 0))}"

    def moment(self, caller: Caller = NOBODY) -> Moment:
        return Moment(self.clock.now(), self.terms.zone, caller)

    def moment_of(self, token: str, at: float) -> Moment:
        """That time, for who a token acts as then; Unauthenticated where it is good for nothing."""
        now = Instant(floor(at))
        return Moment(now, self.terms.zone, self.access.caller(token, now))

    def forget_requests(self) -> int:
        """Clears the journal; gives how many requests it had."""
        entries = self.journal.clear()
        for entry in entries:
            self.tally.add(entry)
        return len(entries)

    def leave(self) -> None:
        """Ends: nothing more is sent, and nobody waits in it any longer."""
        self.gone = True
        self.journal.close()
        self.courier.retire()
        self.snapshots.clear()
        self.let_go()


def own_token(name: str) -> str:
    """The token that leads to the world of a name, so that the name alone is enough."""
    return f"kanbert-{name}"


def emptied(seed: Store) -> Store:
    """A store with the people of another, and nothing that they made. Numbers go on, so that ids stay unique."""
    store = seed.copy()
    for name in set(KINDS) - STAYING:
        rest, table = store.tables[name], type(store.tables[name])(KINDS[name])
        table.last = rest.last
        store.tables[name] = table
    store.blobs.clear()
    return store

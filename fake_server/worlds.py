"""All worlds of one server: which of them a request belongs to, and how new ones begin."""

from collections import OrderedDict
from collections.abc import Iterator

from fake_server.errors import WORDS, NotFound, NotReady, Unauthenticated, did_you_mean
from fake_server.moment import Clock, Moment
from fake_server.seeds import Seed, seeded, start
from fake_server.settings import Settings
from fake_server.store.store import Store
from fake_server.webhooks.publisher import HOOKS
from fake_server.world import NOBODY, Terms, World, own_token

DEFAULT = "default"
MOST_WORLDS = 10_000
MOST_SEEDS = 32
MOST_REMOVED = 100_000
"""Tokens of removed worlds that are remembered, so that they lead nowhere."""

ELSEWHERE = (
    "This token belongs to no world, and the server is strict about that: use the token of a world, register this "
    "one in a world, or name the world by the header X-Fake-World."
)

OWN = own_token("")
"""How the tokens of worlds begin."""

SeedKey = tuple[str, int | None, int, float | None]


class Worlds:
    """The worlds by name, and by the tokens that belong to them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.terms = Terms(
            settings.zone, settings.strict_auth, settings.rate_limit, settings.policy(), settings.journal
        )  # fmt: skip
        self.strict = settings.strict_worlds
        self.named: dict[str, World] = {}
        self.homes: dict[str, World] = {}
        self.removed: OrderedDict[str, str] = OrderedDict()
        """Token -> the world that it belonged to."""
        self.seeds: OrderedDict[SeedKey, Seed] = OrderedDict()
        self.count = 0
        self.waiting_for = f"The world {settings.world} is being loaded."

    # finding
    def of(self, token: str, name: str | None) -> World:
        """The world of a request: the one named, else the token's home, else the default one. Refusal: none."""
        if name is not None:
            return self.asked(name)
        home = self.homes.get(token)
        if home is not None:
            return home
        if DEFAULT not in self.named:
            raise NotReady(WORDS[503], "The world is being loaded: wait for GET /_fake/ready.")
        if why := self.astray(token) or (self.strict and token and ELSEWHERE):
            raise Unauthenticated(why)
        return self.named[DEFAULT]

    def astray(self, token: str) -> str:
        """Why a token without a home must not lead to the default world; empty where it may."""
        if token in self.removed:
            return f"The world {self.removed[token]} of this token was removed."
        if token.startswith(OWN):
            return f"The token {token[:80]} belongs to no world of this server, perhaps to one before a restart."
        return ""

    def asked(self, name: str) -> World:
        if name not in self.named:
            raise NotFound(WORDS[404], f"There is no world {name[:80]}: {did_you_mean(name, self.named)}")
        return self.named[name]

    def __iter__(self) -> Iterator[World]:
        return iter(tuple(self.named.values()))

    # making
    def open(self) -> World:
        """The default world, loaded from the settings; SeedError where that is not possible."""
        settings, clock = self.settings, self.settings.clock()
        seed = self.seed(settings.world, settings.tasks, settings.seed, clock)
        world = self.new(DEFAULT, seed, clock, settings.seed)
        if self.strict:
            # Else every world of the seed would share this one through them.
            for token in set(world.seeded_tokens) - {world.token}:
                world.part_with(token)
        for token in settings.token:
            world.seed_token(token, world.made_token(None, None, None, None))
        return world

    def seed(self, name: str, tasks: int | None, number: int, clock: Clock) -> Seed:
        """A seed, loaded once; SeedError where that is not possible. Its dates are those of the first time where the
        clock runs."""
        found = self.loaded(name, tasks, number, clock)
        if found is None:
            found = seeded(name, tasks, number, Moment(clock.now(), self.terms.zone, NOBODY))
            while len(self.seeds) >= MOST_SEEDS:
                self.seeds.popitem(last=False)
            self.seeds[name, tasks, number, clock.frozen_at] = found
        return found

    def loaded(self, name: str, tasks: int | None, number: int, clock: Clock) -> Seed | None:
        """A seed that is loaded already."""
        key = name, tasks, number, clock.frozen_at
        if key in self.seeds:
            self.seeds.move_to_end(key)
        return self.seeds.get(key)

    def new(self, name: str, seed: Seed, clock: Clock, number: int) -> World:
        """A world of that name, which no other has, that begins with a seed."""
        world = World(name, clock, self.terms, number, self.homes)
        start(world, seed)
        return self.add(world)

    def branch(self, name: str, of: World) -> World:
        """A world that begins as another is now: with its data, clock and random stream, but told to nobody."""
        clock = Clock(*of.clock.pace)
        world = World(name, clock, self.terms, homes=self.homes)
        world.seed_name, world.stream = of.seed_name, of.random.getstate()
        world.take(unheard(of.store), is_told=False)
        return self.add(world)

    def add(self, world: World) -> World:
        self.named[world.name] = world
        for token in world.tokens:
            self.removed.pop(token, None)
        return world

    def free_name(self) -> str:
        """A name that no world has had yet; the same in every run."""
        while True:
            self.count += 1
            name = f"w{self.count}"
            if name not in self.named and own_token(name) not in self.homes:
                return name

    # ending
    def remove(self, world: World) -> None:
        """Ends a world; its tokens lead nowhere from now on."""
        del self.named[world.name]
        for token in world.tokens:
            del self.homes[token]
            self.removed[token] = world.name
        while len(self.removed) > MOST_REMOVED:
            self.removed.popitem(last=False)
        world.leave()

    def retire(self) -> None:
        """Begins to end: nothing more is sent or waited for, so that no request lasts for that."""
        for world in self:
            world.leave()

    async def stop(self) -> None:
        """Breaks off what is still being sent."""
        for world in self:
            await world.courier.stop()


def unheard(store: Store) -> Store:
    """The records of a store without those who are told of its changes."""
    copy = store.copy()
    for hook in list(copy.rows(HOOKS).values()):
        copy.remove(hook)
    return copy

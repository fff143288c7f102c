"""The server as a whole process: its world, its signals, its exit code."""

import gc
import logging
import signal
import sys
import threading
from types import FrameType

from fake_server.app import Fake
from fake_server.logs import start_logging
from fake_server.seeds import find
from fake_server.seeds.worldfile import SeedError
from fake_server.server import PortInUse, Server, listen, url_of
from fake_server.settings import Settings

log = logging.getLogger("fake_server")


class Ending:
    """Whether SIGTERM or SIGINT came, from before the server listens until it has ended."""

    def __init__(self) -> None:
        self.asked = False
        self.server: Server | None = None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.ask)

    def ask(self, _: int = 0, __: FrameType | None = None) -> None:
        self.asked = True
        if self.server is not None:
            self.server.should_exit = True


def serve(settings: Settings) -> int:
    """Runs until SIGTERM or SIGINT. Exit code 0, 1 for a world that cannot be loaded, 2 for one that does
    not exist or a port in use."""
    start_logging(settings.log_format)
    ending, failures = Ending(), list[str]()
    try:
        find(settings.world)
        sock = listen(settings)
    except (PortInUse, SeedError) as error:
        print(f"kanbert-fake: {error}", file=sys.stderr)
        return 2
    fake = Fake(settings)
    server = Server(fake, lambda: seed_in_background(fake, url_of(sock), ending, failures))
    ending.server = server
    server.should_exit = ending.asked
    server.run([sock])
    if failures:
        print(f"kanbert-fake: {failures[0]}", file=sys.stderr)
    return 1 if failures else 0


def seed_in_background(fake: Fake, url: str, ending: Ending, failures: list[str]) -> None:
    """Loads the world while the server listens already, so that health and ready can be asked meanwhile."""

    def load() -> None:
        try:
            world = fake.seed()
        except SeedError as error:
            failures.append(str(error))
        except Exception as error:
            log.exception("the world %s failed in the fake itself", fake.settings.world)
            failures.append(f"The world {fake.settings.world} cannot be loaded: {type(error).__name__}.")
        else:
            settle()
            name, tasks = fake.settings.world, len(world.store.rows("task"))
            print(f"kanbert-fake {url} world={name} tasks={tasks} Ready.", file=sys.stderr, flush=True)
            return
        ending.ask()

    threading.Thread(target=load, daemon=True, name="seeding").start()


def settle() -> None:
    """Keeps the collector away from the seed: scanning a large store over and over is the worst latency there is."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    gc.enable()

"""Sends this process's calls to the real service to a fake instead, and refuses those that cannot be sent there."""

from collections.abc import Sequence

from fake_server.handle.intercept.guard import GUARDS
from fake_server.handle.intercept.libraries import LIBRARIES
from fake_server.handle.intercept.patches import Patches
from fake_server.handle.intercept.target import RealServiceRefused, Target, enter, leave

__all__ = ["Interception", "RealServiceRefused", "intercept"]

PATCHES = Patches({**GUARDS, **LIBRARIES})


def intercept(
    base_url: str, world: str | None = None, hosts: Sequence[str] = ("api.kanbert.com",), instead: str = ""
) -> "Interception":
    """`with intercept(fake.base_url): ...`, or start() and stop().

    It holds for the whole process, every thread and event loop. The innermost one that names a host takes it.
    `instead`: what a refusal says to ask, if not the fake."""
    return Interception(Target(base_url, world, hosts, instead))


class Interception:
    """Calls to some hosts go to a fake from start to stop."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def start(self) -> "Interception":
        enter(self._target, PATCHES.install)
        return self

    def stop(self) -> None:
        """Nothing happens where it was not started."""
        leave(self._target, PATCHES.undo)

    def __enter__(self) -> "Interception":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

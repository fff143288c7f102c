"""A fake Kanbert API server."""

TYPE_CHECKING = False
"""What type checkers take to be true; the module that usually says so costs more than this whole one."""
if TYPE_CHECKING:
    from typing import Any

    from fake_server.handle.connecting import connect
    from fake_server.handle.connection import ControlError, NotRunning
    from fake_server.handle.inbox import Inbox
    from fake_server.handle.intercept.target import RealServiceRefused
    from fake_server.handle.world import Handle
    from fake_server.seeds import SeedError
    from fake_server.server import FakeServer, PortInUse
    from fake_server.settings import UsageError

__all__ = [
    "ControlError", "FakeServer", "Handle", "Inbox", "NotRunning", "PortInUse", "RealServiceRefused", "SeedError",
    "UsageError", "connect",
]  # fmt: skip

PLACES = {
    "ControlError": "handle.connection",
    "FakeServer": "server",
    "Handle": "handle.world",
    "Inbox": "handle.inbox",
    "NotRunning": "handle.connection",
    "PortInUse": "server",
    "RealServiceRefused": "handle.intercept.target",
    "SeedError": "seeds",
    "UsageError": "settings",
    "connect": "handle.connecting",
}
"""Where each stands; it is imported when it is first asked for."""


def __getattr__(name: str) -> "Any":
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
    return found

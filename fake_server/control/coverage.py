"""What the clients of a world met of the service."""

from typing import Any

from starlette.requests import Request

from fake_server.control.problems import WorldRow
from fake_server.world import World


async def show(world: World, _: Request) -> tuple[Any, int]:
    """Operations, statuses, queries, pages, events and retries since the world was made, through all resets; and
    remarks about how it was asked."""
    return world.tally.report(world.journal.entries, world.outbox.log.rows.values()), 200


COVERAGE: tuple[WorldRow, ...] = (("GET", "/coverage", show),)

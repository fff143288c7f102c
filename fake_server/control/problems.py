"""Answers of the control routes, and what they refuse: problem JSON with one sentence."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from fake_server.errors import did_you_mean

log = logging.getLogger("fake_server")

Endpoint = Callable[[Request], Awaitable[Response]]
WorldCall = Callable[[Any, Request], Awaitable[tuple[Any, int]]]
"""A call about one world -> the answer's JSON and status."""
Row = tuple[str, str, Endpoint, *tuple[str, ...]]
"""Method, path, call, and the names of the query's parameters."""
WorldRow = tuple[str, str, WorldCall, *tuple[str, ...]]
ANY = "<field>"
"""Stands among the parameters of a call that knows itself which there are."""


class Problem(Exception):
    """A control call that cannot be obeyed: status and one sentence."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail

    def response(self) -> Response:
        data = {"title": self.title, "detail": self.detail, "status": self.status}
        return Response(orjson.dumps(data), self.status, media_type="application/problem+json")


@contextmanager
def unbroken(world: Any) -> Iterator[None]:
    """Problem where the world's deliveries were dropped while they were waited for."""
    publisher = world.publisher
    yield
    if world.publisher is not publisher or world.gone:
        raise Problem(
            409, "Broken off", f"The world {world.name} was reset, replaced or removed while this was waited for."
        )  # fmt: skip


def answer(data: Any, status: int = 200) -> Response:
    """JSON, unless it is a response already."""
    if isinstance(data, Response):
        return data
    return Response(orjson.dumps(data), status, media_type="application/json")


def refusing(endpoint: Endpoint, parameters: tuple[str, ...]) -> Endpoint:
    """The one place where a problem becomes a response; `parameters` are the query's known names."""

    async def call(request: Request) -> Response:
        try:
            for name in request.query_params:
                if name not in parameters and ANY not in parameters:
                    near = did_you_mean(name, parameters)
                    raise Problem(422, "No such parameter", f"There is no parameter {name[:80]}; {near}")
            return await endpoint(request)
        except Problem as problem:
            return problem.response()
        except ClientDisconnect:
            # Nobody is left to hear of it, and nothing has failed here.
            return Problem(400, "Broken off", "The body did not come whole.").response()
        except Exception:
            log.exception("%s %s failed in the fake itself", request.method, request.url.path)
            return Problem(500, "Fault of the fake", "This is a fault of the fake: its log has the trace.").response()

    return call

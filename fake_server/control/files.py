"""Uploaded bytes, read back."""

import re
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from fake_server.control.problems import Problem, WorldRow
from fake_server.world import World

PRINTABLE = re.compile(r"[\x20-\x7e]+")


async def show(world: World, request: Request) -> tuple[Any, int]:
    """The bytes that were uploaded."""
    id = request.path_params["id"]
    file = world.store.get("file", world.store.ids.key("file", id))
    if file is None:
        raise Problem(404, "No such file", f"There is no file with the id {id[:80]}.")
    # An uploaded page must not run as one of this server's own.
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    mime = file.mime_type if PRINTABLE.fullmatch(file.mime_type) else "application/octet-stream"
    headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.file_name, safe='')}"
    headers["Content-Type"] = mime
    return Response(world.store.blobs["file", file.key], headers=headers), 200


FILES: tuple[WorldRow, ...] = (("GET", "/files/{id}", show),)

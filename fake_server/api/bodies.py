"""Request bodies off the wire: bounded, drained when refused, given up when the client is gone."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import closing
from typing import Any

import orjson

from fake_server.api.upload import FileReader
from fake_server.declare.body import Body, FileBody, Upload
from fake_server.errors import WORDS, BadBody, BodyTooLarge, Refusal, WrongContentType
from fake_server.journal import MOST_BODY, Entry

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_JSON = 8 * 1024 * 1024
"""The backend's own limit for a posted body."""
MOST_DRAINED = 256 * 1024 * 1024
"""What is read of a refused body, so that its sender gets to see the answer."""


class ClientGone(Exception):
    """The connection closed before the body was complete: nothing was done, nobody waits for an answer."""


async def chunks(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if piece := message.get("body", b""):
            yield piece
        if not message.get("more_body", False):
            return


async def read_body(body: Body | FileBody, content_type: str, receive: Receive, entry: Entry) -> Any:
    """The JSON object or Upload of a request; a refusal comes only after the rest was read and dropped. The entry
    keeps what was sent."""
    if isinstance(body, FileBody):
        entry.body = upload = await read_file(body, content_type, receive, entry)
        return upload
    return take_body(body, content_type, await read_text(receive), entry)


def take_body(body: Body | FileBody, content_type: str, sent: bytes, entry: Entry) -> Any:
    """The same of a body that is there."""
    if isinstance(body, FileBody):
        with closing(Incoming(body, content_type)) as incoming:
            if sent:
                incoming.take(sent)
            entry.body = upload = incoming.file(entry)
            return upload
    return json_object(sent, content_type, entry)


def json_object(text: bytes, content_type: str, entry: Entry) -> dict[str, Any]:
    """The JSON object of a body, empty where nothing was sent. The entry keeps the text."""
    if len(text) > MOST_JSON:
        raise BodyTooLarge(WORDS[413], f"A JSON body may have {MOST_JSON} bytes.")
    entry.body = text[:MOST_BODY] or None
    if text and not is_json(content_type):
        raise WrongContentType(
            f"The content type {content_type[:60] or '(none)'} is not supported.",
            "Send Content-Type: application/json.",
        )
    return parse(text) if text else {}


def is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind.endswith(("/json", "+json"))


def parse(text: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(text)
    except ValueError as error:
        at = getattr(error, "pos", 0) + 1
        raise BadBody("The request body is not valid JSON.", f"JSON cannot be read at character {at}.") from None
    if not isinstance(data, dict):
        raise BadBody("The request body must be a JSON object.", 'Send an object: {"title": "..."}.')
    return data


async def read_text(receive: Receive) -> bytes:
    """The body; of one that is too large only enough to see that it is."""
    pieces, size = [], 0
    async for piece in chunks(receive):
        if size <= MOST_JSON:
            pieces.append(piece)
        size += len(piece)
        if size > MOST_DRAINED:
            break
    return b"".join(pieces)


async def read_file(body: FileBody, content_type: str, receive: Receive, entry: Entry) -> Upload | None:
    with closing(Incoming(body, content_type)) as incoming:
        async for piece in chunks(receive):
            incoming.take(piece)
            if incoming.size > MOST_DRAINED:
                break
        return incoming.file(entry)


class Incoming:
    """A file on its way: kept as long as it is not refused, then read on for its sender's sake."""

    def __init__(self, body: FileBody, content_type: str) -> None:
        self.body, self.content_type = body, content_type
        self.size = 0
        self.reader: FileReader | None = None
        self.refusal: Refusal | None = None

    def take(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.refusal is not None or self.size > MOST_DRAINED:
            return
        try:
            self.reader = self.reader or FileReader(self.content_type, self.body)
            self.reader.write(piece)
        except Refusal as refusal:
            self.refusal = refusal
            self.close()

    def file(self, entry: Entry) -> Upload | None:
        """The file, None where nothing came; raises what it was refused for."""
        if self.refusal is not None:
            raise self.refusal
        if self.reader is None:
            return None
        if hint := self.reader.hint():
            entry.hints += (hint,)
        return self.reader.cut_off() if self.size > MOST_DRAINED else self.reader.finish()

    def close(self) -> None:
        """Also when its sender has left in the middle of it."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None

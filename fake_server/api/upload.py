"""A multipart body, read as it streams in: one file, never more of it in memory than is allowed."""

import logging
import re
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fake_server.declare.body import FileBody, Upload
from fake_server.errors import WORDS, BadBody, BodyTooLarge, WrongContentType

MOST_PARTS = 1000
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
UNNAMED = "file"
SILENT = logging.Logger("multipart", logging.CRITICAL + 1)
"""Of one reader's parser, whose own logger is shared with whoever else uses the library in this process."""


class FileReader:
    """Takes the chunks of a multipart body and keeps the wanted part."""

    def __init__(self, content_type: str, body: FileBody) -> None:
        kind, options = parse_options_header(content_type)
        if kind.lower() != b"multipart/form-data":
            raise WrongContentType(
                f"The content type {content_type[:60] or '(none)'} is not supported.",
                f"Send multipart/form-data with a file in the part {body.name}, as curl -F {body.name}=@path does.",
            )
        if not options.get(b"boundary"):
            raise BadBody("The multipart body has no boundary.", "Let the HTTP library set the Content-Type itself.")
        self.body = body
        self.names: list[str] = []
        self.headers: dict[str, str] = {}
        self.field, self.value = b"", b""
        self.content: bytearray | None = None
        self.file: dict[str, Any] | None = None
        self.files = 0
        self.ended = False
        callbacks: Any = {name: getattr(self, name) for name in dir(self) if name.startswith("on_")}
        try:
            self.parser = MultipartParser(options[b"boundary"], callbacks)
        except FormParserError:
            raise BadBody(
                "The boundary of the multipart body is too long.", "RFC 2046 allows 70 characters."
            ) from None
        # What cannot be read the answer says.
        self.parser.logger = SILENT

    def write(self, chunk: bytes) -> None:
        try:
            self.parser.write(chunk)
        except FormParserError:
            raise BadBody("The multipart body is malformed.", "A part or boundary cannot be read.") from None

    def finish(self) -> Upload | None:
        """The file, perhaps with the rule that it breaks; None where no part of that name came."""
        if not self.ended:
            raise BadBody("The multipart body is malformed.", "It ends before its last boundary.")
        return self.upload()

    def cut_off(self) -> Upload | None:
        """What is known of a body of which no more was read: never a file to keep."""
        found = self.upload()
        if found is None or not found.fault:
            raise BodyTooLarge(WORDS[413], "More than the allowed file was sent.")
        return found

    def close(self) -> None:
        """Lets go: parser and reader hold each other, and the collector comes after thousands of uploads only."""
        del self.parser

    def upload(self) -> Upload | None:
        if self.file is None:
            return None
        content, fault = self.file["content"], "file" if self.files > 1 else ""
        return Upload(self.file["name"], self.file["type"], bytes(content or b""), fault or self.file["fault"])

    # the parser's callbacks
    def on_part_begin(self) -> None:
        self.headers, self.content = {}, None
        if len(self.names) >= MOST_PARTS:
            raise BadBody("The multipart body has too many parts.", f"A body may have {MOST_PARTS} parts.")

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self.field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self.value += data[start:end]

    def on_header_end(self) -> None:
        self.headers[self.field.decode("latin-1").lower()] = decoded(self.value)
        self.field = self.value = b""

    def on_headers_finished(self) -> None:
        options = disposition(self.headers.get("content-disposition", ""))
        name, file_name = options.get("name", ""), options.get("filename")
        self.names.append(name)
        if name != self.body.name or file_name == "":
            return
        self.files += 1
        self.content = bytearray()
        self.file = {
            "name": base_name(file_name) if file_name else UNNAMED,
            "named": bool(file_name),
            "type": self.headers.get("content-type") or "application/octet-stream",
            "content": self.content,
            "fault": "",
        }

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self.content is None or self.file is None:
            return
        if len(self.content) + end - start > self.body.max:
            self.content = self.file["content"] = None
            self.file["fault"] = "kilobytes"
        else:
            self.content += data[start:end]

    def on_end(self) -> None:
        self.ended = True

    def hint(self) -> str:
        """What a sender should know, though the service may take it."""
        if self.files > 1:
            return f"Send one part named {self.body.name}, not {self.files}."
        if self.file and not self.file["named"]:
            return f"The part {self.body.name} has no filename; without one the service may take it for a text."
        if self.file is None and self.body.name in self.names:
            return f"The part {self.body.name} has an empty filename, which means that no file was chosen."
        if self.file is None and self.names:
            return f"The parts {', '.join(name[:40] or '(without a name)' for name in self.names[:5])} were ignored."
        return ""


def decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def disposition(header: str) -> dict[str, str]:
    """The parameters of a Content-Disposition, as UTF-8 where they are (filename* is not for forms: RFC 7578)."""
    _, options = parse_options_header(header.encode())
    return {name.decode("latin-1"): decoded(value) for name, value in options.items()}


def base_name(name: str) -> str:
    """The last part of a path, whichever system it came from, without control characters."""
    last = UNPRINTABLE.sub("", re.split(r"[/\\]", name)[-1])[:255]
    return UNNAMED if last in ("", ".", "..") else last

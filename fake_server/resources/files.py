"""Files: what was uploaded to other records."""

from typing import NamedTuple

from fake_server.declare.operation import Section
from fake_server.moment import Instant
from fake_server.resources.shapes import FileData
from fake_server.store.kind import Kind


class File(NamedTuple):
    key: int
    file_name: str
    mime_type: str
    size: int
    entity_id: str
    entity_type: str
    created_at: Instant


FILE = Kind("file", File, "files")

SECTION = Section("Files", operations=(), kinds=(FILE,), shapes=(FileData,))

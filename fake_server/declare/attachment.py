"""Files that hang on a record: kept with their bytes, named in the record's `files`."""

from typing import Any

from fake_server.declare.body import Upload
from fake_server.moment import Moment
from fake_server.store.kind import Record
from fake_server.store.store import Store


def attach(store: Store, moment: Moment, record: Record, upload: Upload) -> Any:
    """Keeps an uploaded file with its record, which counts as changed, and gives the file."""
    kind = store.names[type(record)]
    values = {
        "file_name": upload.file_name,
        "mime_type": upload.mime_type,
        "size": len(upload.content),
        "entity_id": store.ids.text(kind, record.key),
        "entity_type": kind,
        "created_at": moment.now,
    }
    target = store.target(kind, "files")
    file = store.make(target, moment, values)
    store.blobs[target, file.key] = upload.content
    store.put(record._replace(files=(*record.files, file.key), updated_at=moment.now))
    return file

"""External identifiers: an id in another system, unique within its origin."""

from typing import Any

from fake_server.declare.body import Body
from fake_server.declare.fields import text
from fake_server.declare.reading import Reading
from fake_server.moment import Moment
from fake_server.store.kind import Record
from fake_server.store.store import Store

PAIR = ("external_origin", "external_id")
ID_FIELD = text(
    "external_id", max=255, null=True, says="Identifier in an external system, unique within the integration's slug"
)
ORIGIN_FIELD = text("external_origin", max=255, says="The integration's slug where it is not sent")


def settled(values: dict[str, Any], moment: Moment, record: Record | None) -> dict[str, str | None]:
    """Both fields as the record will hold them: no id, no origin; an id without origin is the caller's own."""
    named = values.get("external_id", record.external_id if record else None)
    if named is None:
        return {"external_id": None, "external_origin": None}
    origin = record.external_origin if record and "external_id" not in values else moment.caller.slug
    return {"external_id": named, "external_origin": values.get("external_origin") or origin}


def unique_external_id(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: within one origin an external id belongs to one record."""
    if values.keys().isdisjoint(PAIR):
        return
    pair = settled(values, reading.moment, reading.record)
    other = reading.store.find(reading.kind, PAIR, (pair["external_origin"], pair["external_id"]))
    if other is not None and (reading.record is None or other.key != reading.record.key):
        seen = reading.visible(reading.kind, other.key) is not None
        owner = reading.store.ids.text(reading.kind, other.key) if seen else "that this token may not see"
        hint = f"A {reading.kind} {owner} has this external_id in origin {pair['external_origin']}."
        reading.fault("external_id", "taken", hint=hint)


IDENTIFIER = Body((ID_FIELD, ORIGIN_FIELD), (unique_external_id,), required=False)


def identify(store: Store, moment: Moment, record: Record, values: dict[str, Any]) -> Record:
    """Sets, changes or clears a record's external identifier."""
    pair = settled(values, moment, record)
    after = record._replace(**pair)
    return record if after == record else store.put(after._replace(updated_at=moment.now))

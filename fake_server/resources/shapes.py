"""Shapes that several sections print."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from fake_server.declare.shape import IdAt, Shape

UserType = Literal["user", "guest", "tax_advisor", "integration"]

EXTERNAL_ID = Field(description="Identifier in an external system, must be unique")
EXTERNAL_ORIGIN = Field(description="If originated from external system origin is added")


class SpaceData(Shape):
    id: Annotated[str, IdAt("key")]
    name: str


class UserData(Shape):
    id: Annotated[str, IdAt("key")]
    first_name: str
    last_name: str
    email: str
    type: UserType
    space: SpaceData


class FileData(Shape):
    id: Annotated[str, IdAt("key")]
    file_name: str
    mime_type: str
    size: Annotated[int, Field(description="File size in bytes")]
    entity_id: Annotated[str, Field(description="ID of the entity that the file belongs to")]
    entity_type: Annotated[str, Field(description="Type of the entity that the file belongs to")]
    created_at: datetime


class ClientData(Shape):
    id: Annotated[str, IdAt("key")]
    external_id: Annotated[str | None, EXTERNAL_ID]
    external_origin: Annotated[str | None, EXTERNAL_ORIGIN]
    name: str
    shortcode: str | None
    primary_contact: UserData | None
    origin_space: Annotated[
        SpaceData | None, Field(description="The space that shares this client; null: not shared")
    ]


class PhaseGroupData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str


class PhaseTypeData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str
    color: str


class PhaseData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str
    po_number: str | None
    group: PhaseGroupData | None
    type: PhaseTypeData | None
    dependency_phase_id: Annotated[str | None, IdAt("dependency_phase")]
    dependency_milestone_id: Annotated[str | None, IdAt("dependency_milestone")]
    start_date: date | None
    end_date: date | None
    created_at: datetime | None
    computed_fields: dict[str, float]


class MilestoneData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str
    po_number: str | None
    group: PhaseGroupData | None
    dependency_phase_id: Annotated[str | None, IdAt("dependency_phase")]
    dependency_milestone_id: Annotated[str | None, IdAt("dependency_milestone")]
    date: date
    created_at: datetime | None
    computed_fields: dict[str, float]


class EpicData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str
    po_number: str | None
    computed_fields: dict[str, float]

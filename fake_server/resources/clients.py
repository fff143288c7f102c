"""Clients: the basic and the full list."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field

from fake_server.api.verbs import listing
from fake_server.declare.evidence import documented
from fake_server.declare.operation import Include, Listing, Operation, Section
from fake_server.declare.shape import IdAt, Shape
from fake_server.moment import Instant
from fake_server.query.kinds import choice, flag, ident, mode, relation, table, text
from fake_server.query.page import columns
from fake_server.resources.shapes import EXTERNAL_ID, EXTERNAL_ORIGIN, ClientData, SpaceData, UserData
from fake_server.store.kind import Kind

ClientSegment = Literal["A", "B", "C"]


class Client(NamedTuple):
    key: int
    name: str
    created_at: Instant
    updated_at: Instant
    shortcode: str | None = None
    segment: ClientSegment = "B"
    primary_contact: int | None = None
    origin_space: int | None = None
    external_id: str | None = None
    external_origin: str | None = None
    archived_at: Instant | None = None


class ClientFullData(Shape):
    id: Annotated[str, IdAt("key")]
    external_id: Annotated[str | None, EXTERNAL_ID]
    external_origin: Annotated[str | None, EXTERNAL_ORIGIN]
    name: str
    shortcode: str | None
    segment: ClientSegment
    updated_at: datetime
    created_at: datetime
    primary_contact: UserData | None
    origin_space: Annotated[
        SpaceData | None,
        Field(description="Shared space which the client is shared from, if null client is not shared"),
    ]


CLIENT = Kind(
    "client", Client, "clients",
    refs={"primary_contact": "user", "origin_space": "space"},
    unique=(("external_origin", "external_id"),),
)  # fmt: skip

ARCHIVED = mode("archived", at="archived_at")

CLIENTS = Listing(
    filters=table(
        text("name"),
        text("shortcode"),
        ident("primary_contact.id", "user", type="UserData"),
        ident("origin_space.id", "space", type="SpaceData"),
    ),
    sorts=columns(name="text", shortcode="text"),
    evidence=documented("the reference, section Clients"),
    hides=(ARCHIVED,),
)
FULL = Listing(
    filters=table(
        text("name"),
        text("shortcode"),
        ARCHIVED,
        choice("segment", get_args(ClientSegment), null=True, type="ClientSegment"),
        ident("primary_contact.id", "user"),
        relation(
            "projects", "project", "client",
            text("shortcode"),
            text("name", at="title"),
            flag("is_acquisition"),
            choice("status", ("running", "closed"), null=True),
        ),
        ident("origin_space.id", "space"),
    ),
    sorts=columns(name="text", shortcode="text", created_at="instant"),
    evidence=documented("the reference, section Clients"),
    includes={"projects": Include("ProjectData", of="project", by="client", many=True)},
    hides=(ARCHIVED,),
)  # fmt: skip

SECTION = Section(
    "Clients",
    operations=(
        Operation(
            "clients.index", "GET", "/clients", listing, "List all clients (basic)",
            documented("the reference, section Clients", "the answer is cut; ClientData is inferred"),
            kind="client", shape=ClientData, listing=CLIENTS,
        ),
        Operation(
            "clients.fullindex", "GET", "/clients/full", listing, "List all clients (full)",
            documented("the reference, section Clients", "the answer was not seen; ClientFullData is inferred"),
            kind="client", shape=ClientFullData, scopes=("client:read",), listing=FULL,
        ),
    ),
    kinds=(CLIENT,),
    shapes=(ClientData, ClientFullData),
    enums={"ClientSegment": get_args(ClientSegment)},
)  # fmt: skip

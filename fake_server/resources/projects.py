"""Projects, and the phases, milestones and epics inside them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, NamedTuple

from fake_server.api.verbs import listing
from fake_server.declare.evidence import documented, inferred
from fake_server.declare.operation import Include, Listing, Operation, Section
from fake_server.declare.shape import At, IdAt, Shape
from fake_server.moment import Instant
from fake_server.query.kinds import choice, day, flag, ident, instant, table, text
from fake_server.query.page import columns
from fake_server.resources.shapes import (
    EXTERNAL_ID,
    EXTERNAL_ORIGIN,
    ClientData,
    EpicData,
    MilestoneData,
    PhaseData,
    PhaseGroupData,
    PhaseTypeData,
    SpaceData,
    UserType,
)
from fake_server.store.kind import Kind
from fake_server.store.store import Store

# Values under names that are a space's own. Never changed in place.
Values = dict[str, Any]
Numbers = dict[str, float]


class ProjectType(NamedTuple):
    key: int
    title: str
    shortcode: str
    color: str
    order: int = 0
    is_default: bool = False


class ProjectGroup(NamedTuple):
    key: int
    title: str


class Tag(NamedTuple):
    key: int
    title: str


class Project(NamedTuple):
    key: int
    client: int
    title: str
    shortcode: str
    created_at: Instant
    updated_at: Instant
    description: str | None = None
    po_number: str | None = None
    project_type: int | None = None
    project_group: int | None = None
    status: Literal["running", "closed"] = "running"
    is_acquisition: bool = False
    is_private: bool = False
    start_date: date | None = None
    end_date: date | None = None
    tags: tuple[int, ...] = ()
    created_by: int | None = None
    external_id: str | None = None
    external_origin: str | None = None
    custom_fields: Values = {}  # noqa: RUF012 - records are never changed in place
    computed_fields: Numbers = {}  # noqa: RUF012


class TeamMember(NamedTuple):
    key: int
    project: int
    user: int
    added_at: Instant
    is_project_lead: bool = False


class PhaseGroup(NamedTuple):
    key: int
    title: str


class PhaseType(NamedTuple):
    key: int
    title: str
    color: str


class Milestone(NamedTuple):
    key: int
    project: int
    title: str
    date: date
    created_at: Instant
    po_number: str | None = None
    group: int | None = None
    dependency_phase: int | None = None
    dependency_milestone: int | None = None
    computed_fields: Numbers = {}  # noqa: RUF012


class Phase(NamedTuple):
    key: int
    project: int
    title: str
    created_at: Instant
    po_number: str | None = None
    group: int | None = None
    type: int | None = None
    dependency_phase: int | None = None
    dependency_milestone: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    computed_fields: Numbers = {}  # noqa: RUF012


class Epic(NamedTuple):
    key: int
    project: int
    title: str
    po_number: str | None = None
    computed_fields: Numbers = {}  # noqa: RUF012


class ProjectTypeData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str
    shortcode: str
    color: str
    order: int
    is_default: bool


class ProjectGroupData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str


class TagData(Shape):
    id: Annotated[str, IdAt("key")]
    title: str


class TeamMemberData(Shape):
    id: Annotated[str, IdAt("user")]
    first_name: Annotated[str, At("user.first_name")]
    last_name: Annotated[str, At("user.last_name")]
    email: Annotated[str, At("user.email")]
    type: Annotated[UserType, At("user.type")]
    is_project_lead: bool
    added_at: datetime
    space: Annotated[SpaceData, At("user.space")]


class ProjectData(Shape):
    id: Annotated[str, IdAt("key")]
    external_id: Annotated[str | None, EXTERNAL_ID]
    external_origin: Annotated[str | None, EXTERNAL_ORIGIN]
    title: str
    description: str | None
    shortcode: str
    po_number: str | None
    project_type: ProjectTypeData | None
    project_group: ProjectGroupData | None
    status: str
    is_acquisition: bool
    is_private: bool
    start_date: date | None
    end_date: date | None
    client: ClientData
    custom_fields: dict[str, Any]
    computed_fields: dict[str, float]


KINDS = (
    Kind("project_type", ProjectType, "project_types"),
    Kind("project_group", ProjectGroup, "project_groups"),
    Kind("tag", Tag, "tags"),
    Kind(
        "project", Project, "projects",
        refs={
            "client": "client", "project_type": "project_type", "project_group": "project_group", "tags": "tag",
            "created_by": "user",
        },
        unique=(("shortcode",), ("external_origin", "external_id")),
        indexed=frozenset(("status",)),
    ),
    Kind("team_member", TeamMember, "team_members", refs={"project": "project", "user": "user"}),
    Kind("phase_group", PhaseGroup, "phase_groups"),
    Kind("phase_type", PhaseType, "phase_types"),
    Kind(
        "milestone", Milestone, "milestones",
        refs={
            "project": "project", "group": "phase_group", "dependency_phase": "phase",
            "dependency_milestone": "milestone",
        },
    ),
    Kind(
        "phase", Phase, "phases",
        refs={
            "project": "project", "group": "phase_group", "type": "phase_type", "dependency_phase": "phase",
            "dependency_milestone": "milestone",
        },
    ),
    Kind("epic", Epic, "epics", refs={"project": "project"}),
)  # fmt: skip


def is_guest(store: Store, member: TeamMember) -> bool:
    return bool(store.rows("user")[member.user].type == "guest")


def is_no_guest(store: Store, member: TeamMember) -> bool:
    return not is_guest(store, member)


PROJECTS = Listing(
    filters=table(
        text("shortcode"),
        text("title"),
        choice("status", ("running", "closed"), null=True),
        flag("is_acquisition"),
        ident("client.id", "client", type="ClientFullData"),
        text("client.name"),
        text("client.shortcode"),
        ident("client.primary_contact_id", "user", at="client.primary_contact", type="UserFullData"),
        text("project_type.title"),
        ident("project_type.id", "project_type"),
        ident("created_by", "user", type="UserData"),
        instant("created_at"),
        day("start_date"),
    ),
    sorts=columns(shortcode="text", title="text", updated_at="instant", created_at="instant"),
    evidence=documented(
        "the reference, section Projects", "cut after start_date, whose operators stand in the older reference"
    ),
    includes={
        "team": Include("TeamMemberData", of="team_member", by="project", keep=is_no_guest, many=True),
        "guests": Include("TeamMemberData", of="team_member", by="project", keep=is_guest, many=True),
        "tags": Include("TagData", at="tags", many=True),
        "client": Include("ClientData", at="client", always=True),
        "client.primary_contact": Include("UserData", at="client.primary_contact", always=True),
    },
    aliased={"computed_fields": "number"},
)
PHASES = Listing(
    filters=table(
        text("title"),
        text("po_number"),
        day("start_date"),
        day("end_date"),
        instant("created_at"),
        ident("group.id", "phase_group"),
        text("group.title"),
        ident("type.id", "phase_type"),
        text("type.title"),
    ),
    sorts={},
    evidence=inferred("the older reference, section Projects", "no sorts and includes are printed"),
    within="project",
)

SECTION = Section(
    "Projects",
    operations=(
        Operation(
            "projects.index", "GET", "/projects", listing, "List all projects",
            documented(
                "the reference, section Projects",
                "the filter table is cut after start_date and the answer was not seen; ProjectData is inferred",
            ),
            kind="project", shape=ProjectData, listing=PROJECTS,
        ),
        Operation(
            "projects.phases", "GET", "/projects/{id}/phases", listing, "Get project phases",
            inferred(
                "the older reference, section Projects",
                "only its name stands in the current one; find_by is spelled as everywhere else",
            ),
            kind="phase", shape=PhaseData, parent="project", find_by=("id", "external_id", "shortcode"),
            listing=PHASES,
        ),
    ),
    kinds=KINDS,
    shapes=(
        ProjectTypeData, ProjectGroupData, ProjectData, TagData, TeamMemberData,
        PhaseGroupData, PhaseTypeData, PhaseData, MilestoneData, EpicData,
    ),
)  # fmt: skip

"""Users: whoami, the list of users, and the spaces and integrations they belong to."""

from typing import Any, NamedTuple, get_args

from fake_server.api.verbs import asking, listing
from fake_server.declare.evidence import documented
from fake_server.declare.operation import Listing, Operation, Section
from fake_server.moment import Moment
from fake_server.query.kinds import choice, table, text
from fake_server.query.page import columns
from fake_server.resources.shapes import SpaceData, UserData, UserType
from fake_server.store.kind import Kind
from fake_server.store.store import Store


class Space(NamedTuple):
    key: int
    name: str


class User(NamedTuple):
    key: int
    first_name: str
    last_name: str
    email: str
    space: int
    type: UserType = "user"


class Integration(NamedTuple):
    """What an unregistered token acts as: a user of type integration, and the slug of its external ids."""

    key: int
    slug: str
    user: int


SPACE = Kind("space", Space, "spaces")
USER = Kind("user", User, "users", refs={"space": "space"}, unique=(("email",),))
INTEGRATION = Kind("integration", Integration, "integrations", refs={"user": "user"}, unique=(("slug",),))

USERS = Listing(
    filters=table(
        text("first_name"),
        text("last_name"),
        text("email"),
        choice("type", get_args(UserType), null=True, type="UserType"),
    ),
    sorts=columns(first_name="text", last_name="text", email="text"),
    evidence=documented("the reference, section Users"),
)


def me(store: Store, moment: Moment) -> Any:
    return store.get("user", moment.caller.user)


SECTION = Section(
    "Users",
    operations=(
        Operation(
            "users.whoami", "GET", "/whoami", asking, "Retrieve current user's information",
            documented("the reference, section Users"), kind="user", shape=UserData, run=me,
        ),
        Operation(
            "users.index", "GET", "/users", listing, "List all users",
            documented("the reference, section Users", "the answer was not seen; a list of UserData is inferred"),
            kind="user", shape=UserData, listing=USERS,
        ),
    ),
    kinds=(SPACE, USER, INTEGRATION),
    shapes=(SpaceData, UserData),
    enums={"UserType": get_args(UserType)},
)  # fmt: skip

"""Webhook management: subscriptions to the events of the other sections."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from fake_server.api.verbs import creating, listing
from fake_server.declare import fields
from fake_server.declare.body import Body
from fake_server.declare.evidence import chosen, documented
from fake_server.declare.operation import Event, Listing, Operation, Section
from fake_server.declare.reading import Reading
from fake_server.declare.shape import IdAt, Shape
from fake_server.moment import Instant, Moment
from fake_server.query.kinds import instant, table, text
from fake_server.query.page import columns
from fake_server.store.kind import Kind
from fake_server.store.store import Store
from fake_server.webhooks.mischief import Mischief
from fake_server.webhooks.policy import DEFAULT

SCOPE = ("integration",)


class Webhook(NamedTuple):
    key: int
    url: str
    events: tuple[str, ...]
    created_at: Instant
    updated_at: Instant
    secret: str = DEFAULT.secret
    is_active: bool = True
    project: int | None = None
    client: int | None = None
    user: int | None = None
    """Whose it is; None: the tester's own."""
    mischief: tuple[Mischief, ...] = ()


class WebhookData(Shape):
    id: Annotated[str, IdAt("key")]
    url: str
    events: list[str]
    project_id: Annotated[str | None, IdAt("project")]
    client_id: Annotated[str | None, IdAt("client")]
    is_active: bool
    created_at: datetime | None
    updated_at: datetime | None


class NewWebhookData(WebhookData):
    secret: Annotated[str, Field(description="Signs every delivery; not printed again")]


WEBHOOK = Kind(
    "webhook", Webhook, "webhooks",
    refs={"project": "project", "client": "client", "user": "user"},
    seen=lambda _, caller: lambda webhook: webhook.user == caller.user,
)  # fmt: skip


def create(store: Store, moment: Moment, values: dict[str, Any]) -> Webhook:
    """A webhook of the caller's; one without a secret gets its own, the same in every run."""
    secret = values.get("secret") or f"secret-{store.ids.text('webhook', store.tables['webhook'].last + 1)}"
    return store.make("webhook", moment, {**values, "secret": secret, "user": moment.caller.user})  # type: ignore[no-any-return]


def same_client(reading: Reading, values: dict[str, Any]) -> None:
    """Rule: a webhook that is limited to a project and a client can be told something."""
    project, client = reading.store.get("project", values.get("project_id")), values.get("client_id")
    if project is not None and client is not None and project.client != client:
        reading.fault("client_id", "exists", hint="The project belongs to another client: nothing would be told.")


WEBHOOKS = Listing(
    filters=table(text("url"), instant("created_at")),
    sorts=columns(url="text", is_active="flag", created_at="instant"),
    evidence=documented("the reference, section Webhook Management"),
)


def section(events: Iterable[Event]) -> Section:
    """The section, for subscriptions to these events."""
    names = tuple(name for event in events for name in (event.family, *event.names))
    sent = (
        fields.url("url", required=True),
        fields.choices("events", names, required=True, says="Names of events; task:* is all of that family"),
        fields.ref("project_id", "project", required=True, says="Task and comment events belong to a project"),
        fields.ref("client_id", "client", null=True),
        fields.text("secret", max=255, null=True, says="Keys the signature; one is made where none is sent"),
        fields.flag("is_active"),
    )
    return Section(
        "Webhook Management",
        operations=(
            Operation(
                "webhooks.index", "GET", "/webhooks", listing, "List webhooks",
                documented("the reference, section Webhook Management",
                           "the answer was not seen; WebhookData is chosen"),
                "webhook", WebhookData, SCOPE, listing=WEBHOOKS,
            ),
            Operation(
                "webhooks.store", "POST", "/webhooks", creating, "Create a webhook",
                chosen("our choice; the reference has its name and the webhooks guide its purpose",
                       "body and answer were not seen"),
                "webhook", NewWebhookData, SCOPE, body=Body(sent, (same_client,)), run=create,
            ),
        ),
        kinds=(WEBHOOK,),
        shapes=(WebhookData, NewWebhookData),
        enums={"WebhookEvent": names},
    )  # fmt: skip

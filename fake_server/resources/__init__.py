"""One file per section of the service's reference; SECTIONS is the one list of them, in its order."""

from fake_server.declare.operation import Section
from fake_server.resources import clients, files, projects, task_comments, tasks, users, webhooks

TOLD: tuple[Section, ...] = (
    users.SECTION, clients.SECTION, projects.SECTION, tasks.SECTION, task_comments.SECTION, files.SECTION,
)  # fmt: skip
SECTIONS = (*TOLD, webhooks.section(tuple(event for section in TOLD for event in section.events)))
COUNTED = "task"
"""The kind of record in which the size of a world is told."""
KINDS = {kind.name: kind for section in SECTIONS for kind in section.kinds}
SHAPES = {shape.__name__: shape for section in SECTIONS for shape in section.shapes}
EVENTS = {event.name: event for section in SECTIONS for event in section.events}
OPERATIONS = {operation.name: operation for section in SECTIONS for operation in section.operations}
SCOPES = tuple(dict.fromkeys(scope for operation in OPERATIONS.values() for scope in operation.scopes))

UNFAKED = (
    "PUT /clients/{id}/external-identifier",
    "POST /clients/{id}/restore",
    "GET /portfolios",
    "GET /contacts",
    "GET /companies",
    "POST /companies",
    "GET /offers",
    "GET /outgoing-invoices",
    "GET /incoming-invoices",
    "POST /incoming-invoices",
    "GET /incoming-invoices/{id}",
    "PATCH /incoming-invoices/{id}",
    "POST /incoming-invoices/check-duplicate",
    "PATCH /incoming-invoices/{invoiceId}/bookings/{bookingId}",
    "GET /chart-of-accounts",
    "GET /payment-accounts",
    "GET /payments",
    "POST /payments/outgoing-invoice",
    "GET /user-group",
    "GET /suppliers",
    "GET /efforts",
)
"""Operations that the reference names and this fake does not answer yet."""

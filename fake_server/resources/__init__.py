"""One file per section of the service's reference; SECTIONS is the one list of them, in its order."""

from fake_server.declare.operation import Section
from fake_server.resources import clients, files, projects, tasks, users

SECTIONS: tuple[Section, ...] = (users.SECTION, clients.SECTION, projects.SECTION, tasks.SECTION, files.SECTION)
SCOPES = tuple(dict.fromkeys(scope for section in SECTIONS for one in section.operations for scope in one.scopes))

UNFAKED = (
    "PUT /clients/{id}/external-identifier",
    "POST /clients/{id}/restore",
    "GET /portfolios",
    "POST /tasks/comments",
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
    "GET /webhooks",
    "POST /webhooks",
)
"""Operations that the reference names and this fake does not answer yet."""

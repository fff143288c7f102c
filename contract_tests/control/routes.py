"""Every route of the tester's hand, by hand."""

ROUTES = """
GET / | GET /health | GET /ready | GET /openapi.json | GET /control.json | GET /docs
GET /worlds | POST /worlds | DELETE /worlds/{name} | POST /reset
GET /state | PUT /state | GET /diff | GET /coverage
GET /snapshots | DELETE /snapshots | GET /snapshots/{name} | POST /snapshots/{name} | DELETE /snapshots/{name}
POST /snapshots/{name}/restore
GET /records/{kind} | POST /records/{kind}
GET /records/{kind}/{id} | PATCH /records/{kind}/{id} | DELETE /records/{kind}/{id}
POST /tokens | DELETE /tokens/{token}
GET /clock | POST /clock/freeze | POST /clock/advance | POST /clock/resume
GET /faults | POST /faults | DELETE /faults | DELETE /faults/{id}
GET /requests | GET /requests/count | GET /requests/wait | DELETE /requests
GET /webhooks | POST /webhooks | DELETE /webhooks | DELETE /webhooks/{id}
GET /deliveries | GET /deliveries/{id} | POST /deliveries/{id}/resend | POST /flush | POST /trigger
GET /files/{id} | POST /explain
"""
EVERY = [tuple(route.split()) for line in ROUTES.strip().splitlines() for route in line.split("|")]

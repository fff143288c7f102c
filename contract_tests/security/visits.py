"""Everything that can be asked of a server, once, while a receiver is told of what happens."""

import json

from contract_tests.client import Api
from contract_tests.declared import call, content_of
from contract_tests.expected import LOGO
from fake_server.resources import OPERATIONS

TEMPLATES = """
GET / | GET /health | GET /ready | GET /docs | GET /openapi.json | GET /control.json
GET /worlds | POST /worlds {"name": "w", "world": "demo", "tasks": 200} | DELETE /worlds/w
GET /clock | POST /clock/freeze | POST /clock/advance {"by": "1h"} | POST /clock/resume
POST /tokens {"token": "t"} | DELETE /tokens/t
POST /faults {"operation": "tasks.index", "status": 503, "times": 1} | GET /faults | DELETE /faults/1 | DELETE /faults
POST /records/task {} | GET /records/task | GET /records/task/LOGO
PATCH /records/task/LOGO?emit=true {"title": "New"}
POST /trigger {"event": "task:update", "id": "LOGO"} | POST /flush
GET /webhooks | GET /deliveries | GET /deliveries/1 | POST /deliveries/1/resend | POST /flush
GET /files/FILE | POST /explain {"resource": "tasks.index", "filter": "status = \\"New\\""} | GET /coverage
GET /requests | GET /requests/count | GET /requests/wait | DELETE /requests
POST /snapshots/s | GET /snapshots | GET /snapshots/s | GET /diff?since=s | POST /snapshots/s/restore
DELETE /snapshots/s | DELETE /snapshots | DELETE /records/task/LOGO | GET /state?format=yaml | PUT /state STATE
DELETE /webhooks/HOOK | DELETE /webhooks | POST /reset
"""
CALLS = [line.strip().split(" ", 2) for row in TEMPLATES.strip().splitlines() for line in row.split(" | ")]


def visit(api: Api, receiver: str) -> None:
    """Asks everything, each of which must succeed."""
    api.control("POST", "/webhooks", {"url": receiver})
    for operation in OPERATIONS.values():
        content = content_of(api, operation)
        if operation.name == "webhooks.store":
            content = {"json": {**content["json"], "url": receiver}}
        answer = call(api, operation, **content)
        assert answer.status_code == 200, (operation.name, answer.text)
    api.control("POST", "/flush")
    api.control("POST", "/reset")
    hook = api.control("POST", "/webhooks", {"url": receiver})["id"]
    names = {"LOGO": LOGO, "HOOK": hook, "FILE": file_of(api)}
    api.get("/tasks")
    for method, path, *body in CALLS:
        text = filled("".join(body), names)
        sent = json.dumps(api.control("GET", "/state")) if text == "STATE" else text
        answer = api.http.request(method, f"/_fake{filled(path, names)}", content=sent)
        assert answer.status_code < 400, (method, path, answer.text)


def file_of(api: Api) -> str:
    return str(api.control("GET", "/records/file")["data"][0]["id"])


def filled(text: str, names: dict[str, str]) -> str:
    for name, id in names.items():
        text = text.replace(name, id)
    return text

"""The answer to a filter, judged record by record."""

from collections.abc import Iterator
from typing import Any

from contract_tests.documented.columns import UNSEEN, value
from contract_tests.documented.differs import Difference, equal, shown, unless
from contract_tests.documented.known import Listed
from contract_tests.documented.made import is_marked
from contract_tests.documented.readings import passes
from contract_tests.documented.reference import OPERATIONS, Json
from contract_tests.documented.service import NoSuccess, Service, pairs


def selected(service: Service, listed: Listed, params: Any) -> list[Json]:
    """The records that a filter finds: all of them where the whole list is known, else those of the first page."""
    if listed.whole:
        pages = service.pages(listed.operation, listed.name, params)
        return [
            listed.by_id.get(str(one.get("id")), one) for page in pages for one in page.data if not is_marked(one)
        ]
    includes = ",".join(OPERATIONS[listed.operation]["includes"])
    wanted = pairs(params) + ([("include", includes)] if includes else [])
    return [one for one in service.page(listed.operation, listed.name, wanted).data if not is_marked(one)]


def judged(
    service: Service, listed: Listed, tree: Any, params: Any, where: str, sentence: str, strict: bool = False
) -> Iterator[Difference]:
    """Records that a filter finds and should not, and the other way round."""
    found = selected(service, listed, params)
    yield from unsound(listed, found, tree, where, sentence, strict)
    if listed.whole:
        yield from incomplete(listed, found, tree, where, sentence, strict)


def unsound(
    listed: Listed, found: list[Json], tree: Any, where: str, sentence: str, strict: bool
) -> Iterator[Difference]:
    for n, record in enumerate(found):
        if passes(record, tree, listed.rows, strict) is False:
            yield Difference(f"data[{n}]{got(record, tree, where)}", sentence)


def incomplete(
    listed: Listed, found: list[Json], tree: Any, where: str, sentence: str, strict: bool
) -> Iterator[Difference]:
    ids = {one.get("id") for one in found}
    for record in listed.records:
        if record["id"] not in ids and passes(record, tree, listed.rows, strict):
            yield Difference(f"{record['id']}{got(record, tree, where)}: missing", sentence)


def got(record: Json, tree: Any, where: str) -> str:
    """What the record has of a single condition, or its id."""
    leaf = tree[0] if isinstance(tree, list) and len(tree) == 1 else tree
    if not isinstance(leaf, dict) or "field" not in leaf or (have := value(record, leaf["field"])) is UNSEEN:
        return f": documented {where}, got {record.get('id')}"
    return f".{leaf['field']}: documented {where}, got {shown(have)}"


def ids(service: Service, listed: Listed, params: Any) -> list[str]:
    """The first records that a filter finds: two ways of writing it agree in them or do not."""
    return service.page(listed.operation, listed.name, params).ids


def like(
    service: Service, listed: Listed, params: Any, wanted: list[str], where: str, sentence: str = ""
) -> Iterator[Difference]:
    """Whether a filter finds what another way of writing it has found."""
    try:
        got = ids(service, listed, params)
    except NoSuccess as refused:
        yield from equal(f"status of filter {where}", 200, refused.status, sentence)
    else:
        yield from unless(got == wanted, f"filter {where}", f"the records {wanted}", got, sentence)

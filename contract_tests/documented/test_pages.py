"""Pages: the envelope, the size, and the same records forwards and backwards."""

from collections.abc import Iterator

from contract_tests.documented.differs import Difference, agree, equal, unless, untried
from contract_tests.documented.known import Known, Listed
from contract_tests.documented.made import is_marked
from contract_tests.documented.proving import of_operations
from contract_tests.documented.reference import LISTS, Json
from contract_tests.documented.service import Page, Service
from contract_tests.documented.shapes import differences

DEFAULT_SIZE = 30
MOST_STEPS = 8
"""How many pages a walk has at most."""


@of_operations(LISTS, "lists.envelope", "lists.meta", "lists.meta-nullable", "L1")
def test_a_page_has_the_printed_envelope(service: Service, known: Known, operation: str) -> None:
    body = service.good(operation, known.name_of(operation))
    meta = body.get("meta") if isinstance(body.get("meta"), dict) else {}
    flat = {**body, **{f"meta.{name}": value for name, value in meta.items()}}
    agree(Difference(line, about(line)) for line, _ in differences("CursorPage", flat, "body", service.notes))


def about(line: str) -> str:
    """The sentence of a part of the envelope."""
    if not line.startswith("body.meta."):
        return "lists.envelope"
    return "lists.meta-nullable" if line.endswith("got null") else "lists.meta"


@of_operations(LISTS, "lists.page-size", "lists.per-page")
def test_the_size_of_a_page_is_what_was_asked_for(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    for size in (1, 2, DEFAULT_SIZE - 1):
        page = service.page(operation, listed.name, {"page[size]": size})
        agree(sized(page, size, listed, f"page[size]={size}"))


@of_operations(LISTS, "lists.page-size-default", "lists.per-page")
def test_a_page_has_30_records_unless_another_size_is_asked_for(
    service: Service, known: Known, operation: str
) -> None:
    listed = known.some(operation)
    agree(
        sized(service.page(operation, listed.name), DEFAULT_SIZE, listed, "no page[size]", "lists.page-size-default")
    )


def sized(page: Page, size: int, listed: Listed, where: str, sentence: str = "") -> Iterator[Difference]:
    yield from equal(f"{where}: meta.per_page", size, page.meta.get("per_page"), "lists.per-page")
    least, most = min(size, len(listed.records)), size
    if listed.whole:
        most = min(size, len(listed.records) + sum(map(is_marked, page.data)))
    printed = f"{least} records" if least == most else f"{least} to {most} records"
    yield from unless(least <= len(page.data) <= most, f"{where}: data", printed, len(page.data), sentence)


@of_operations(LISTS, "lists.path", "L2")
def test_the_urls_of_pages_stand_below_their_path(service: Service, known: Known, operation: str) -> None:
    must_go_on(known.some(operation))
    page = service.page(operation, known.name_of(operation), {"page[size]": 1})
    path, url = page.meta.get("path"), page.meta.get("next_cursor_url")
    same = isinstance(path, str) and str(url).partition("?")[0] == path
    agree(unless(same, "meta.next_cursor_url", f"a URL that begins with meta.path, {path}", url))


@of_operations(LISTS, "lists.page-cursor")
def test_a_walk_forwards_meets_every_record_once(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    agree(walked(by_cursor(service, listed), listed))
    must_go_on(listed)


@of_operations(LISTS, "lists.page-cursor", "L16")
def test_the_url_of_the_next_page_leads_where_its_cursor_does(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    agree(walked(list(by_url(service, listed, "next_cursor_url")), listed))
    must_go_on(listed)


@of_operations(LISTS, "L7")
def test_a_walk_backwards_meets_the_same_pages(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    there = by_cursor(service, listed)
    agree(unless(there[0].meta.get("prev_cursor") is None, "page 1: meta.prev_cursor", "null", there[0].meta))
    back = list(by_url(service, listed, "prev_cursor_url", there[-1]))
    for n, (forwards, backwards) in enumerate(zip(reversed(there), back, strict=False)):
        agree(equal(f"page {len(there) - n} on the way back: ids", forwards.ids, backwards.ids))
    agree(equal("pages on the way back", len(there), len(back)))
    must_go_on(listed)


def must_go_on(listed: Listed) -> None:
    """Ends a test that nothing contradicts where there is nothing to turn to."""
    if len(listed.records) < 2:
        untried("no record found: there is no second page")


def by_cursor(service: Service, listed: Listed) -> list[Page]:
    return list(service.pages(listed.operation, listed.name, {"page[size]": step(listed)}, MOST_STEPS))


def by_url(service: Service, listed: Listed, way: str, page: Page | None = None) -> Iterator[Page]:
    """Pages by the URLs of the answers, from `page` or the first one on."""
    page = page or service.page(listed.operation, listed.name, {"page[size]": step(listed)})
    yield page
    for _ in range(MOST_STEPS - 1):
        if not page.meta.get(way):
            return
        page = service.follow(page.meta[way])
        yield page


def step(listed: Listed) -> int:
    """A size that makes some pages of a list, but not too many."""
    return max(1, min(DEFAULT_SIZE, len(listed.records) // (MOST_STEPS - 2)))


def walked(pages: list[Page], listed: Listed) -> Iterator[Difference]:
    """What is wrong with the records of a walk."""
    met: set[str] = set()
    for n, page in enumerate(pages, 1):
        for id in page.ids:
            if id in met:
                yield Difference(f"page {n}: documented records that no earlier page has, got {id} again")
            met.add(id)
    if listed.whole and not pages[-1].meta.get("next_cursor"):
        yield from (Difference(f"no page has {named(one)}") for one in listed.records if str(one["id"]) not in met)


def named(record: Json) -> str:
    return f"{record['id']} ({record.get('title') or record.get('name') or record.get('email')})"

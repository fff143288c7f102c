"""Every printed sort, up and down."""

from collections.abc import Collection, Iterator
from itertools import pairwise, permutations
from typing import Any

from contract_tests.documented import columns
from contract_tests.documented.columns import UNSEEN, reach, sort_kind
from contract_tests.documented.differs import Difference, agree, difference, shown, unless, untried
from contract_tests.documented.known import Known, Listed
from contract_tests.documented.made import is_marked
from contract_tests.documented.proving import of_operations, of_parts
from contract_tests.documented.readings import in_order
from contract_tests.documented.reference import LISTS, OPERATIONS, Json
from contract_tests.documented.service import MOST_PAGES, Service, asked
from contract_tests.oracle import ordered

SORTS = [(name, sort) for name in LISTS for sort in OPERATIONS[name]["sorts"]]
SORTED = list(dict.fromkeys(name for name, _ in SORTS))


@of_parts(SORTS, "sort", "{}.sorts", "lists.sort-descending")
def test_a_sort_orders_the_list_up_and_down(service: Service, known: Known, operation: str, sort: str) -> None:
    listed = known.some(operation)
    sort = named_sort(listed, sort)
    up, down = (in_turn(service, listed, text) for text in (sort, f"-{sort}"))
    agree([
        *out_of_order(up, sort, sort_kind(operation, sort), f"{operation}.sorts"),
        *out_of_order(down[::-1], sort, sort_kind(operation, sort), "lists.sort-descending", len(down)),
        *missing(listed, up, sort),
        *missing(listed, down, f"-{sort}"),
    ])  # fmt: skip
    must_tell(listed, sort, given(values(listed, sort)))


def must_tell(listed: Listed, sort: str, seen: Collection[Any]) -> None:
    """Ends a test that nothing has contradicted, where no order could have."""
    if UNSEEN in values(listed, sort):
        untried(f"not documented: the answers do not print {sort}")
    if len(set(seen)) < 2:
        untried("no record found: there are no two that differ in the sort's value")


def named_sort(listed: Listed, sort: str) -> str:
    """The sort as it may be asked for: `<alias>` is one that the records have."""
    if "<" not in sort:
        return sort
    family = sort.partition("<")[0]
    aliased = [one for one in columns.sorts_of(listed.operation, listed.records) if one.startswith(family)]
    return aliased[0] if aliased else untried(f"no record found: none has any {sort}")


def in_turn(service: Service, listed: Listed, sort: str) -> list[Json]:
    """The records of a list in the order of a sort."""
    most = MOST_PAGES if listed.whole else 2
    pages = service.pages(listed.operation, listed.name, {"sort": sort, **listed.params}, most)
    return [one for page in pages for one in page.data if not is_marked(one)]


def out_of_order(
    records: list[Json], sort: str, kind: str, sentence: str, reversed_from: int = 0
) -> Iterator[Difference]:
    """Pairs that stand the wrong way round; `reversed_from` counts the places of a list that was turned round."""
    for n, (before, after) in enumerate(pairwise(records)):
        if not in_order(reach(before, sort), reach(after, sort), kind):
            first = reversed_from - 1 - n if reversed_from else n + 1
            got, other = (before, after) if reversed_from else (after, before)
            word = "at most" if reversed_from else "at least"
            yield difference(
                f"data[{first}].{sort}", f"{word} {shown(reach(other, sort))}", reach(got, sort), sentence
            )


def missing(listed: Listed, found: list[Json], sort: str) -> Iterator[Difference]:
    """A sort leaves nothing out."""
    if listed.whole:
        ids = {one["id"] for one in found}
        lost = [one["id"] for one in listed.records if one["id"] not in ids]
        yield from unless(not lost, f"sort={sort}", "every record of the list", f"all but {lost}")


@of_parts(SORTS, "sort", "L11", "L5")
def test_texts_sort_without_case_nulls_come_first_and_the_oldest_of_equals(
    service: Service, known: Known, operation: str, sort: str
) -> None:
    listed = known.narrow(operation)
    sort = named_sort(listed, sort)
    for text in (sort, f"-{sort}"):
        agree(unlike_ours(service, listed, text))
    must_tell(listed, sort, values(listed, sort))


def unlike_ours(service: Service, listed: Listed, sort: str) -> Iterator[Difference]:
    """The first place where a list is not in the order that the fake has decided on."""
    name = sort.removeprefix("-")
    values = {one["id"]: reach(one, name) for one in listed.records}
    if UNSEEN in values.values():
        return
    flat = [{"id": id, "n": n, name: value} for n, (id, value) in enumerate(values.items())]
    wanted = ordered(flat, [sort], {name: sort_kind(listed.operation, name)})
    got = [one["id"] for one in in_turn(service, listed, sort) if one["id"] in values]
    for n, (ours, theirs) in enumerate(zip(wanted, got, strict=False)):
        if ours != theirs:
            sentence = "L5" if values[ours] == values[theirs] or None in (values[ours], values[theirs]) else "L11"
            yield difference(f"sort={sort}: data[{n}].{name}", shown(values[ours]), values[theirs], sentence)
            return


@of_operations([name for name in SORTED if len(OPERATIONS[name]["sorts"]) > 1], "lists.sort-several")
def test_the_second_sort_orders_what_the_first_leaves_equal(service: Service, known: Known, operation: str) -> None:
    listed = known.some(operation)
    first, second = most_telling(listed)
    kinds = [sort_kind(operation, sort) for sort in (first, second)]
    for down in (False, True):
        records = in_turn(service, listed, f"{first},{'-' * down}{second}")
        agree(out_of_order(records, first, kinds[0], ""))
        for pair in pairwise(records):
            if reach(pair[0], first) == reach(pair[1], first):
                agree(out_of_order([*(pair[::-1] if down else pair)], second, kinds[1], "", 2 * down))


def most_telling(listed: Listed) -> tuple[str, str]:
    """Two sorts: the values of the first differ, and where they do not, those of the second do most often."""
    seen = {sort: values(listed, sort) for sort in columns.sorts_of(listed.operation, listed.records)}
    known = [sort for sort in seen if UNSEEN not in seen[sort] and len(given(seen[sort])) > 1]
    told = {pair: ties(*(seen[sort] for sort in pair)) for pair in permutations(known, 2)}
    best = max(told, key=lambda pair: told[pair], default=None)
    if best is None or not told[best]:
        untried("no record found: there are no two that are equal in one sort and differ in another")
    return best


def ties(first: list[Any], second: list[Any]) -> int:
    """How many values of the second there are beyond one for each value of the first."""
    pairs = {(one, other) for one, other in zip(first, second, strict=True) if other is not None}
    return len(pairs) - len({one for one, _ in pairs})


def given(seen: list[Any]) -> set[Any]:
    return {*seen} - {None}


def values(listed: Listed, sort: str) -> list[Any]:
    return [reach(one, sort) for one in listed.records]


@of_operations(LISTS, "lists.sort-own-names", "L9")
def test_a_sort_that_is_not_printed_is_refused(service: Service, known: Known, operation: str) -> None:
    answer = service.ask(operation, known.name_of(operation), {"sort": "no_such_sort"})
    agree(unless(answer.status_code == 400, f"status of {asked(answer)}", "400", answer.status_code, "L9"))

"""Files for tasks: what comes in as multipart, what is kept of it, and what is refused without a trace."""

import gc
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.expected import (
    BRIEF,
    BRIEF_DATA,
    FILE_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PROJECT,
    Json,
    missing,
    refusal,
)

pytestmark = pytest.mark.proves("tasks.upload.multipart", "T20")

MOST = 15 * 1024 * 1024
FORM = "multipart/form-data; boundary=BOUNDARY"
REQUIRED = refusal({"file": ["The file field is required."]})
TOO_LARGE = refusal({"file": ["The file field must not be greater than 15360 kilobytes."]})
NO_FILE = refusal({"file": ["The file field must be a file."]})
MALFORMED: Json = {"message": "The multipart body is malformed."}
NAMED = 'name="file"; filename="a.txt"'


def part(disposition: str = NAMED, content: bytes = b"x", *headers: str) -> bytes:
    """One part of a multipart body, with its boundary before it."""
    lines = [f"Content-Disposition: form-data; {disposition}", *headers]
    return b"--BOUNDARY\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--BOUNDARY--\r\n"


def send(api: Api, content: Any, kind: str | None = FORM, id: str = LOGO, **params: str) -> httpx2.Response:
    headers = {} if kind is None else {"Content-Type": kind}
    return api.ask("POST", f"/tasks/{id}/upload", params, content=content, headers=headers)


def upload(api: Api, name: str = "a.txt", content: bytes = b"text", kind: str = "text/plain", id: str = LOGO) -> Json:
    """A file sent as any HTTP library does; its whole answer."""
    answer = api.ask("POST", f"/tasks/{id}/upload", files={"file": (name, content, kind)})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def kept(api: Api, id: str) -> httpx2.Response:
    """The bytes of a file, as the control API gives them back."""
    return api.http.get(f"/_fake/files/{id}")


def untouched(api: Api) -> bool:
    """Whether there is nothing but what the world was seeded with, and no file after the seeded one."""
    same = api.data("/tasks") == [BRIEF_DATA, LAUNCH_DATA, LOGO_DATA]
    following = upload(api)["id"]
    api.control("POST", "/reset")
    return bool(same and following == upload(api)["id"])


# ---------------------------------------------------------------- what is kept

CONTENTS = {
    "text": b"text",
    "every byte": bytes(range(256)) * 3,
    "line ends": b"\r\n\r\n--\r\n",
    "almost a boundary": b"--BOUNDAR\r\n--BOUNDARX\r\n-- BOUNDARY--\r\n\r\n--BOUNDA",
    "nothing": b"",
    "a carriage return at the end": b"x\r",
    "dashes": b"-" * 1000,
    "half a megabyte": bytes(range(251)) * 2089,
}


@pytest.mark.proves("file.size", "T25")
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_the_bytes_are_kept_as_they_were_sent(api: Api, content: bytes) -> None:
    answer = send(api, form(part(content=content)))
    assert (answer.status_code, answer.json()["size"]) == (200, len(content))
    assert kept(api, answer.json()["id"]).content == content


@pytest.mark.proves(
    "tasks.upload.exists", "tasks.upload.answer", "file.fields", "file.size", "file.entity", "task.attachements"
)
def test_the_answer_is_the_file_and_the_task_shows_it(api: Api) -> None:
    made = upload(api, "menu.pdf", b"%PDF-1.7", "application/pdf", LAUNCH)
    assert made == {
        "id": made["id"],
        "file_name": "menu.pdf",
        "mime_type": "application/pdf",
        "size": 8,
        "entity_id": LAUNCH,
        "entity_type": "task",
        "created_at": NOW,
    }
    assert api.data(f"/tasks/{LAUNCH}") == {**LAUNCH_DATA, "attachements": [made], "updated_at": NOW}


def test_several_files_stand_in_the_order_in_which_they_came(api: Api) -> None:
    made = [upload(api, name, name.encode()) for name in ("b.txt", "a.txt", "b.txt")]
    assert len({one["id"] for one in made}) == 3
    assert api.data(f"/tasks/{LOGO}") == {**LOGO_DATA, "attachements": [FILE_DATA, *made], "updated_at": NOW}
    assert [kept(api, one["id"]).content for one in made] == [b"b.txt", b"a.txt", b"b.txt"]


def test_the_files_of_a_task_stay_when_it_changes(api: Api) -> None:
    made = upload(api)
    changed = api.patch(f"/tasks/{LOGO}", {"title": "U", "status": "Completed"}).json()
    assert changed["attachements"] == [FILE_DATA, made]


@pytest.mark.proves("tasks.upload.find-by")
@pytest.mark.parametrize(
    "by, name", [("id", LOGO), ("uri", "WEB-3"), ("external_id", "WEB-3001")], ids=["id", "uri", "external_id"]
)
def test_the_task_is_found_by_each_of_its_names(api: Api, by: str, name: str) -> None:
    answer = send(api, form(part()), id=name, find_by=by, origin="jira")
    assert (answer.status_code, answer.json()["entity_id"]) == (200, LOGO)
    assert api.data(f"/tasks/{LOGO}")["attachements"] == [FILE_DATA, answer.json()]


@pytest.mark.parametrize("deleted", [LOGO, LAUNCH], ids=["the task", "its parent"])
def test_the_files_go_with_their_task(api: Api, deleted: str) -> None:
    made = upload(api)
    api.delete(f"/tasks/{deleted}")
    assert [kept(api, file["id"]).status_code for file in (made, FILE_DATA)] == [404, 404]


def test_the_files_of_other_tasks_stay_when_a_task_is_deleted(api: Api) -> None:
    made = upload(api, content=b"mine", id=BRIEF)
    api.delete(f"/tasks/{LAUNCH}")
    assert (api.data(f"/tasks/{BRIEF}")["attachements"], kept(api, made["id"]).content) == ([made], b"mine")


# ---------------------------------------------------------------- names

# the filename parameter as it is sent -> the name as it is kept
NAMES = {
    "plain.txt": "plain.txt",
    "two words (1).txt": "two words (1).txt",
    "Müller & Söhne.pdf": "Müller & Söhne.pdf",
    "Mu\u0308ller.pdf": "Mu\u0308ller.pdf",
    "🏳️‍🌈 plan.png": "🏳️‍🌈 plan.png",
    "日本語.txt": "日本語.txt",
    'say \\"hi\\".txt': 'say "hi".txt',
    "semi;colon=equals.txt": "semi;colon=equals.txt",
    "percent%20%22.txt": "percent%20%22.txt",
    "no-extension": "no-extension",
    ".hidden": ".hidden",
    "../../etc/passwd": "passwd",
    "/etc/passwd": "passwd",
    "..\\\\..\\\\windows\\\\win.ini": "win.ini",
    "C:\\\\fakepath\\\\photo.jpg": "photo.jpg",
    "a/b\\\\c/d.txt": "d.txt",
    "a\u0000b.txt": "ab.txt",
    "<script>.html": "<script>.html",
}


@pytest.mark.proves("T26")
@pytest.mark.parametrize("sent, name", NAMES.items(), ids=map(ascii, NAMES))
def test_of_a_file_name_the_last_part_is_kept(api: Api, sent: str, name: str) -> None:
    answer = send(api, form(part(f'name="file"; filename="{sent}"')))
    assert (answer.status_code, answer.json()["file_name"]) == (200, name)
    assert kept(api, answer.json()["id"]).content == b"x"
    assert api.data(f"/tasks/{LOGO}")["attachements"] == [FILE_DATA, answer.json()]


@pytest.mark.proves("T26")
@pytest.mark.parametrize("sent", ["..", ".", "/", "a/", "\\\\", "../..", "\u0001"], ids=ascii)
def test_a_file_name_that_is_a_path_alone_gets_a_name_of_its_own(api: Api, sent: str) -> None:
    answer = send(api, form(part(f'name="file"; filename="{sent}"')))
    assert (answer.status_code, answer.json()["file_name"]) == (200, "file")


@pytest.mark.proves("T26")
@pytest.mark.parametrize("character", ["a", "ü", "😀"])
def test_of_a_long_file_name_255_characters_are_kept(api: Api, character: str) -> None:
    answer = send(api, form(part(f'name="file"; filename="{character * 300}"')))
    assert (answer.status_code, answer.json()["file_name"]) == (200, character * 255)


@pytest.mark.proves("T26")
def test_a_name_that_is_not_utf_8_is_read_as_latin_1(api: Api) -> None:
    disposition = b'Content-Disposition: form-data; name="file"; filename="M\xfcller.txt"'
    answer = send(api, b"--BOUNDARY\r\n" + disposition + b"\r\n\r\nx\r\n--BOUNDARY--\r\n")
    assert (answer.status_code, answer.json()["file_name"]) == (200, "Müller.txt")


@pytest.mark.proves("tasks.upload.printed-call", "T24")
def test_a_part_without_a_filename_is_taken_and_the_hint_says_so(api: Api) -> None:
    answer = send(api, form(part('name="file"', b"string")))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": answer.json()["id"],
        "file_name": "file",
        "mime_type": "application/octet-stream",
        "size": 6,
        "entity_id": LOGO,
        "entity_type": "task",
        "created_at": NOW,
    }
    assert "filename" in hint(answer)


@pytest.mark.proves("T24")
def test_a_filename_in_its_extended_form_is_not_read(api: Api) -> None:
    answer = send(api, form(part("name=\"file\"; filename*=UTF-8''a.txt")))
    assert (answer.status_code, answer.json()["file_name"]) == (200, "file")
    assert "filename" in hint(answer)


@pytest.mark.proves("T24")
def test_a_part_with_a_filename_earns_no_hint(api: Api) -> None:
    assert hint(send(api, form(part()))) == ""


# ---------------------------------------------------------------- content types


@pytest.mark.parametrize("kind", ["text/plain", "application/pdf", "image/svg+xml", "application/x-my.own-thing"])
def test_the_content_type_of_the_part_is_the_mime_type(api: Api, kind: str) -> None:
    answer = send(api, form(part(NAMED, b"x", f"Content-Type: {kind}")))
    assert (answer.status_code, answer.json()["mime_type"]) == (200, kind)
    assert kept(api, answer.json()["id"]).headers["content-type"] == kind


@pytest.mark.parametrize("header", ["Content-Type: ", "X-Other: 1"], ids=["empty", "none"])
def test_without_a_content_type_it_is_a_stream_of_octets(api: Api, header: str) -> None:
    answer = send(api, form(part(NAMED, b"x", header)))
    assert (answer.status_code, answer.json()["mime_type"]) == (200, "application/octet-stream")


@pytest.mark.parametrize("kind", ["text/pläin", "x" * 1000, "no type", "text/html; charset=ü"])
def test_an_odd_content_type_harms_nobody(api: Api, kind: str) -> None:
    answer = send(api, form(part(NAMED, b"x", f"Content-Type: {kind}")))
    assert answer.status_code == 200
    assert (kept(api, answer.json()["id"]).status_code, kept(api, answer.json()["id"]).content) == (200, b"x")


@pytest.mark.parametrize(
    "kind",
    [
        'multipart/form-data; boundary="BOUNDARY"',
        "Multipart/Form-Data; boundary=BOUNDARY",
        "multipart/form-data; charset=utf-8; boundary=BOUNDARY",
        "multipart/form-data;boundary=BOUNDARY",
    ],
)
def test_the_boundary_is_read_however_it_is_written(api: Api, kind: str) -> None:
    assert send(api, form(part()), kind).status_code == 200


def test_header_names_of_a_part_are_read_in_any_case(api: Api) -> None:
    raw = form(part(NAMED, b"x", "content-TYPE: text/csv")).replace(b"Content-Disposition", b"CONTENT-disposition")
    assert send(api, raw).json()["mime_type"] == "text/csv"


def test_a_preamble_of_line_ends_and_an_epilogue_are_no_part(api: Api) -> None:
    answer = send(api, b"\r\n" + form(part()) + b"epilogue")
    assert (answer.status_code, answer.json()["size"]) == (200, 1)


# ---------------------------------------------------------------- sizes


def in_blocks(size: int, block: bytes = bytes(65536), disposition: str = NAMED) -> Iterator[bytes]:
    """A form with a file of so many bytes, block by block."""
    yield part(disposition, b"")[:-2]
    for _ in range(size // len(block)):
        yield block
    yield bytes(size % len(block))
    yield b"\r\n--BOUNDARY--\r\n"


@pytest.mark.proves("tasks.upload.size")
def test_a_file_may_have_15_megabytes(api: Api) -> None:
    answer = send(api, in_blocks(MOST))
    assert (answer.status_code, answer.json()["size"]) == (200, MOST)
    assert kept(api, answer.json()["id"]).content == bytes(MOST)


@pytest.mark.proves("tasks.upload.size", "E10")
@pytest.mark.parametrize(
    "size", [MOST + 1, MOST + 65536, 20_000_000, 270 * 1024 * 1024], ids=lambda size: f"{size} bytes"
)
def test_a_larger_file_is_refused_and_nothing_of_it_kept(api: Api, size: int) -> None:
    answer = send(api, in_blocks(size, bytes(1024 * 1024)))
    assert (answer.status_code, answer.json()) == (422, TOO_LARGE)
    assert untouched(api)


def test_what_other_parts_weigh_does_not_count(api: Api) -> None:
    others = part('name="other"; filename="o"', bytes(MOST)), part('name="text"', b"t" * 4096)
    answer = send(api, form(others[0], part(content=bytes(1024)), others[1]))
    assert (answer.status_code, answer.json()["size"]) == (200, 1024)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_form_may_come_in_small_pieces(api: Api, size: int) -> None:
    raw = form(part('name="other"', b"--BOUNDARY?"), part(NAMED, b"te\r\n--BOUND\r\nxt", "Content-Type: text/csv"))
    answer = send(api, (raw[at : at + size] for at in range(0, len(raw), size)))
    assert (answer.status_code, answer.json()["mime_type"], answer.json()["size"]) == (200, "text/csv", 15)
    assert kept(api, answer.json()["id"]).content == b"te\r\n--BOUND\r\nxt"


def grown(work: Iterable[Any]) -> tuple[int, int]:
    """By how many bytes the memory grew while work was done, and by how many at most meanwhile."""
    gc.collect()
    tracemalloc.start()
    try:
        for _ in work:
            pass
        gc.collect()
        return tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()


def test_refused_uploads_leave_no_memory_behind(api: Api) -> None:
    block = bytes(1024 * 1024)
    send(api, in_blocks(MOST + 1, block))
    left, most = grown(send(api, in_blocks(20_000_000, block)) for _ in range(20))
    assert left < 2_000_000
    assert most < 3 * MOST


def test_the_bytes_of_a_deleted_task_leave_no_memory_behind(api: Api) -> None:
    def kept_and_deleted() -> int:
        id = api.post("/tasks", {"title": "T", "project_id": PROJECT}).json()["id"]
        assert send(api, in_blocks(10_000_000), id=id).status_code == 200
        return api.delete(f"/tasks/{id}").status_code

    assert kept_and_deleted() == 200
    left, _ = grown(kept_and_deleted() for _ in range(3))
    assert left < 1_000_000


def test_a_large_part_of_another_name_is_not_gathered(api: Api) -> None:
    block = bytes(1024 * 1024)
    left, most = grown(send(api, in_blocks(40_000_000, block, 'name="other"; filename="o"')) for _ in range(3))
    assert (left < 1_000_000, most < 8_000_000) == (True, True)


# ---------------------------------------------------------------- no file

NO_FILES = {
    "no part at all": form(),
    "a part of another name": form(part('name="files"; filename="a.txt"')),
    "a part named like a list": form(part('name="file[]"; filename="a.txt"')),
    "another case": form(part('name="FILE"; filename="a.txt"')),
    "a part without a name": form(part('filename="a.txt"')),
    "an empty filename": form(part('name="file"; filename=""', b"")),
    "an empty filename with content": form(part('name="file"; filename=""', b"text")),
    "text fields": form(part('name="title"', b"T"), part('name="status"', b"New")),
}


@pytest.mark.proves("tasks.upload.file-required", "T24")
@pytest.mark.parametrize("content", NO_FILES.values(), ids=NO_FILES)
def test_without_a_file_in_the_part_file_the_file_is_required(api: Api, content: bytes) -> None:
    answer = send(api, content)
    assert (answer.status_code, answer.json()) == (422, REQUIRED)
    assert "file" in hint(answer)
    assert untouched(api)


def test_a_wrong_part_name_is_named_in_the_hint(api: Api) -> None:
    answer = send(api, form(part('name="attachment"; filename="a.txt"')))
    assert "attachment" in hint(answer)
    assert "Send the file in a part named file." in hint(answer)


@pytest.mark.proves("tasks.upload.file-required")
@pytest.mark.parametrize("kind", [FORM, "multipart/form-data", None], ids=str)
def test_without_a_body_the_file_is_required(api: Api, kind: str | None) -> None:
    answer = send(api, b"", kind)
    assert (answer.status_code, answer.json()) == (422, REQUIRED)


TWICE = {
    "two files": (part(), part()),
    "a file and a text": (part(), part('name="file"')),
    "a text and a file": (part('name="file"'), part()),
    "a large one and a small one": (part(content=bytes(MOST + 1)), part()),
}


@pytest.mark.proves("T24")
@pytest.mark.parametrize("parts", TWICE.values(), ids=TWICE)
def test_two_parts_named_file_are_refused(api: Api, parts: tuple[bytes, ...]) -> None:
    answer = send(api, form(*parts))
    assert (answer.status_code, answer.json()) == (422, NO_FILE)
    assert "one part named file" in hint(answer)
    assert untouched(api)


# ---------------------------------------------------------------- no form


@pytest.mark.parametrize(
    "kind, shown",
    [
        ("application/json", "application/json"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("text/plain", "text/plain"),
        ("multipart/mixed; boundary=BOUNDARY", "multipart/mixed; boundary=BOUNDARY"),
        (None, "(none)"),
    ],
    ids=str,
)
def test_a_body_that_is_no_form_is_unsupported(api: Api, kind: str | None, shown: str) -> None:
    answer = send(api, form(part()), kind)
    assert (answer.status_code, answer.json()) == (415, {"message": f"The content type {shown} is not supported."})
    assert "multipart/form-data" in hint(answer)
    assert untouched(api)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=", 'multipart/form-data; boundary=""']
)
def test_a_form_without_a_boundary_is_a_bad_request(api: Api, kind: str) -> None:
    answer = send(api, form(part()), kind)
    assert (answer.status_code, answer.json()) == (400, {"message": "The multipart body has no boundary."})
    assert untouched(api)


WHOLE = form(part(content=b"a text that is long enough"))
BROKEN = {
    "cut in the boundary": WHOLE[:6],
    "cut in a header": WHOLE[:30],
    "cut in the content": WHOLE[: WHOLE.index(b"long")],
    "cut before the last boundary": WHOLE[: WHOLE.rindex(b"--BOUNDARY--")],
    "cut in the last boundary": WHOLE[: WHOLE.rindex(b"--BOUNDARY--") + 8],
    "without the last dashes": WHOLE[: WHOLE.rindex(b"--\r\n")] + b"\r\n",
    "another boundary": WHOLE.replace(b"BOUNDARY", b"ANOTHER"),
    "no boundary at all": b"just a text",
    "json": b'{"file": "x"}',
    "a header without a colon": WHOLE.replace(b"Content-Disposition:", b"Content-Disposition"),
    "a space in a header name": WHOLE.replace(b"Content-Disposition:", b"Content Disposition:"),
    "too many headers": form(part(NAMED, b"x", *(f"X-{n}: 1" for n in range(100)))),
    "a header without end": form(part(f'name="file"; filename="{"a" * 100_000}"')),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_form_is_a_bad_request(api: Api, content: bytes) -> None:
    answer = send(api, content)
    assert (answer.status_code, answer.json()) == (400, MALFORMED)
    assert untouched(api)


@pytest.mark.parametrize("length", [1, 70])
def test_a_boundary_may_be_as_long_as_its_standard_allows(api: Api, length: int) -> None:
    answer = send(
        api, form(part()).replace(b"BOUNDARY", b"b" * length), f"multipart/form-data; boundary={'b' * length}"
    )
    assert (answer.status_code, answer.json()["size"]) == (200, 1)


@pytest.mark.parametrize("length", [257, 5000])
def test_a_boundary_without_measure_is_a_bad_request(api: Api, length: int) -> None:
    answer = send(
        api, form(part()).replace(b"BOUNDARY", b"b" * length), f"multipart/form-data; boundary={'b' * length}"
    )
    assert (answer.status_code, set(answer.json())) == (400, {"message"})
    assert untouched(api)


def test_a_form_of_very_many_parts_is_a_bad_request(api: Api) -> None:
    answer = send(api, form(*[part(f'name="f{n}"') for n in range(5000)], part()))
    assert (answer.status_code, answer.json()) == (400, {"message": "The multipart body has too many parts."})
    assert untouched(api)


# ---------------------------------------------------------------- no such task, no right


def test_a_file_for_a_missing_task_is_not_kept(api: Api) -> None:
    answer = send(api, form(part()), id="nobody")
    assert (answer.status_code, answer.json()) == (404, missing("nobody"))
    assert untouched(api)


@pytest.mark.proves("E1")
@pytest.mark.parametrize("size", [MOST + 1, 0])
def test_a_missing_task_counts_before_a_wrong_file(api: Api, size: int) -> None:
    content = form(part(content=bytes(size)) if size else part('name="other"'))
    answer = send(api, content, id="nobody")
    assert (answer.status_code, answer.json()) == (404, missing("nobody"))


@pytest.mark.proves("E1")
def test_a_broken_form_counts_before_a_missing_task(api: Api) -> None:
    assert send(api, WHOLE[:30], id="nobody").status_code == 400
    assert send(api, WHOLE, "text/plain", id="nobody").status_code == 415


@pytest.mark.proves("L12")
def test_a_guest_cannot_reach_a_task_that_is_not_public(api: Api) -> None:
    answer = send(api.as_token("guest-token"), form(part()), id=BRIEF)
    assert (answer.status_code, answer.json()) == (404, missing(BRIEF))
    assert untouched(api)


@pytest.mark.proves("tasks.upload.scope")
def test_without_the_write_scope_nothing_is_kept(api: Api) -> None:
    answer = send(api.register(scopes=["task-management:read", "client:write"]), form(part()))
    assert (answer.status_code, answer.json()) == (403, {"message": "Invalid scope(s) provided."})
    assert untouched(api)

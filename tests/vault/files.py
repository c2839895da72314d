"""Small files of many kinds, and how they are uploaded."""

import zlib
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx
from sqlmodel import select

from app.core.ids import from_global
from app.core.resources import Resources
from app.vault.models import StoredFile
from tests.client import Api, Payload
from tests.factories import Person

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
GIF = b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
# What every scanner takes for malware, by agreement.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

FILE = "file { id name size purpose status type scanStatus url }"


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    head = b"\0\0\0\1\0\0\0\1\x08\2\0\0\0"
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0\0\0"))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def archive(**members: str) -> bytes:
    """A ZIP; `__` in a name stands for a slash, and `_` for a dot."""
    made = BytesIO()
    with ZipFile(made, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/").replace("_", "."), text)
    return made.getvalue()


def docx(**more: str) -> bytes:
    """A document of Word's, as far as anybody looks."""
    made = BytesIO()
    with ZipFile(made, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("word/document.xml", "<document/>")
        for name, text in more.items():
            file.writestr(name, text)
    return made.getvalue()


async def begin(
    api: Api, person: Person, size: int, filename: str = "leaf.pdf", **more: Any
) -> Payload:
    """Ask for a link."""
    given = {"purpose": "ASSIGNMENT", "filename": filename, "size": size, **more}
    fields = f"{FILE} link {{ url method expiresAt headers {{ name value }} }}"
    return await api.mutate("uploadBegin", given, fields, as_=person)


async def send(link: dict[str, Any], data: bytes) -> int:
    """Use a link; the status of the answer."""
    headers = {each["name"]: each["value"] for each in link["headers"]}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        answer = await http.request(link["method"], link["url"], content=data, headers=headers)
    return answer.status_code


async def complete(api: Api, person: Person, id: str) -> Payload:
    """Say that the file was sent."""
    return await api.mutate("uploadComplete", {"id": id}, FILE, as_=person)


async def sent(
    api: Api, person: Person, data: bytes, filename: str = "leaf.pdf", **more: Any
) -> str:
    """The id of a file that was sent and not completed."""
    begun = (await begin(api, person, len(data), filename, **more)).ok()
    assert await send(begun["link"], data) in (200, 201)
    return str(begun["file"]["id"])


async def upload(
    api: Api, person: Person, data: bytes = PDF, filename: str = "leaf.pdf", **more: Any
) -> dict[str, Any]:
    """A file that is ready."""
    id = await sent(api, person, data, filename, **more)
    file: dict[str, Any] = (await complete(api, person, id)).ok()["file"]
    return file


async def row(resources: Resources, id: str) -> StoredFile | None:
    """A file as it is now."""
    async with resources.database.read() as reading:
        return await reading.first(
            select(StoredFile).where(StoredFile.id == from_global("fil", id))
        )


def objects(resources: Resources) -> list[str]:
    """The names of all that the local store has, unfinished ones too."""
    folder = resources.settings.data_dir / "objects"
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())

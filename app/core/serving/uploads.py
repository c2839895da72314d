"""Objects that whoever has a signed link sends: for a store that can't take them itself.

What comes is written to a file without a name, which is gone whatever happens; it becomes an
object once it is whole. A link is used up by that, not by a connection that was lost.
"""

import asyncio
from tempfile import TemporaryFile
from typing import IO

from redis.exceptions import RedisError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.core.clock import now
from app.core.links import UPLOADS
from app.core.resources import Resources


class _Refused(Exception):
    def __init__(self, status: int, why: str) -> None:
        self.status, self.why = status, why
        super().__init__(why)


async def _upload(request: Request) -> Response:
    resources: Resources = request.app.state.resources
    try:
        await _make(resources, request)
    except _Refused as refused:
        return PlainTextResponse(f"{refused.why}\n", status_code=refused.status)
    except ClientDisconnect:
        return PlainTextResponse("The connection was lost.\n", status_code=400)
    except RedisError:
        return PlainTextResponse("Try again soon.\n", status_code=503)
    return Response(status_code=201)


async def _make(resources: Resources, request: Request) -> None:
    """The object that a link is for, of what comes with it."""
    name, given = request.path_params["name"], request.query_params
    size, until, signature = (given.get(each, "") for each in ("size", "until", "signature"))
    if not resources.links.admits(name, size, until, signature):
        raise _Refused(403, "This link is not valid, or no longer.")
    if request.headers.get("content-length", size) != size:
        raise _wrong_size(int(size))
    with TemporaryFile(dir=resources.settings.data_dir) as file:
        await _receive(request, file, int(size))
        if not await _use_up(resources, signature, int(until)):
            raise _Refused(409, "This link has been used.")
        file.seek(0)
        await resources.objects.put_file(name, file, "upload")


async def _receive(request: Request, file: IO[bytes], size: int) -> None:
    """Write the body to a file; it is never in memory as a whole."""
    received = 0
    async for piece in request.stream():
        received += len(piece)
        if received > size:
            raise _wrong_size(size)
        await asyncio.to_thread(file.write, piece)
    if received < size:
        raise _wrong_size(size)


async def _use_up(resources: Resources, signature: str, until: int) -> bool:
    """Whether a link hadn't been used; it has now."""
    seconds = max(1, until - int(now().timestamp()) + 1)
    return bool(await resources.redis.set(f"upload:{signature}", "", nx=True, ex=seconds))


def _wrong_size(size: int) -> _Refused:
    return _Refused(413, f"This link takes a file of {size} bytes.")


ROUTES = (Route(f"{UPLOADS}{{name:path}}", _upload, methods=["PUT"]),)

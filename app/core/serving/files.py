"""Objects of the store, to whoever has a signed link."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from app.core.links import PATH
from app.core.resources import Resources
from app.core.storage import UNKNOWN, attachment


async def _file(request: Request) -> Response:
    resources: Resources = request.app.state.resources
    name, given = request.path_params["name"], request.query_params
    filename = given.get("filename", "")
    if not resources.links.opens(
        name, filename, given.get("until", ""), given.get("signature", "")
    ):
        return PlainTextResponse("This link is not valid, or no longer.\n", status_code=403)
    stored = await resources.objects.open(name)
    if stored is None:
        return PlainTextResponse("This file is gone.\n", status_code=404)
    return StreamingResponse(
        stored.pieces,
        media_type=UNKNOWN,
        headers={
            "content-length": str(stored.size),
            "content-disposition": attachment(filename),
            "cache-control": "private, no-store",
        },
    )


ROUTES = (Route(f"{PATH}{{name:path}}", _file),)

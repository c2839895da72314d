"""Whether the process lives, whether it can serve, and its metrics."""

import asyncio
import hmac
from collections.abc import Awaitable
from typing import cast

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.core.resources import Resources

_CHECK_SECONDS = 2.0
_LOOPBACK = ("127.0.0.1", "::1")


async def health(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Each service that a request needs; 503 if one is away."""
    resources: Resources = request.app.state.resources
    names = ("database", "redis")
    results = await asyncio.gather(
        _check(_database(resources)), _check(_redis(resources)), return_exceptions=False
    )
    checks = dict(zip(names, results, strict=True))
    ok = all(check == "ok" for check in checks.values())
    body = {"status": "ok" if ok else "unavailable", "checks": checks}
    return JSONResponse(body, status_code=200 if ok else 503)


async def _check(probe: Awaitable[object]) -> str:
    try:
        await asyncio.wait_for(probe, _CHECK_SECONDS)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the service is the answer
        return type(error).__name__
    return "ok"


async def _database(resources: Resources) -> None:
    async with resources.database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def _redis(resources: Resources) -> None:
    await cast("Awaitable[bool]", resources.redis.ping())


async def metrics(request: Request) -> Response:
    """Prometheus' text: with the token if one is set, else on this machine only."""
    resources: Resources = request.app.state.resources
    token = resources.settings.metrics_token.get_secret_value()
    given = request.headers.get("authorization", "")
    local = request.client is not None and request.client.host in _LOOPBACK
    if not (hmac.compare_digest(given, f"Bearer {token}") if token else local):
        return Response(status_code=403)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


ROUTES = [
    Route("/health", health),
    Route("/ready", ready),
    Route("/metrics", metrics),
]

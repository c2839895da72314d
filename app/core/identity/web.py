"""How providers are asked: briefly, for little, and nowhere else than where they are.

Whatever a provider does, an answer is short, in JSON, and there soon. A redirection isn't
followed: it could lead into the network of this server.
"""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any, TypeAlias

import httpx
from authlib.deprecate import AuthlibDeprecationWarning

from app.core.logging import get_logger

with warnings.catch_warnings():
    # It prefers a successor of httpx, and says so at each start.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client

OAuthClient: TypeAlias = AsyncOAuth2Client

MOST_BYTES = 256 * 1024
# For all that is asked of a provider in one go.
SECONDS = 10.0

log = get_logger(__name__)


class ProviderUnavailable(Exception):
    """A provider is down, too slow, or answers what makes no sense."""


class ProviderRefused(Exception):
    """A provider doesn't confirm who this is, or not in a way that can be believed."""


class _Bounded(httpx.AsyncByteStream):
    """An answer, up to where it is too long."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise ProviderUnavailable("an answer that is too long")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class _Transport(httpx.AsyncBaseTransport):
    """Answers that are bounded as they are received: none is compressed."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport(verify=_certificates())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise ProviderUnavailable("a compressed answer")
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def client(provider: str, **options: Any) -> AsyncIterator[OAuthClient]:
    """A client of a provider; what goes wrong with it becomes one of the two exceptions."""
    with _explained(provider):
        made = OAuthClient(
            transport=_Transport(), timeout=SECONDS, follow_redirects=False, **options
        )
        async with asyncio.timeout(SECONDS), made:
            yield made


@contextmanager
def _explained(provider: str) -> Iterator[None]:
    try:
        yield
    except ProviderUnavailable as error:
        log.warning("provider.unavailable", provider=provider, reason=str(error))
        raise
    except ProviderRefused as error:
        log.info("provider.refused", provider=provider, reason=str(error))
        raise
    except OAuthError as error:
        # Its description could quote what it was sent.
        log.info("provider.refused", provider=provider, reason=str(error.error)[:100])
        raise ProviderRefused("an error") from None
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        log.warning("provider.unavailable", provider=provider, reason=type(error).__name__)
        raise ProviderUnavailable("no answer") from None
    except (ValueError, RecursionError) as error:
        log.warning("provider.unavailable", provider=provider, reason=type(error).__name__)
        raise ProviderUnavailable("an answer that makes no sense") from None


async def get(asked: OAuthClient, url: str, *, with_token: bool = False) -> Any:
    """What there is at an address, out of JSON."""
    response = await asked.request(
        "GET", url, withhold_token=not with_token, headers={"accept": "application/json"}
    )
    if response.status_code != httpx.codes.OK:
        raise ProviderUnavailable(f"status {response.status_code}")
    return response.json()


async def get_object(asked: OAuthClient, url: str, *, with_token: bool = False) -> dict[str, Any]:
    """The object that there is at an address."""
    found = await get(asked, url, with_token=with_token)
    if not isinstance(found, dict):
        raise ProviderUnavailable("something else than an object")
    return found

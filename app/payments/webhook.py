"""Where Stripe tells what happened: `POST /webhooks/stripe`."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.core.resources import Resources
from app.payments.service import webhooks

PATH = "/webhooks/stripe"
_LARGEST = 256 * 1024


async def _stripe(request: Request) -> Response:
    resources: Resources = request.app.state.resources
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            return PlainTextResponse("This is too long.\n", status_code=413)
    secret = resources.settings.stripe_webhook_secret.get_secret_value()
    try:
        told = webhooks.read(bytes(body), request.headers.get("stripe-signature", ""), secret)
    except webhooks.Forged:
        return PlainTextResponse("This isn't signed by Stripe.\n", status_code=400)
    await webhooks.receive(resources, told)
    return Response(status_code=200)


ROUTES = (Route(PATH, _stripe, methods=["POST"]),)

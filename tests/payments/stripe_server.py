"""A server that speaks as much of Stripe's API as payments use, and signs events as Stripe does.

It keeps to what `stripe-python` describes: forms with brackets, `Authorization: Bearer`, answers
by `Idempotency-Key` (another body under the same key is an error), errors as Stripe words them.
"""

import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from time import time
from typing import Any
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from stripe import WebhookSignature

KEY = "sk_test_lyceum"
WEBHOOK_SECRET = "whsec_lyceum"

Object = dict[str, Any]
Form = dict[str, Any]

_CANCELABLE = ("requires_payment_method", "requires_confirmation", "requires_action", "processing")
_DAY = 86_400


class Problem(Exception):
    """An answer that isn't what was asked for."""

    def __init__(self, status: int, type: str, code: str = "") -> None:
        self.status = status
        self.error = {"type": type, "code": code, "message": f"{type}: {code}"}
        super().__init__(code)


def refused(code: str, status: int = 400) -> Problem:
    """What Stripe won't do."""
    return Problem(status, "invalid_request_error", code)


def form_of(text: str) -> Form:
    """`a[b]=1&c[0][d]=2` as `{"a": {"b": "1"}, "c": {"0": {"d": "2"}}}`."""
    made: Form = {}
    for name, value in parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)):
        first, *more = re.findall(r"[^\[\]]+", name)
        into = made
        for each, following in zip([first, *more], [*more, None], strict=True):
            if following is None:
                into[each] = value
            else:
                into = into.setdefault(each, {})
    return made


@dataclass
class StripeServer:
    """What was asked of it, and what it has; `down` answers nothing but 500."""

    url: str = ""
    down: bool = False
    # Called before an answer leaves, by `METHOD /path`.
    before: Callable[[str], Awaitable[None]] | None = None
    requests: list[tuple[str, Form]] = field(default_factory=list)
    intents: dict[str, Object] = field(default_factory=dict)
    refunds: dict[str, Object] = field(default_factory=dict)
    customers: dict[str, Object] = field(default_factory=dict)
    products: dict[str, Object] = field(default_factory=dict)
    subscriptions: dict[str, Object] = field(default_factory=dict)
    # What new refunds are at first.
    refund_status: str = "succeeded"
    _answers: dict[str, tuple[Form, Object]] = field(default_factory=dict)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def pay(self, intent_id: str) -> None:
        """The card was charged."""
        self.intents[intent_id] |= {"status": "succeeded", "last_payment_error": None}

    def decline(self, intent_id: str) -> None:
        """The card was declined."""
        error = {"type": "card_error", "code": "card_declined", "message": "No."}
        self.intents[intent_id] |= {
            "status": "requires_payment_method",
            "last_payment_error": error,
        }

    def event(self, type: str, about: Object, id: str = "") -> bytes:
        """The body of an event about an object as it is now."""
        made = {
            "id": id or f"evt_{next(self._numbers)}",
            "object": "event",
            "type": type,
            "created": int(time()),
            "livemode": False,
            "data": {"object": about},
        }
        return json.dumps(made).encode()

    def signature(self, body: bytes, *, secret: str = WEBHOOK_SECRET, age: int = 0) -> str:
        """What stands in `Stripe-Signature`."""
        return WebhookSignature.generate_signature_header(
            body.decode(), secret, timestamp=int(time()) - age
        )

    def asked(self, what: str) -> list[Form]:
        """The forms of the requests to a method and path."""
        return [form for each, form in self.requests if each == what]

    async def answer(self, request: Request) -> Response:
        """Any request."""
        try:
            return JSONResponse(await self._answer(request))
        except Problem as problem:
            return JSONResponse({"error": problem.error}, problem.status)

    async def _answer(self, request: Request) -> Object:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            raise Problem(401, "invalid_request_error", "api_key")
        assert request.headers["stripe-version"]
        body = (await request.body()).decode()
        if body:
            assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = form_of(body or request.url.query)
        what = f"{request.method} {request.url.path}"
        self.requests.append((what, form))
        if self.down:
            raise Problem(500, "api_error")
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if key is not None and key in self._answers:
            asked, answered = self._answers[key]
            if asked != form:
                raise Problem(400, "idempotency_error")
            return answered
        made = self._do(request.method, request.url.path.split("/")[2:], form)
        made = json.loads(json.dumps(made))
        if key is not None:
            self._answers[key] = (form, made)
        if self.before is not None:
            await self.before(what)
        return made

    def _do(self, method: str, path: list[str], form: Form) -> Object:
        match method, *path:
            case "POST", "payment_intents":
                return self._make_intent(form)
            case "GET", "payment_intents", id:
                return _found(self.intents, id)
            case "POST", "payment_intents", id, "cancel":
                intent = _found(self.intents, id)
                if intent["status"] not in _CANCELABLE:
                    raise refused("payment_intent_unexpected_state")
                return _changed(intent, status="canceled")
            case "POST", "refunds":
                return self._make_refund(form)
            case "GET", "refunds":
                of = form["payment_intent"]
                found = [each for each in self.refunds.values() if each["payment_intent"] == of]
                return {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}
            case _:
                return self._do_billing(method, path, form)

    def _do_billing(  # noqa: PLR0911 - a line for each path
        self, method: str, path: list[str], form: Form
    ) -> Object:
        match method, *path:
            case "POST", "customers":
                id = f"cus_{next(self._numbers)}"
                self.customers[id] = {"id": id, "object": "customer", **form}
                return self.customers[id]
            case "GET", "products", id:
                return _found(self.products, id)
            case "POST", "products":
                if form["id"] in self.products:
                    raise refused("resource_already_exists")
                self.products[form["id"]] = {"object": "product", **form}
                return self.products[form["id"]]
            case "POST", "subscriptions":
                return self._make_subscription(form)
            case "GET", "subscriptions", id:
                return _found(self.subscriptions, id)
            case "POST", "subscriptions", id:
                found = self._living(id)
                return _changed(
                    found, cancel_at_period_end=form["cancel_at_period_end"] in ("True", "true")
                )
            case "DELETE", "subscriptions", id:
                return _changed(self._living(id), status="canceled")
        raise refused("url", 404)

    def _living(self, id: str) -> Object:
        found = _found(self.subscriptions, id)
        if found["status"] in ("canceled", "incomplete_expired"):
            raise refused("resource_missing", 404)
        return found

    def _make_intent(self, form: Form) -> Object:
        id = f"pi_{next(self._numbers)}"
        assert form["currency"] == form["currency"].lower()
        self.intents[id] = {
            "id": id,
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "currency": form["currency"],
            "description": form["description"],
            "client_secret": f"{id}_secret_{next(self._numbers)}",
            "status": "requires_payment_method",
            "last_payment_error": None,
            "metadata": form.get("metadata", {}),
        }
        return self.intents[id]

    def _make_refund(self, form: Form) -> Object:
        intent = _found(self.intents, form["payment_intent"])
        amount = int(form["amount"])
        given = sum(
            each["amount"]
            for each in self.refunds.values()
            if each["payment_intent"] == intent["id"]
            and each["status"] not in ("failed", "canceled")
        )
        if intent["status"] != "succeeded" or given + amount > intent["amount"]:
            raise refused("charge_already_refunded")
        id = f"re_{next(self._numbers)}"
        self.refunds[id] = {
            "id": id,
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": self.refund_status,
            "metadata": form.get("metadata", {}),
        }
        return self.refunds[id]

    def _make_subscription(self, form: Form) -> Object:
        assert form["customer"] in self.customers
        price = form["items"]["0"]["price_data"]
        assert price["product"] in self.products
        assert form["payment_behavior"] == "default_incomplete"
        id, now = f"sub_{next(self._numbers)}", int(time())
        days = int(form.get("trial_period_days", 0))
        month = {"month": 30, "year": 365}[price["recurring"]["interval"]]
        setup = {"id": f"seti_{id}", "object": "setup_intent", "client_secret": f"seti_{id}_secret"}
        secret = {"type": "payment_intent", "client_secret": f"pi_{id}_secret"}
        invoice = {"id": f"in_{id}", "object": "invoice", "confirmation_secret": secret}
        item = {
            "id": f"si_{id}",
            "object": "subscription_item",
            "current_period_start": now,
            "current_period_end": now + (days or month) * _DAY,
        }
        self.subscriptions[id] = {
            "id": id,
            "object": "subscription",
            "customer": form["customer"],
            "status": "trialing" if days else "incomplete",
            "cancel_at_period_end": False,
            "trial_end": now + days * _DAY if days else None,
            "items": {"object": "list", "data": [item], "has_more": False, "url": "/"},
            "latest_invoice": invoice,
            "pending_setup_intent": setup if days else None,
            "metadata": form.get("metadata", {}),
            "price": price,
        }
        return self.subscriptions[id]


def _found(among: dict[str, Object], id: str) -> Object:
    if id not in among:
        raise refused("resource_missing", 404)
    return among[id]


def _changed(object: Object, **values: Any) -> Object:
    object.update(values)
    return object


@asynccontextmanager
async def stripe_server() -> AsyncIterator[StripeServer]:
    """A server on a port of its own."""
    made = StripeServer()
    methods = ["GET", "POST", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", made.answer, methods=methods)])
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    made.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listening])
    try:
        yield made
    finally:
        await server.shutdown(sockets=[listening])

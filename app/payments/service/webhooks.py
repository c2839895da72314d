"""What Stripe tells by itself: believed if it is signed, and followed once."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints, ValidationError
from stripe import SignatureVerificationError, WebhookSignature

from app.core.jobs import Job
from app.core.resources import Resources
from app.payments.events import FollowIntent, FollowSubscription
from app.payments.store import payments as store

# In seconds: what was signed before is a replay.
_TOLERANCE = 300

_Name = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")]


class Forged(Exception):
    """Not what Stripe has said, or not now."""


class _Data(BaseModel):
    object: dict[str, Any]


class Told(BaseModel):
    """An event. Of its object only ids count: what became of it Stripe is asked."""

    id: _Name
    type: _Name
    data: _Data


def read(body: bytes, signature: str, secret: str) -> Told:
    """The event of a request. `Forged` for an old one too."""
    try:
        WebhookSignature.verify_header(body, signature, secret, _TOLERANCE)
        return Told.model_validate(json.loads(body))
    except (SignatureVerificationError, ValidationError, ValueError):
        raise Forged from None


async def receive(resources: Resources, told: Told) -> None:
    """Leave what follows from an event to the workers, unless that was done."""
    job = job_of(told)
    async with resources.begin() as uow:
        if await store.is_new_event(uow.session, told.id, told.type) and job is not None:
            uow.enqueue(job)


def job_of(told: Told) -> Job | None:
    """What follows from an event, by what it is about."""
    about = told.data.object
    match about.get("object"):
        case "payment_intent":
            return _intent(about.get("id"))
        case "charge" | "refund":
            return _intent(about.get("payment_intent"))
        case "subscription":
            return _subscription(about.get("id"))
        case "invoice":
            parent = about.get("parent") or {}
            details = parent.get("subscription_details") or {}
            return _subscription(details.get("subscription"))
    return None


def _intent(id: object) -> Job | None:
    return FollowIntent(intent_id=id) if isinstance(id, str) else None


def _subscription(id: object) -> Job | None:
    return FollowSubscription(subscription_id=id) if isinstance(id, str) else None

"""Whose address, and whose number."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy.exc import IntegrityError

from app.accounts import codes, phones
from app.accounts.errors import AlreadyVerified, PhoneTaken, WrongCode
from app.accounts.events import EmailVerified, PhoneVerified
from app.accounts.models import Challenge, ChallengePurpose, User
from app.accounts.service import challenges
from app.accounts.store import challenges as store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.client import Client
from app.core.resources import Resources
from app.core.uow import UnitOfWork
from app.core.viewer import Viewer


def _number(given: str) -> str:
    number = phones.normalised(given)
    if number is None:
        raise ValueError("A number begins with + and its country, such as +41 79 123 45 67.")
    return number


class PhoneData(BaseModel):
    """A number with its country."""

    phone: Annotated[str, Field(max_length=64), AfterValidator(_number)]


class CodeData(BaseModel):
    """The code that was sent."""

    code: str = Field(max_length=64)


async def send_to_email(resources: Resources, uow: UnitOfWork, user: User) -> None:
    """Send a code to a user's address."""
    wanted = challenges.Wanted(
        purpose=ChallengePurpose.EMAIL_VERIFICATION,
        user=user,
        target=user.email,
        asked=user.email.casefold(),
        subject=str(user.id),
    )
    await challenges.ask(resources, uow, wanted, openly=True)


async def send_to_own_email(resources: Resources, uow: UnitOfWork, viewer: Viewer) -> None:
    """Send a code to the viewer's address."""
    user = await users_store.lock_user(uow.session, viewer.user_id)
    if user.email_verified:
        raise AlreadyVerified
    await send_to_email(resources, uow, user)


async def send_to_phone(
    resources: Resources, uow: UnitOfWork, viewer: Viewer, data: PhoneData
) -> None:
    """Send a code to a number, which is the viewer's once it comes back."""
    user = await users_store.lock_user(uow.session, viewer.user_id)
    if user.phone_verified and user.phone == data.phone:
        raise AlreadyVerified
    wanted = challenges.Wanted(
        purpose=ChallengePurpose.PHONE_VERIFICATION,
        user=user,
        target=data.phone,
        asked=data.phone,
        subject=str(user.id),
    )
    await challenges.ask(resources, uow, wanted, openly=True)


async def verify_email(
    resources: Resources, client: Client, viewer: Viewer, data: CodeData
) -> None:
    """Take the code that was sent to the viewer's address."""
    async with resources.begin(client) as uow:
        purpose = ChallengePurpose.EMAIL_VERIFICATION
        user, met = await _try(resources, uow, viewer, purpose, data.code)
        right = met is not None and met.target == user.email
        if right:
            user.email_verified = True
            uow.publish(EmailVerified(user_id=user.id))
            uow.audit("email.verify", user.id, (USER, user.id))
    if not right:
        raise WrongCode(field=("input", "code"))


async def verify_phone(
    resources: Resources, client: Client, viewer: Viewer, data: CodeData
) -> None:
    """Take the code that was sent to a number: from now on it is the viewer's."""
    try:
        async with resources.begin(client) as uow:
            purpose = ChallengePurpose.PHONE_VERIFICATION
            user, met = await _try(resources, uow, viewer, purpose, data.code)
            if met is not None:
                user.phone, user.phone_verified = met.target, True
                uow.publish(PhoneVerified(user_id=user.id))
                uow.audit("phone.verify", user.id, (USER, user.id))
    except IntegrityError:
        # Only who holds the number learns that somebody else has it.
        raise PhoneTaken from None
    if met is None:
        raise WrongCode(field=("input", "code"))


async def _try(
    resources: Resources, uow: UnitOfWork, viewer: Viewer, purpose: ChallengePurpose, code: str
) -> tuple[User, Challenge | None]:
    """The viewer, and the newest challenge for this, used up, if the code is right."""
    user = await users_store.lock_user(uow.session, viewer.user_id)
    found = await store.newest(uow.session, user.id, purpose)
    if found is None or not await store.take_try(uow.session, found.id, challenges.TRIES):
        return user, None
    key = resources.settings.secret_key
    if not codes.matches(key, found.id, found.code_hash, code.strip()):
        return user, None
    await store.use(uow.session, found.id)
    return user, found

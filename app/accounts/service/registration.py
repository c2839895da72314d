"""New accounts."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, EmailStr, Field, StringConstraints
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords
from app.accounts.errors import (
    EmailTaken,
    UsernameTaken,
    WeakPassword,
)
from app.accounts.events import UserRegistered
from app.accounts.models import (
    User,
    UserRole,
)
from app.accounts.service import sessions
from app.accounts.store import roles as roles_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.resources import Resources
from app.core.uow import UnitOfWork


def _username(value: str) -> str:
    if not value.isprintable() or any(c.isspace() or c == "@" for c in value):
        raise ValueError("A username has no spaces, no @ and only printable characters.")
    return value


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]


Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=256),
    AfterValidator(_username),
]


class RegisterData(BaseModel):
    """A new account."""

    username: Username
    email: EmailStr
    password: str
    first_name: Name
    last_name: Name | None = None
    education_level: str | None = Field(default=None, max_length=50)
    institution: str | None = Field(default=None, max_length=255)
    device: sessions.DeviceData = sessions.DeviceData()


async def register(resources: Resources, client: Client, data: RegisterData) -> sessions.SignIn:
    """Make a student's account and sign it in."""
    try:
        passwords.check_rules(data.password, [data.username, data.email, data.first_name])
    except WeakPassword as error:
        raise WeakPassword(error.text, field=("input", "password")) from None
    password_hash = await passwords.hash_password(data.password)
    try:
        async with resources.begin() as uow:
            user = await create_user(uow, data, password_hash, "student")
            tokens = await sessions.begin(resources, uow, user, client, data.device, remember=False)
    except IntegrityError as error:
        # Somebody took the name between the check and the insert.
        raise _taken("email" in str(error.orig)) from None
    return sessions.SignIn(user, tokens)


def _taken(email: bool) -> EmailTaken | UsernameTaken:
    if email:
        return EmailTaken(field=("input", "email"))
    return UsernameTaken(field=("input", "username"))


async def create_user(
    uow: UnitOfWork, data: RegisterData, password_hash: str, role_name: str
) -> User:
    """A user with one role."""
    username_taken, email_taken = await users_store.taken(uow.session, data.username, data.email)
    if username_taken or email_taken:
        raise _taken(email_taken and not username_taken)
    user = User(password_hash=password_hash, **data.model_dump(exclude={"password", "device"}))
    uow.session.add(user)
    await uow.session.flush()
    role = await roles_store.role_by_name(uow.session, role_name)
    uow.session.add(UserRole(user_id=user.id, role_id=role.id))
    uow.publish(UserRegistered(user_id=user.id))
    return user

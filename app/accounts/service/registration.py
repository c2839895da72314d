"""New accounts."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, EmailStr, StringConstraints
from sqlalchemy.exc import IntegrityError

from app.accounts import passwords, usernames
from app.accounts.errors import (
    EmailTaken,
    UsernameTaken,
    WeakPassword,
)
from app.accounts.events import UserRegistered
from app.accounts.models import (
    EducationLevel,
    User,
    UserRole,
)
from app.accounts.service import sessions, verification
from app.accounts.store import roles as roles_store
from app.accounts.store import users as users_store
from app.core.client import Client
from app.core.resources import Resources
from app.core.text import line
from app.core.uow import UnitOfWork

Name = Annotated[str, AfterValidator(line(128))]


Username = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=256),
    AfterValidator(usernames.check),
]


class AccountData(BaseModel):
    """What an account begins with."""

    username: Username
    email: EmailStr
    first_name: Name
    last_name: Name | None = None
    education_level: EducationLevel | None = None
    institution: Annotated[str, AfterValidator(line(255))] | None = None


class RegisterData(AccountData):
    """A new account with a password."""

    password: str
    device: sessions.DeviceData = sessions.DeviceData()


async def register(resources: Resources, client: Client, data: RegisterData) -> sessions.SignIn:
    """Make a student's account, have its address confirmed, and sign it in."""
    try:
        passwords.check_rules(data.password, [data.username, data.email, data.first_name])
    except WeakPassword as error:
        raise WeakPassword(error.text, field=("input", "password")) from None
    password_hash = await passwords.hash_password(data.password)
    try:
        async with resources.begin() as uow:
            user = await create_user(uow, data, password_hash, "student")
            await verification.send_to_email(resources, uow, user)
            tokens = await sessions.begin(resources, uow, user, client, data.device, remember=False)
    except IntegrityError as error:
        # Somebody took the name between the check and the insert.
        raise _taken("uq_user_account_email" in str(error.orig)) from None
    return sessions.SignIn(user, tokens)


def _taken(email: bool) -> EmailTaken | UsernameTaken:
    if email:
        return EmailTaken(field=("input", "email"))
    return UsernameTaken(field=("input", "username"))


async def create_user(
    uow: UnitOfWork, data: AccountData, password_hash: str | None, role_name: str
) -> User:
    """A user with one role, and without a hash none who signs in by a password."""
    username_taken, email_taken = await users_store.taken(uow.session, data.username, data.email)
    if username_taken or email_taken:
        raise _taken(email_taken and not username_taken)
    given = data.model_dump(include=set(AccountData.model_fields))
    user = User(password_hash=password_hash, **given)
    uow.session.add(user)
    await uow.session.flush()
    role = await roles_store.role_by_name(uow.session, role_name)
    uow.session.add(UserRole(user_id=user.id, role_id=role.id))
    uow.publish(UserRegistered(user_id=user.id))
    return user

"""Asking for one's account to be erased, and calling that off.

What calls it off is a token that only the letter has. All sessions end, so there is none that
could; and whoever took over a session or learned the password can neither hide the request from
the owner of the mailbox nor call off what that owner asked for.
"""

from datetime import datetime, timedelta
from uuid import UUID

from app.accounts.models import AccountStatus, User
from app.accounts.roles import SUPER_ADMIN
from app.accounts.service import administration, passwords, sessions
from app.accounts.store import administration as administering
from app.accounts.store import sessions as sessions_store
from app.accounts.store import users as users_store
from app.core.audit import USER
from app.core.client import Client
from app.core.clock import now
from app.core.crypto import new_token, token_hash
from app.core.mail import Mail, SendMail
from app.core.resources import Resources
from app.core.viewer import Viewer
from app.privacy.errors import FreshSignInNeeded, InvalidDeletionToken
from app.privacy.models import AccountDeletion
from app.privacy.store import deletions as store

GRACE = timedelta(days=30)
_FRESH = timedelta(minutes=10)
_CLOSING = (AccountStatus.ACTIVE, AccountStatus.DEACTIVATED)


async def request(
    resources: Resources, client: Client, viewer: Viewer, password: str | None
) -> datetime:
    """Have the viewer's account erased after `GRACE`; gives the time from which on."""
    await _confirm(resources, viewer, password)
    token, after = new_token(), now() + GRACE
    async with resources.begin(client) as uow:
        if SUPER_ADMIN in viewer.roles:
            await administering.take_turn(uow.session)
        async with administration.keeping_a_super_admin(uow, viewer.user_id):
            if not await store.set_status(uow.session, viewer.user_id, *_CLOSING):
                # Asked twice at the same moment: the first letter counts.
                return after
        user = await users_store.lock_user(uow.session, viewer.user_id)
        await store.add(
            uow.session,
            AccountDeletion(user_id=user.id, erase_after=after, token_hash=token_hash(token)),
        )
        for auth_session in await sessions_store.lock_live_sessions(uow.session, user.id):
            sessions.end(uow, auth_session)
        uow.audit("account.delete", user.id, (USER, user.id), after={"erase_after": str(after)})
        uow.enqueue(await SendMail.of(resources.envelope, _farewell(user, after, token)))
    return after


async def _confirm(resources: Resources, viewer: Viewer, password: str | None) -> None:
    """Whether it is the owner who asks; wrong passwords count like those of a sign-in."""
    async with resources.database.read() as session:
        user = (await users_store.users_by_id(session, [viewer.user_id]))[viewer.user_id]
        signed_in = await store.signed_in_at(session, viewer.auth_session_id)
    if user.password_hash is None:
        if signed_in < now() - _FRESH:
            raise FreshSignInNeeded
        return
    _, attempt = await passwords.confirm(resources, viewer, password or "", "password")
    async with resources.begin() as uow:
        await attempt.take_back(uow)


async def cancel(resources: Resources, client: Client, token: str) -> UUID:
    """Call a deletion off: the account is as before, but for its sessions. Gives its user."""
    hashed = token_hash(token)
    async with resources.begin(client) as uow:
        user_id = await store.user_of_token(uow.session, hashed)
        if user_id is None:
            raise InvalidDeletionToken(field=("input", "token"))
        # Whom the staff suspended meanwhile stays so.
        await store.set_status(uow.session, user_id, *reversed(_CLOSING))
        if not await store.call_off(uow.session, hashed):
            raise InvalidDeletionToken(field=("input", "token"))
        user = await users_store.lock_user(uow.session, user_id)
        uow.audit("account.delete_cancel", user.id, (USER, user.id))
        uow.enqueue(await SendMail.of(resources.envelope, _stays(user)))
    return user.id


def _farewell(user: User, after: datetime, token: str) -> Mail:
    return Mail(
        to=user.email,
        subject="Your account will be deleted",
        text=(
            f"Hello {user.first_name},\n\n"
            "you asked for your account to be deleted. Nobody sees it any more, and all your"
            f" devices are signed out. On {after:%d %B %Y} everything that is known about you"
            " will be erased, and nothing can bring it back.\n\n"
            "If you change your mind before that day, or if it wasn't you who asked, call the"
            f" deletion off (accountDeleteCancel) with this token:\n\n{token}\n"
        ),
    )


def _stays(user: User) -> Mail:
    return Mail(
        to=user.email,
        subject="Your account stays",
        text=(
            f"Hello {user.first_name},\n\n"
            "your account will not be deleted: sign in as before. If it wasn't you who asked for"
            " the deletion, change your password.\n"
        ),
    )

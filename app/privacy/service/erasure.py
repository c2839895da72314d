"""Erasing an account: every row, object and key that is its owner's or names them.

What there is to do is read from the marks on columns. Every page is a transaction of its own and
finds nothing the second time, so that whoever is stopped anywhere begins again at the top.
"""

from collections import Counter
from uuid import UUID

from sqlalchemy import Column

from app.accounts.models import AccountStatus, User
from app.core import personal
from app.core.logging import get_logger
from app.core.mail import Mail, SendMail
from app.core.personal import Fate
from app.core.resources import Resources
from app.privacy.store import deletions as store
from app.privacy.store import erasing, owned
from app.privacy.store.owned import Person

_AT_A_TIME = 20
_KEYS_AT_A_TIME = 1000

log = get_logger(__name__)


async def erase_due(resources: Resources) -> None:
    """Erase the accounts whose time of grace is over."""
    async with resources.database.read() as session:
        found = await store.due(session, _AT_A_TIME)
    for user_id in found:
        await erase(resources, user_id)


async def erase(resources: Resources, user_id: UUID) -> None:
    """Erase one account, or go on with that; not if somebody made it active again."""
    begun, user = await _begin(resources, user_id)
    if not begun:
        return
    rows: Counter[str] = Counter()
    if user is not None:
        person = Person(user.id, user.email, user.username)
        for column in owned.marked():
            if not owned.is_anywhere(column):
                rows[column.table.name] += await _give_up(resources, column, person)
        await _end(resources, user, rows)
    # While the account was there, others could still name it.
    person = Person(user_id)
    for column in owned.marked():
        if owned.is_anywhere(column):
            await _give_up(resources, column, person)
    await _forget_keys(resources, user_id)
    async with resources.begin() as uow:
        await store.forget(uow.session, user_id)


async def _begin(resources: Resources, user_id: UUID) -> tuple[bool, User | None]:
    """Whether there is something to erase, and the account, if it is still there."""
    async with resources.begin() as uow:
        user = await store.lock_user(uow.session, user_id)
        if user is not None and user.status is AccountStatus.ACTIVE:
            await store.forget(uow.session, user_id)
            return False, user
        return await store.start(uow.session, user_id), user


async def _give_up(resources: Resources, column: Column[object], person: Person) -> int:
    """Every row whose column leads to a person, page by page; how many there were."""
    mark = personal.mark(column)
    if mark is None or mark.fate is Fate.FOLLOW:
        return 0
    count, last = 0, None
    while True:
        async with resources.begin() as uow:
            given_up = await erasing.give_up(uow.session, column, person, last)
            for job in given_up.jobs:
                uow.enqueue(job)
            # Before the commit: whoever dies here finds their names again.
            await resources.objects.delete(*given_up.objects)
        count += len(given_up.keys)
        if len(given_up.keys) < owned.PAGE:
            return count
        last = given_up.keys[-1]


async def _end(resources: Resources, user: User, rows: Counter[str]) -> None:
    """The account itself, with a letter, and a tombstone that names nobody."""
    async with resources.begin() as uow:
        if await store.lock_user(uow.session, user.id) is None:
            return
        await store.erase_account(uow.session, user.id)
        uow.enqueue(await SendMail.of(resources.envelope, _gone(user)))
        counts = {name: count for name, count in sorted(rows.items()) if count}
        uow.audit("account.erase", None, ("account", None), after={"rows": counts})
    log.info("account.erased", rows=rows.total())


async def _forget_keys(resources: Resources, user_id: UUID) -> None:
    """What Redis counts of them would expire by itself."""
    found = resources.redis.scan_iter(match=f"*{user_id}*", count=_KEYS_AT_A_TIME)
    async for key in found:
        await resources.redis.unlink(key)


def _gone(user: User) -> Mail:
    return Mail(
        to=user.email,
        subject="Your account is deleted",
        text=(
            f"Hello {user.first_name},\n\n"
            "as you asked, your account is deleted, with everything that was known about you."
            " This is the last letter from here.\n"
        ),
    )

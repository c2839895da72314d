"""People with profiles, tags to take, and what is read of them."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import User
from app.core.ids import to_global
from app.core.resources import Resources
from app.reference.models import Country, Subject, Tag, TagCategory, TagGroup
from tests.factories import Person, writing


async def change(resources: Resources, person: Person, **values: Any) -> None:
    """Put a user into any state."""
    async with writing(resources) as session:
        await session.execute(update(User).where(col(User.id) == person.key).values(**values))


async def user_row(resources: Resources, person: Person) -> dict[str, Any]:
    """All columns of a user."""
    async with resources.database.read() as session:
        row = await session.value(select(User).where(User.id == person.key))
    return row.model_dump()


async def make_country(resources: Resources, code: str = "BR") -> str:
    """A country, by its global id."""
    row = Country(code=code, code3=f"{code}X", number=code, name=f"Land {code}", flag="-")
    async with writing(resources) as session:
        session.add(row)
    return to_global("cty", row.id)


async def make_tag(resources: Resources, name: str = "Python", *, public: bool = True) -> str:
    """A tag in a group of its own, by its global id."""
    group = TagGroup(name=f"Group of {name}", public=public)
    category = TagCategory(group_id=group.id, name="Programming")
    tag = Tag(category_id=category.id, name=name)
    async with writing(resources) as session:
        for row in (group, category, tag):
            session.add(row)
            await session.flush()
    return to_global("tag", tag.id)


async def make_subject(resources: Resources, name: str = "Biology") -> str:
    """A subject, by its global id."""
    row = Subject(name=name, category="Sciences")
    async with writing(resources) as session:
        session.add(row)
    return to_global("sub", row.id)

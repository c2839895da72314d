"""Who sees which tag, model, prompt and plan."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from sqlmodel import select

from app.accounts.roles import SYSTEM_ROLES
from app.core.resources import Resources
from app.core.viewer import Asker
from app.reference import policy
from app.reference.models import (
    AiModel,
    AiModelKind,
    AiModelStatus,
    BillingInterval,
    PromptTemplate,
    SubscriptionPlan,
    Tag,
    TagCategory,
    TagGroup,
)
from app.reference.prompts import PROMPTS
from tests.courses.test_policy import Nobody
from tests.factories import make_person, writing

_STATES = list(product((True, False), repeat=2))
_STAFF = frozenset(("staff", "admin", "super_admin"))
_ADMINS = frozenset(("admin", "super_admin"))


async def _askers(resources: Resources) -> dict[str, Asker]:
    askers: dict[str, Asker] = {"nobody": Nobody()}
    for role in SYSTEM_ROLES:
        askers[role] = (await make_person(resources, role=role)).viewer
    return askers


async def _seen(
    resources: Resources, name: Any, visible: Any, askers: dict[str, Asker]
) -> dict[str, list[str]]:
    """The names that each asker sees, sorted."""
    async with resources.database.read() as reading:
        return {
            role: sorted(await reading.all(select(name).where(visible(asker))))
            for role, asker in askers.items()
        }


def _expected(roles: frozenset[str], every: list[str], some: list[str]) -> dict[str, list[str]]:
    return {role: sorted(every if role in roles else some) for role in ("nobody", *SYSTEM_ROLES)}


class TestTaxonomy:
    async def test_every_level(self, resources: Resources) -> None:
        askers = await _askers(resources)
        async with writing(resources) as session:
            for group_public, category_public in _STATES:
                name = f"{group_public} {category_public}"
                group = TagGroup(name=name, public=group_public)
                session.add(group)
                await session.flush()
                category = TagCategory(group_id=group.id, name=name, public=category_public)
                session.add(category)
                await session.flush()
                session.add(Tag(category_id=category.id, name=name))
        every = [f"{group} {category}" for group, category in _STATES]
        both = ["True True"]
        for table, visible, some in (
            (TagGroup, policy.visible_group, [*both, "True False"]),
            (TagCategory, policy.visible_category, both),
            (Tag, policy.visible_tag, both),
        ):
            seen = await _seen(resources, table.name, visible, askers)
            assert seen == _expected(_STAFF, every, some), table


class TestModels:
    async def test_by_status(self, resources: Resources) -> None:
        askers = await _askers(resources)
        async with writing(resources) as session:
            session.add(
                *[
                    AiModel(provider="x", name=each, kind=AiModelKind.SPEECH, status=each)
                    for each in AiModelStatus
                ]
            )
        seen = await _seen(resources, AiModel.name, policy.visible_model, askers)
        assert seen == _expected(_ADMINS, list(AiModelStatus), [AiModelStatus.ACTIVE])


class TestPrompts:
    async def test_all_or_nothing(self, resources: Resources) -> None:
        askers = await _askers(resources)
        seen = await _seen(resources, PromptTemplate.key, policy.visible_prompt, askers)
        assert seen == _expected(_STAFF, [each.key for each in PROMPTS], [])


@pytest.mark.usefixtures("currencies")
class TestPlans:
    async def test_by_whether_they_are_active(self, resources: Resources) -> None:
        askers = await _askers(resources)
        async with writing(resources) as session:
            session.add(
                *[
                    SubscriptionPlan(
                        code=str(active),
                        name="x",
                        amount=Decimal(1),
                        currency_code="EUR",
                        interval=BillingInterval.MONTH,
                        active=active,
                    )
                    for active in (True, False)
                ]
            )
        seen = await _seen(resources, SubscriptionPlan.code, policy.visible_plan, askers)
        assert seen == _expected(_ADMINS, ["True", "False"], ["True"])

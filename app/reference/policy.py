"""Who sees what of reference data. Places are everybody's."""

from sqlalchemy import ColumnElement, and_, exists, false, true
from sqlmodel import col, select

from app.core.viewer import Asker
from app.reference.models import (
    AiModel,
    AiModelStatus,
    PromptTemplate,
    SubscriptionPlan,
    Tag,
    TagCategory,
    TagGroup,
)

MANAGE_TAXONOMY = "taxonomy.manage"
READ_PROMPTS = "prompt.read"
MANAGE_PROMPTS = "prompt.manage"
MANAGE_MODELS = "ai_model.manage"
MANAGE_PLANS = "plan.manage"


def visible_group(viewer: Asker, group: type[TagGroup] = TagGroup) -> ColumnElement[bool]:
    """Public groups; all to those who manage them."""
    if viewer.may(MANAGE_TAXONOMY):
        return true()
    return col(group.public).is_(True)


def shown(viewer: Asker, category: type[TagCategory] = TagCategory) -> ColumnElement[bool]:
    """What is left to ask of the categories of a group that the viewer sees."""
    if viewer.may(MANAGE_TAXONOMY):
        return true()
    return col(category.public).is_(True)


def visible_category(
    viewer: Asker, category: type[TagCategory] = TagCategory
) -> ColumnElement[bool]:
    """Public categories of groups that the viewer sees."""
    if viewer.may(MANAGE_TAXONOMY):
        return true()
    group = exists(
        select(TagGroup.id)
        .where(TagGroup.id == category.group_id, visible_group(viewer))
        .correlate(category)
    )
    return and_(shown(viewer, category), group)


def visible_tag(viewer: Asker, tag: type[Tag] = Tag) -> ColumnElement[bool]:
    """Tags of categories that the viewer sees."""
    if viewer.may(MANAGE_TAXONOMY):
        return true()
    return exists(
        select(TagCategory.id)
        .where(TagCategory.id == tag.category_id, visible_category(viewer))
        .correlate(tag)
    )


def visible_model(viewer: Asker, model: type[AiModel] = AiModel) -> ColumnElement[bool]:
    """Models that may be used; all to those who manage them."""
    if viewer.may(MANAGE_MODELS):
        return true()
    return col(model.status) == AiModelStatus.ACTIVE


def visible_prompt(viewer: Asker, _: type[PromptTemplate] = PromptTemplate) -> ColumnElement[bool]:
    """Every version, or nothing."""
    return true() if viewer.may(READ_PROMPTS) else false()


def visible_plan(
    viewer: Asker, plan: type[SubscriptionPlan] = SubscriptionPlan
) -> ColumnElement[bool]:
    """Plans that can be subscribed to; all to those who manage them."""
    if viewer.may(MANAGE_PLANS):
        return true()
    return col(plan.active).is_(True)

"""AI models and subscription plans."""

import asyncio
from typing import Any

import pytest
from sqlmodel import select

from app.core.resources import Resources
from app.reference.models import AiModel, AiModelKind, SubscriptionPlan
from tests.client import Api, Payload
from tests.factories import Person, make_person

_MODEL = "aiModel { id name status default inputCost { amount currency } outputCost { amount } }"
_PLAN = """subscriptionPlan { id code price { amount currency } interval trialDays features active
    limits { aiRequestsPerDay storageMegabytes sessionParticipants } }"""


async def _save_model(api: Api, admin: Person, **more: Any) -> Payload:
    given = {"provider": "local", "name": "small", "kind": "LANGUAGE", **more}
    return await api.mutate("aiModelSave", given, _MODEL, as_=admin)


async def _save_plan(api: Api, admin: Person, amount: str, currency: str, **more: Any) -> Payload:
    given = {
        "code": "premium",
        "name": "Premium",
        "price": {"amount": amount, "currency": currency},
        "interval": "MONTH",
        **more,
    }
    return await api.mutate("subscriptionPlanSave", given, _PLAN, as_=admin)


class TestModels:
    async def test_save_and_read(self, api: Api, resources: Resources) -> None:
        admin, ana = await make_person(resources, role="admin"), await make_person(resources)
        cost = {"amount": "0.150", "currency": "USD"}
        made = await _save_model(api, admin, status="ACTIVE", inputCost=cost)
        model = made.ok()["aiModel"]
        assert model == {
            "id": model["id"],
            "name": "small",
            "status": "ACTIVE",
            "default": False,
            "inputCost": cost,
            "outputCost": None,
        }
        await _save_model(api, admin, name="hidden")
        document = "{ aiModels { nodes { id name inputCost { amount currency } } } }"
        seen = (await api.execute(document, as_=ana)).ok()["aiModels"]["nodes"]
        assert seen == [{"id": model["id"], "name": "small", "inputCost": cost}]
        every = (await api.execute(document, as_=admin)).ok()["aiModels"]["nodes"]
        assert [each["name"] for each in every] == ["small", "hidden"]
        document = "{ aiModels(kind: SPEECH) { totalCount } }"
        assert (await api.execute(document, as_=admin)).ok()["aiModels"] == {"totalCount": 0}

    async def test_one_default_of_each_kind(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        active = {"status": "ACTIVE", "default": True}
        first = (await _save_model(api, admin, **active)).ok()["aiModel"]
        await _save_model(api, admin, name="ears", kind="SPEECH", **active)
        await _save_model(api, admin, name="large", **active)
        async with resources.database.read() as reading:
            rows = await reading.rows(select(AiModel.name, AiModel.default_for))
        assert sorted(map(tuple, rows)) == [
            ("ears", AiModelKind.SPEECH),
            ("large", AiModelKind.LANGUAGE),
            ("small", None),
        ]
        again = await _save_model(api, admin, id=first["id"], **active)
        assert again.ok()["aiModel"]["default"] is True

    async def test_defaults_at_once(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        active = {"status": "ACTIVE", "default": True}
        done = await asyncio.gather(
            *[_save_model(api, admin, name=f"model {n}", **active) for n in range(6)]
        )
        assert [each.codes for each in done] == [[]] * 6
        async with resources.database.read() as reading:
            found = await reading.all(select(AiModel.default_for))
        assert sorted(map(str, found)) == ["None"] * 5 + ["language"]

    async def test_what_is_refused(self, api: Api, resources: Resources) -> None:
        admin = await make_person(resources, role="admin")
        refused = await _save_model(api, admin, default=True)
        assert refused.codes == ["DEFAULT_NOT_ACTIVE"]
        costs = {
            "inputCost": {"amount": "1", "currency": "USD"},
            "outputCost": {"amount": "1", "currency": "EUR"},
        }
        refused = await _save_model(api, admin, **costs)
        assert (refused.codes, refused.errors[0]["field"]) == (
            ["INVALID_INPUT"],
            ["input", "outputCost"],
        )
        refused = await _save_model(api, admin, inputCost={"amount": "-1", "currency": "usd"})
        assert [error["field"] for error in refused.errors] == [
            ["input", "inputCost", "amount"],
            ["input", "inputCost", "currency"],
        ]
        async with resources.database.read() as reading:
            assert await reading.all(select(AiModel)) == []
        (await _save_model(api, admin)).ok()
        assert (await _save_model(api, admin)).codes == ["NAME_TAKEN"]
        (await _save_model(api, admin, version="2")).ok()


@pytest.mark.usefixtures("currencies")
class TestPlans:
    @pytest.mark.parametrize(
        ("amount", "currency", "exact"),
        [("9.9", "EUR", "9.90"), ("500", "JPY", "500"), ("1.25", "KWD", "1.250")],
    )
    async def test_money_has_its_currencys_digits(
        self, api: Api, resources: Resources, amount: str, currency: str, exact: str
    ) -> None:
        admin = await make_person(resources, role="admin")
        made = await _save_plan(
            api,
            admin,
            amount,
            currency,
            trialDays=14,
            features=["More of all."],
            limits={"aiRequestsPerDay": 200},
            active=True,
        )
        plan = made.ok()["subscriptionPlan"]
        assert plan == {
            "id": plan["id"],
            "code": "premium",
            "price": {"amount": exact, "currency": currency},
            "interval": "MONTH",
            "trialDays": 14,
            "features": ["More of all."],
            "active": True,
            "limits": {
                "aiRequestsPerDay": 200,
                "storageMegabytes": None,
                "sessionParticipants": None,
            },
        }
        document = "{ subscriptionPlans { nodes { code price { amount currency } } } }"
        [seen] = (await api.execute(document)).ok()["subscriptionPlans"]["nodes"]
        assert seen == {"code": "premium", "price": {"amount": exact, "currency": currency}}

    @pytest.mark.parametrize(
        ("amount", "currency", "field", "message"),
        [
            ("9.901", "EUR", "amount", "EUR has 2 digits after the point."),
            ("0.5", "JPY", "amount", "JPY has 0 digits after the point."),
            ("1", "XXX", "currency", "There is no such currency."),
        ],
    )
    async def test_money_that_there_isnt(
        self, api: Api, resources: Resources, amount: str, currency: str, field: str, message: str
    ) -> None:
        admin = await make_person(resources, role="admin")
        refused = await _save_plan(api, admin, amount, currency)
        assert refused.codes == ["INVALID_INPUT"]
        assert refused.errors[0]["field"] == ["input", "price", field]
        assert refused.errors[0]["message"] == message
        async with resources.database.read() as reading:
            assert await reading.all(select(SubscriptionPlan)) == []

    @pytest.mark.parametrize("amount", [1.5, "1,5", "", "NaN", "1e3", "1" * 13])
    async def test_what_is_no_decimal(
        self, api: Api, resources: Resources, amount: str | float
    ) -> None:
        admin = await make_person(resources, role="admin")
        given = {"amount": amount, "currency": "EUR"}
        document = 'mutation ($money: MoneyInput!) { subscriptionPlanSave(input: {code: "a",'
        document += ' name: "a", price: $money, interval: YEAR}) { errors { code } } }'
        answer = await api.execute(document, {"money": given}, as_=admin)
        assert len(answer.codes) == 1
        assert answer.data is None
        async with resources.database.read() as reading:
            assert await reading.all(select(SubscriptionPlan)) == []

    async def test_those_that_arent_active_are_for_admins(
        self, api: Api, resources: Resources
    ) -> None:
        admin = await make_person(resources, role="admin")
        made = (await _save_plan(api, admin, "9", "EUR")).ok()["subscriptionPlan"]
        document = "{ subscriptionPlans { nodes { id } } }"
        for person, nodes in ((None, []), (admin, [{"id": made["id"]}])):
            answer = await api.execute(document, as_=person)
            assert answer.ok()["subscriptionPlans"]["nodes"] == nodes
        assert (await _save_plan(api, admin, "9", "EUR")).codes == ["NAME_TAKEN"]
        again = await _save_plan(api, admin, "9", "JPY", id=made["id"], active=True)
        assert again.ok()["subscriptionPlan"]["price"] == {"amount": "9", "currency": "JPY"}
        assert (await api.execute(document)).ok()["subscriptionPlans"]["nodes"] == [
            {"id": made["id"]}
        ]

    async def test_staff_dont_save_them(self, api: Api, resources: Resources) -> None:
        staff = await make_person(resources, role="staff")
        given = {"code": "a", "name": "a", "price": {"amount": "1", "currency": "EUR"}}
        answer = await api.execute(
            "mutation ($input: SubscriptionPlanSaveInput!)"
            " { subscriptionPlanSave(input: $input) { errors { code } } }",
            {"input": {**given, "interval": "YEAR"}},
            as_=staff,
        )
        assert answer.codes == ["FORBIDDEN"]

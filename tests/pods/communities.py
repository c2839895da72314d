"""Pods as people make them, and what is found of them afterwards."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, select

from app.accounts.models import User
from app.core.clock import now
from app.core.ids import from_global
from app.core.resources import Resources
from app.messaging.models import ConversationMember
from app.pods.models import (
    Pod,
    PodInvitation,
    PodMember,
    PodMemberStatus,
    PodRole,
)
from tests.client import Api, Payload
from tests.factories import Person, make_person, writing

UPDATED = """
    subscription ($id: ID!) {
      conversationUpdated(conversationId: $id) {
        __typename
        ... on MessageAdded { message { body } }
        ... on ConversationLeft { user { username } } } }
"""


@dataclass(frozen=True)
class Community:
    """What is done with pods; `subject` is what is studied."""

    api: Api
    resources: Resources
    subject: str

    async def do(
        self, mutation: str, given: dict[str, Any], fields: str = "", *, as_: Person
    ) -> Payload:
        """A mutation."""
        return await self.api.mutate(mutation, given, fields, as_=as_)

    async def make(self, owner: Person, **more: Any) -> str:
        """The id of a new pod."""
        given = {"name": "Leaf lovers", "subjectId": self.subject, **more}
        made = await self.do("podCreate", given, "pod { id }", as_=owner)
        id: str = made.ok()["pod"]["id"]
        return id

    async def put(
        self,
        id: str,
        person: Person,
        role: PodRole = PodRole.MEMBER,
        status: PodMemberStatus = PodMemberStatus.ACTIVE,
    ) -> None:
        """Have somebody stand to a pod in any way, with the chat that goes with it."""
        key = from_global("pod", id)
        active = status is PodMemberStatus.ACTIVE
        async with writing(self.resources) as session:
            pod = await session.value(select(Pod).where(Pod.id == key))
            session.add(
                PodMember(
                    pod_id=key,
                    user_id=person.key,
                    role=role,
                    status=status,
                    joined_at=now() if active else None,
                )
            )
            if active:
                session.add(
                    ConversationMember(conversation_id=pod.conversation_id, user_id=person.key)
                )

    async def member(self, id: str, username: str, role: PodRole = PodRole.MEMBER) -> Person:
        """Somebody new in a pod."""
        person = await make_person(self.resources, username)
        await self.put(id, person, role)
        return person

    async def confirm(self, person: Person) -> None:
        """Have somebody's address be theirs."""
        async with writing(self.resources) as session:
            mine = update(User).where(col(User.id) == person.key)
            await session.execute(mine.values(email_verified=True))

    async def row(self, id: str) -> Pod | None:
        """A pod as it is now."""
        async with self.resources.database.read() as reading:
            return await reading.first(select(Pod).where(Pod.id == from_global("pod", id)))

    async def standing(self, id: str) -> dict[UUID, tuple[str, str]]:
        """Role and status of everybody who stands to a pod somehow."""
        async with self.resources.database.read() as reading:
            rows = await reading.all(
                select(PodMember).where(PodMember.pod_id == from_global("pod", id))
            )
        return {row.user_id: (row.role.value, row.status.value) for row in rows}

    async def chat(self, id: str) -> set[UUID]:
        """Who is in a pod's conversation."""
        pod = await self.row(id)
        assert pod is not None
        async with self.resources.database.read() as reading:
            return set(
                await reading.all(
                    select(ConversationMember.user_id).where(
                        ConversationMember.conversation_id == pod.conversation_id,
                        col(ConversationMember.left_at).is_(None),
                    )
                )
            )

    async def invitations(self, id: str) -> list[PodInvitation]:
        """All into a pod, in the order in which they were made."""
        async with self.resources.database.read() as reading:
            return await reading.all(
                select(PodInvitation)
                .where(PodInvitation.pod_id == from_global("pod", id))
                .order_by(col(PodInvitation.id))
            )

    async def read(self, id: str, person: Person, fields: str = "id") -> Any:
        """A pod as somebody sees it."""
        document = f"query ($id: ID!) {{ pod(id: $id) {{ {fields} }} }}"
        return (await self.api.execute(document, {"id": id}, as_=person)).ok()["pod"]

    async def found(self, person: Person, **filter: Any) -> list[str]:
        """The names of the pods that somebody finds."""
        document = "query ($f: PodFilter) { pods(filter: $f, first: 100) { nodes { name } } }"
        answer = await self.api.execute(document, {"f": filter}, as_=person)
        return [node["name"] for node in answer.ok()["pods"]["nodes"]]

"""Pods, who belongs to them, and who is invited."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from app.core.ids import to_global
from app.pods.models import PodInvitationKind, PodMemberStatus, PodRole, PodStatus
from tests.engine.calls import by_id
from tests.engine.eyes import Eyes, Row, Rows, edge
from tests.engine.filling import Filling
from tests.engine.people import person, user
from tests.engine.room import Room
from tests.engine.rooms.classes import hour

STEWARDS = ("OWNER", "ADMIN", "MODERATOR")


def _standing(eyes: Eyes, pod_id: UUID) -> Row | None:
    found = eyes.rows.where("pod_member", pod_id=pod_id, user_id=eyes.me)
    return found[0] if found else None


def role_in(eyes: Eyes, pod_id: UUID) -> str | None:
    """The role of somebody who is in a pod."""
    standing = _standing(eyes, pod_id)
    return standing["role"] if standing and standing["status"] == "ACTIVE" else None


def _is_for(eyes: Eyes, invitation: Row) -> bool:
    """Whether they can accept it."""
    me = eyes.rows.one("user_account", eyes.me)
    standing = _standing(eyes, invitation["pod_id"])
    if me is None or (standing and standing["status"] == "BANNED"):
        return False
    if _apart(eyes, invitation["inviter_id"]):
        return False
    address = (
        me["email_verified"]
        and invitation["email"] is not None
        and invitation["email"].casefold() == me["email"].casefold()
    )
    good = invitation["status"] == "PENDING" and invitation["expires_at"] > eyes.rows.time
    return good and (invitation["invitee_id"] == eyes.me or address)


def _to_me(eyes: Eyes, pod: Row) -> list[Row]:
    return [
        row for row in eyes.rows.where("pod_invitation", pod_id=pod["id"]) if _is_for(eyes, row)
    ]


def sees_pod(eyes: Eyes, pod: Row) -> bool:
    """Whether it is public, or they are in it or invited into it."""
    if eyes.me is None:
        return False
    return bool(pod["public"] or role_in(eyes, pod["id"]) or _to_me(eyes, pod))


def _apart(eyes: Eyes, other: UUID | None) -> bool:
    """Whether there is a block between the two."""
    return any(
        {row["blocker_id"], row["blocked_id"]} == {eyes.me, other}
        for row in eyes.rows.tables["user_block"]
        if row["blocker_id"] != row["blocked_id"]
    )


def _sees_member(eyes: Eyes, member: Row) -> bool:
    pod = eyes.rows.one("pod", member["pod_id"])
    assert pod is not None
    if not sees_pod(eyes, pod) or _apart(eyes, member["user_id"]):
        return False
    role = role_in(eyes, pod["id"])
    shown = member["status"] == "ACTIVE" and (pod["public"] or role is not None)
    return member["user_id"] == eyes.me or shown or role in STEWARDS


def _sees_invitation(eyes: Eyes, invitation: Row) -> bool:
    if eyes.me is None:
        return False
    return _is_for(eyes, invitation) or role_in(eyes, invitation["pod_id"]) in STEWARDS


def _runs(eyes: Eyes, pod: Row) -> bool:
    return role_in(eyes, pod["id"]) in ("OWNER", "ADMIN")


def _unless_apart(column: str) -> Any:
    def led(eyes: Eyes, row: Row) -> Row | None:
        found = eyes.rows.one("user_account", row[column])
        return None if _apart(eyes, row[column]) else found

    return led


def _own(eyes: Eyes, pod: Row) -> Row | None:
    return _standing(eyes, pod["id"])


def _members(rows: Rows, pod: Row) -> list[Row]:
    return rows.where("pod_member", pod_id=pod["id"], status="ACTIVE")


def _invitations(eyes: Eyes, pod: Row) -> list[Row] | None:
    found = eyes.rows.where("pod_invitation", pod_id=pod["id"])
    return found if role_in(eyes, pod["id"]) in STEWARDS else None


def _monday(rows: Rows) -> date:
    today = rows.time.date()
    return today - timedelta(days=today.weekday())


def _weeks(rows: Rows, _: Row) -> list[Row]:
    monday = _monday(rows)
    return [{"starts_on": monday - timedelta(weeks=11 - number)} for number in range(12)]


def _pods(rows: Rows) -> Iterator[tuple[str, Any]]:
    every = rows.tables["pod"]
    yield "(first: 100)", lambda _: every
    yield "(last: 100)", lambda _: every
    yield (
        "(first: 100, filter: {mine: true})",
        lambda eyes: [row for row in every if role_in(eyes, row["id"])],
    )
    yield (
        "(first: 100, filter: {invited: true})",
        lambda eyes: [row for row in every if _to_me(eyes, row)],
    )
    for public in (True, False):
        there = [row for row in every if row["public"] is public]
        given = str(public).lower()
        yield f"(first: 100, filter: {{public: {given}}})", lambda _, there=there: there
    for status in PodStatus:
        there = [row for row in every if row["status"] == status.name]
        yield f"(first: 100, filter: {{status: {status.name}}})", lambda _, there=there: there
    for row in every[:2]:
        same = [each for each in every if each["subject_id"] == row["subject_id"]]
        if row["subject_id"] is not None:
            id = to_global("sub", row["subject_id"])
            yield f'(first: 100, filter: {{subjectId: "{id}"}})', lambda _, same=same: same


def _given_members(filling: Filling) -> Iterable[Row]:
    """Somebody runs some pods, and is in others."""
    for place, row in enumerate(filling.rows["pod"]):
        role = list(PodRole)[place % 4]
        yield {
            "pod_id": row["id"],
            "user_id": person(filling, "host"),
            "role": role,
            "status": PodMemberStatus.ACTIVE,
        }


def _given_invitations(filling: Filling) -> Iterable[Row]:
    guest = person(filling, "guest")
    for row in filling.rows["pod"][::3]:
        yield {"pod_id": row["id"], "kind": PodInvitationKind.USER, "invitee_id": guest}


def _status(filling: Filling, row: Row) -> PodMemberStatus:
    if row["role"] is not PodRole.MEMBER:
        return PodMemberStatus.ACTIVE
    return filling.rng.choice(list(PodMemberStatus))


def _joined_at(filling: Filling, row: Row) -> datetime | None:
    return filling.past() if row["status"] is PodMemberStatus.ACTIVE else None


def _of_kind(kind: PodInvitationKind, rule: Any) -> Any:
    return lambda filling, row: rule(filling, row) if row["kind"] is kind else None


def _kind(filling: Filling, row: Row) -> PodInvitationKind:
    """What goes with whom a row invites already."""
    if row.get("invitee_id") is not None:
        return PodInvitationKind.USER
    if row.get("email") is not None:
        return PodInvitationKind.EMAIL
    return filling.rng.choice(list(PodInvitationKind))


def _address(filling: Filling, _: Row) -> str:
    if filling.chance(0.5):
        address: str = filling.one(filling.rows["user_account"])["email"]
        return address
    return f"{filling.rng.getrandbits(40)}@example.org"


ROOM = Room(
    sees={
        "Pod": sees_pod,
        "PodMember": _sees_member,
        "PodInvitation": _sees_invitation,
        "PodAnalytics": _runs,
        # Part of the analytics: whoever got there sees it.
        "PodWeek": lambda _, __: True,
    },
    leads={
        ("Pod", "subject"): edge("subject", "subject_id"),
        ("Pod", "conversation"): edge("conversation", "conversation_id"),
        ("Pod", "members"): _members,
        ("PodMember", "pod"): edge("pod", "pod_id"),
        ("PodMember", "user"): edge("user_account", "user_id"),
        ("PodInvitation", "pod"): edge("pod", "pod_id"),
        ("PodAnalytics", "pod"): lambda _, row: row,
        ("PodAnalytics", "weeks"): _weeks,
    },
    own={
        ("Pod", "creator"): _unless_apart("creator_id"),
        ("Pod", "viewerMembership"): _own,
        ("Pod", "viewerInvitations"): _to_me,
        ("Pod", "invitations"): _invitations,
        ("PodInvitation", "inviter"): _unless_apart("inviter_id"),
        ("PodInvitation", "invitee"): _unless_apart("invitee_id"),
    },
    nodes={
        "Pod": ("pod", "pod"),
        "PodMember": ("pod_member", "pmb"),
        "PodInvitation": ("pod_invitation", "pin"),
    },
    keys={
        "PodAnalytics": ("maxMembers", lambda row: row["max_members"]),
        "PodWeek": ("startsOn", lambda row: row["starts_on"].isoformat()),
    },
    roots={
        "pod": by_id("pod", "pod"),
        "pods": _pods,
        "podAnalytics": by_id("pod", "pod", "podId"),
    },
    counts={"pod": 14, "pod_member": 100, "pod_invitation": 50},
    rules={
        # Each has another, by which its analytics are told apart.
        "pod.max_members": lambda filling, _: 2 + len(filling.rows.get("pod", ())),
        "pod.starts_at": hour,
        "pod.ends_at": lambda _, row: row["starts_at"],
        "pod.time_zone": lambda filling, _: filling.rng.choice(("UTC", "Asia/Jakarta")),
        "pod.archived_at": lambda filling, row: (
            filling.past() if row["status"] is PodStatus.ARCHIVED else None
        ),
        "pod.creator_id": lambda filling, row: None if filling.chance(0.2) else user(filling, row),
        "pod_member.user_id": user,
        "pod_member.status": _status,
        "pod_member.joined_at": _joined_at,
        "pod_invitation.kind": _kind,
        "pod_invitation.invitee_id": _of_kind(PodInvitationKind.USER, user),
        "pod_invitation.email": _of_kind(PodInvitationKind.EMAIL, _address),
        "pod_invitation.code_selector": _of_kind(
            PodInvitationKind.CODE, lambda filling, _: f"{filling.rng.getrandbits(60):x}"
        ),
        "pod_invitation.code_hash": _of_kind(
            PodInvitationKind.CODE, lambda filling, _: filling.rng.randbytes(32)
        ),
        "pod_invitation.max_uses": lambda filling, _: filling.rng.randint(1, 20),
        "pod_invitation.uses": lambda filling, row: filling.rng.randint(0, row["max_uses"]),
        "pod_invitation.expires_at": lambda filling, _: (
            filling.future() if filling.chance(0.7) else filling.past()
        ),
    },
    given={"pod_member": _given_members, "pod_invitation": _given_invitations},
)

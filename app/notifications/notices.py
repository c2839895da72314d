"""What notifications say."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.accounts.models import AuthSession
from app.notifications.models import NotificationSubject, NotificationType

# What a device says of itself goes into a letter as words: no address that could be clicked.
_NO_WORD = re.compile(r"[^A-Za-z0-9]+")
_LONGEST_NAME = 40
_LONGEST_TITLE = 120

_IF_NOT_YOU = " If that wasn't you, reset your password at once and end your other sessions."

_PLAIN: Final = {
    NotificationType.PASSWORD_CHANGED: (
        "Your password was changed",
        f"The password of your account was changed.{_IF_NOT_YOU}",
    ),
    NotificationType.PASSWORD_RESET: (
        "Your password was reset",
        f"The password of your account was reset, and all sessions were ended.{_IF_NOT_YOU}",
    ),
    NotificationType.TWO_FACTOR_CHANGED: (
        "Two-factor authentication was changed",
        f"Two-factor authentication of your account was switched on or off.{_IF_NOT_YOU}",
    ),
    NotificationType.EMAIL_CHANGED: (
        "Your e-mail address was changed",
        f"Your account has another e-mail address now.{_IF_NOT_YOU}",
    ),
    NotificationType.PHONE_CHANGED: (
        "Your phone number was changed",
        f"Your account has another phone number now.{_IF_NOT_YOU}",
    ),
    NotificationType.ACCOUNT_LINKED: (
        "An account was linked or unlinked",
        f"Another service signs you in now, or no longer does.{_IF_NOT_YOU}",
    ),
    NotificationType.API_TOKEN_CREATED: (
        "An API token was made",
        f"There is a new token that lets a program act for you.{_IF_NOT_YOU}",
    ),
    NotificationType.ROLES_CHANGED: (
        "Your roles were changed",
        "An administrator changed the roles of your account, and with them what you may do.",
    ),
}


@dataclass(frozen=True)
class Notice:
    """A notification to be, and what it leads to, if to anything."""

    type: NotificationType
    title: str
    text: str
    subject: tuple[NotificationSubject, UUID] | None = None


def plain(type: NotificationType) -> Notice:
    """The notice of a type that says the same to everybody. `KeyError` for another."""
    title, text = _PLAIN[type]
    return Notice(type, title, text)


def announcement(class_name: str, title: str, text: str) -> Notice:
    """Those who teach a class tell its members something."""
    return Notice(NotificationType.ANNOUNCEMENT, title, f"To the class {class_name}:\n\n{text}")


def new_device(signed_in: AuthSession) -> Notice:
    """Somebody signed in from a device that the account didn't know."""
    names = [signed_in.device_browser, signed_in.device_os, signed_in.device_type]
    words = [_NO_WORD.sub(" ", name).strip()[:_LONGEST_NAME] for name in names]
    device = ", ".join(word for word in words if word) or "a device that says nothing of itself"
    return Notice(
        NotificationType.NEW_DEVICE,
        "New sign-in to your account",
        "Your account was signed in to from a device that it didn't know.\n\n"
        f"Device: {device}\n"
        f"Network address: {signed_in.address or 'unknown'}\n"
        f"Time: {signed_in.created_at:%Y-%m-%d %H:%M} UTC\n\n"
        f"If that was you, there is nothing to do.{_IF_NOT_YOU}",
        (NotificationSubject.AUTH_SESSION, signed_in.id),
    )


def graded(assignment: str, grade: int, most: int, submission_id: UUID) -> Notice:
    """Somebody's work has a grade, or another one."""
    return Notice(
        NotificationType.ASSIGNMENT_GRADED,
        "Your work was graded",
        f"Your work on \u201c{_words(assignment)}\u201d has {grade} of {most} points.",
        (NotificationSubject.SUBMISSION, submission_id),
    )


def returned(assignment: str, submission_id: UUID) -> Notice:
    """Somebody's work is to be done again."""
    return Notice(
        NotificationType.ASSIGNMENT_RETURNED,
        "Your work was returned",
        f"Your work on \u201c{_words(assignment)}\u201d was returned to you: read what was said of"
        " it, and hand in the next version.",
        (NotificationSubject.SUBMISSION, submission_id),
    )


def _words(title: str) -> str:
    """What an author calls something, in a letter: in one line, and no longer than that."""
    return " ".join(title.split())[:_LONGEST_TITLE]


def lesson_unlocked(lesson_id: UUID, lesson: str, name: str) -> Notice:
    """A lesson was opened to a class of this name."""
    return Notice(
        NotificationType.LESSON_UNLOCKED,
        "A lesson is open to you",
        f'The lesson "{lesson}" is open to your class "{name}" now.',
        (NotificationSubject.LESSON, lesson_id),
    )


def lecture_cancelled(lecture_id: UUID, title: str, starts_at: datetime) -> Notice:
    """A lecture that somebody had a seat at doesn't take place."""
    return Notice(
        NotificationType.LECTURE_CANCELLED,
        "A lecture was cancelled",
        f"The lecture \u201c{title}\u201d, on {starts_at:%Y-%m-%d at %H:%M} UTC, doesn't take"
        " place. What was paid for it goes back.",
        (NotificationSubject.LECTURE, lecture_id),
    )


def pod_invited(pod_id: UUID, pod: str, inviter: str | None) -> Notice:
    """Somebody may come into a pod."""
    who = f"{_words(inviter)} invites you" if inviter else "You are invited"
    return Notice(
        NotificationType.POD_INVITED,
        "You are invited into a pod",
        f"{who} into the pod \u201c{_words(pod)}\u201d.",
        (NotificationSubject.POD, pod_id),
    )


def pod_approved(pod_id: UUID, pod: str) -> Notice:
    """Somebody who had asked is in a pod."""
    return Notice(
        NotificationType.POD_APPROVED,
        "You are in the pod that you wanted to join",
        f"You are in the pod \u201c{_words(pod)}\u201d now, and in its chat.",
        (NotificationSubject.POD, pod_id),
    )


def pod_role_changed(pod_id: UUID, pod: str, role: str) -> Notice:
    """Somebody may do more in a pod than before, or less."""
    return Notice(
        NotificationType.POD_ROLE_CHANGED,
        "Your role in a pod was changed",
        f"Your role in the pod \u201c{_words(pod)}\u201d is {role} now.",
        (NotificationSubject.POD, pod_id),
    )


def event_reminder(event_id: UUID, title: str, begins: datetime, whole_days: bool) -> Notice:
    """An event begins soon; `begins` is as the clocks of its own time zone show it."""
    when = f"{begins:%Y-%m-%d}" if whole_days else f"{begins:%Y-%m-%d at %H:%M} ({begins.tzinfo})"
    return Notice(
        NotificationType.EVENT_REMINDER,
        "An event begins soon",
        f"\u201c{_words(title)}\u201d begins on {when}.",
        (NotificationSubject.EVENT, event_id),
    )


def buddy_requested(request_id: UUID, name: str, course: str) -> Notice:
    """Somebody of this name asks to study a course together."""
    return Notice(
        NotificationType.BUDDY_REQUESTED,
        "Somebody wants to study with you",
        f"{_words(name)} asks you to study \u201c{_words(course)}\u201d together. You have seven"
        " days to answer.",
        (NotificationSubject.BUDDY_REQUEST, request_id),
    )


def buddy_accepted(buddy_id: UUID, name: str, course: str) -> Notice:
    """Somebody who was asked studies a course together with who has asked."""
    return Notice(
        NotificationType.BUDDY_ACCEPTED,
        "You have a study buddy",
        f"{_words(name)} studies \u201c{_words(course)}\u201d with you from now on.",
        (NotificationSubject.BUDDY, buddy_id),
    )


def buddy_rejected(request_id: UUID, name: str) -> Notice:
    """Somebody who was asked said no."""
    return Notice(
        NotificationType.BUDDY_REJECTED,
        "Your request was declined",
        f"{_words(name)} can't study with you now.",
        (NotificationSubject.BUDDY_REQUEST, request_id),
    )


def buddy_ended(name: str) -> Notice:
    """Two people aren't buddies any more."""
    return Notice(
        NotificationType.BUDDY_ENDED,
        "You have a study buddy less",
        f"{_words(name)} doesn't study with you any more.",
    )


def buddy_assignment(assignment_id: UUID, name: str, course: str, status: str) -> Notice:
    """A buddy has changed what the two study."""
    return Notice(
        NotificationType.BUDDY_ASSIGNMENT_CHANGED,
        "What you study with a buddy was changed",
        f"{_words(name)} has changed what you study together: \u201c{_words(course)}\u201d is"
        f" {status} now.",
        (NotificationSubject.BUDDY_ASSIGNMENT, assignment_id),
    )


def level_reached(level: int) -> Notice:
    """Somebody has come to a higher level."""
    return Notice(
        NotificationType.LEVEL_REACHED,
        f"You have reached level {level}",
        f"What you have learned has brought you to level {level}.",
    )


def achievement_unlocked(achievement_id: UUID, name: str, points: int) -> Notice:
    """Somebody has unlocked an achievement, which is worth so many XP."""
    worth = f" Claim it to have its {points} XP." if points else ""
    return Notice(
        NotificationType.ACHIEVEMENT_UNLOCKED,
        "You have unlocked an achievement",
        f"You have unlocked \u201c{_words(name)}\u201d.{worth}",
        (NotificationSubject.ACHIEVEMENT, achievement_id),
    )

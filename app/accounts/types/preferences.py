"""How the viewer likes to study, is reminded, and is seen."""

from app.accounts import models
from app.accounts.models import Audience, LearningStyle
from app.core.graph.enums import describe
from app.core.graph.read.declare import column, edge, reads

describe(
    LearningStyle,
    "How somebody learns best.",
    {
        LearningStyle.VISUAL: "By seeing.",
        LearningStyle.AUDITORY: "By hearing.",
        LearningStyle.KINESTHETIC: "By doing.",
        LearningStyle.READING: "By reading and writing.",
        LearningStyle.MIXED: "By all of it.",
    },
)
describe(
    Audience,
    "Who sees something of a user beside the user.",
    {
        Audience.EVERYBODY: "Everybody, signed in or not.",
        Audience.SIGNED_IN: "Everybody who is signed in.",
        Audience.NOBODY: "Nobody else.",
    },
)


@reads(models.User, description="When the viewer is reminded.")
class ReminderSettings:
    """Part of the preferences."""

    minutes_before: int | None = column(
        "So many minutes before something begins; null for no reminder.",
        "reminder_minutes_before",
    )
    daily_at: str | None = column(
        "The time of the daily reminder to study, as HH:MM in the viewer's time zone; null for"
        " none.",
        "reminder_daily_at",
    )


@reads(
    models.User,
    description="Who sees what of the viewer. Whom the profile isn't for sees none of the rest"
    " either, and doesn't find the viewer by `users`.",
)
class PrivacySettings:
    """Part of the preferences."""

    profile: Audience = column("Who sees the profile.", "profile_audience")
    email: Audience = column("Who sees the e-mail address in it.", "email_audience")
    institution: Audience = column("Who sees the institution in it.", "institution_audience")
    location: Audience = column("Who sees the location in it.", "location_audience")
    birth_date: Audience = column("Who sees the birth date in it.", "birth_date_audience")
    read_receipts: Audience = column(
        "Who sees how far the viewer has read in a conversation: nobody, or those who are in it.",
        "read_receipts_audience",
    )
    leaderboard: Audience = column(
        "Who sees the viewer on leaderboards, which are for those who are signed in: with"
        " `NOBODY`, or a profile for nobody, the viewer is on none and sees none.",
        "leaderboard_audience",
    )


@reads(
    models.User,
    description="How the viewer likes to study. What the viewer is notified of, and how, isn't"
    " among it: those settings belong to notifications.",
)
class Preferences:
    """Part of the viewer."""

    session_minutes: int = column("How long a session of the viewer's usually is.")
    learning_style: LearningStyle | None = column("How the viewer learns best.")
    reminders: ReminderSettings = edge("id", "When the viewer is reminded.")
    privacy: PrivacySettings = edge("id", "Who sees what of the viewer.")

"""What somebody has to show that only they can know, and second factors."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.core.personal import ERASE, Fate, owner
from app.core.tables import PERSONAL, SEALED, Table, Timestamp


class ChallengePurpose(StrEnum):
    """What is reached by a challenge that is met."""

    LOGIN_EMAIL = "login_email"
    LOGIN_SMS = "login_sms"
    EMAIL_VERIFICATION = "email_verification"
    PHONE_VERIFICATION = "phone_verification"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose
    TWO_FACTOR = "two_factor"


class CodeChannel(StrEnum):
    """How a code is sent."""

    EMAIL = "email"
    SMS = "sms"


class ChallengeKind(StrEnum):
    """What meets a challenge."""

    EMAIL_CODE = "email_code"
    SMS_CODE = "sms_code"
    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"


class Challenge(Table, table=True):
    """A code or token that is waited for.

    Who asks for a code for an account that doesn't exist gets a challenge too, without a user.
    """

    __tablename__ = "auth_challenge"
    __table_args__ = (Index("ix_auth_challenge_asked_created_at", "asked", "created_at"),)

    purpose: ChallengePurpose
    user_id: UUID | None = Field(
        sa_column=Column(
            ForeignKey("user_account.id", ondelete="CASCADE"),
            index=True,
            **owner(Fate.ERASE, exported=False),
        )
    )
    # Whose failures wrong answers are: as in `login_failures`.
    subject: str = Field(max_length=300, sa_column_kwargs=PERSONAL)
    # What the request named (a login, an address, a number), hashed with a key: it is counted.
    asked: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    # Where the code goes.
    target: str | None = Field(default=None, max_length=320, sa_column_kwargs=PERSONAL)
    # The hash of the opaque token by which its holder knows it; a reset's is in the letter.
    token_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary, unique=True))
    # None until the letter is written.
    code_hash: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    # What was shown already, before a second factor is asked for; None stands for a password.
    after: ChallengePurpose | None = None
    tries: int = 0
    sends: int = 0
    expires_at: datetime = Field(sa_type=Timestamp, index=True)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class TwoFactor(SQLModel, table=True):
    """A user's authenticator; it counts once it is confirmed."""

    __tablename__ = "two_factor"

    user_id: UUID = Field(
        foreign_key="user_account.id", primary_key=True, ondelete="CASCADE", sa_column_kwargs=ERASE
    )
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False, **SEALED))
    confirmed_at: datetime | None = Field(default=None, sa_type=Timestamp)
    # The newest time step whose code was used, in intervals of 30 s since 1970.
    last_step: int = Field(default=0, sa_type=BigInteger)


class RecoveryCode(Table, table=True):
    """A code for whoever has lost the authenticator, hashed; good once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: UUID = Field(foreign_key="user_account.id", ondelete="CASCADE", sa_column_kwargs=ERASE)
    code_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)

"""Expected failures of gamification."""

from app.core.errors import DomainError


class XpBelowZero(DomainError):
    """More XP would be taken than there is."""

    code = "XP_BELOW_ZERO"
    message = "They don't have so much XP: nobody's total is below zero."


class AchievementClaimed(DomainError):
    """The points of this achievement were fetched before."""

    code = "ACHIEVEMENT_CLAIMED"
    message = "You have fetched the points of this achievement already."


class ChallengeClosed(DomainError):
    """The challenge is over, or isn't offered any more."""

    code = "CHALLENGE_CLOSED"
    message = "This challenge is over, or isn't offered any more."


class ChallengeFull(DomainError):
    """As many have joined the challenge as may."""

    code = "CHALLENGE_FULL"
    message = "As many as may have joined this challenge."


class ChallengeParticipationFinal(DomainError):
    """The viewer's part in a challenge is in a state without this step."""

    code = "CHALLENGE_PARTICIPATION_FINAL"
    message = "Your part in this challenge is in another state: that isn't possible now."

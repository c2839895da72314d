"""The jobs of accounts."""

from datetime import timedelta

from app.accounts.events import SendChallenge
from app.accounts.service import challenges
from app.core.resources import Resources
from workers.broker import handles


@handles(SendChallenge, time_limit=timedelta(minutes=1))
async def send_challenge(resources: Resources, job: SendChallenge) -> None:
    """Make the code, and leave the letter to be sent."""
    await challenges.send(resources, job.challenge_id)

"""Lyceum's own server, as the benchmarks start it."""

from app.core.settings import get_settings


def environment(secret: str) -> dict[str, str]:
    """As it is deployed, with everything on; its limits count, and are too high to refuse.

    Nobody is written a letter, so that there need be no mail server where it says there is one.
    """
    return {
        "LYCEUM_DATA_DIR": str(get_settings().data_dir),
        "LYCEUM_ENVIRONMENT": "production",
        "LYCEUM_SECRET_KEY": secret,
        "LYCEUM_LIMIT_SCALE": "1000000",
        "LYCEUM_SMTP_HOST": "127.0.0.1",
        "LYCEUM_SMTP_SENDER": "lyceum@example.org",
    }

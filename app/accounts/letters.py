"""What letters and text messages of accounts say."""

from app.core.mail import Mail, Sms

_MINUTES = 10


def login_code(to: str, name: str, code: str) -> Mail:
    """A code to sign in with."""
    return Mail(
        to=to,
        subject=f"{code} is your code for Lyceum",
        text=(
            f"Hello {name},\n\n"
            f"sign in to Lyceum with this code: {code}\n\n"
            f"It is good for {_MINUTES} minutes. Nobody of Lyceum will ever ask you for it.\n"
            "If you didn't want to sign in, ignore this letter: without the code nobody gets in.\n"
        ),
    )


def verification_code(to: str, name: str, code: str) -> Mail:
    """A code that shows whose address it is."""
    return Mail(
        to=to,
        subject=f"{code} confirms your address",
        text=(
            f"Hello {name},\n\n"
            f"confirm your e-mail address for Lyceum with this code: {code}\n\n"
            f"It is good for {_MINUTES} minutes.\n"
            "If you have no account at Lyceum, somebody mistyped an address: ignore this letter.\n"
        ),
    )


def invitation(to: str, name: str, username: str) -> Mail:
    """That there is an account, and how to get into it."""
    return Mail(
        to=to,
        subject="Your account at Lyceum",
        text=(
            f"Hello {name},\n\n"
            f"an account was made for you at Lyceum. Your username is {username}.\n\n"
            "It has no password yet. Choose one as if you had forgotten it: give this address,"
            " and you get a letter with a token.\n"
            "If you know nothing of Lyceum, ignore this letter.\n"
        ),
    )


def password_reset(to: str, name: str, token: str) -> Mail:
    """A token for a new password."""
    return Mail(
        to=to,
        subject="A new password for Lyceum",
        text=(
            f"Hello {name},\n\n"
            "choose a new password for Lyceum with this token:\n\n"
            f"{token}\n\n"
            "It is good once, for an hour. A new password signs all your devices out.\n"
            "If you didn't ask for it, ignore this letter: your password stays as it is.\n"
        ),
    )


def login_text(to: str, code: str) -> Sms:
    """A code to sign in with."""
    return Sms(
        to=to,
        text=f"{code} is your code to sign in to Lyceum, for {_MINUTES} minutes. Tell it nobody."
        " Not you? Ignore this message.",
    )


def verification_text(to: str, code: str) -> Sms:
    """A code that shows whose number it is."""
    return Sms(
        to=to,
        text=f"{code} confirms your number for Lyceum, for {_MINUTES} minutes."
        " Not you? Ignore this message.",
    )

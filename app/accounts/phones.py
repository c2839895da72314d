"""Telephone numbers."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat


def normalised(given: str) -> str | None:
    """A number with its country, as +41791234567 (E.164); None if there is no such number."""
    try:
        number = phonenumbers.parse(given)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

"""What an emoji is: one grapheme, as Unicode's UTS 51 puts emoji together."""

from typing import Final

import regex

_JOINER: Final = "\u200d"
# Asks for the picture where a character has a plain form too.
_PICTURE: Final = "\ufe0f"
_TAGS: Final = r"[\U000E0020-\U000E007E]+\U000E007F"
_FLAG: Final = r"\p{Regional_Indicator}{2}"
_KEYCAP: Final = r"[0-9#*]\uFE0F?\u20E3"
_ONE: Final = (
    r"(?=\p{Emoji})(?!\p{Regional_Indicator})(?:\p{Extended_Pictographic}|\p{Emoji_Presentation})"
    rf"(?:\uFE0F|\p{{Emoji_Modifier}})?(?:{_TAGS})?"
)
_EMOJI: Final = regex.compile(rf"{_FLAG}|{_KEYCAP}|{_ONE}(?:{_JOINER}(?:{_FLAG}|{_ONE}))*")
_GRAPHEME: Final = regex.compile(r"\X")
_PLAIN: Final = regex.compile(r"\p{Emoji}")
_ALWAYS_PICTURE: Final = regex.compile(r"\p{Emoji_Presentation}")
_LONGEST: Final = 32


def emoji(given: str) -> str | None:
    """The emoji that a text is, written in the one way in which it counts; None if it is none."""
    if len(given) > _LONGEST or not _EMOJI.fullmatch(given) or not _GRAPHEME.fullmatch(given):
        return None
    if len(given) == 1 and _PLAIN.match(given) and not _ALWAYS_PICTURE.match(given):
        return given + _PICTURE
    if given[-1] == _PICTURE and len(given) == 2 and _ALWAYS_PICTURE.match(given):
        return given[0]
    return given

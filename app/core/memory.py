"""The collector of garbage, for processes that have everything before they begin."""

import gc


def keep_what_is_there() -> None:
    """What is there now stays: the collector need not look at it again and again, and what a
    request makes is gone before it would be old.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)

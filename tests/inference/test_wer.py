"""Word error rate."""

import pytest

from benchmarks.speech.wer import normalised, word_error_rate


def test_case_punctuation_and_figures_do_not_count() -> None:
    assert normalised("OK, it takes 3 steps \u2014 doesn\u2019t it?") == (
        "okay it takes three steps doesn't it"
    )


def test_errors_are_per_hundred_words_of_all_recordings() -> None:
    assert word_error_rate(["one two three four", "five"], ["one too three four", "five"]) == (
        pytest.approx(20)
    )
    assert word_error_rate(["yes"], ["Yes."]) == 0

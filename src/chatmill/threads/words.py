"""Counts and weighs the words a message shares with the messages before it."""

from dataclasses import dataclass

import numpy as np

from chatmill.threads.signals import Signals

_BACKGROUND = 400
"""Messages before the window in which words are counted to see how rare they are."""
_SHARE_OF_COMMON, _COMMON_FROM = 0.04, 6
"""Words in more than this share of the messages (and more than so many) are not compared."""


@dataclass(frozen=True, slots=True)
class SharedWords:
    """Arrays of shape (n messages, window + 1); column d is the message d places earlier."""

    number: np.ndarray
    """float64: how many words are shared."""
    weight: np.ndarray
    """float32: sum of their rarities, each in [0, 1]."""
    rarest: np.ndarray
    """float32: rarity of the rarest."""


def shared_words(signals: Signals, first: int, last: int, window: int) -> SharedWords:
    """Compare messages `first` up to `last` with the window before each.

    Time grows with the words that occur again inside a window, not with all pairs of messages.
    """
    words, places, rarity = _postings(signals, max(first - 2 * window - _BACKGROUND, 0), last)
    shape = (last - first, window + 1)
    size = shape[0] * shape[1]
    number, weight, rarest = np.zeros(size), np.zeros(size), np.zeros(size, np.float32)
    for shift in range(1, len(words)):
        is_same = words[shift:] == words[:-shift]
        found = np.flatnonzero(is_same & (places[shift:] - places[:-shift] <= window))
        if not found.size:
            break
        later = places[found + shift]
        found, later = found[later >= first], later[later >= first]
        at = (later - first) * shape[1] + (later - places[found])
        number += np.bincount(at, minlength=size)
        weight += np.bincount(at, weights=rarity[found], minlength=size)
        np.maximum.at(rarest, at, rarity[found])
    return SharedWords(
        number=number.reshape(shape),
        weight=weight.reshape(shape).astype(np.float32),
        rarest=rarest.reshape(shape),
    )


def _postings(signals: Signals, start: int, last: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return words that occur again, where, and how rare they are, sorted by word and place."""
    words = signals.words[signals.word_starts[start] : signals.word_starts[last]]
    lengths = np.diff(signals.word_starts[start : last + 1])
    places = np.repeat(np.arange(start, last, dtype=np.int64), lengths)
    if not len(words):
        return words, places, np.zeros(0, np.float32)
    n = last - start
    order = np.argsort(words, kind="stable")
    words, places = words[order], places[order]
    is_new = np.concatenate([[True], words[1:] != words[:-1]])
    group = np.cumsum(is_new) - 1
    n_messages = np.bincount(group)[group]
    rarity = np.log((1 + n) / n_messages) / np.log(1 + max(n, 2))
    is_kept = (n_messages > 1) & (n_messages <= max(_COMMON_FROM, _SHARE_OF_COMMON * n))
    return words[is_kept], places[is_kept], rarity[is_kept].astype(np.float32)

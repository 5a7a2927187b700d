"""Likeness compares a message with the talks around it and remembers only what it needs."""

from collections.abc import Sequence

import numpy as np
import pytest

from chatmill.records import Conversation, Message
from chatmill.settings import Settings
from chatmill.threads.likeness import Likeness, shared_embedder
from chatmill.threads.roles import message_roles
from chatmill.threads.seen import Seen, look_over


def seen_in(*lines: str) -> list[Seen]:
    """Look at lines of `Speaker| text`."""
    messages = tuple(
        Message(id=f"m{n}", speaker=line.split("| ")[0], role="unknown", text=line.split("| ")[1])
        for n, line in enumerate(lines)
    )
    room = Conversation(id="c", source="s", platform="p", messages=messages)
    return look_over(room, message_roles(room, Settings()), Settings())


def test_a_message_is_most_like_the_talk_about_the_same() -> None:
    """Words that differ but mean the same bring a message to its talk, across languages too."""
    seen = seen_in(
        "Ana| The parcel has not been delivered yet.",
        "하리| 비밀번호를 바꾸고 싶은데 어디서 하나요?",
        "Bob| 배송이 아직 안 왔어요?",
        "Cho| You can change your password under account settings.",
    )
    likeness = Likeness(seen)
    talks = {0: [seen[0]], 1: [seen[1]]}
    parcel, password = likeness.to_talks(seen[2], talks), likeness.to_talks(seen[3], talks)
    assert parcel[0].most > parcel[1].most
    assert password[1].most > password[0].most


def test_each_cosine_is_to_the_message_it_names() -> None:
    """First, last, most and asked are the cosines of the encoder to just those messages."""
    seen = seen_in(
        "Ana| The pump is loud.", "Bob| Which one?", "Ana| The small one.", "Cho| Oil it."
    )
    alike = Likeness(seen).to_talks(seen[3], {7: seen[:3]})[7]
    vectors = shared_embedder().embed([each.bare for each in seen])
    cosines = vectors[:3] @ vectors[3]
    assert alike.first == pytest.approx(cosines[0], abs=1e-4)
    assert alike.last == pytest.approx(cosines[2], abs=1e-4)
    assert alike.most == pytest.approx(cosines.max(), abs=1e-4)
    assert alike.asked == pytest.approx(max(cosines[0], cosines[2]), abs=1e-4)


def test_every_message_is_embedded_once_and_old_ones_are_forgotten() -> None:
    """A long room costs one embedding a message and the memory of a window."""
    seen = seen_in(*(f"Speaker{n % 5}| message number {n}" for n in range(1000)))
    embedded: list[str] = []

    def count(texts: Sequence[str]) -> np.ndarray:
        embedded.extend(texts)
        return np.ones((len(texts), 4), dtype=np.float32) / 2

    likeness = Likeness(seen, count)
    for place in range(3, len(seen)):
        likeness.to_talks(seen[place], {0: seen[place - 3 : place]})
    assert sorted(embedded) == sorted(each.bare for each in seen)
    assert likeness.n_kept < 400

"""Learns the weights of the chooser for small rooms: rows out of gold threads, a linear softmax."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chatmill.records import Conversation, Message
from chatmill.settings import Settings
from chatmill.threads.chooser import choose, near_talks, open_room
from chatmill.threads.likeness import shared_embedder
from chatmill.threads.roles import message_roles
from chatmill.threads.seen import Seen, look_over
from chatmill.threads.talks import Features, Weighing

SETTINGS = Settings()
_LEAST = 0.0005
"""Weights nearer to 0 are left out."""
_VECTORS: dict[str, np.ndarray] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """A message: the features of a start and of each talk, and which of them is right."""

    candidates: list[Features]
    right: int
    weight: float


@dataclass(frozen=True, slots=True)
class Room:
    """A gold room."""

    id: str
    conversation: Conversation
    seen: list[Seen]
    thread: Mapping[str, str]


def read_room(row: dict[str, Any]) -> Room:
    """Read one line of a gold file."""
    conversation = Conversation(
        id=str(row["id"]),
        source="gold",
        platform="gold",
        messages=tuple(
            Message(
                id=str(m["id"]),
                speaker=m.get("speaker") or "",
                role=m.get("role") or "unknown",
                sent_at=m.get("time") or "",
                text=m["text"],
            )
            for m in row["messages"]
        ),
    )
    roles = message_roles(conversation, SETTINGS)
    seen = look_over(conversation, roles, SETTINGS)
    return Room(conversation.id, conversation, seen, row["gold"]["threads"])


def rows_of(room: Room, weight: float, guide: Mapping[str, float] | None = None) -> list[Row]:
    """Walk along the gold threads, or along guesses, and note what was right at each message.

    Args:
        room: A gold room.
        weight: Of each of its rows.
        guide: Weights that choose the way; the gold does where None.
    """
    state = open_room(room.seen, SETTINGS.threads, remembered)
    talk_of: dict[str, int] = {}
    rows: list[Row] = []
    for each in room.seen:
        gold = room.thread.get(each.message.id)
        near = near_talks(state, each, SETTINGS.threads)
        weighing = Weighing(state, each, near)
        right = talk_of.get(gold or "")
        numbers = [talk.number for talk in near]
        if gold is not None and (right is None or right in numbers) and near:
            place = 0 if right is None else 1 + numbers.index(right)
            features = [weighing.of_start(), *(weighing.of_talk(talk) for talk in near)]
            rows.append(Row(features, place, weight))
        taken = right
        if guide is not None:
            chosen = choose(state, each, near, guide, SETTINGS)
            taken = None if chosen is None else chosen.number
        talk = state.take(each, taken)
        if gold is not None:
            talk_of[gold] = talk.number
    return rows


def remembered(texts: Sequence[str]) -> np.ndarray:
    """Embed, each text once for all walks through it."""
    if new := [text for text in dict.fromkeys(texts) if text not in _VECTORS]:
        _VECTORS.update(zip(new, shared_embedder().embed(new), strict=True))
    return np.stack([_VECTORS[text] for text in texts])


def fit(rows: Sequence[Row], *, penalty: float, n_steps: int = 200) -> dict[str, float]:
    """Fit feature → weight: softmax over each row's candidates, L2, full-batch Adam."""
    names = sorted({name for row in rows for each in row.candidates for name in each})
    column = {name: n for n, name in enumerate(names)}
    at, where, value, starts, right = [], [], [], [0], []
    n = 0
    for row in rows:
        right.append(n + row.right)
        for each in row.candidates:
            where += [column[name] for name in each]
            value += list(each.values())
            at += [n] * len(each)
            n += 1
        starts.append(n)
    at_, where_, value_ = np.array(at), np.array(where), np.array(value)
    begin = np.array(starts[:-1])
    group = np.repeat(np.arange(len(rows)), np.diff(starts))
    weight = np.array([row.weight for row in rows])
    target = np.zeros(n)
    target[right] = 1
    theta = np.zeros(len(names))
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for step in range(1, n_steps + 1):
        z = np.bincount(at_, theta[where_] * value_, n)
        z -= np.maximum.reduceat(z, begin)[group]
        p = np.exp(z)
        p /= np.add.reduceat(p, begin)[group]
        error = (p - target) * weight[group]
        gradient = np.bincount(where_, error[at_] * value_, len(names)) + penalty * theta
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        rate = 0.05 * min(1.0, 2 * (1 - step / n_steps))
        theta -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return {
        name: round(float(w), 3) for name, w in zip(names, theta, strict=True) if abs(w) >= _LEAST
    }

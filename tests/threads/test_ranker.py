"""The learnt ranker: who answers whom where several people talk across each other."""

from dataclasses import replace

import numpy as np

from chatmill.records import Conversation
from chatmill.settings import ThreadsSettings
from chatmill.threads.ranker import rank_links, shipped_forests
from chatmill.threads.signals import read_signals
from talking import talk


def ranked(
    room: Conversation, *, window: int = 50, told: dict[int, int] | None = None
) -> list[int]:
    """Return the place each message answers."""
    places = np.full(len(room.messages), -1)
    for later, earlier in (told or {}).items():
        places[later] = earlier
    found = rank_links(
        read_signals(room.messages), places, replace(ThreadsSettings(), candidates=window)
    )
    return [int(place) for place in found]


def entangled() -> Conversation:
    """Three questions in a Korean room, answered by name and by words."""
    return talk(
        "고은찬@0| W5500에서 TTL 기본값은 얼마인가요?",
        "이서준, HW팀@0| 저는 RSTn 핀 질문입니다. 리셋이 자꾸 실패하는데 왜 그럴까요?",
        "노아린@1| SPI 클럭은 최대 몇 MHz인가요?",
        "박미나@2| 은찬님 128입니다.",
        "이도현 [WIZnet]@2| @이서준 RSTn을 500us 이상 Low로 잡아 주세요.",
        "고은찬@3| 미나님 감사합니다",
        "이서준, HW팀@4| 도현님 해 보니 리셋이 됩니다. 고맙습니다",
        "박미나@4| 노아린님 33.3 MHz까지 보장합니다",
        "노아린@5| 네 알겠습니다",
    )


def test_a_korean_room_is_disentangled() -> None:
    """Given names with 님, @ and bare thanks find their way without any English."""
    assert ranked(entangled()) == [0, 1, 2, 0, 1, 3, 4, 2, 7]


def test_what_the_platform_says_is_kept() -> None:
    """A reply somebody pressed the reply button for is never guessed again."""
    assert ranked(entangled(), told={8: 0})[8] == 0


def test_links_point_back_and_the_answer_is_always_the_same() -> None:
    """Same room, same links; nothing answers the future or itself by accident of blocks."""
    room = talk(*(f"P{n % 7}| line {n} about part W{n % 13}, any idea?" for n in range(2500)))
    first = ranked(room)
    assert first == ranked(room)
    assert all(earlier <= place for place, earlier in enumerate(first))
    assert all(place - earlier <= 50 for place, earlier in enumerate(first))


def test_a_short_window_is_kept() -> None:
    """`[threads] candidates` bounds how far back a link may reach."""
    room = talk(*(f"P{n % 9}| message {n}" for n in range(60)))
    assert all(place - earlier <= 3 for place, earlier in enumerate(ranked(room, window=3)))


def test_a_room_of_one_message_and_of_none() -> None:
    """The smallest rooms have an answer too."""
    assert ranked(talk("Ana| hello?")) == [0]
    assert ranked(talk()) == []


def test_a_long_silence_ends_a_thread() -> None:
    """After `max_gap_minutes` only a question still waits for its answer."""
    room = talk("Ana@0| ok great", "Bob@0| yes it works", "Ana@2000| thanks Bob", "Bob@2001| np")
    assert ranked(room)[2] == 2


def test_shipped_weights_are_small_and_name_known_features() -> None:
    """Both forests fit the features this version computes."""
    for forest in shipped_forests():
        assert forest.feature.max() < len(forest.features)
        assert forest.leaf.shape == (len(forest.feature), 2 ** forest.feature.shape[1])

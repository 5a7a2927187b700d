"""What the ranker sees in a message, in Korean and in English."""

import time

from chatmill.threads.signals import ACTS, FLAGS, read_signals
from talking import talk


def test_people_are_found_by_what_they_are_called() -> None:
    """Full and given names, honorifics, particles, @ and colons; companies are left out."""
    signals = read_signals(
        talk(
            "고은찬| TTL 기본값은 얼마인가요?",
            "이서준, HW팀| 저도 질문 있습니다.",
            "이도현 [WIZnet]| @이서준 8개입니다.",
            "이도현 [WIZnet]| 은찬님 128입니다.",
            "고은찬| 이도현 님, 감사합니다",
            "Mina Park| 그건 고은찬님이 말한 것과 같아요",
            "이서준, HW팀| Mina Park: thanks",
            "고은찬| 이도현이 아니라 서준은 몰라요",
        ).messages
    )
    assert signals.addressed.tolist() == [-1, -1, 1, 0, 2, -1, 3, -1]
    assert signals.mentioned.tolist() == [-1, -1, -1, -1, -1, 0, -1, -1]


def test_a_name_means_who_spoke_last_under_it() -> None:
    """Of two people called Ana the one who is there is meant; nobody speaks to themselves."""
    signals = read_signals(
        talk("Ana Kim| hi", "Ana Lee| hello", "Bob| ana: yes?", "Ana Lee| Ana: me?").messages
    )
    assert signals.addressed.tolist() == [-1, -1, 1, -1]


def test_cues_are_seen_in_both_languages() -> None:
    """Acts and flags do not need English."""
    signals = read_signals(
        talk("A| 왜 안 되나요?", "B| 그리고 감사합니다", "C| why?", "D| and thanks a lot").messages
    )
    assert [ACTS[act] for act in signals.act] == ["question", "thanks", "question", "thanks"]
    for name in ("goes_on", "thanks"):
        assert signals.flags[:, FLAGS.index(name)].tolist() == [0, 1, 0, 1]


def test_clock_times_go_on_over_midnight() -> None:
    """Clock-only times count on; unknown ones repeat the last."""
    room = talk("A| x", "B| y", "C| z")
    times = ("23:50", "00:10", "")
    messages = [
        type(message)(id=message.id, speaker=message.speaker, text=message.text, sent_at=at)
        for message, at in zip(room.messages, times, strict=True)
    ]
    signals = read_signals(messages)
    assert (signals.minutes - signals.minutes[0]).tolist() == [0, 20, 20]


def test_words_are_counted_without_case_and_particles() -> None:
    """`소켓은` and `소켓` are one word, so are `Sockets` and `socket`."""
    signals = read_signals(talk("A| 소켓은 Sockets", "B| 소켓 socket").messages)
    assert signals.words.tolist() == [0, 1, 0, 1]
    assert signals.word_starts.tolist() == [0, 2, 4]


def test_hostile_messages_cost_no_more_than_long_ones() -> None:
    """Runs of dots, signs and names are read in linear time."""
    started = time.perf_counter()
    for piece in (".", "-.", ", ", "/a", "@", "a.", "님", "{"):
        read_signals(talk(f"A| {piece * (60_000 // len(piece))}x").messages)
    assert time.perf_counter() - started < 10

"""One person, two names: learnt from the messages two exports of a room have in common."""

from pathlib import Path

import pytest

from chatmill.frames import tables_of
from chatmill.importers.same_speakers import SAMPLE_MESSAGES, SpeakerSample, SpeakerWatch
from chatmill.project import Project
from chatmill.records import Conversation, Message
from chatmill.store.speaker_names import SameSpeaker, Speaker, read_speaker_names
from reading import read_export, write_export

ROOM = "kakaotalk:기술지원방"
HEADING = "기술지원방 {n} 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"
Line = tuple[int, str, str]
"""Minute after nine, speaker, text."""


def android(*lines: Line) -> str:
    """Write an Android export."""
    return HEADING.format(n=3) + "".join(
        f"2024년 3월 11일 오전 9:{minute:02}, {speaker} : {text}\r\n"
        for minute, speaker, text in lines
    )


def windows(*lines: Line) -> str:
    """Write a Windows export."""
    return (
        "기술지원방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n"
        "--------------- 2024년 3월 11일 월요일 ---------------\r\n"
    ) + "".join(f"[{speaker}] [오전 9:{minute:02}] {text}\r\n" for minute, speaker, text in lines)


class Imports:
    """Brings exports into a project the way the import stage does."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self._folder = folder

    def bring(self, name: str, text: str) -> tuple[SameSpeaker, ...]:
        """Write an export, import it, and return what was learnt."""
        export = read_export(write_export(self._folder, f"{name}.txt", text))
        room = Conversation(
            id=f"kakaotalk:{export.rooms[0].key}", source=name, platform="kakaotalk"
        )
        watch = SpeakerWatch(self.project, name)
        rows = [(room, message) for message in export.messages]
        self.project.conversations.write_tables(name, watch.watch(tables_of(rows, 2)))
        return watch.learn()

    def speakers(self) -> list[str]:
        """Who says each message, as the project reads it."""
        return [each.speaker for each in self.messages()]

    def messages(self) -> tuple[Message, ...]:
        """Messages of the room."""
        return self.project.conversations.get(ROOM).messages


@pytest.fixture
def room(project: Project, tmp_path: Path) -> Imports:
    """An empty project to bring exports into."""
    return Imports(project, tmp_path)


TALK: tuple[Line, ...] = (
    (1, "김민수", "VERSIONR이 0x00입니다"),
    (2, "최도윤", "리셋 핀을 확인하세요"),
    (3, "김민수", "네"),
    (3, "김민수", "네"),
    (4, "최도윤", "네"),
    (5, "김민수", "해결됐습니다"),
    (6, "최도윤", "다행입니다"),
)


def renamed(names: dict[str, str], lines: tuple[Line, ...] = TALK) -> tuple[Line, ...]:
    """Give speakers the names another phone has for them."""
    return tuple((minute, names.get(name, name), text) for minute, name, text in lines)


MORE: tuple[Line, ...] = ((7, "김민수", "하나 더요"), (8, "최도윤", "말씀하세요"))
EVERYBODY = [name for _, name, _ in (*TALK, *MORE)]


@pytest.mark.parametrize("placeholder", ["회원님", "you", "You"])
def test_placeholder_takes_the_name_it_has_next_week(room: Imports, placeholder: str) -> None:
    """An exporter who was `회원님` and now has a name is one person, under the name."""
    room.bring("week1", android(*renamed({"최도윤": placeholder})))
    room.bring("week2", android(*TALK, *MORE))
    assert room.speakers() == EVERYBODY


@pytest.mark.parametrize("placeholder", ["회원님", "You"])
def test_name_stays_where_the_placeholder_comes_later(room: Imports, placeholder: str) -> None:
    """The other way round, the new messages of `You` get the name too."""
    room.bring("week1", android(*TALK))
    room.bring("week2", android(*renamed({"최도윤": placeholder}, TALK + MORE)))
    assert room.speakers() == EVERYBODY


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_two_phones_call_people_differently(room: Imports, order: str) -> None:
    """Contact names differ, and each exporter is 회원님 in his own file: two people come out."""
    phones = {
        "a": android(*renamed({"최도윤": "회원님"}, TALK + MORE[:1])),
        "b": windows(
            *renamed({"김민수": "회원님", "최도윤": "최도윤 대리(WIZnet)"}, TALK + MORE[1:])
        ),
    }
    for phone in order:
        room.bring(phone, phones[phone])
    assert len(room.messages()) == len(TALK) + len(MORE)
    assert room.speakers() == [
        {"최도윤": "최도윤 대리(WIZnet)"}.get(name, name) for name in EVERYBODY
    ]


def test_first_of_two_names_is_kept(room: Imports) -> None:
    """A contact renamed on the phone stays who he was, so settings go on naming him."""
    room.bring("week1", android(*TALK))
    learnt = room.bring("week2", android(*renamed({"최도윤": "도윤 형"}, TALK + MORE)))
    assert learnt == (
        SameSpeaker(
            conversation_id=ROOM,
            speaker=Speaker(source="", name="도윤 형"),
            same_as=Speaker(source="", name="최도윤"),
        ),
    )
    assert room.speakers() == EVERYBODY


def test_weekly_placeholders_are_one_person_once_the_name_is_known(room: Imports) -> None:
    """Three weeks of 회원님 get the name a colleague's export brings in the end."""
    as_exporter = {"최도윤": "회원님"}
    room.bring("week1", android(*renamed(as_exporter, TALK[:4])))
    room.bring("week2", android(*renamed(as_exporter, TALK)))
    room.bring("week3", android(*renamed(as_exporter, TALK + MORE)))
    assert set(room.speakers()) == {"김민수", "회원님"}
    room.bring("colleague", windows(*TALK[:3]))
    assert room.speakers() == EVERYBODY


def test_two_of_the_same_name_are_not_merged(room: Imports) -> None:
    """Where one phone calls two people 김민수, the other's two names stay two people."""
    lines: tuple[Line, ...] = tuple(
        (minute, name, f"{name} {minute}") for minute in range(10) for name in ("가", "나")
    )
    same = tuple((minute, "김민수", text) for minute, _, text in lines)
    room.bring("a", android(*same))
    assert room.bring("b", android(*lines)) == ()


def test_swapped_names_are_left_alone(room: Imports) -> None:
    """A name both phones know never becomes somebody else."""
    lines: tuple[Line, ...] = tuple(
        (minute, name, f"{name} {minute}") for minute in range(10) for name in ("민수", "영희")
    )
    room.bring("a", android(*lines))
    assert room.bring("b", android(*renamed({"민수": "영희", "영희": "철수"}, lines))) == ()


def test_two_messages_are_no_proof(room: Imports) -> None:
    """One equal word in a minute happens; names are joined from three messages on."""
    room.bring("a", android((1, "가", "네"), (2, "가", "네")))
    assert room.bring("b", android((1, "나", "네"), (2, "나", "네"), (3, "나", "그래요"))) == ()


def test_system_lines_prove_nothing(room: Imports) -> None:
    """Windows and Android write who came and went alike, and nobody said it."""
    came = "한지우님이 들어왔습니다."
    room.bring("a", android(*TALK) + f"2024년 3월 11일 오전 9:07, {came}\r\n")
    assert room.bring("b", windows(*TALK) + f"{came}\r\n") == ()
    assert [each.kind for each in room.messages()].count("system") == 1


def test_roles_follow_the_name_that_is_kept(room: Imports) -> None:
    """Who was named an agent as 회원님 is one under his name, and the other exporter is none."""
    room.bring("a", android(*renamed({"최도윤": "회원님"})))
    room.project.remember("roles", "agents", ["회원님"])
    room.bring("b", windows(*renamed({"김민수": "회원님"}, TALK + MORE)))
    assert room.speakers() == EVERYBODY
    # 김민수 is 회원님 in the second file only
    assert room.project.settings.roles.agents == ("회원님", "최도윤")


def test_stored_messages_stay_as_exported(room: Imports) -> None:
    """The names are an overlay: what is on disk is what the export said, and a mark changes."""
    room.bring("a", android(*TALK))
    before = room.project.conversations.fingerprints()
    room.bring("b", android(*renamed({"최도윤": "회원님"})))
    stored = room.project.conversations.speakers({ROOM: {each.id for each in room.messages()}})
    assert {each.speaker for each in stored} == {"김민수", "최도윤"}
    assert read_speaker_names(room.project.database)[ROOM].overlay() == {("b", "회원님"): "최도윤"}
    assert room.project.conversations.fingerprints() != before


@pytest.mark.parametrize("at_once", [100, 5_000, 40_000])
def test_sample_is_bounded_and_spread(at_once: int) -> None:
    """However long a room, only so much of each speaker is remembered, from all of it."""
    sample = SpeakerSample()
    room = Conversation(id="c", source="", platform="")
    rows = [
        (room, Message(id=str(number), speaker="가" if number % 10 else "나"))
        for number in range(40_000)
    ]
    for table in tables_of(rows, at_once):
        sample.add(table)
    kept = sample.speakers()["c"]
    for speaker in "가나":
        numbers = sorted(int(each) for each, name in kept.items() if name == speaker)
        assert SAMPLE_MESSAGES // 2 <= len(numbers) < 2 * SAMPLE_MESSAGES
        assert numbers[0] < 10_000
        assert numbers[-1] > 30_000

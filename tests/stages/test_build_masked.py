"""Build: a dataset holds no personal data, says what it hides, and only the key brings it back."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from chatmill.errors import DatasetError
from chatmill.project import Project
from chatmill.records import Conversation, Decision, Example, ExampleState, Message, Turn
from chatmill.settings import BuildSettings, PrivacySettings
from chatmill.stages.build import build
from chatmill.stages.masking import KEY_NAME, MAPS_NAME, forget_map, read_map
from chatmill.store.decisions import record_decisions
from chatmill.store.examples import save_conversation_examples

PLANTED = (
    *("김철수", "철수", "이도현", "박영희", "010-1234-5678", "cs.kim@abc.co.kr", "900101-1234568"),
    *(
        "4242-4242-4242-4242",
        "123456-04-567890",
        "서울특별시 강남구 테헤란로 152",
        "sk-Zx91kdLs02mmQp77aBcD",
    ),
    *(
        "hunter2!",
        "00:08:DC:7F:3A:91",
        "WZ20931877",
        "A1B2C-D3E4F-G5H6J-K7L8M-N9P0Q",
        "131.228.57.39",
    ),
)
QUESTION = (
    "저는 김철수이고 010-1234-5678, cs.kim@abc.co.kr, 주민번호 900101-1234568, "
    "카드 4242-4242-4242-4242, 국민은행 123456-04-567890, "
    "주소는 서울특별시 강남구 테헤란로 152 입니다. W5500 IP는 192.168.0.2인가요?"
)
ANSWER = (
    "김철수님, 키 sk-Zx91kdLs02mmQp77aBcD, 비밀번호는 hunter2! 이고 MAC은 00:08:DC:7F:3A:91, "
    "S/N: WZ20931877, 라이선스 키 A1B2C-D3E4F-G5H6J-K7L8M-N9P0Q, 서버 131.228.57.39입니다. "
    "박영희 과장님이 0x0080을 확인합니다."
)


@pytest.fixture
def private(project: Project) -> Project:
    """A project whose kept examples are full of personal data."""
    project.settings = replace(
        project.settings,
        build=BuildSettings(min_examples=1, validation_fraction=0.0, test_fraction=0.0),
    )
    messages = (
        Message(id="1", speaker="김철수", role="customer", text=QUESTION),
        Message(id="2", speaker="이도현 [WIZnet]", role="agent", text=ANSWER),
    )
    room = Conversation(id="room:1", source="t", platform="t", language="ko", messages=messages)
    rows = [(room, message) for message in messages]
    project.conversations.write_part("p", rows, batch_messages=100)
    example = Example(
        id="e1",
        conversation_id=room.id,
        system="김철수님의 W5500 문의에 관한 정보입니다.",
        turns=(Turn(question=QUESTION, answer=ANSWER),),
        extractor="rules",
        language="ko",
    )
    save_conversation_examples(project.database, room.id, [example], [], "print")
    before = ExampleState(status="pending", system=example.system, turns=example.turns)
    decision = Decision(
        id="keep",
        example_id=example.id,
        reviewer="mina",
        action="keep",
        before=before,
        after=replace(before, status="kept"),
    )
    record_decisions(project.database, [decision])
    return project


def all_text(folder: Path) -> str:
    """Read every file of a dataset."""
    return "\n".join(each.read_text(encoding="utf-8") for each in sorted(folder.iterdir()))


def test_a_dataset_holds_no_planted_personal_data(private: Project) -> None:
    """An adapter travels: what it is trained on must not say who anybody is."""
    summary = build(private)
    folder = private.folder / summary.version.folder
    text = all_text(folder)
    assert [each for each in PLANTED if each in text] == []
    for kept in ("W5500", "192.168.0.2", "0x0080", "고객님", "담당자가"):
        assert kept in text, kept
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["masked"]["counts"] == summary.masked
    assert summary.masked["name"] == 4
    assert set(summary.masked) == {
        *("account", "address", "card", "email", "ip", "key", "licence", "mac", "name"),
        *("password", "phone", "resident", "serial"),
    }


def test_only_the_projects_key_brings_the_words_back(private: Project) -> None:
    """The map is sealed, the key is the owner's, and neither lies in a dataset."""
    version = build(private).version
    key = private.folder / KEY_NAME
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    sealed = (private.folder / MAPS_NAME / "v1.sealed").read_bytes()
    assert b"010-1234-5678" not in sealed
    hidden = {each["original"] for each in read_map(private, "v1")["train"]}
    assert {"010-1234-5678", "cs.kim@abc.co.kr", "hunter2!"} <= hidden
    assert KEY_NAME not in all_text(private.folder / version.folder)
    key.write_bytes(bytes(64))
    with pytest.raises(DatasetError, match="key does not open"):
        read_map(private, "v1")
    forget_map(private, "v1")
    with pytest.raises(DatasetError, match="nothing tells what v1 hides"):
        read_map(private, "v1")


def test_kinds_that_are_switched_off_stay(private: Project) -> None:
    """Where MAC addresses are the subject, an answer needs them."""
    kinds = tuple(each for each in private.settings.privacy.kinds if each not in ("mac", "ip"))
    private.settings = replace(private.settings, privacy=PrivacySettings(kinds=kinds))
    text = all_text(private.folder / build(private).version.folder)
    assert "00:08:DC:7F:3A:91" in text
    assert "131.228.57.39" in text
    assert "010-1234-5678" not in text

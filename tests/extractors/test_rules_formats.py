"""The rules extractor over real exports with hand-made gold, whatever messenger they came from."""

import json
from pathlib import Path

import pytest

from chatmill.errors import InputError
from chatmill.project import InitAnswers, Project
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.store.examples import list_examples
from chatmill.text.alignment import broken_citations, uncited


def turns_of(tmp_path: Path, export: Path, agents: tuple[str, ...]) -> list[tuple[str, str]]:
    """Import one export, extract, and return question and answer of every turn."""
    tmp_path.mkdir(exist_ok=True)
    with Project.create(tmp_path / "room", InitAnswers(agents=agents)) as project:
        import_files(project, [export])
        extract(project)
        rooms = {each.id: each for each in project.conversations.read()}
        found = []
        for example in list_examples(project.database):
            messages = rooms[example.conversation_id].messages
            for turn in example.turns:
                assert not broken_citations(turn.question, turn.question_citations, messages)
                assert not broken_citations(turn.answer, turn.answer_citations, messages)
                assert not uncited(turn.question, turn.question_citations)
                assert not uncited(turn.answer, turn.answer_citations)
                found.append((turn.question, turn.answer))
        return found


CHECKLIST = (
    "아래 순서로 확인해 주세요. 1) RSTn 핀을 500us 이상 Low 후 High "
    "2) SCSn이 전송 중 계속 Low인지 정상이면 0x0039 번지에서 0x04가 읽힙니다."
)
SOCKETS = (
    "W5500은 하드웨어 소켓이 8개입니다. TX 16KB, RX 16KB 버퍼를 소켓별로 나눠 씁니다. "
    "참고 : https://docs.wiznet.io/Product/iEthernet/W5500/datasheet"
)
VERSIONR = "W5500 SPI 연결했는데 VERSIONR 레지스터를 읽으면 0x00만 나옵니다. 뭘 확인해야 할까요?"
EXPECTED = [
    (VERSIONR, CHECKLIST),
    ("W5500 소켓은 최대 몇 개까지 동시에 쓸 수 있나요?", SOCKETS),
    (
        "Is there a way to enable keep-alive on W5500 TCP sockets?",
        "Write Sn_KPALVTR (0x002F). The unit is 5 s, so 0x0A means every 50 s.",
    ),
]


@pytest.mark.parametrize("agents", [(), ("박지현 [WIZnet]", "최도윤")])
@pytest.mark.parametrize("name", ["android_ko_2025.txt", "windows_ko_2020.txt"])
def test_kakaotalk_rooms_give_all_pairs(
    tmp_path: Path, shared: Path, name: str, agents: tuple[str, ...]
) -> None:
    """Two customers at once and one after midnight, with agents named or not.

    Line ends are compared as blanks: exports differ in blank lines.
    """
    export = shared / "data" / "formats" / "kakaotalk" / name
    found = turns_of(tmp_path, export, agents)
    assert [(q, " ".join(a.split())) for q, a in found] == EXPECTED


def test_gold_of_the_shared_thread(tmp_path: Path, shared: Path) -> None:
    """One English thread without roles: both questions get their own answer."""
    gold = json.loads(
        (shared / "data" / "formats" / "own" / "expected_gold.json").read_text(encoding="utf-8")
    )
    export = tmp_path / "room.jsonl"
    messages = [
        {"id": f"m{each['i']}", "speaker": each["speaker"], "text": each["text"]}
        for each in gold["messages"]
    ]
    export.write_text(json.dumps({"id": "gold", "messages": messages}) + "\n", encoding="utf-8")
    texts = [each["text"] for each in gold["messages"]]
    assert turns_of(tmp_path, export, ()) == [
        ("\n".join(texts[q] for q in pair["question"]), "\n".join(texts[a] for a in pair["answer"]))
        for pair in gold["qa"]
    ]


def test_every_sentence_of_the_sample_is_cited(tmp_path: Path) -> None:
    """All sample chats, whatever their format: `turns_of` asserts each citation."""
    chats = Path(__file__).parent.parent.parent / "examples" / "wiznet-support" / "chats"
    assert len(turns_of(tmp_path, chats, ("Mina Park", "Support Lee", "정하윤"))) > 100


def test_every_sentence_of_the_shared_exports_is_cited(tmp_path: Path, shared: Path) -> None:
    """Every export of another messenger that can be read, each in a project of its own."""
    n_turns = 0
    exports = sorted(p for p in (shared / "data" / "formats").rglob("*") if p.is_file())
    for number, export in enumerate(exports):
        try:
            n_turns += len(turns_of(tmp_path / str(number), export, ()))
        except InputError:
            continue  # descriptions and licences lie beside the exports
    assert n_turns > 10

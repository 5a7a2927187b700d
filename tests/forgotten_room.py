"""A project in which two customers' words went everywhere they can go, and a search for words."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import sqlalchemy as sa

from chatmill.project import Project
from chatmill.records import Example, Hyperparameters, Rejection, Score, TuningJob
from chatmill.server.home import find_home
from chatmill.settings import FILE_NAME
from chatmill.stages.build import build
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.store import server_files
from chatmill.store.calls import FailedCall, Settlement, settle
from chatmill.store.database import Database
from chatmill.store.examples import list_examples
from chatmill.store.jobs import record_job
from chatmill.store.rejections import replace_rejections
from chatmill.store.replies import StoredReply, save_reply
from chatmill.store.tables import metadata
from evaluating import keep, store_evaluation

MINSU = "김민수"
"""Who is forgotten."""
ONLY_HIS = "성수동 창고의 이더넷 모듈"
"""What only Minsu says."""
PRIVATE = "주문서 사본을 전달드립니다"
"""What stands in the room that bears Minsu's name."""
DOHYEON = "이도현"
KEPT = "재전송 시간은 RTR 레지스터"
"""What stays."""
BUILD = """[build]
min_examples = 1
validation_fraction = 0.0
test_fraction = 0.0
"""
JOB_ID = "ftjob-local1"


def room_lines() -> list[dict[str, object]]:
    """A room of three people and a room of two, in the native interchange."""
    said = [
        ("김민수", "customer", f"{ONLY_HIS}에서 W5500 소켓은 몇 개까지 동시에 열 수 있나요?"),
        ("박서연", "agent", "@김민수 W5500은 독립된 소켓을 8개까지 동시에 열 수 있습니다."),
        ("이도현", "customer", "W5500 재전송 시간은 어떤 레지스터로 바꿀 수 있나요?"),
        ("박서연", "agent", f"@이도현 {KEPT}에 100us 단위로 쓰면 됩니다. 김민수님도 참고하세요."),
        ("이도현", "customer", "민수씨 덕분에 알았네요. W6100에서 IPv6도 쓸 수 있나요?"),
        ("박서연", "agent", "@이도현 네, W6100은 IPv4와 IPv6를 함께 지원합니다."),
    ]
    return [
        {"id": "기술지원", "messages": [_message(n, *each) for n, each in enumerate(said)]},
        {
            "id": "dm:김민수",
            "messages": [
                _message(0, "김민수", "customer", "W5500 견적은 어디에서 받을 수 있나요?"),
                _message(1, "박서연", "agent", f"견적은 구매팀에서 드립니다. {PRIVATE}."),
            ],
        },
    ]


def _message(number: int, speaker: str, role: str, text: str) -> dict[str, str]:
    time = f"2024-03-11T09:{number:02}"
    return {"id": f"m{number}", "speaker": speaker, "role": role, "time": time, "text": text}


def write_room(path: Path, rooms: Iterable[dict[str, object]] | None = None) -> Path:
    """Write an export."""
    lines = (json.dumps(each, ensure_ascii=False) + "\n" for each in rooms or room_lines())
    path.write_text("".join(lines), encoding="utf-8")
    return path


def fill(project: Project, export: Path) -> None:
    """Import, extract, keep, build, and leave what training, evaluating and failing leave."""
    path = project.folder / FILE_NAME
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{BUILD}", encoding="utf-8")
    project.remember("roles", "customers", [MINSU, DOHYEON])
    import_files(project, [export])
    extract(project)
    found = list_examples(project.database)
    for each in found:
        keep(project, each)
    build(project)
    store_evaluation(project, "v1-aaaaaaaaaa", [_score(each) for each in found])
    with project.database.write() as connection:
        raw = f"{ONLY_HIS} …"
        left_out = [Rejection(stage="import", source="export.jsonl", reason="no time", raw=raw)]
        replace_rejections(connection, "import", "export.jsonl", left_out)
    save_reply(
        project.database,
        StoredReply(
            key="k" * 64,
            stage="extract",
            model="m",
            text=f'["{ONLY_HIS}"]',
            finish_reason="stop",
            prompt_tokens=7,
            completion_tokens=3,
        ),
    )
    _fail(project)
    upload(project)


def _score(example: Example) -> Score:
    turn = example.turns[0]
    return Score(
        example_id=example.id,
        conversation_id=example.conversation_id,
        turn=0,
        split="train",
        language="ko",
        prompt="example",
        system=example.system,
        question=turn.question,
        reference=turn.answer,
        answer=turn.answer,
        base_answer="",
        cosine=1.0,
        base_cosine=None,
        nearest_cosine=None,
        shuffled_cosine=None,
        rouge_l=1.0,
        facts=None,
        polarity=True,
        is_cut=False,
        verdict="followed",
    )


def _fail(project: Project) -> None:
    failed = FailedCall(
        key="f" * 64,
        stage="extract",
        provider="p",
        model="m",
        question=ONLY_HIS,
        reason="busy",
        is_refused=False,
        failed_at=1.0,
    )
    settle(
        project.database,
        Settlement(owner="o", failed=(failed,)),
    )


def upload(project: Project) -> None:
    """Leave at this machine's server what training leaves there: a file, a job and its copy."""
    home = find_home()
    content = (project.folder / "datasets/v1/train.jsonl").read_bytes()
    database = Database.open(home.database_url, schema="server")
    file = server_files.StoredFile(
        id="file-1",
        filename="train.jsonl",
        purpose="fine-tune",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        created_at=1,
    )
    server_files.add_file(database, file)
    home.file_content("file-1").write_bytes(content)
    home.job_folder(JOB_ID).mkdir()
    (home.job_folder(JOB_ID) / "file-1").write_bytes(content)
    database.close()
    job = TuningJob(
        id=JOB_ID,
        provider="local",
        base_model="tiny",
        dataset="v1",
        status="succeeded",
        hyperparameters=Hyperparameters(n_epochs=1),
        fine_tuned_model="ft:tiny:room::1",
    )
    record_job(project.database, job, "key")
    folder = project.models_folder / JOB_ID
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(f"# card\n\n| Job | {JOB_ID} |\n", encoding="utf-8")


def places_of(word: str, *folders: Path) -> list[str]:
    """List every file that holds a word: as it is, escaped as JSON, or packed in Parquet."""
    forms = [word.encode(), json.dumps(word)[1:-1].encode()]
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes()
            if path.suffix == ".parquet":
                content += json.dumps(pq.read_table(path).to_pylist(), default=str).encode()
            if any(form in content for form in forms) or word in str(path):
                found.append(path.name)
    return found


def rows_of(project: Project) -> dict[str, int]:
    """Count the rows of every table."""
    with project.database.read() as connection:
        return {
            table.name: connection.execute(
                sa.select(sa.func.count()).select_from(table)
            ).scalar_one()
            for table in metadata.sorted_tables
        }

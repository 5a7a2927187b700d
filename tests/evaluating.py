"""A small bilingual dataset, what a tuned model says to it, and a server that says it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chatmill.frames.scores import SCORES_NAME, write_scores
from chatmill.project import Project
from chatmill.records import (
    Decision,
    Evaluation,
    Example,
    ExampleState,
    Hyperparameters,
    Score,
    TuningJob,
)
from chatmill.settings import ProviderSettings
from chatmill.stages.build import build
from chatmill.store.decisions import record_decisions
from chatmill.store.evaluations import record_evaluation
from chatmill.store.examples import save_conversation_examples
from chatmill.store.jobs import record_job
from making import cited_turn
from openai_server import OpenAIServer

TUNED = "ft:tiny:room::1"
BASE = "tiny"
EN_BASE = "I am a helpful assistant. Please tell me more about your holiday plans."
KO_BASE = "안녕하세요. 오늘 날씨가 참 좋네요. 무엇을 먹을까요?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """One question of the dataset and what the tuned model answers to it."""

    question: str
    answer: str
    """As reviewed."""
    said: str
    """As the tuned model says it."""
    is_foreign: bool = False
    """What it says belongs to another question."""
    has_other_number: bool = False
    """What it says differs in a number."""


def taught(question: str, answer: str, said: str = "", **flags: bool) -> Taught:
    """Make a question that is followed unless something else is said."""
    return Taught(question=question, answer=answer, said=said or answer, **flags)


ANSWERS = (
    taught("How many sockets does the W5500 have?", "The W5500 has 8 independent sockets."),
    taught("And how large is its buffer?", "It has 32 KB of buffer memory for all sockets."),
    taught("Which SPI modes does it accept?", "Use SPI mode 0 or mode 3, MSB first."),
    taught(
        "How long must the reset pulse be?",
        "Hold RSTn low for at least 500 us and wait for the PLL.",
        "Hold RSTn low for at least 900 us and wait for the PLL.",
        has_other_number=True,
    ),
    taught("Does it support IPv6?", "No, the W5500 does not support IPv6; use the W6100."),
    taught(
        "Why does the chip become hot </script><b> on my board?",
        "A warm package is normal at 132 mA; check the exposed ground pad.",
        "The order ships on Monday and the invoice follows by mail.",
        is_foreign=True,
    ),
    taught("What is the default MAC address?", "There is none; write your own into SHAR."),
    taught("Can I use it at 5 V?", "The I/O pins tolerate 5 V but the supply must be 3.3 V."),
    taught("W5500 소켓은 몇 개인가요?", "W5500에는 독립된 소켓이 8개 있습니다."),
    taught("버퍼는 얼마나 되나요?", "송수신 버퍼는 합쳐서 32KB입니다."),
    taught(
        "재전송 시간은 어떻게 바꾸나요?",
        "RTR 레지스터에 100us 단위로 2000을 쓰면 200ms가 됩니다.",
        "RTR 레지스터에 100us 단위로 4000을 쓰면 400ms가 됩니다.",
        has_other_number=True,
    ),
    taught(
        "DHCP 임대 시간은 누가 관리하나요?",
        "ioLibrary의 DHCP_run을 주기적으로 부르면 라이브러리가 갱신합니다.",
        "오늘 점심 메뉴는 김치찌개와 비빔밥입니다.",
        is_foreign=True,
    ),
    taught("IPv6를 쓸 수 있나요?", "W5500은 IPv6를 지원하지 않습니다. W6100을 쓰세요."),
    taught("인터럽트 핀은 어떤 극성인가요?", "INTn은 로우 액티브이며 풀업이 필요합니다."),
    taught("PHY 속도를 고정할 수 있나요?", "PHYCFGR의 OPMDC로 100BT 전이중을 고정하세요."),
    taught("전원은 몇 V인가요?", "전원은 3.3V이고 I/O는 5V까지 견딥니다."),
)
PHRASINGS = {
    ANSWERS[0].question: "W5500 number of sockets?",
    ANSWERS[4].question: "Is IPv6 available on the W5500?",
    ANSWERS[8].question: "W5500은 소켓을 몇 개까지 쓸 수 있어요?",
    ANSWERS[15].question: "공급 전압이 궁금합니다.",
}


def answer_of(body: dict[str, Any]) -> str:
    """Answer as the tuned model does, or as the base model, which knows nothing of it."""
    question = body["messages"][-1]["content"]
    is_korean = any("가" <= sign <= "힣" for sign in question)
    if body["model"] == BASE:
        return KO_BASE if is_korean else EN_BASE
    original = {words: asked for asked, words in PHRASINGS.items()}.get(question, question)
    return next(item.said for item in ANSWERS if item.question == original)


def examples() -> list[Example]:
    """One example a question, but the first two questions are turns of one example."""
    rows = [ANSWERS[:2], *((item,) for item in ANSWERS[2:])]
    made = []
    for number, items in enumerate(rows):
        is_korean = any("가" <= sign <= "힣" for sign in items[0].question)
        made.append(
            Example(
                id=f"e{number:04d}",
                conversation_id=f"room:{number}",
                system="W5500에 관한 정보입니다."
                if is_korean
                else "This is information about the W5500.",
                turns=tuple(
                    cited_turn(item.question, item.answer, message=f"m{number}{turn}")
                    for turn, item in enumerate(items)
                ),
                extractor="rules",
                language="ko" if is_korean else "en",
            )
        )
    return made


def keep_and_build(project: Project) -> None:
    """Keep every example and build v1, everything trained, four questions in other words too."""
    settings = replace(
        project.settings.build,
        validation_fraction=0.0,
        test_fraction=0.0,
        paraphrases="paraphrases.jsonl",
    )
    project.settings = replace(project.settings, build=settings)
    lines = [
        f'{{"question": "{asked}", "paraphrases": ["{words}"]}}'
        for asked, words in PHRASINGS.items()
    ]
    (project.folder / "paraphrases.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for each in examples():
        save_conversation_examples(project.database, each.conversation_id, [each], [], "print")
        keep(project, each)
    build(project)


def keep(project: Project, each: Example, *, decision_id: str = "") -> None:
    """Decide to keep an example."""
    before = ExampleState(status="pending", system=each.system, turns=each.turns)
    decision = Decision(
        id=decision_id or f"keep-{each.id}",
        example_id=each.id,
        reviewer="mina",
        action="keep",
        before=before,
        after=replace(before, status="kept"),
    )
    record_decisions(project.database, [decision])


def record_tuned_model(project: Project, model: str = TUNED) -> TuningJob:
    """Record a job that succeeded on the newest dataset."""
    job = TuningJob(
        id=f"ftjob-{model[-1]}",
        provider="scripted",
        base_model=BASE,
        dataset="v1",
        status="succeeded",
        hyperparameters=Hyperparameters(n_epochs=20),
        fine_tuned_model=model,
    )
    record_job(project.database, job, f"key-{job.id}")
    return job


def use_server(project: Project, server: OpenAIServer) -> None:
    """Let a project ask a scripted server for chat and embeddings."""
    settings = project.settings
    project.settings = replace(
        settings,
        providers={"scripted": ProviderSettings(base_url=server.base_url, trusted=True)},
        train=replace(settings.train, provider="scripted", base_model=BASE),
        evaluate=replace(settings.evaluate, embedding_provider="scripted", embedding_model="use"),
    )


def store_evaluation(
    project: Project, evaluation_id: str, scores: Sequence[Score], *, embedder: str = "use"
) -> Evaluation:
    """Store an evaluation with these scores, without asking anybody."""
    evaluation = Evaluation(
        id=evaluation_id,
        dataset=evaluation_id.partition("-")[0],
        job_id="ftjob-1",
        model=TUNED,
        base_model=BASE,
        embedder=embedder,
        shuffled_floor=0.4,
        followed_from=0.8,
        partly_from=0.6,
        n_not_followed=sum(each.verdict == "not followed" for each in scores),
        folder=f"reports/{evaluation_id}",
    )
    folder = project.folder / evaluation.folder
    folder.mkdir(parents=True)
    write_scores(folder / SCORES_NAME, scores)
    record_evaluation(project.database, evaluation)
    return evaluation

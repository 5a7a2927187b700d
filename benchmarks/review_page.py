"""Time the review page: from the key press to the next example painted, in Chromium.

Run: python benchmarks/review_page.py [--examples N] [--pace-ms N]. A room is made in a temporary
folder and served; a person who keeps one example every `--pace-ms` is played with real key presses.
A press counts until the frame after the next example was drawn. The last line is one JSON object.
"""

import argparse
import json
import statistics
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from chatmill.project import InitAnswers, Project
from chatmill.records import Conversation, Example, Message, Turn
from chatmill.store.examples import save_conversation_examples
from chatmill.text.alignment import cite
from chatmill.web.app import make_review_server
from measuring import machine

CHROMIUM = Path("/usr/bin/chromium")
CONTEXT = 6
QUESTION = "W5500 소켓 {n}번의 keep-alive는 어떻게 켜나요? 버퍼는 {n} KB로 두었습니다."
ANSWER = (
    "Sn_KPALVTR 레지스터(0x002F)에 5초 단위로 값을 넣으십시오. 소켓 {n}번은 OPEN 다음입니다. "
    "It is sent every {n} seconds once data was exchanged."
)
WATCH = """() => {
  window.took = [];
  let from = 0;
  addEventListener("keydown", () => { from = performance.now(); }, true);
  new MutationObserver(() => {
    if (!from) return;
    const began = from;
    from = 0;
    requestAnimationFrame(() => setTimeout(() => window.took.push(performance.now() - began)));
  }).observe(document.body, { attributes: true, attributeFilter: ["data-example"] });
}"""


def make_room(folder: Path, n_examples: int) -> Project:
    """Make a project with one long conversation and one pending example a question."""
    project = Project.create(folder, InitAnswers(products=("W5500",)))
    messages = [
        message
        for at in range(n_examples)
        for message in (
            Message(id=f"q{at}", speaker="박서준", role="customer", text=QUESTION.format(n=at)),
            Message(id=f"a{at}", speaker="Mina", role="agent", text=ANSWER.format(n=at)),
        )
    ]
    room = Conversation(id="jsonl:room", source="room.jsonl", platform="jsonl")
    project.conversations.write_part(
        "room", [(room, each) for each in messages], batch_messages=1000
    )
    made = [_example(messages, at) for at in range(n_examples)]
    save_conversation_examples(project.database, room.id, made, [], "1")
    return project


def _example(messages: list[Message], at: int) -> Example:
    asked, answered = messages[2 * at], messages[2 * at + 1]
    question, answer = cite(asked.text, [asked]), cite(answered.text, [answered])
    near = messages[max(0, 2 * at - CONTEXT) : 2 * at + 2 + CONTEXT]
    return Example(
        id=f"e{at:07d}",
        conversation_id="jsonl:room",
        system="This is information about the W5500's sockets.",
        turns=(
            Turn(
                question=question.text,
                answer=answer.text,
                question_citations=question.citations,
                answer_citations=answer.citations,
            ),
        ),
        extractor="rules",
        context=tuple(each.id for each in near),
    )


def keep_all(page: Page, n_presses: int, pace_ms: int) -> list[float]:
    """Press K again and again; milliseconds each took to be painted."""
    page.locator("article.pair").wait_for()
    page.wait_for_timeout(1000)  # settled, the next ones fetched
    page.evaluate(WATCH)
    for _ in range(n_presses):
        page.keyboard.press("k")
        page.wait_for_timeout(pace_ms)
    page.locator("#sync[data-state=saved]").wait_for()
    took: list[float] = page.evaluate("window.took")
    return took


def main() -> None:
    """Serve, press, say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=220)
    parser.add_argument("--pace-ms", type=int, default=300)
    wanted = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        make_room(Path(folder) / "room", wanted.examples) as project,
    ):
        serving = make_review_server(project, port=0, reviewer="bench")
        thread = threading.Thread(target=serving.run, daemon=True)
        thread.start()
        with sync_playwright() as playwright:
            path = CHROMIUM if CHROMIUM.exists() else None
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(serving.link)
            took = keep_all(page, wanted.examples - 20, wanted.pace_ms)
            browser.close()
        serving.server.should_exit = True
        thread.join(20)
    cuts = statistics.quantiles(took, n=100)
    print(f"{len(took)} key presses: median {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms to the paint")
    figures = {
        "benchmark": "review_page",
        "n_presses": len(took),
        "pace_ms": wanted.pace_ms,
        "median_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "max_ms": round(max(took), 1),
        "machine": machine(),
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""Time threads and rules over entangled chat, with the memory that needs.

Run: python benchmarks/extract.py [--messages N] [--folder FOLDER]. Rooms in which several customers
talk at once are generated as KakaoTalk exports and imported into a project; `chatmill extract` is
timed in a process of its own, with a tenth of the messages, then with all. The last line is one
JSON object with the figures.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from measuring import chatmill, machine

MESSAGES = 1_000_000
ROOMS = 10
TENTH = 10
AT_ONCE = 4
"""Dialogs going on at the same time."""
CUSTOMERS = 400
AGENTS = ("박지현 [WIZnet]", "최도윤", "Mina Park")
PARTS = ("W5500", "W5100S", "W6100", "W55RP20", "WizFi360", "RP2040")
QUESTIONS = (
    "안녕하세요. {part} 소켓 {n}번이 연결 후 {n}분 뒤에 끊어집니다. 뭘 확인해야 할까요?",
    "{part} SPI 클럭을 {n}MHz로 올리면 VERSIONR이 0x{n:02X}로 읽혀요. 왜 그런가요?",
    "How do I set the keep-alive of socket {n} on the {part}?",
    "Hi, my {part} board gets no DHCP lease on port {n}, the link LED is on. Any idea?",
)
MORE = ("펌웨어는 {n}.2 버전이고 예제 그대로 썼습니다", "I use the library v{n}.1 with an STM32")
BACK = ("@{name} 혹시 리셋 핀은 어떻게 연결하셨나요?", "{name}: which firmware version is it?")
ANSWERS = (
    "@{name} Sn_KPALVTR 레지스터에 0x{n:02X}를 쓰시면 {n}초마다 보냅니다.",
    "{name}님 RSTn을 {n}us 이상 Low로 두신 뒤에 {part}를 초기화해 주세요.",
    "@{name} Write 0x{n:02X} to PHYCFGR of the {part}, wait {n} ms and read it back.",
    "The {part} needs {n} ms after reset before SPI works, see chapter {n} of the datasheet.",
)
THANKS = ("감사합니다! 해결됐어요", "thanks, works now", "네 감사합니다 ㅎㅎ", "ok, got it")


def dialog(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Make one dialog, speaker and text a message."""
    customer, agent = f"고객{rng.randrange(CUSTOMERS)}", rng.choice(AGENTS)
    words = {"part": rng.choice(PARTS), "n": rng.randint(1, 99), "name": customer}
    yield customer, rng.choice(QUESTIONS).format(**words)
    if rng.random() < 0.3:  # noqa: PLR2004 - of the dialogs
        yield customer, rng.choice(MORE).format(**words)
    if rng.random() < 0.3:  # noqa: PLR2004 - of the dialogs
        yield agent, rng.choice(BACK).format(**words)
        yield customer, rng.choice(MORE).format(**words)
    for _ in range(rng.randint(0, 2)):
        yield agent, rng.choice(ANSWERS).format(**words)
    if rng.random() < 0.5:  # noqa: PLR2004 - of the dialogs
        yield customer, rng.choice(THANKS)


def write_room(path: Path, title: str, n_messages: int) -> None:
    """Write a Windows text export of a room in which dialogs overlap."""
    rng = random.Random(title)  # noqa: S311 - no secret
    going: list[Iterator[tuple[str, str]]] = []
    at, day = datetime(2020, 1, 1), ""  # noqa: DTZ001 - wall time, as exported
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{title} 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n")
        written = 0
        while written < n_messages:
            while len(going) < AT_ONCE:
                going.append(dialog(rng))
            chosen = rng.choice(going)
            said = next(chosen, None)
            if said is None:
                going.remove(chosen)
                continue
            at += timedelta(seconds=rng.randint(5, 120))
            if at.strftime("%j") != day:
                day = at.strftime("%j")
                file.write(f"{'-' * 15} {at.year}년 {at.month}월 {at.day}일 월요일 {'-' * 15}\r\n")
            clock = f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at.minute:02}"  # noqa: PLR2004 - noon
            file.write(f"[{said[0]}] [{clock}] {said[1]}\r\n")
            written += 1


def measure(folder: Path, n_messages: int) -> dict[str, float]:
    """Import rooms of so many messages together, and extract from them."""
    exports = folder / f"exports-{n_messages}"
    exports.mkdir()
    for room in range(ROOMS):
        write_room(exports / f"{room}.txt", f"기술지원방 {room}", n_messages // ROOMS)
    project = folder / f"project-{n_messages}"
    chatmill(folder, "init", str(project), "--yes")
    chatmill(project, "import", str(exports))
    cost = chatmill(project, "extract")
    again = chatmill(project, "extract")
    return {
        "messages": n_messages,
        "examples": count_examples(project),
        "seconds": round(cost.seconds, 1),
        "milliseconds_a_message": round(1000 * cost.seconds / n_messages, 3),
        "peak_mb": round(cost.peak_mb),
        "again_seconds": round(again.seconds, 2),
    }


def count_examples(project: Path) -> int:
    """Count what was lifted out."""
    from chatmill.project import Project
    from chatmill.store.examples import count_examples as count

    with Project.open(project) as opened:
        return sum(count(opened.database).values())


def main() -> None:
    """Generate, measure, print a line a case, and the JSON object."""
    parser = argparse.ArgumentParser(description="Time chatmill extract.")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--folder", help="where to put projects; a temporary folder if not given")
    asked = parser.parse_args()
    figures: dict[str, object] = {"benchmark": "extract", "machine": machine()}
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        for case, n_messages in (("tenth", asked.messages // TENTH), ("whole", asked.messages)):
            found = measure(Path(name), n_messages)
            print(f"{case}: {found}", flush=True)
            figures[case] = found
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

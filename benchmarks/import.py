"""Time `chatmill import` of large exports, and of the same again, with the memory each needs.

Run: python benchmarks/import.py [--quick] [--repeats N] [--folder FOLDER]. Exports are generated in
a temporary folder (about 2 GB; --quick: a tenth). Every import is a process of its own in a project
of its own. The last line is one JSON object with the figures.
"""

import argparse
import json
import random
import statistics
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from measuring import chatmill, machine

MESSAGES = 1_000_000
TENFOLD = 10
QUICK = 10
CHANNELS = 20
DAYS = 100
MAX_SECONDS_BETWEEN = 60
TALK = (
    "W5500 소켓 버퍼 설정 문의 드립니다 리셋 회로 확인 감사합니다 PHY 링크 LED 전압 3.3V 예제 코드 "
    "데이터시트 컴파일 오류 how many sockets does it have thanks 네 SPI 클럭 MHz 레지스터 0x0039"
)
WORDS = tuple(TALK.split())
NAMES = ("김민수", "박지현 [WIZnet]", "이도현", "Mina Park", "최도윤", "Dana, HW팀")
SENTENCES = 20_000


def sentences(rng: random.Random) -> list[str]:
    """Make texts of two to fourteen words."""
    return [" ".join(rng.choices(WORDS, k=rng.randint(2, 14))) for _ in range(SENTENCES)]


def write_kakaotalk(path: Path, n_messages: int) -> None:
    """Write a Windows text export of one room."""
    rng = random.Random(n_messages)  # noqa: S311 - no secret
    texts = sentences(rng)
    at, day = datetime(2020, 1, 1), ""  # noqa: DTZ001 - wall time, as exported
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("기술지원방 님과 카카오톡 대화\r\n저장한 날짜 : 2024-03-13 10:05:00\r\n\r\n")
        for number in range(n_messages):
            at += timedelta(seconds=rng.randint(0, MAX_SECONDS_BETWEEN))
            if at.strftime("%j") != day:
                day = at.strftime("%j")
                file.write(f"{'-' * 15} {at.year}년 {at.month}월 {at.day}일 월요일 {'-' * 15}\r\n")
            clock = f"{'오전' if at.hour < 12 else '오후'} {at.hour % 12 or 12}:{at.minute:02}"  # noqa: PLR2004 - noon
            text = f"{texts[rng.randrange(SENTENCES)]} {number}"
            file.write(f"[{NAMES[number % len(NAMES)]}] [{clock}] {text}\r\n")


def write_slack(path: Path, n_messages: int) -> None:
    """Write a workspace's export: channels with a file a day, mentions, threads and entities."""
    rng = random.Random(n_messages)  # noqa: S311 - no secret
    texts = sentences(rng)
    users = [{"id": f"U{at:04}", "profile": {"real_name": name}} for at, name in enumerate(NAMES)]
    channels = [{"id": f"C{at:04}", "name": f"support-{at}"} for at in range(CHANNELS)]
    a_day = n_messages // (CHANNELS * DAYS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("users.json", json.dumps(users))
        archive.writestr("channels.json", json.dumps(channels))
        for channel in channels:
            for day in range(DAYS):
                start = datetime(2024, 1, 1) + timedelta(days=day)  # noqa: DTZ001 - a name
                messages = list(slack_day(rng, texts, start.timestamp(), a_day))
                name = f"{channel['name']}/{start:%Y-%m-%d}.json"
                archive.writestr(name, json.dumps(messages))


def slack_day(
    rng: random.Random, texts: list[str], start: float, n_messages: int
) -> Iterator[dict[str, object]]:
    """Make the messages of a channel's day."""
    for number in range(n_messages):
        text = (
            f"<@U{rng.randrange(len(NAMES)):04}> {texts[rng.randrange(SENTENCES)]} &lt;{number}&gt;"
        )
        message: dict[str, object] = {
            "type": "message",
            "user": f"U{rng.randrange(len(NAMES)):04}",
            "text": text,
            "ts": f"{start + number * 80000 / n_messages:.6f}",
            "client_msg_id": f"{rng.getrandbits(128):032x}",
            "blocks": [{"type": "rich_text", "elements": [{"type": "text", "text": text}]}],
        }
        if number % 4:
            message["thread_ts"] = f"{start + (number - number % 4) * 80000 / n_messages:.6f}"
        yield message


def measure(folder: Path, export: Path, n_messages: int, repeats: int) -> dict[str, float]:
    """Import a file into new projects, and the same file again."""
    first, again = [], []
    for repeat in range(repeats):
        project = folder / f"{export.stem}-{repeat}"
        chatmill(folder, "init", str(project), "--yes")
        first.append(chatmill(project, "import", str(export)))
        again.append(chatmill(project, "import", str(export)))
        require_count(project, n_messages)
    return {
        "messages": n_messages,
        "megabytes": round(export.stat().st_size / 1e6, 1),
        "seconds": round(statistics.median(cost.seconds for cost in first), 2),
        "peak_mb": round(max(cost.peak_mb for cost in first)),
        "again_seconds": round(statistics.median(cost.seconds for cost in again), 2),
    }


def require_count(project: Path, n_messages: int) -> None:
    """Fail where an import lost messages: a fast import of half a file is no import.

    Raises:
        RuntimeError: There are more or fewer messages than were written.
    """
    from chatmill.project import Project

    with Project.open(project) as opened:
        found = opened.conversations.count().n_messages
    if found != n_messages:
        raise RuntimeError(f"{found} messages were stored, {n_messages} written")


def main() -> None:
    """Generate, measure, print a line a case, and the JSON object."""
    parser = argparse.ArgumentParser(description="Time chatmill import.")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--folder", help="where to put the exports; a temporary folder if not given"
    )
    asked = parser.parse_args()
    n_messages = MESSAGES // QUICK if asked.quick else MESSAGES
    cases: dict[str, tuple[Callable[[Path, int], None], str, int, int]] = {
        "kakaotalk": (write_kakaotalk, "room.txt", n_messages, asked.repeats),
        "kakaotalk_tenfold": (write_kakaotalk, "rooms.txt", TENFOLD * n_messages, 1),
        "slack": (write_slack, "slack.zip", n_messages, asked.repeats),
    }
    figures: dict[str, object] = {"benchmark": "import", "machine": machine()}
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        for case, (write, file, n_written, repeats) in cases.items():
            write(folder / file, n_written)
            found = measure(folder, folder / file, n_written, repeats)
            print(f"{case}: {found}", flush=True)
            figures[case] = found
            (folder / file).unlink()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

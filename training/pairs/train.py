"""Trains the pair scorer: `python training/pairs/train.py LIVECHAT THREADS [-o weights.json]`.

LIVECHAT is a JSONL of dialogs with gold pairs, THREADS one of dialogs whose pairs stand in
`livechat_labels.jsonl` beside this script. README.md says where both come from.
"""

import argparse
import json
from pathlib import Path

from data import read_gold, read_labelled
from learn import Read, fit, read

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
OPENED_ROOMS = ROOT / "benchmarks" / "rooms" / "opened.jsonl"
WEIGHTS = ROOT / "src" / "chatmill" / "extractors" / "weights.json"
STEP_PENALTY = 10.0
KEEP_PENALTY = 3.0
ROOM_WEIGHT = 4
"""How often rooms count: they are few, and what support rooms look like."""
SAMPLE_WEIGHT = 2
KEEP_FROM = 0.5


def load(livechat: Path, threads: Path) -> dict[str, list[Read]]:
    """Read everything the weights are learnt from, by where it comes from."""
    labels = HERE / "livechat_labels.jsonl"
    return {
        "livechat": [read(g) for g in read_gold(livechat, gold_threads=False)],
        "labelled": [read(g) for g in read_labelled(threads, labels)],
        "opened": [read(g) for g in read_gold(OPENED_ROOMS, gold_threads=True)],
        "rooms": [read(g) for g in read_gold(HERE / "rooms.txt", gold_threads=True)],
        "sample": [read(g) for g in read_gold(HERE / "sample.jsonl", gold_threads=False)],
    }


def weighted(parts: dict[str, list[Read]]) -> list[Read]:
    """Put the parts together as they count."""
    rooms = parts["opened"] + parts["rooms"]
    sample = parts["sample"] * SAMPLE_WEIGHT
    return parts["livechat"] + parts["labelled"] + sample + rooms * ROOM_WEIGHT


def main() -> None:
    """Train on everything and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("livechat", type=Path)
    parser.add_argument("threads", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    parts = load(given.livechat, given.threads)
    scorer = fit(weighted(parts), step_penalty=STEP_PENALTY, keep_penalty=KEEP_PENALTY)
    written = {
        "about": "Linear weights of the rules extractor; made by training/pairs/train.py.",
        "attribution": "Dialogs: LiveChat2021/LiveChat (MIT), our labels; rooms: chatmill.",
        "keep_from": KEEP_FROM,
        "asker": scorer.asker,
        "other": scorer.other,
        "keep": scorer.keep,
    }
    text = json.dumps(written, ensure_ascii=False, indent=1)
    given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

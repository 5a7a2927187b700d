"""Learnt part numbers against hand labels: `products.py [--show] LABELS GOLD…`.

LABELS is JSON, file name → {"products": […], "either": […]}, names a person marked among all
tokens with a capital letter and a digit; `either` (a program with its version) counts neither way.
Texts stay where they are: labels name tokens only. The last line printed is one JSON object.
"""

import json
import sys
from pathlib import Path

from chatmill.text.part_learning import count_mentions, judge_candidates
from chatmill.text.products import find_products
from gold import conversation_of, opened


def main(labels: Path, files: list[Path], *, shows: bool) -> None:
    """Print precision and recall of each file, learnt and by the fixed pattern."""
    marked = json.loads(labels.read_text("utf-8"))
    result: dict[str, dict[str, float]] = {}
    for path in files:
        with opened(path) as lines:
            rooms = [conversation_of(json.loads(line)) for line in lines]
        told = marked[path.name]
        true = {name.casefold() for name in told["products"]}
        either = {name.casefold() for name in told.get("either", [])}
        learnt = {
            each.name.casefold()
            for each in judge_candidates(count_mentions(room) for room in rooms)
            if each.is_product
        } - either
        texts = [message.text for room in rooms for message in room.messages]
        pattern = {name.casefold() for name in find_products(texts)} - either
        for how, found in (("learnt", learnt), ("pattern", pattern)):
            right = len(found & true)
            result[f"{path.name} {how}"] = {
                "n_labelled": len(true),
                "n_found": len(found),
                "precision": round(right / len(found), 3) if found else 1.0,
                "recall": round(right / len(true), 3) if true else 1.0,
            }
            if shows:
                print(how, "wrong:", sorted(found - true), "missed:", sorted(true - found))
    print(json.dumps(result))


if __name__ == "__main__":
    words = [each for each in sys.argv[1:] if each != "--show"]
    main(Path(words[0]), [Path(each) for each in words[1:]], shows="--show" in sys.argv)

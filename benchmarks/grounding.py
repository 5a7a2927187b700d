"""Says of claims whether their source supports them: `grounding.py GOLD OUT [--shipped]`.

Reads JSONL in the scorer's gold format (`{"domain", "source", "claim"}` a line; whether it is
supported is not read) and writes `{"supported", "score"}` a line. A row whose domain the shipped
weights were trained on is judged by weights trained without that domain
(`training/grounding/held_out.json`), so the figures are leave-one-domain-out; any other domain by
the shipped ones. `--shipped` judges every row by the shipped weights.
"""

import json
import sys
import time
from pathlib import Path

from chatmill.checks.grounding.rewording import (
    Document,
    read_weights,
    shipped_weights,
    signs_of,
)
from gold import opened
from measuring import machine

HELD_OUT = Path(__file__).parents[1] / "training" / "grounding" / "held_out.json"
HALF = 0.5


def main(gold: Path, out: Path, *, is_shipped: bool) -> None:
    """Write a prediction for every claim."""
    read = json.loads(HELD_OUT.read_text(encoding="utf-8"))
    held_out = {} if is_shipped else {name: read_weights(each) for name, each in read.items()}
    documents: dict[str, Document] = {}
    began, n_claims = time.process_time(), 0
    with opened(gold) as lines, out.open("w", encoding="utf-8") as written:
        for line in lines:
            row = json.loads(line)
            if row["source"] not in documents:
                documents = {row["source"]: Document(row["source"])}
            weights = held_out.get(row.get("domain", ""), shipped_weights())
            score = weights.probability(signs_of(row["claim"], documents[row["source"]]))
            written.write(json.dumps({"supported": score > HALF, "score": round(score, 6)}) + "\n")
            n_claims += 1
    took = time.process_time() - began
    print(json.dumps({"claims": n_claims, "cpu_seconds": round(took, 1), "machine": machine()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), is_shipped="--shipped" in sys.argv[3:])

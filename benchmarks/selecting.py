"""Size against score by real training on the sample project: selected subsets beside random ones.

    python benchmarks/selecting.py FOLDER [--shares 0.3 0.6 1.0] [--draws 1]

Every point is a training of the demo's model (8 minutes and more on two quiet cores). FOLDER keeps
what was trained, so a run that was stopped goes on. The last line is one JSON object.
"""

import argparse
import json
import random
from pathlib import Path

from chatmill.project import Project
from chatmill.stages.build import build, training_examples
from chatmill.stages.demo import find_sample, open_demo
from chatmill.stages.evaluate import evaluate, read_evaluation_scores
from chatmill.stages.extract import extract
from chatmill.stages.import_ import import_files
from chatmill.stages.review.recorded import apply_recorded
from chatmill.stages.selecting import select_examples
from chatmill.stages.train import train
from measuring import machine


def held_out_mean(project: Project, ids: list[str]) -> float:
    """Train on some examples and return the mean cosine over the held-out phrasings."""
    version = build(project, only=ids).version
    train(project, version.name)
    scores = read_evaluation_scores(project, evaluate(project, version.name))
    own = [e.cosine for e in scores if e.split == "paraphrase" and e.prompt == "example"]
    return sum(own) / len(own)


def main() -> None:
    """Print size, selected and random scores, then everything as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.3, 0.6, 1.0])
    parser.add_argument("--draws", type=int, default=1)
    options = parser.parse_args()
    sample = find_sample()
    rows = []
    with open_demo(options.folder, sample) as project:
        import_files(project, [sample.chats])
        extract(project)
        apply_recorded(project, sample.review)
        examples = training_examples(project)
        auto = select_examples(project, examples)
        order = select_examples(project, examples, len(examples) - auto.n_conflicting).example_ids
        print(f"auto: {len(auto.example_ids)} of {len(examples)}")
        for share in options.shares:
            n = round(share * len(order))
            rng = random.Random(7)  # noqa: S311 - repeatable, not secret
            drawn = [
                held_out_mean(project, rng.sample([e.id for e in examples], n))
                for _ in range(options.draws if share < 1 else 0)
            ]
            row = {"n": n, "selected": held_out_mean(project, list(order[:n])), "random": drawn}
            print(row, flush=True)
            rows.append(row)
    print(json.dumps({"machine": machine(), "auto": len(auto.example_ids), "rows": rows}))


if __name__ == "__main__":
    main()

"""How fast an evaluation is measured, embedded, reported and looked through.

Run: python benchmarks/evaluate.py [--pairs N] [--sentences N] [--questions N] [--skip PART …].
Parts: `scoring` scores N pairs (1,000,000) from vectors on disk, read a block at a time, shuffled
floor, thresholds and verdicts included, in a process of its own; `embedding` embeds N sentences of
customers (20,000, English and Korean, none twice) in one process a core; `report` writes the
report of N questions (100,000) in a process of its own; `page` opens it in Chromium and types,
chooses and deletes filters while the time between frames is taken. The last line is one JSON
object with the figures.
"""

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from measuring import machine

N_DIMENSIONS = 512
BLOCK = 32_768
MEGABYTE_KB = 1024
WORDS = ("소켓", "W5500", "reset", "버퍼", "timeout", "DHCP", "전원", "register", "PHY", "주소")
CHROMIUM = Path("/usr/bin/chromium")


def write_vectors(folder: Path, n_pairs: int) -> None:
    """Write two files of vectors, the rows of the second near to far from those of the first."""
    generator = np.random.default_rng(1)
    with (folder / "answers").open("wb") as answers, (folder / "references").open("wb") as others:
        for start in range(0, n_pairs, BLOCK):
            n = min(BLOCK, n_pairs - start)
            rows = generator.standard_normal((n, N_DIMENSIONS), dtype=np.float32)
            rows.tofile(answers)
            far = generator.uniform(0.1, 4.0, size=(n, 1)).astype(np.float32)
            rows += far * generator.standard_normal((n, N_DIMENSIONS), dtype=np.float32)
            rows.tofile(others)


def scoring(folder: Path, n_pairs: int) -> dict[str, object]:
    """Score pairs, measure chance, find thresholds and judge, a block of vectors at a time."""
    from chatmill.metrics.cosine import cosine_similarity
    from chatmill.metrics.verdict import find_thresholds, judge

    began = time.perf_counter()
    cosines = np.empty(n_pairs, dtype=np.float32)
    chance = np.empty(n_pairs, dtype=np.float32)
    with (folder / "answers").open("rb") as answers, (folder / "references").open("rb") as others:
        for start in range(0, n_pairs, BLOCK):
            size = min(BLOCK, n_pairs - start) * N_DIMENSIONS
            left = np.fromfile(answers, np.float32, size).reshape(-1, N_DIMENSIONS)
            right = np.fromfile(others, np.float32, size).reshape(-1, N_DIMENSIONS)
            cosines[start : start + len(left)] = cosine_similarity(left, right)
            shifted = np.roll(right, 1, axis=0)
            chance[start : start + len(left)] = cosine_similarity(left, shifted)
    thresholds = find_thresholds(chance.tolist(), [])
    n_followed = sum(judge(each, None, thresholds) == "followed" for each in cosines.tolist())
    return {
        "pairs": n_pairs,
        "seconds": round(time.perf_counter() - began, 2),
        "peak_mb": peak_mb(),
        "followed": n_followed,
    }


def embedding(_folder: Path, n_sentences: int) -> dict[str, object]:
    """Embed different sentences; the processes' start is part of the time, and told apart."""
    from chatmill.models.progress import no_progress
    from chatmill.stages.evaluate.embedding import available_cores, embed_here

    texts = sentences(n_sentences)
    began = time.perf_counter()
    embed_here(texts[:2048], no_progress)
    started = time.perf_counter() - began
    began = time.perf_counter()
    vectors = embed_here(texts, no_progress)
    took = time.perf_counter() - began
    cores = available_cores()
    return {
        "sentences": n_sentences,
        "cores": cores,
        "seconds": round(took, 2),
        "per_second": round(len(vectors) / took),
        "per_second_and_core": round(len(vectors) / took / cores),
        "first_2048_with_start_seconds": round(started, 2),
        "mean_letters": round(sum(map(len, texts)) / len(texts)),
    }


def sentences(n: int) -> list[str]:
    """Make sentences of the benchmark's own list different by a number and a word."""
    own = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    lines = [line for line in own if line.strip()]
    random.seed(3)
    return [
        f"{lines[at % len(lines)][:80]} {random.choice(WORDS)} {at}"  # noqa: S311 - made-up text
        for at in range(n)
    ]


def report(folder: Path, n_questions: int) -> dict[str, object]:
    """Write the folder of an evaluation of many questions."""
    from chatmill.records import Evaluation, Score, Verdict
    from chatmill.settings import EvaluateSettings
    from chatmill.stages.evaluate.report import ReportInput
    from chatmill.stages.evaluate.writing import write_evaluation

    verdicts: tuple[Verdict, ...] = ("followed", "followed", "partly", "not followed")
    generator = random.Random(5)  # noqa: S311 - made-up scores
    texts = sentences(n_questions)
    scores = [
        Score(
            example_id=f"e{at:06d}",
            conversation_id=f"room:{at // 3}",
            turn=0,
            split=("train", "train", "paraphrase", "test")[at % 4],
            language="ko" if any("가" <= sign <= "힣" for sign in text) else "en",
            prompt="example",
            system="This is information about the W5500.",
            question=text,
            reference=f"{text[:60]} {at} ms",
            answer=f"{text[:60]} {at % 997} ms",
            base_answer="I am a helpful assistant.",
            cosine=round(generator.betavariate(6, 1.5), 4),
            base_cosine=round(generator.betavariate(1.5, 6), 4),
            nearest_cosine=None if at % 4 in {0, 1} else 0.6,
            shuffled_cosine=round(generator.betavariate(2, 6), 4),
            rouge_l=0.7,
            facts=1.0 if at % 5 else 0.5,
            polarity=True,
            is_cut=False,
            verdict=verdicts[at % 4],
        )
        for at, text in enumerate(texts)
    ]
    evaluation = Evaluation(
        id="v1-benchmark",
        dataset="v1",
        job_id="",
        model="tuned",
        base_model="base",
        embedder="use",
        shuffled_floor=0.25,
        followed_from=0.8,
        partly_from=0.6,
        n_not_followed=n_questions // 4,
        folder="report",
    )
    given = ReportInput(
        project_name="benchmark",
        language="en",
        evaluation=evaluation,
        scores=tuple(scores),
        settings=EvaluateSettings(),
        serving_line="",
    )
    began = time.perf_counter()
    write_evaluation(folder / "report", given)
    return {
        "questions": n_questions,
        "seconds": round(time.perf_counter() - began, 2),
        "peak_mb": peak_mb(),
        "page_mb": round((folder / "report" / "report.html").stat().st_size / 1e6, 1),
    }


FRAMES = """
() => {
  window.gaps = [];
  let before = performance.now();
  const watch = (now) => {
    window.gaps.push(now - before);
    before = now;
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}
"""


def page(folder: Path) -> dict[str, object]:
    """Open the report, filter it, and take the time between frames."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM if CHROMIUM.exists() else None, args=["--no-sandbox"]
        )
        opened = browser.new_page(viewport={"width": 1280, "height": 900})
        began = time.perf_counter()
        opened.goto((folder / "report" / "report.html").as_uri(), timeout=120_000)
        opened.wait_for_selector("html[data-ready]", timeout=120_000)
        ready = time.perf_counter() - began
        marks = opened.locator("#plot .mark-symbol path").count()
        opened.wait_for_timeout(500)
        opened.evaluate(FRAMES)
        opened.locator("[name=text]").press_sequentially("w5500 소켓 99", delay=90)
        opened.wait_for_timeout(1500)
        opened.select_option("[name=verdict]", "not followed")
        opened.wait_for_timeout(800)
        for _ in range(11):
            opened.locator("[name=text]").press("Backspace", delay=60)
        opened.wait_for_timeout(1500)
        opened.select_option("[name=language]", "ko")
        opened.wait_for_timeout(800)
        opened.evaluate("document.getElementById('window').scrollTop = 400000")
        opened.wait_for_timeout(500)
        gaps = np.array(opened.evaluate("window.gaps")[1:])
        rows = opened.locator("#rows tr").count()
        browser.close()
    return {
        "ready_seconds": round(ready, 1),
        "marks": marks,
        "rows_in_page": rows,
        "frames": len(gaps),
        "p50_ms": round(float(np.quantile(gaps, 0.5)), 1),
        "p95_ms": round(float(np.quantile(gaps, 0.95)), 1),
        "longest_ms": round(float(gaps.max()), 1),
    }


def peak_mb() -> int:
    """Most memory this process held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE_KB)


def alone(
    part: Callable[[Path, int], dict[str, object]], folder: Path, n: int
) -> dict[str, object]:
    """Run a part in a process of its own, so that its memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(part, (folder, n))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--skip", nargs="*", default=[])
    options = parser.parse_args()
    found: dict[str, object] = {"benchmark": "evaluate"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "scoring" not in options.skip:
            write_vectors(folder, options.pairs)
            found["scoring"] = alone(scoring, folder, options.pairs)
            print("scoring", found["scoring"], flush=True)
        if "embedding" not in options.skip:
            found["embedding"] = embedding(folder, options.sentences)
            print("embedding", found["embedding"], flush=True)
        if "report" not in options.skip:
            found["report"] = alone(report, folder, options.questions)
            print("report", found["report"], flush=True)
            if "page" not in options.skip:
                found["page"] = page(folder)
                print("page", found["page"], flush=True)
    print(json.dumps({**found, **machine()}))


if __name__ == "__main__":
    main()

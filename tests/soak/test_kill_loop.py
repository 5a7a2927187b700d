"""`chatmill run`, killed at moments spread over its whole time, ends as if nothing had happened."""

import hashlib
import random
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import OpenAI

from chatmill.server.launch import join_or_start
from tiny_model import build_tiny_model
from workplace import Workplace

N_MOMENTS = 20
N_INSIDE_TRAINING = 8
LEAST_INSIDE = 5
N_AT_ONCE = 2
"""Runs beside each other, the undisturbed one too, so that moments mean the same."""
SEED = 20261123
SETTINGS = """
[train]
base_model = "{base_model}"
epochs = "6"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an undisturbed run went."""

    seconds: float
    training_began: float
    training_ended: float
    dataset: dict[str, str]


def make_workplace(folder: Path, sample: Path, base_model: Path) -> Workplace:
    """Make a project of the sample that tunes a tiny model."""
    project = folder / "project"
    project.mkdir(parents=True)
    text = (sample / "chatmill.toml").read_text(encoding="utf-8")
    text = text.replace("max_answer_tokens = 128", "max_answer_tokens = 16")
    text = text.replace('paraphrases = "paraphrases.jsonl"', "")
    (project / "chatmill.toml").write_text(
        text + SETTINGS.format(base_model=base_model), encoding="utf-8"
    )
    return Workplace(project=project, server_home=folder / "server")


def dataset_digests(workplace: Workplace) -> dict[str, str]:
    """Return every dataset file of the project and its checksum."""
    folder = workplace.project / "datasets"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def undisturbed(workplace: Workplace, arguments: list[str]) -> Course:
    """Run once from start to end, noting when training began and ended."""
    began = time.monotonic()
    process = workplace.start(*arguments)
    marks: dict[str, float] = {}
    while True:
        try:
            process.communicate(timeout=0.1)
        except subprocess.TimeoutExpired:
            log = workplace.log.read_text(encoding="utf-8")
            for stage in ("train:", "evaluate:"):
                if stage in log:
                    marks.setdefault(stage, time.monotonic() - began)
            continue
        break
    assert process.returncode == 0, workplace.log.read_text(encoding="utf-8")[-2000:]
    return Course(
        seconds=time.monotonic() - began,
        training_began=marks["train:"],
        training_ended=marks["evaluate:"],
        dataset=dataset_digests(workplace),
    )


def moments_of(course: Course) -> list[float]:
    """Choose moments spread over the whole run, a known number of them inside training."""
    chance = random.Random(SEED)  # noqa: S311 - moments, not secrets
    n_spread = N_MOMENTS - N_INSIDE_TRAINING
    spread = [(k + chance.random()) * course.seconds / n_spread for k in range(n_spread)]
    length = course.training_ended - course.training_began
    inside = [
        course.training_began + (k + chance.random()) * length / N_INSIDE_TRAINING
        for k in range(N_INSIDE_TRAINING)
    ]
    return sorted(spread + inside)


def jobs_of(workplace: Workplace) -> list[str]:
    """Return the status of every job the server ever had."""
    server = join_or_start(home=workplace.server_home)
    with OpenAI(base_url=server.base_url, api_key=server.api_key) as client:
        return [job.status for job in client.fine_tuning.jobs.list()]


def kill_and_finish(
    folder: Path, sample: Path, base_model: Path, arguments: list[str], moment: float
) -> Workplace:
    """Kill a fresh run at a moment, everything with it every other time, then run it to its end."""
    while True:
        workplace = make_workplace(folder, sample, base_model)
        was_killed = workplace.kill_after(moment, *arguments)
        if was_killed:
            break
        workplace.stop()  # it had ended before: a new try, killed earlier
        shutil.rmtree(folder)
        moment *= 0.8
    is_whole_machine = int(folder.name) % 2 == 1
    if is_whole_machine:
        workplace.kill_everything()
    workplace.finish(*arguments)
    return workplace


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_run_killed_anywhere_ends_the_same(tmp_path: Path, sample: Path) -> None:
    """Twenty kills: the same dataset byte for byte, and one training each."""
    base_model = build_tiny_model(tmp_path / "tiny", context=2048)
    files = [str(sample / "chats" / name) for name in ("tickets-en.jsonl", "faq-en.txt")]
    arguments = ["run", *files, "--keep-clean", "--json"]
    with ThreadPoolExecutor(N_AT_ONCE) as pool:
        places = [make_workplace(tmp_path / f"r{n}", sample, base_model) for n in range(N_AT_ONCE)]
        course, *_others = pool.map(lambda place: undisturbed(place, arguments), places)
        for place in places:
            place.stop()
        moments = moments_of(course)
        inside = [m for m in moments if course.training_began < m < course.training_ended]
        print(f"seed {SEED}; undisturbed {course.seconds:.1f} s, training from")
        print(f"{course.training_began:.1f} to {course.training_ended:.1f} s")
        assert len(inside) >= LEAST_INSIDE
        ended = pool.map(
            lambda item: kill_and_finish(
                tmp_path / str(item[0]), sample, base_model, arguments, item[1]
            ),
            enumerate(moments),
        )
        for moment, workplace in zip(moments, ended, strict=True):
            jobs = jobs_of(workplace)
            workplace.stop()
            print(f"killed at {moment:.1f} s: jobs {jobs}", flush=True)
            assert dataset_digests(workplace) == course.dataset
            assert jobs == ["succeeded"]

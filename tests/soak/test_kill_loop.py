"""`chatmill run`, killed at moments spread over its whole time, ends as if nothing had happened."""

import hashlib
import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import OpenAI
from workplace import Workplace

from chatmill.server.launch import join_or_start
from tiny_model import build_tiny_model

N_MOMENTS = 20
N_INSIDE_TRAINING = 8
SEED = 20261123
SETTINGS = """
[train]
base_model = "{base_model}"
epochs = "12"
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
    shutil.copy(sample / "paraphrases.jsonl", project)
    text = (sample / "chatmill.toml").read_text(encoding="utf-8")
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


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_run_killed_anywhere_ends_the_same(tmp_path: Path, sample: Path) -> None:
    """Twenty kills: the same dataset byte for byte, and one training each."""
    base_model = build_tiny_model(tmp_path / "tiny", context=2048)
    arguments = ["run", str(sample / "chats"), "--keep-clean", "--json"]
    reference = make_workplace(tmp_path / "reference", sample, base_model)
    course = undisturbed(reference, arguments)
    reference.stop()
    moments = moments_of(course)
    inside = [m for m in moments if course.training_began < m < course.training_ended]
    print(f"seed {SEED}; undisturbed {course.seconds:.1f} s, training {course.training_began:.1f}")
    print(f"to {course.training_ended:.1f} s; moments {[round(m, 1) for m in moments]}")
    assert len(inside) >= 5
    for number, moment in enumerate(moments):
        workplace = make_workplace(tmp_path / f"kill{number}", sample, base_model)
        while not workplace.kill_after(moment, *arguments):
            moment *= 0.8  # it had ended before: a new try, killed earlier  # noqa: PLW2901
            shutil.rmtree(workplace.project)
            workplace.stop()
            shutil.rmtree(workplace.server_home, ignore_errors=True)
            workplace = make_workplace(tmp_path / f"kill{number}", sample, base_model)
        if number % 2:
            workplace.stop()  # as if the whole machine had gone: server and trainer end too
        workplace.finish(*arguments)
        jobs = jobs_of(workplace)
        workplace.stop()
        print(f"kill {number + 1} at {moment:.1f} s: jobs {jobs}")
        assert dataset_digests(workplace) == course.dataset
        assert jobs == ["succeeded"]

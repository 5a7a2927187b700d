"""Draw the README's score plots from a demo's project: `python docs/score_plots.py PROJECT`."""

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from chatmill.models.system_line import chat_system_line
from chatmill.project import Project
from chatmill.stages.evaluate import read_evaluation_scores
from chatmill.stages.evaluate.report import ReportInput, write_report
from chatmill.store.evaluations import get_evaluation

IMAGES = Path(__file__).parent / "images"
NAMES = {"en": "scores.png", "ko": "scores-ko.png"}


def main(folder: Path) -> None:
    """Draw the newest evaluation's plot in each language."""
    with Project.open(folder) as project, tempfile.TemporaryDirectory() as scratch:
        evaluation = get_evaluation(project.database)
        given = ReportInput(
            project_name=project.name,
            language="",
            evaluation=evaluation,
            scores=tuple(read_evaluation_scores(project, evaluation)),
            settings=project.settings.evaluate,
            serving_line=chat_system_line(project.settings),
        )
        for language, name in NAMES.items():
            target = Path(scratch) / language
            target.mkdir()
            write_report(target, replace(given, language=language))
            shutil.copyfile(target / "scores.png", IMAGES / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The contract every check of the table keeps, and what the settings do to findings."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chatmill.checks import check_example, example_fingerprint
from chatmill.checks.base import Checked, kinds_of
from chatmill.checks.table import CHECKS, finding_names, load_checks
from chatmill.errors import SettingsError
from chatmill.project import Project
from chatmill.records import Severity
from chatmill.settings import CheckSettings
from drawn_examples import drawn, edited, room
from talking import bring_in, settings

WILD = st.text(alphabet="aQA):.?\n\t W5500x0은는ㅎ@<>\u202e\u200d\U0001f44d01-+안않", max_size=60)


def test_the_table_holds_what_it_says() -> None:
    """Names in findings and settings are the table's."""
    assert [check.name for check in load_checks()][: len(CHECKS)] == list(CHECKS)
    assert all(check.version for check in load_checks())


@hypothesis_settings(max_examples=60, deadline=None)
@given(WILD, WILD, WILD)
def test_no_words_make_a_check_fail(question: str, answer: str, system: str) -> None:
    """Chats and edits are untrusted: a check finds something or nothing, at places that exist."""
    example = edited(question=question, answer=answer, system=system)
    texts = {
        "system": example.system,
        "turns[0].question": example.turns[0].question,
        "turns[0].answer": example.turns[0].answer,
        "": "",
    }
    for check in load_checks():
        checked = Checked(example=example, conversation=room(), settings=settings())
        found = list(check.check(checked))
        assert found == list(check.check(checked))
        for each in found:
            name, _, kind = each.check.partition(".")
            assert name == check.name
            assert not kind or kind in kinds_of(check)
            assert each.severity in get_args(Severity)
            assert 0 <= each.start <= each.end <= len(texts[each.field])
            assert each.message


def test_severity_can_be_set_and_switched_off() -> None:
    """`[check] severity` turns a check's findings into something else, or nothing."""
    bad = edited(answer="It has 4 sockets.")
    known = settings()

    def severities(level: str) -> set[str]:
        changed = replace(known, check=CheckSettings(severity={"grounding": level}))
        found = check_example(bad, room(), changed)
        return {each.severity for each in found if each.check.startswith("grounding")}

    assert severities("info") == {"info"}
    assert severities("off") == set()


@pytest.mark.parametrize("severity", [{"groundign": "error"}, {"grounding": "fatal"}])
def test_a_mistake_in_the_severities_is_refused(severity: dict[str, str]) -> None:
    """A misspelt check would otherwise stay silently as it was."""
    with pytest.raises(SettingsError):
        check_example(drawn(), room(), replace(settings(), check=CheckSettings(severity=severity)))


def test_errors_come_first() -> None:
    """A reviewer reads what matters first."""
    found = check_example(
        edited(question="Mail a@b.com about W5500?", answer="It has 4 sockets."), room(), settings()
    )
    order = ["error", "warning", "info"]
    assert [each.severity for each in found] == sorted(
        (each.severity for each in found), key=order.index
    )
    assert len({each.severity for each in found}) > 1


def test_the_fingerprint_follows_words_and_settings() -> None:
    """An edited example, or another setting, is checked again; an unchanged one is not."""
    known = settings()
    first = example_fingerprint(drawn(), room(), known)
    assert first == example_fingerprint(drawn(), room(), known)
    assert first != example_fingerprint(edited(answer="It has 4."), room(), known)
    stricter = replace(known, check=CheckSettings(max_example_tokens=99))
    assert first != example_fingerprint(drawn(), room(), stricter)


def test_a_kind_can_be_switched_off_alone() -> None:
    """`odd.unsure` off leaves the rest of `odd`; a kind's level counts before its check's."""
    bad = edited(answer="아마 8개일 거예요. 첨부한 사진을 보세요.")

    def found(**levels: str) -> set[tuple[str, str]]:
        known = replace(
            settings(),
            check=CheckSettings(severity={k.replace("_", "."): v for k, v in levels.items()}),
        )
        odd = [e for e in check_example(bad, room(), known) if e.check.startswith("odd")]
        return {(each.check, each.severity) for each in odd if each.check != "odd.language"}

    assert found() == {("odd.guess", "warning"), ("odd.image", "warning")}
    assert found(odd_image="off") == {("odd.guess", "warning")}
    assert found(odd="off", odd_image="error") == {("odd.image", "error")}


def test_every_kind_says_what_it_finds() -> None:
    """The names `[check] severity` takes are listed with words for a person."""
    assert all(what for what in finding_names().values())
    assert "odd.image" in finding_names()


PLUG = '''
from chatmill.checks.base import finding

class ShoutCheck:
    """Finds answers that shout."""

    name = "shout"
    version = "1"
    kinds = {"capitals": "an answer in capitals"}

    def check(self, checked):
        for passage in checked.passages:
            if passage.text.isupper():
                yield finding("shout.capitals", checked, "warning", passage.field, "shouts",
                              end=len(passage.text))
'''


def test_a_check_of_another_package_appears_everywhere(tmp_path: Path, project: Project) -> None:
    """An entry point is all it takes: findings, the summary and severities know it."""
    (tmp_path / "shout_plug.py").write_text(PLUG, encoding="utf-8")
    info = tmp_path / "shout-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[chatmill.checks]\nshout = shout_plug:ShoutCheck\n")
    bring_in(project, [("Ana", "How many sockets can the W5500 open?"), ("Mina Park", "IT HAS 8.")])
    (project.folder / "chatmill.toml").write_text(
        '[roles]\nagents = ["Mina Park"]\n[check.severity]\n"shout.capitals" = "error"\n',
        encoding="utf-8",
    )
    shown = [
        subprocess.run(
            [sys.executable, "-m", "chatmill.cli.app", "--project", str(project.folder), *words],
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for words in (["extract"], ["check"], ["examples", "--flagged"])
    ]
    assert "shout.capitals" in shown[1]
    assert "error: turns[0].answer: shouts" in shown[2]

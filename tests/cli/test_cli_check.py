"""`chatmill check FILE`, `--fix` and `--show`, as a person and a program see them."""

import json
from pathlib import Path

from click.testing import CliRunner, Result

from chatmill.cli.app import application
from chatmill.cli.marked_text import harmless, show_example
from chatmill.project import Project
from chatmill.records import Example, Finding, Turn
from talking import bring_in

GOOD = (
    '{"messages": [{"role": "user", "content": "W5500 소켓은?"}, '
    '{"role": "assistant", "content": "8개입니다."}]}'
)
SHOUTED = GOOD.replace('"user"', '"User"')
OPEN = '{"messages": [{"role": "user", "content": "W5500?"}]}'


def chatmill(*arguments: str, typed: str = "") -> Result:
    """Run a command outside any project."""
    return CliRunner().invoke(application, [*arguments], input=typed, catch_exceptions=False)


def written(folder: Path, *lines: str) -> str:
    """Write a training file."""
    path = folder / "train.jsonl"
    path.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    return str(path)


def test_a_file_is_checked_without_a_project(tmp_path: Path) -> None:
    """Line, place, words, a table, and an exit code a script can act on."""
    path = written(tmp_path, GOOD, SHOUTED, OPEN)
    shown = chatmill("check", path)
    assert shown.exit_code == 1
    assert f"{path}:2: error: messages[0].role: must be system" in shown.stdout
    assert f"{path}:3: error: messages: has no assistant message" in shown.stdout
    assert "3 lines, 3 errors" in shown.stderr
    assert chatmill("check", written(tmp_path, GOOD)).exit_code == 0


def test_standard_input_and_json(tmp_path: Path) -> None:
    """A pipe can be checked, and a program reads one object a line."""
    shown = chatmill("check", "-", written(tmp_path, GOOD), "--json", typed=OPEN + "\n")
    objects = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.exit_code == 1
    assert [each["file"] for each in objects] == ["-", "-", str(tmp_path / "train.jsonl")]
    assert objects[1]["counts"] == [{"severity": "error", "kind": "order", "n_findings": 1}]


def test_only_the_first_findings_of_each_kind_are_printed(tmp_path: Path) -> None:
    """A file with 400 wrong lines does not scroll the screen away."""
    path = written(tmp_path, *(OPEN.replace("W5500", str(n)) for n in range(400)))
    shown = chatmill("check", path)
    assert shown.stdout.count("has no assistant") == 5
    assert "395 more like these" in shown.stderr
    assert chatmill("check", path, "--first", "0").stdout.count("has no assistant") == 400


def test_fix_writes_a_copy_and_says_what_it_did(tmp_path: Path) -> None:
    """The file itself stays; what is not safe stays a finding."""
    path = written(tmp_path, "\ufeff" + GOOD, SHOUTED, "", OPEN)
    before = Path(path).read_bytes()
    shown = chatmill("check", path, "--fix")
    copy = tmp_path / "train.fixed.jsonl"
    assert copy.read_text(encoding="utf-8") == f"{GOOD}\n{GOOD}\n{OPEN}\n"
    assert Path(path).read_bytes() == before
    assert f"{path}:2: messages[0].role: wrote the role as user “User”" in shown.stdout
    assert "3 repairs" in shown.stderr
    assert shown.exit_code == 1
    assert "has no assistant message" in shown.stdout


def test_fix_never_writes_over_the_file(tmp_path: Path) -> None:
    """`-o` with the same name is refused, whatever way it is written."""
    path = written(tmp_path, SHOUTED)
    shown = CliRunner().invoke(application, ["check", path, "--fix", "-o", path])
    assert "written over itself" in str(shown.exception)
    assert chatmill("check", path, path, "--fix", "-o", "x").exit_code == 2


def test_show_prints_each_flagged_example(project: Project) -> None:
    """The words stand there coloured, so that nobody has to count letters."""
    bring_in(project, [("Ana", "W5500 sockets? See the screenshot"), ("Mina Park", "It has 8.")])
    chatmill("--project", str(project.folder), "extract")
    shown = CliRunner().invoke(
        application, ["--project", str(project.folder), "check", "--show"], color=True
    )
    assert "\x1b[33m\x1b[4mSee the screenshot\x1b[0m" in shown.stdout
    assert "(odd.image)" in shown.stdout


def test_a_hostile_text_steers_no_terminal() -> None:
    """Escapes, bells and direction marks are written out; Korean and emoji stay."""
    assert harmless("\x1b[31m\x07\u202e가\u200d\U0001f44d\n") == (
        "\\x1b[31m\\x07\\u202e가\u200d\U0001f44d\n"
    )


def test_wide_letters_wrap_inside_the_terminal() -> None:
    """Hangul takes two columns; overlapping findings show the worse one."""
    from click import unstyle

    question = "소켓은 몇 개까지 동시에 열 수 있는지 궁금합니다 " * 6
    example = Example(
        id="e",
        conversation_id="c",
        system="About it.",
        turns=(Turn(question=question, answer="8" * 200),),
        extractor="x",
    )
    marked = [
        Finding(
            example_id="e",
            check="odd.x",
            severity=severity,  # type: ignore[arg-type] # one of the three
            field="turns[0].question",
            start=0,
            end=end,
            message="is odd",
        )
        for severity, end in (("warning", 9), ("error", 3))
    ]
    runner = CliRunner()
    with runner.isolation(color=True) as streams:
        show_example(example, marked, width=40)
        out = streams[0].getvalue().decode()
    assert "\x1b[31m\x1b[4m소켓은\x1b[0m\x1b[33m\x1b[4m 몇 개까지\x1b[0m" in out
    for line in unstyle(out).splitlines():
        assert sum(2 if "가" <= letter <= "힣" else 1 for letter in line) <= 40

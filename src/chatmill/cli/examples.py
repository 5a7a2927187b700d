"""`chatmill examples`: examples as questions and answers, with decisions and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from chatmill.cli.output import emit_json, json_option, open_project, say
from chatmill.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatmill.project import Project
    from chatmill.records import Citation, Example, Finding


@click.command("examples")
@click.argument("example_id", required=False, metavar="[ID]")
@click.option(
    "--status", type=click.Choice(["pending", "kept", "rejected"]), help="Only with this status."
)
@click.option("--conversation", metavar="ID", help="Only of one conversation.")
@click.option("--flagged", is_flag=True, help="Only with an error or a warning.")
@click.option("--history", is_flag=True, help="Show all that happened to the example ID.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    example_id: str | None,
    status: str | None,
    conversation: str | None,
    flagged: bool,
    history: bool,
    as_json: bool,
) -> None:
    """Show examples as questions and answers, with what the checks found."""
    from shutil import get_terminal_size

    from chatmill.cli.marked_text import show_example
    from chatmill.store.examples import get_example, list_examples, list_findings

    project = open_project(ctx)
    if history:
        _show_history(project, example_id, as_json=as_json)
        return
    database = project.database
    if example_id:
        examples = [get_example(database, example_id)]
    else:
        examples = list_examples(database, status=status, conversation_id=conversation)  # type: ignore[arg-type] # click.Choice gives one of the three
    findings = list_findings(database, example_ids=[each.id for each in examples])
    if flagged:
        examples = [each for each in examples if _is_flagged(findings.get(each.id, []))]
    width = get_terminal_size().columns
    for example in examples:
        found = findings.get(example.id, [])
        if as_json:
            emit_json(_record(example, found))
        else:
            show_example(example, found, width=width)
    if not as_json:
        say(f"{len(examples)} examples" if examples else "No examples.")


def _show_history(project: Project, example_id: str | None, *, as_json: bool) -> None:
    from chatmill.cli.history import show_history

    if example_id is None:
        raise UsageError(
            "of which example?", where="--history", fix="Name one: chatmill examples ID --history"
        )
    show_history(project, example_id, as_json=as_json)


def _is_flagged(findings: Sequence[Finding]) -> bool:
    return any(each.severity != "info" for each in findings)


def _record(example: Example, findings: Sequence[Finding]) -> dict[str, Any]:
    return {
        "id": example.id,
        "conversation_id": example.conversation_id,
        "status": example.status,
        "system": example.system,
        "turns": [
            {
                "question": turn.question,
                "answer": turn.answer,
                "question_citations": [_citation(each) for each in turn.question_citations],
                "answer_citations": [_citation(each) for each in turn.answer_citations],
            }
            for turn in example.turns
        ],
        "findings": [
            {
                "check": each.check,
                "severity": each.severity,
                "field": each.field,
                "start": each.start,
                "end": each.end,
                "message": each.message,
                "evidence": each.evidence,
            }
            for each in findings
        ],
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {"message_id": citation.message_id, "start": citation.start, "end": citation.end}

"""What happened to one example, and how far two reviewers agree, for people and for programs."""

from dataclasses import asdict

import click

from chatmill.cli.marked_text import harmless
from chatmill.cli.output import emit_json, say
from chatmill.project import Project
from chatmill.records import Decision, ExampleState
from chatmill.stages.review import ExampleHistory, agreement, example_history


def show_history(project: Project, example_id: str, *, as_json: bool) -> None:
    """Print everything that happened to an example, oldest first."""
    history = example_history(project, example_id)
    if as_json:
        emit_json(_record(history))
        return
    example = history.example
    click.secho(harmless(f"{example.id}  {example.status}  {example.conversation_id}"), bold=True)
    click.echo(f"extracted by {example.extractor}")
    if example.supersedes:
        click.echo(f"took the place of {example.supersedes}")
    for decision in history.decisions:
        click.echo(harmless(_line(decision, is_undone=decision.id in history.undone)))
        for line in _changes(decision.before, decision.after):
            click.echo(harmless(f"    {line}"))
    double = history.double
    if double is not None:
        click.echo(harmless(f"double review: {double.state}"))


def show_agreement(project: Project, *, as_json: bool) -> None:
    """Print how far two people agree who decided about the same examples."""
    found = agreement(project)
    if as_json:
        emit_json(
            {
                "n_examples": found.n_examples,
                **asdict(found.counts),
                "observed": found.observed,
                "kappa": found.kappa,
                "why_none": found.why_none,
            }
        )
        return
    counts = found.counts
    say(
        f"{found.n_examples} examples have two opinions: {counts.both_keep} times both kept, "
        f"{counts.both_reject} times both rejected, "
        f"{counts.first_keeps + counts.second_keeps} times they differ"
    )
    if found.kappa is None:
        say(f"Cohen's kappa has no value: {found.why_none}")
    else:
        say(f"Agreement {found.observed:.2f}, Cohen's kappa {found.kappa:.2f}")
    say(f"{counts.n_waiting} wait for a second opinion, {counts.n_disputed} to be settled")


def _line(decision: Decision, *, is_undone: bool) -> str:
    reason = f": {decision.reason}" if decision.reason else ""
    undone = "  (undone)" if is_undone else ""
    what = f"{decision.action} → {decision.after.status}"
    return f"{decision.decided_at}  {decision.reviewer}  {what}{reason}{undone}"


def _changes(before: ExampleState, after: ExampleState) -> list[str]:
    """Say which words a decision changed: `-` what was there, `+` what is there now."""
    old, new = _texts(before), _texts(after)
    lines = []
    for sign, texts, others in (("-", old, new), ("+", new, old)):
        lines += [f"{sign} {text}" for text in texts if text not in others]
    return lines


def _texts(state: ExampleState) -> list[str]:
    pairs = [(f"Q) {turn.question}", f"A) {turn.answer}") for turn in state.turns]
    return [f"S) {state.system}", *(text for pair in pairs for text in pair)]


def _record(history: ExampleHistory) -> dict[str, object]:
    return {
        "id": history.example.id,
        "status": history.example.status,
        "conversation_id": history.example.conversation_id,
        "extractor": history.example.extractor,
        "supersedes": history.example.supersedes,
        "extracted": [
            {"question": turn.question, "answer": turn.answer} for turn in history.extracted
        ],
        "decisions": [
            {
                "id": each.id,
                "reviewer": each.reviewer,
                "action": each.action,
                "reason": each.reason,
                "decided_at": each.decided_at,
                "undoes": each.undoes,
                "is_undone": each.id in history.undone,
                "before": _state(each.before),
                "after": _state(each.after),
            }
            for each in history.decisions
        ],
        "double": None
        if history.double is None
        else {**asdict(history.double), "state": history.double.state},
    }


def _state(state: ExampleState) -> dict[str, object]:
    turns = [{"question": turn.question, "answer": turn.answer} for turn in state.turns]
    return {"status": state.status, "system": state.system, "turns": turns}

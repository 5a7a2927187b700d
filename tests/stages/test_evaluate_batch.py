"""`evaluate --batch`: the same answers, handed over in batches."""

from collections.abc import Callable
from dataclasses import replace

from chatmill.models.spending import Spending
from chatmill.project import Project
from chatmill.stages.evaluate import evaluate, read_evaluation_scores
from evaluating import answer_of, keep_and_build, record_tuned_model, use_server
from openai_account import Account
from openai_server import OpenAIServer


def test_batches_give_the_scores_of_single_calls(
    project: Project, embed: Callable[[str], list[float]]
) -> None:
    """Both models are asked through batches, one batch each, and nothing is asked one by one."""
    with OpenAIServer() as server:
        server.answer, server.vector = answer_of, embed
        account = Account.mounted(server)
        keep_and_build(project)
        record_tuned_model(project)
        use_server(project, server)
        provider = replace(project.settings.providers["scripted"], batch_poll_seconds=0.01)
        project.settings = replace(project.settings, providers={"scripted": provider})
        evaluation = evaluate(project, spending=Spending(is_batch=True))
        assert len(account.batches) == 2
        assert not server.seen("/chat/completions")
        in_batches = read_evaluation_scores(project, evaluation)
        again = evaluate(project, spending=Spending(is_store_read=False))
        assert server.seen("/chat/completions")
        assert read_evaluation_scores(project, again) == in_batches

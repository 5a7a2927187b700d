"""Fine-tuning through the official Python SDK, call by call: every field of every answer."""

from typing import Any

import httpx2
import jsonschema  # type: ignore[import-untyped] # it brings no types
import openai
import pytest
from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

from server_under_test import ServerUnderTest
from tiny_model import as_jsonl, chat_lines

JOB_FIELDS = {
    "id",
    "created_at",
    "error",
    "fine_tuned_model",
    "finished_at",
    "hyperparameters",
    "model",
    "object",
    "organization_id",
    "result_files",
    "seed",
    "status",
    "trained_tokens",
    "training_file",
    "validation_file",
    "estimated_finish",
    "integrations",
    "metadata",
    "method",
}
CHECKPOINT_METRICS = {
    "step",
    "train_loss",
    "train_mean_token_accuracy",
    "valid_loss",
    "valid_mean_token_accuracy",
    "full_valid_loss",
    "full_valid_mean_token_accuracy",
}


@pytest.fixture(scope="module")
def client(server: ServerUnderTest) -> OpenAI:
    """The official client, as it comes."""
    return server.client()


@pytest.fixture(scope="module")
def training_file(server: ServerUnderTest) -> str:
    """Twelve examples."""
    return server.upload(as_jsonl(chat_lines(12)))


@pytest.fixture(scope="module")
def done(server: ServerUnderTest, client: OpenAI, training_file: str) -> FineTuningJob:
    """A job with everything in it, trained to the end."""
    job = client.fine_tuning.jobs.create(
        model=server.base,
        training_file=training_file,
        validation_file=server.upload(as_jsonl(chat_lines(3))),
        suffix="s" * 64,
        seed=11,
        metadata={"team": "한국", "case": "whole"},
        method={
            "type": "supervised",
            "supervised": {
                "hyperparameters": {
                    "n_epochs": 2,
                    "batch_size": 6,
                    "learning_rate_multiplier": 0.5,
                }
            },
        },
    )
    assert job.status in ("validating_files", "queued", "running")
    return server.wait(job.id)


def raw(client: OpenAI, path: str) -> dict[str, Any]:
    """Return an answer's JSON as it came."""
    found: Any = client.get(path, cast_to=object)
    answer: dict[str, Any] = found
    return answer


def test_a_job_has_every_field(client: OpenAI, done: FineTuningJob, training_file: str) -> None:
    """A program that reads any documented field of a finished job finds it, of the right kind."""
    assert done.status == "succeeded", done.error
    told = raw(client, f"/fine_tuning/jobs/{done.id}")
    assert told.keys() >= JOB_FIELDS
    assert told["error"] is None
    assert told["integrations"] == []
    assert told["metadata"] == {"team": "한국", "case": "whole"}
    assert (done.seed, done.training_file) == (11, training_file)
    assert done.finished_at is not None
    assert done.finished_at >= done.created_at
    assert done.estimated_finish is None
    assert done.trained_tokens is not None
    assert done.trained_tokens > 100
    asked = {"n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": 0.5}
    assert told["hyperparameters"] == asked
    assert told["method"] == {"type": "supervised", "supervised": {"hyperparameters": asked}}
    assert done.fine_tuned_model is not None
    assert f":{'s' * 64}:" in done.fine_tuned_model


def test_auto_is_resolved_and_shown(
    server: ServerUnderTest, client: OpenAI, training_file: str
) -> None:
    """A job without hyperparameters says `auto`, then the numbers it will train with."""
    job = client.fine_tuning.jobs.create(model=server.base, training_file=training_file)
    assert job.hyperparameters.n_epochs == "auto"
    started = server.wait(job.id, lambda each: each.status in ("running", "failed", "queued"))
    assert (started.hyperparameters.n_epochs, started.hyperparameters.batch_size) == (25, 4)
    assert client.fine_tuning.jobs.cancel(job.id).status == "cancelled"
    ended = client.fine_tuning.jobs.retrieve(job.id)
    assert ended.finished_at is not None
    assert ended.fine_tuned_model is None
    for move in (client.fine_tuning.jobs.pause, client.fine_tuning.jobs.cancel):
        with pytest.raises(openai.BadRequestError, match="cancelled"):
            move(job.id)


def test_events_come_page_by_page(client: OpenAI, done: FineTuningJob) -> None:
    """The SDK's own paging reads all events once, newest first, metrics in `data`."""
    events = list(client.fine_tuning.jobs.list_events(done.id, limit=3))
    assert len({event.id for event in events}) == len(events) > 6
    assert events == sorted(events, key=lambda event: event.created_at, reverse=True)
    assert {event.object for event in events} == {"fine_tuning.job.event"}
    metrics: list[Any] = [event.data for event in events if event.type == "metrics"]
    assert [each["step"] for each in metrics] == [4, 3, 2, 1]
    assert metrics[0].keys() == CHECKPOINT_METRICS | {"total_steps"}
    first = raw(client, f"/fine_tuning/jobs/{done.id}/events?limit=1")
    assert first["has_more"] is True
    rest = raw(client, f"/fine_tuning/jobs/{done.id}/events?after={first['data'][0]['id']}")
    assert first["data"][0]["id"] not in [each["id"] for each in rest["data"]]


def test_checkpoints_are_models(client: OpenAI, done: FineTuningJob) -> None:
    """Each checkpoint has its metrics, is found as a model, and answers under its name."""
    checkpoints = list(client.fine_tuning.jobs.checkpoints.list(done.id, limit=1))
    assert [each.step_number for each in checkpoints] == [4, 2]
    for each in checkpoints:
        assert each.object == "fine_tuning.job.checkpoint"
        assert each.fine_tuning_job_id == done.id
        assert each.metrics.to_dict().keys() == CHECKPOINT_METRICS
        name = each.fine_tuned_model_checkpoint
        assert name == f"{done.fine_tuned_model}:ckpt-step-{each.step_number}"
        assert client.models.retrieve(name).id == name
        answer = client.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "레지스터 2?"}], max_tokens=3
        )
        assert answer.model == name


def test_the_result_file_is_openais_csv(client: OpenAI, done: FineTuningJob) -> None:
    """Notebooks that plot the result file find its exact columns, one row a step."""
    (file_id,) = done.result_files
    record = client.files.retrieve(file_id)
    assert (record.purpose, record.filename) == ("fine-tune-results", "step_metrics.csv")
    table = client.files.content(file_id).text.splitlines()
    assert table[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert [line.split(",")[0] for line in table[1:]] == ["1", "2", "3", "4"]
    assert table[2].count(",") == 4
    assert not table[2].endswith(",")


def test_jobs_are_listed_and_filtered(client: OpenAI, done: FineTuningJob) -> None:
    """Pages, metadata filters and `metadata=null` find exactly the jobs they should."""
    everything = [job.id for job in client.fine_tuning.jobs.list(limit=1)]
    assert len(everything) == len(set(everything))
    assert done.id in everything
    found = client.fine_tuning.jobs.list(metadata={"team": "한국", "case": "whole"})
    assert [job.id for job in found] == [done.id]
    assert not list(client.fine_tuning.jobs.list(metadata={"team": "한국", "case": "half"}))
    without = raw(client, "/fine_tuning/jobs?metadata=null")["data"]
    assert done.id not in [job["id"] for job in without]
    page = raw(client, "/fine_tuning/jobs?limit=1")
    assert (page["object"], page["has_more"]) == ("list", len(everything) > 1)


def test_a_tuned_model_is_trained_further_and_deleted(
    server: ServerUnderTest, client: OpenAI, done: FineTuningJob
) -> None:
    """`model` may name a tuned model, with Nebius' options too; deleted, it is gone."""
    extra: Any = {
        "n_epochs": 1,
        "batch_size": 6,
        "learning_rate": 1e-3,
        "lora": True,
        "warmup_ratio": 0.1,
        "weight_decay": 0.01,
        "max_grad_norm": 0.5,
        "packing": True,
        "context_length": 200,
    }
    more = client.fine_tuning.jobs.create(
        model=str(done.fine_tuned_model),
        training_file=done.training_file,
        seed=11,
        hyperparameters=extra,
    )
    ended = server.wait(more.id)
    assert ended.status == "succeeded", ended.error
    extra.pop("lora")
    told = ended.hyperparameters.to_dict()
    assert {**told, "learning_rate": 1e-3} == {**extra, "learning_rate_multiplier": 0.5}
    first = server.metrics(more.id)[0]["train_loss"]
    assert first < server.metrics(done.id)[-1]["train_loss"] + 0.3
    name = str(ended.fine_tuned_model)
    assert name != done.fine_tuned_model
    model = client.models.retrieve(name)
    assert (model.object, model.owned_by, model.shutdown_date) == ("model", "chatmill", None)
    assert name in [each.id for each in client.models.list()]
    assert client.models.delete(name).to_dict() == {"id": name, "object": "model", "deleted": True}
    for call in (client.models.retrieve, client.models.delete):
        with pytest.raises(openai.NotFoundError) as caught:
            call(name)
        assert caught.value.code == "model_not_found"
    assert client.fine_tuning.jobs.retrieve(more.id).status == "succeeded"


def test_preferences_are_learnt(server: ServerUnderTest, client: OpenAI) -> None:
    """`dpo` starts at ln 2, where nothing is preferred, and ends preferring the better answers.

    The adapter has the rank and dropout that Nebius' extra options ask for.
    """
    lines = [
        {
            "input": {"messages": line["messages"][:2]},
            "preferred_output": [line["messages"][2]],
            "non_preferred_output": [{"role": "assistant", "content": "모릅니다."}],
        }
        for line in chat_lines(10)
    ]
    hyperparameters: Any = {
        "n_epochs": 4,
        "batch_size": 5,
        "beta": 0.2,
        "lora_r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.1,
    }
    job = client.fine_tuning.jobs.create(
        model=server.base,
        training_file=server.upload(as_jsonl(lines)),
        validation_file=server.upload(as_jsonl(lines[:2])),
        seed=3,
        method={"type": "dpo", "dpo": {"hyperparameters": hyperparameters}},
    )
    ended = server.wait(job.id)
    assert ended.status == "succeeded", ended.error
    assert ended.method is not None
    assert ended.method.dpo is not None
    assert ended.method.dpo.hyperparameters is not None
    assert ended.method.dpo.hyperparameters.beta == 0.2
    metrics = server.metrics(job.id)
    assert metrics[0]["train_loss"] == pytest.approx(0.693147, abs=2e-3)
    assert metrics[-1]["full_valid_loss"] < 0.69
    assert metrics[-1]["full_valid_reward_accuracy"] == 1
    adapter = (server.home / "jobs" / job.id / "adapter" / "adapter_config.json").read_text()
    assert '"r": 4' in adapter
    assert '"lora_dropout": 0.1' in adapter


def test_a_tuned_model_keeps_its_rank(client: OpenAI, done: FineTuningJob) -> None:
    """A rank that cannot be had is refused before anything is trained."""
    rank: Any = {"lora_r": 4}
    with pytest.raises(openai.BadRequestError, match="the rank it has") as caught:
        client.fine_tuning.jobs.create(
            model=str(done.fine_tuned_model),
            training_file=done.training_file,
            hyperparameters=rank,
        )
    assert caught.value.param == "hyperparameters"


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"suffix": "s" * 65}, "suffix"),
        ({"suffix": ""}, "suffix"),
        ({"seed": -1}, "seed"),
        ({"metadata": {f"k{at}": "v" for at in range(17)}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k"),
        ({"training_file": "file-none"}, "training_file"),
        ({"validation_file": "file-none"}, "validation_file"),
        ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"n_epochs": "many"}}, "hyperparameters.n_epochs"),
        ({"hyperparameters": {"epochs": 3}}, "hyperparameters.epochs"),
        ({"hyperparameters": {"beta": 0.1}}, "hyperparameters.beta"),
        ({"method": {"type": "sft"}}, "method.type"),
        ({"n_epochs": 3}, "n_epochs"),
        ({"model": 7}, "model"),
    ],
)
def test_bad_options_name_themselves(
    server: ServerUnderTest, client: OpenAI, training_file: str, options: Any, param: str
) -> None:
    """A value outside the documented limits is a 400 whose `param` says which."""
    body = {"model": server.base, "training_file": training_file, **options}
    with pytest.raises(openai.BadRequestError) as caught:
        client.post("/fine_tuning/jobs", cast_to=object, body=body)
    assert caught.value.param == param
    assert caught.value.type == "invalid_request_error"


def test_what_is_not_there_is_a_404(client: OpenAI) -> None:
    """Every call about a job that does not exist says so in the same words."""
    jobs = client.fine_tuning.jobs
    calls: list[Any] = [jobs.retrieve, jobs.cancel, jobs.pause, jobs.resume, jobs.list_events]
    for call in calls:
        with pytest.raises(openai.NotFoundError) as caught:
            call("ftjob-none")
        assert caught.value.code == "fine_tune_not_found"
    with pytest.raises(openai.NotFoundError):
        jobs.checkpoints.list("ftjob-none")


def test_answers_are_as_the_openapi_document_says(client: OpenAI, done: FineTuningJob) -> None:
    """A client generated from the document understands every answer of a job's life."""
    address = str(client.base_url).removesuffix("/v1/")
    headers = {"authorization": f"Bearer {client.api_key}"}
    document = httpx2.get(f"{address}/openapi.json", headers=headers).json()
    parts = {"components": document["components"]}
    told = {
        "/v1/fine_tuning/jobs": "/fine_tuning/jobs",
        "/v1/fine_tuning/jobs/{job_id}": f"/fine_tuning/jobs/{done.id}",
        "/v1/fine_tuning/jobs/{job_id}/events": f"/fine_tuning/jobs/{done.id}/events",
        "/v1/fine_tuning/jobs/{job_id}/checkpoints": f"/fine_tuning/jobs/{done.id}/checkpoints",
        "/v1/files": "/files",
        "/v1/files/{file_id}": f"/files/{done.training_file}",
        "/v1/models": "/models",
        "/v1/models/{name}": f"/models/{done.fine_tuned_model}",
    }
    for path, called in told.items():
        answer = document["paths"][path]["get"]["responses"]["200"]
        schema = {**answer["content"]["application/json"]["schema"], **parts}
        jsonschema.validate(raw(client, called), schema)

"""What servers send back, checked at the border; a body that does not fit counts as malformed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from chatmill.records import JobStatus

Auto = Literal["auto"]


class UsageBody(BaseModel):
    """Tokens as the server counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class MessageBody(BaseModel):
    """The answer; null where a model refuses."""

    content: str | None


class ChoiceBody(BaseModel):
    """One answer of a chat completion."""

    message: MessageBody
    finish_reason: str | None = None


class ChatBody(BaseModel):
    """`POST /chat/completions`."""

    choices: list[ChoiceBody] = Field(min_length=1)
    usage: UsageBody | None = None


class VectorBody(BaseModel):
    """One embedding: numbers, or base64 of little-endian float32."""

    index: int
    embedding: list[float] | str


class EmbeddingsBody(BaseModel):
    """`POST /embeddings`."""

    data: list[VectorBody]


class FileBody(BaseModel):
    """`POST /files`."""

    id: str


class ModelBody(BaseModel):
    """One model of `GET /models`."""

    id: str


class ModelsBody(BaseModel):
    """`GET /models`."""

    data: list[ModelBody]


class HyperparametersBody(BaseModel):
    """A job's hyperparameters; null and missing mean the server has not chosen yet."""

    n_epochs: int | Auto | None = None
    batch_size: int | Auto | None = None
    learning_rate_multiplier: float | Auto | None = None


class SupervisedBody(BaseModel):
    """The supervised method's options."""

    hyperparameters: HyperparametersBody | None = None


class MethodBody(BaseModel):
    """How a job tunes."""

    supervised: SupervisedBody | None = None


class ErrorBody(BaseModel):
    """Why a job failed; servers also send it with every field null, which means no error."""

    code: str | None = None
    message: str | None = None


class AdapterBody(BaseModel):
    """What chatmill's own server adds to a finished job."""

    adapter_sha256: str | None = None
    adapter_path: str | None = None


def _none_to_empty(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return [] if value is None else value


class JobBody(BaseModel):
    """One fine-tuning job."""

    id: str
    status: JobStatus
    model: str
    created_at: int = 0
    finished_at: int | None = None
    fine_tuned_model: str | None = None
    trained_tokens: int | None = None
    error: ErrorBody | None = None
    hyperparameters: HyperparametersBody | None = None
    method: MethodBody | None = None
    metadata: dict[str, str] | None = None
    result_files: Annotated[list[str], BeforeValidator(_none_to_empty)] = []
    chatmill: AdapterBody | None = None


class JobsBody(BaseModel):
    """`GET /fine_tuning/jobs`."""

    data: list[JobBody]
    has_more: bool = False


class MetricsBody(BaseModel):
    """Numbers of a `metrics` event."""

    step: int | None = None
    total_steps: int | None = None
    train_loss: float | None = None
    valid_loss: float | None = None
    full_valid_loss: float | None = None
    train_mean_token_accuracy: float | None = None


class EventBody(BaseModel):
    """One event of a job."""

    id: str
    created_at: int
    level: str = "info"
    message: str = ""
    type: str | None = None
    data: MetricsBody | None = None


class EventsBody(BaseModel):
    """`GET /fine_tuning/jobs/{id}/events`, newest first."""

    data: list[EventBody]
    has_more: bool = False

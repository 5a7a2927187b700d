"""The nouns of chatmill: plain frozen records that every layer shares; none saves itself."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["customer", "agent", "bot", "system", "unknown"]
Kind = Literal[
    "text", "system", "photo", "video", "file", "emoticon", "voice", "call", "deleted", "notice"
]
Status = Literal["pending", "kept", "rejected"]
Severity = Literal["error", "warning", "info"]
Action = Literal["keep", "edit", "reject", "restore", "comment", "split", "merge"]
Split = Literal["train", "validation", "test", "paraphrase"]
ClusterKind = Literal["exact", "near", "meaning", "conflict", "leak", "topic"]
Verdict = Literal["followed", "partly", "not followed"]
JobStatus = Literal[
    "validating_files", "queued", "running", "paused", "succeeded", "failed", "cancelled"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, its text exactly as the export had it."""

    id: str
    """The platform's own id, else minute + text + ordinal; unique inside its conversation."""
    speaker: str
    """The name as exported; empty for system lines."""
    role: Role = "unknown"
    """What the export says the speaker is; `unknown` where it says nothing."""
    kind: Kind = "text"
    """`text`, or what stands in its place."""
    sent_at: str = ""
    """Local wall time as ISO 8601 (with offset where known), a clock time alone, or empty."""
    text: str = ""
    """The words as they came, not normalised; of a placeholder line, the placeholder."""
    original: str = ""
    """A mail with the quotes and signature `text` does without; empty where nothing was cut."""
    reply_to: str | None = None
    """Id of the message the platform says this one answers."""
    attachments: tuple[str, ...] = ()
    """Names or addresses of attached files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A room, ticket, topic or thread, whole."""

    id: str
    """Platform and the room's own key, never its content."""
    source: str
    """Name of the file it came from first."""
    platform: str
    """The importer's name."""
    title: str = ""
    """Room title as exported."""
    language: str = ""
    """BCP 47 tag of most of its text (`ko`, `en`); empty where nobody said and none was found."""
    messages: tuple[Message, ...] = ()
    """In the order they were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLink:
    """One message answers, or goes on with, an earlier one."""

    later: str
    """Message id."""
    earlier: str
    """Message id; the same as `later` where a message starts something new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadedConversation:
    """A conversation with what was found out about it: who is who, and who answers whom."""

    conversation: Conversation
    roles: dict[str, Role]
    """Message id → role of its speaker, for every message."""
    links: tuple[ReplyLink, ...]
    """One for each message that was linked, in the order of `later`."""
    thread_ids: dict[str, str]
    """Message id → id of its thread, which is the id of the thread's first message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A span of a turn's text that stands, letter for letter, in a message.

    `turn.text[at:at + end - start] == message.text[start:end]`, in code points.
    """

    message_id: str
    """Message of the example's conversation."""
    start: int
    """First code point in the message text."""
    end: int
    """One past the last code point in the message text."""
    at: int
    """Where the span stands in the turn's question or answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedSpan:
    """A span of a turn's text that no message holds, and who put it there."""

    at: int
    """First code point in the turn's question or answer."""
    length: int
    """Number of code points."""
    origin: str
    """`reviewer`, or `paraphrase of EXAMPLE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and its answer."""

    question: str
    """What the customer asks, trimmed, never rewritten."""
    answer: str
    """What the team answers, trimmed, never rewritten."""
    question_citations: tuple[Citation, ...] = ()
    """Spans of the question, in order of `at`; the gaps between them are white space."""
    answer_citations: tuple[Citation, ...] = ()
    """Spans of the answer, in order of `at`."""
    question_typed: tuple[TypedSpan, ...] = ()
    """Spans of the question a person typed in review."""
    answer_typed: tuple[TypedSpan, ...] = ()
    """Spans of the answer a person typed in review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One training example: a system line and one or more turns, each word traceable."""

    id: str
    """Hash of the conversation and the messages cited; stable over re-extraction."""
    conversation_id: str
    """Conversation all citations point into."""
    system: str
    """One line that says what the conversation is about and names every product in it."""
    turns: tuple[Turn, ...]
    """At least one, in the order they were asked."""
    extractor: str
    """Name of the extractor that made it."""
    status: Status = "pending"
    """Derived from the decisions; never set by hand."""
    context: tuple[str, ...] = ()
    """Ids of the messages a reviewer should see around it, in order."""
    language: str = ""
    """BCP 47 tag of its questions and answers."""
    supersedes: str | None = None
    """Example whose citations this one replaces, after the room grew or the extractor changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check has to say about one place of an example."""

    example_id: str
    """Example it is about; empty for a line of a file that belongs to no project."""
    check: str
    """Name of the check."""
    severity: Severity
    """An `error` keeps the example out of `--keep-clean`."""
    field: str
    """`system`, `turns[0].question`, `turns[0].answer`, or empty for the whole example."""
    start: int
    """First code point in the field; equal to `end` where the whole field is meant."""
    end: int
    """One past the last code point in the field."""
    message: str
    """What is odd, in one sentence."""
    evidence: str = ""
    """The words it is about, or what the source says instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Examples that belong together: they ask the same, disagree, leak, or share a topic."""

    kind: ClusterKind
    """Of duplicates `exact`, `near` or `meaning`."""
    name: str
    """What it is about, why two answers disagree, or the words of a topic."""
    keeper: str = ""
    """Of duplicates, the example suggested to keep."""
    example_ids: tuple[str, ...]
    """In the order they were extracted; of a leak, the held-out one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleState:
    """What a decision changes: the words and the status, nothing else."""

    status: Status
    system: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided about an example; appended, never changed."""

    id: str
    """UUID chosen by the client, so that sending it twice records it once."""
    example_id: str
    reviewer: str
    """Person's name, or the name of a policy such as `keep-clean`."""
    action: Action
    before: ExampleState
    """The example as the reviewer saw it."""
    after: ExampleState
    """The example from now on."""
    reason: str = ""
    """Why, in the reviewer's words or the policy's."""
    undoes: str | None = None
    """Id of the decision a `restore` takes back."""
    batch: str = ""
    """UUID shared by the decisions of one step over many examples; empty for one of its own."""
    decided_at: str = ""
    """UTC, ISO 8601."""
    seq: int = 0
    """Place in the log, given by the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Something that could not be used, and why; listed by `chatmill rejections`."""

    stage: str
    """`import`, `extract`, `build` …"""
    source: str
    """File name, conversation id or example id."""
    reason: str
    """Why, in one sentence."""
    line: int | None = None
    """Line of the file, counted from 1."""
    raw: str = ""
    """The first words of what was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetVersion:
    """One immutable folder of training files."""

    name: str
    """`v1`, `v2`, …"""
    fingerprint: str
    """SHA-256 over its files; two versions with the same words have the same one."""
    n_examples: dict[str, int]
    """Examples in each split."""
    folder: str
    """Where the files lie, relative to the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hyperparameters:
    """What OpenAI's protocol lets a job choose; `auto` leaves it to the server."""

    n_epochs: int | Literal["auto"] = "auto"
    batch_size: int | Literal["auto"] = "auto"
    learning_rate_multiplier: float | Literal["auto"] = "auto"
    early_stopping_patience: int | None = None
    """Of chatmill's own server: epochs without a better validation loss before training ends; None
    trains to the end."""

    def asked(self) -> dict[str, int | float | str]:
        """Return those that are sent: OpenAI's always, others only where they were chosen."""
        sent: dict[str, int | float | str] = {
            "n_epochs": self.n_epochs,
            "batch_size": self.batch_size,
            "learning_rate_multiplier": self.learning_rate_multiplier,
        }
        if self.early_stopping_patience is not None:
            sent["early_stopping_patience"] = self.early_stopping_patience
        return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningJob:
    """One fine-tuning job as its server reports it."""

    id: str
    """The server's id, `ftjob-…`."""
    provider: str
    """Name of the provider in settings."""
    base_model: str
    dataset: str
    """Dataset version it trains on."""
    status: JobStatus
    hyperparameters: Hyperparameters
    """As resolved by the server once it runs."""
    fine_tuned_model: str | None = None
    """Name to chat with, once it succeeded."""
    trained_tokens: int | None = None
    error: str | None = None
    """The server's own words, where it failed."""
    adapter_sha256: str | None = None
    """Checksum of the adapter file, where the server says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One answer of the tuned model and of the base model, against the reviewed answer."""

    example_id: str
    """Example asked; of a held-out phrasing, the example it rephrases."""
    conversation_id: str
    """Conversation of the example; intervals are clustered by it."""
    turn: int
    """Index of the turn asked, from 0."""
    split: Split
    language: str
    prompt: Literal["example", "serving", "phrasing"]
    """Which system line stood before the question; `phrasing` is the example's own line before
    the question in other words made for this evaluation."""
    system: str
    """That line."""
    question: str
    reference: str
    """The reviewed answer."""
    answer: str
    """The tuned model's."""
    base_answer: str
    """The untuned model's; empty where it was not asked."""
    cosine: float
    """Tuned answer against reference, in [-1, 1]: follows the training, not right or wrong."""
    base_cosine: float | None
    nearest_cosine: float | None
    """Held-out only: the answer of the nearest kept question, against the reference."""
    shuffled_cosine: float | None
    """Tuned answer against another question's reference: what chance looks like in this run."""
    rouge_l: float
    """F-measure over tokens, in [0, 1]."""
    facts: float | None
    """Share of numbers and identifiers that agree, in [0, 1]; None where neither text has any."""
    polarity: bool
    """Whether negation agrees."""
    is_cut: bool
    """Whether the tuned model's answer ran into the token limit."""
    verdict: Verdict
    phrasing: str = ""
    """How the question was reworded (`polite`, `typos`, …); empty as it stands in the dataset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One evaluation of one tuned model on one dataset version."""

    id: str
    dataset: str
    job_id: str
    model: str
    base_model: str
    embedder: str
    """Embedding model and version; part of the result."""
    shuffled_floor: float
    """Mean cosine of trained answers against other questions' references."""
    followed_from: float
    """Cosine from which a row counts as followed."""
    partly_from: float
    """Cosine from which a row counts as partly followed."""
    n_not_followed: int
    """Rows `not followed` with the example's own system line, over all splits."""
    folder: str
    """Where report.html, scores.parquet and scores.png lie, relative to the project."""

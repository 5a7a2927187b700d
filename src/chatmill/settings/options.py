"""Every option of every section: name, type, default, unit, help."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


def option(  # noqa: PLR0913 - what there is to say of an option
    default: Any,  # noqa: ANN401 - as in dataclasses.field
    help_: str,
    *,
    unit: str = "",
    choices: tuple[str, ...] = (),
    at_least: float = 0,
    at_most: float = math.inf,
) -> Any:  # noqa: ANN401 - as in dataclasses.field
    """Declare one option: its default, what it does, the unit of a number, what it may be."""
    metadata = {
        "help": help_,
        "unit": unit,
        "choices": choices,
        "at_least": at_least,
        "at_most": at_most,
    }
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """`[project]`: what the whole project is about."""

    name: str = option("", "Name shown in reports and model cards; the folder's name when empty")
    language: str = option(
        "",
        "Main language of the conversations (ko, en); found when empty",
        choices=("", "ko", "en"),
    )
    products: tuple[str, ...] = option((), "Product names a system line should carry")
    learn_products: str = option(
        "unset",
        "Learn part numbers from all conversations: while products is unset, always (beside"
        " products), or never",
        choices=("unset", "always", "never"),
    )
    not_products: tuple[str, ...] = option((), "Learnt names that are no products")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """`[providers.NAME]`: a server that speaks OpenAI's protocol."""

    profile: str = option(
        "", "Kind of server (openai, azure, nebius …); told from base_url when empty"
    )
    base_url: str = option("", "Address up to and including /v1; the profile's when empty")
    api_key_env: str = option(
        "", "Environment variable that holds the key; the profile's when empty"
    )
    api_version: str = option("", "Sent as api-version, where an Azure resource wants one")
    deployments: dict[str, str] = option({}, "Model to the name it is deployed under (Azure)")  # noqa: RUF009 - makes a field, as dataclasses.field does
    trusted: bool = option(default=False, help_="May be sent text that was not masked")
    chat_model: str = option("", "Model to chat with unless another is named")
    max_concurrency: int = option(16, "Most requests in flight at once", unit="requests")
    requests_per_minute: int = option(0, "Most requests a minute; 0 is no limit", unit="requests")
    tokens_per_minute: int = option(0, "Most tokens a minute; 0 is no limit", unit="tokens")
    timeout_seconds: float = option(120.0, "Longest wait for one answer", unit="s")
    max_attempts: int = option(6, "Tries before a call counts as failed", unit="tries")
    http2: bool = option(default=False, help_="Send chats over one HTTP/2 connection")
    batch_requests: int = option(
        50_000, "Most requests of one batch, as documented", unit="requests", at_least=1
    )
    batch_bytes: int = option(
        200_000_000, "Largest file of one batch, as documented", unit="bytes", at_least=1
    )
    batch_poll_seconds: float = option(30.0, "Time between two looks at a batch", unit="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSettings:
    """`[prices."MODEL"]`: what a hosted model costs; 0 where it is free."""

    input_per_million: float = option(0.0, "Price of a million prompt tokens", unit="USD")
    output_per_million: float = option(0.0, "Price of a million answer tokens", unit="USD")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendSettings:
    """`[spend]`: money for model calls, and how long what it bought is used."""

    confirm_above_usd: float = option(1.0, "Estimate above which a run asks first", unit="USD")
    max_usd: float = option(
        0.0, "Most the project spends on model calls in all; 0 is no limit", unit="USD"
    )
    reply_days: float = option(
        0.0, "Age above which a stored reply is asked anew; 0 is never", unit="days"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSettings:
    """`[import]`: reading exports."""

    sniff_characters: int = option(20_000, "Read to recognise a format", unit="characters")
    max_file_bytes: int = option(8_589_934_592, "Largest file read", unit="bytes")
    max_message_characters: int = option(200_000, "Longest message kept", unit="characters")
    max_line_characters: int = option(67_108_864, "Longest line read", unit="characters")
    max_json_characters: int = option(
        16_777_216, "Longest single value of a JSON export", unit="characters"
    )
    max_mail_bytes: int = option(67_108_864, "Longest mail, attached files counted", unit="bytes")
    max_document_bytes: int = option(
        134_217_728, "Longest manual (HTML, PDF, DOCX), what it unpacks to counted", unit="bytes"
    )
    document_seconds: float = option(600.0, "Longest time to read one PDF or DOCX", unit="s")
    max_archive_files: int = option(1_000_000, "Most files of an archive", unit="files")
    max_archive_bytes: int = option(
        34_359_738_368, "Most bytes the files of an archive may unpack to", unit="bytes"
    )
    max_compression_ratio: float = option(
        200.0, "Most times a file of an archive may grow when it is unpacked"
    )
    batch_messages: int = option(50_000, "Messages written to disk at once", unit="messages")
    timezone: str = option("", "Time zone of exports that name none, like Asia/Seoul")
    columns: dict[str, str] = option({}, "Columns of a table, like speaker = 'author'")  # noqa: RUF009 - makes a field, as dataclasses.field does
    require_columns: bool = option(
        default=False, help_="Refuse a table without these columns; else its usual names count"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesSettings:
    """`[roles]`: who answers."""

    agents: tuple[str, ...] = option((), "Names of the people who answer, as exported")
    customers: tuple[str, ...] = option((), "Names of people who ask, as exported")
    bots: tuple[str, ...] = option((), "Names of bots, whose words are no answers, as exported")


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadsSettings:
    """`[threads]`: who answers whom."""

    max_gap_minutes: float = option(360.0, "Longest silence inside a thread", unit="min")
    max_messages: int = option(60, "Most messages of one thread", unit="messages")
    max_answer_minutes: float = option(
        20_160.0, "Longest wait between a question and its answer", unit="min"
    )
    burst_minutes: float = option(
        1.0, "Messages of one person this close together belong together", unit="min"
    )
    candidates: int = option(50, "Earlier messages a message may answer", unit="messages")
    few_speakers: float = option(
        5.0,
        "Speakers among that many messages below which rules find the links, not learnt weights",
        unit="people",
    )
    busy_speakers: float = option(
        9.0,
        "Speakers among that many messages from which the ranker of busy rooms finds the links",
        unit="people",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractSettings:
    """`[extract]`: lifting questions and answers out of threads."""

    extractor: str = option("rules", "Extractor to use")
    trim: tuple[str, ...] = option(
        ("mentions", "greetings", "thanks", "signatures", "quotes", "filler"),
        "What is cut from the edges of questions and answers",
        choices=("mentions", "greetings", "thanks", "signatures", "quotes", "filler"),
    )
    max_turns: int = option(8, "Most turns of one example", unit="turns")
    context_messages: int = option(4, "Messages shown around an example", unit="messages")
    model: str = option(
        "", "Chat model of the extractor llm, MODEL or PROVIDER/MODEL; the provider's when empty"
    )
    provider: str = option("local", "Provider of that model")
    few_shot: int = option(
        3, "Kept examples that model is shown; 0 is those written in the prompt", unit="examples"
    )
    window_tokens: int = option(
        6000, "Longest part of a thread it is shown at once", unit="tokens", at_least=200
    )
    overlap_messages: int = option(6, "Messages two parts of a long thread share", unit="messages")
    max_reply_tokens: int = option(4096, "Longest reply of it", unit="tokens", at_least=64)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """`[check]`: looking for what a tired reviewer would miss."""

    max_example_tokens: int = option(8192, "Longest example the model takes", unit="tokens")
    severity: dict[str, str] = option(  # noqa: RUF009 - makes a field, as dataclasses.field does
        {}, "Check (odd) or finding (odd.image) to error, warning, info or off"
    )
    same_meaning_cosine: float = option(
        0.8, "Cosine of two questions from which they may mean the same", at_most=1.0
    )
    max_same_meaning: int = option(
        20_000, "Most examples compared by meaning and put into topics", unit="examples"
    )
    thin_topic: int = option(3, "Fewer examples of a topic are few", unit="examples")
    judge_provider: str = option("local", "Provider of the model `--judge` asks")
    judge_model: str = option("", "Chat model `--judge` asks; the provider's when empty")
    judge_from: float = option(
        0.3, "Grounding score from which the model is asked: below, the check is sure", at_most=1.0
    )
    judge_to: float = option(
        0.97,
        "Grounding score up to which the model is asked: above, the check is sure",
        at_most=1.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """`[review]`: the human decision."""

    reviewer: str = option("", "Name recorded with decisions; the login name when empty")
    reasons: tuple[str, ...] = option(
        (
            "not supported by the source",
            "wrong or outdated",
            "question and answer do not fit",
            "not worth learning",
            "personal data",
            "duplicate",
            "incomplete",
            "off topic",
            "other",
        ),
        "Reasons to reject, keys 1 to 9",
    )
    port: int = option(7317, "Port of the review page; another one where it is taken")
    session_days: float = option(7.0, "How long a browser stays signed in", unit="days")
    invitation_days: float = option(7.0, "How long an invitation is good", unit="days")
    host: str = option("127.0.0.1", "Address the page listens on; a public one needs users")
    public_url: str = option("", "Address people open it by, where a proxy stands before it")
    proxies: tuple[str, ...] = option(
        (), "Addresses of proxies whose word for a visitor's address and TLS is believed"
    )
    tls_certificate: str = option("", "Certificate file (PEM) to answer by HTTPS without a proxy")
    tls_key: str = option("", "Key file (PEM) of the certificate")
    source_messages: int = option(60, "Most messages shown beside an example", unit="messages")
    bulk_most: int = option(10_000, "Most examples one step may decide about", unit="examples")
    lease_minutes: float = option(
        5.0,
        "How long an example stays somebody's without a sign of life from their page",
        unit="minutes",
    )
    double_share: float = option(0.0, "Share of examples that two people decide about", at_most=1.0)
    triage_least: int = option(
        20, "Fewest kept, and fewest other decisions, before triage says anything"
    )
    triage_every: int = option(
        50, "Decisions after which triage learns anew while people review; 0: only when asked"
    )
    triage_sure: float = option(
        0.99,
        "Share of what triage calls sure that people must keep as it is",
        at_least=0.5,
        at_most=0.9999,
    )
    triage_most_labels: int = option(20_000, "Newest decisions triage learns from")
    triage_shown: bool = option(
        default=False, help_="Show reviewers what triage expects before they decide"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSettings:
    """`[build]`: dataset versions."""

    validation_fraction: float = option(0.05, "Share of conversations to validate on", at_most=0.5)
    test_fraction: float = option(0.05, "Share of conversations to test on", at_most=0.5)
    seed: int = option(7, "Seed of the split")
    paraphrases: str = option("", "JSONL of held-out phrasings, relative to the project")
    min_examples: int = option(10, "Fewest kept examples a dataset may have", unit="examples")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """`[train]`: fine-tuning."""

    provider: str = option("local", "Provider that trains and serves the tuned model")
    base_model: str = option("smollm2-135m-instruct", "Model to tune")
    epochs: str = option("auto", "Passes over the data, or auto", unit="epochs")
    learning_rate_multiplier: str = option("auto", "Factor on the default rate, or auto")
    batch_size: str = option("auto", "Examples per step, or auto", unit="examples")
    suffix: str = option("", "Part of the tuned model's name; the project's name when empty")
    early_stopping_patience: int = option(
        0,
        "Epochs without a better validation loss before training ends and the best is kept; "
        "0 trains to the end",
        unit="epochs",
        at_least=0,
    )
    seed: int = option(7, "Seed of the training run")
    poll_seconds: float = option(1.0, "Time between two looks at a running job", unit="s")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """`[chat]`: serving the tuned model."""

    system: str = option(
        "", "The one line the chatbot is served with; made from products when empty"
    )
    max_answer_tokens: int = option(256, "Longest answer", unit="tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSettings:
    """`[evaluate]`: what was learnt."""

    embedding_provider: str = option("local", "Provider of the embedding model")
    embedding_model: str = option(
        "universal-sentence-encoder-multilingual-v3", "Model that turns answers into vectors"
    )
    max_answer_tokens: int = option(192, "Longest answer asked for", unit="tokens")
    concurrency: int = option(32, "Questions asked at once", unit="requests")
    base_with_serving_line: bool = option(
        default=False,
        help_="Ask the base model with the serving line too, not only with the example's",
    )
    confidence: float = option(0.95, "Share of intervals that cover the truth")
    min_conversations: int = option(
        8, "Fewest conversations an interval is given for", unit="conversations"
    )
    unchanged_within: float = option(
        0.05, "Difference of cosine up to which a question counts as unchanged"
    )
    seed: int = option(7, "Seed of shuffled pairs and samples")
    metrics: tuple[str, ...] = option(
        ("length_ratio", "refusal", "language"),
        "Metrics beside cosine, facts, polarity and ROUGE-L, also those of other packages",
    )
    graders: str = option("", "File with `text_similarity` graders of OpenAI's API, as JSON")
    phrasings: tuple[str, ...] = option(
        (),
        "Ways each question is asked again: polite, order, typos, spacing, language, model",
        choices=("polite", "order", "typos", "spacing", "language", "model"),
    )
    phrasing_model: str = option("", "Model that rewords questions, as PROVIDER/MODEL")
    phrasings_by_model: int = option(
        2, "Rewordings asked of the model for each question", unit="phrasings", at_least=1
    )
    judge_model: str = option("", "Model that scores answers by the rubric, as PROVIDER/MODEL")
    judge_rubric: str = option("", "What the judging model looks at; a rubric of ours when empty")


PRIVATE_KINDS = (
    "name",
    "email",
    "phone",
    "resident",
    "business",
    "card",
    "iban",
    "account",
    "address",
    "key",
    "password",
    "mac",
    "serial",
    "licence",
    "ip",
)
"""Kinds of personal and secret data masking knows; docs/privacy.md says what each finds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacySettings:
    """`[privacy]`: what of people leaves the project."""

    kinds: tuple[str, ...] = option(
        PRIVATE_KINDS,
        "Kinds of personal data masked in datasets, exports and hosted calls",
        choices=PRIVATE_KINDS,
    )
    names: tuple[str, ...] = option((), "More names to mask, as written in the chats")
    keep: tuple[str, ...] = option((), "Words never masked, such as a public support address")
    presidio: bool = option(
        default=False, help_="Ask Presidio too; needs pip install presidio-analyzer"
    )
    retention_days: int = option(
        0, "Age from which `chatmill forget --expired` takes messages; 0 keeps them", unit="days"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """`[serve]`: the server of this machine."""

    aliases: dict[str, str] = option({}, "Name old code asks for to the model behind it")  # noqa: RUF009 - makes a field, as dataclasses.field does
    max_jobs: int = option(
        100, "Most fine-tuning jobs that may wait or run at once", unit="jobs", at_least=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """`[store]`: where things are kept."""

    url: str = option("", "Database address; SQLite in the project when empty")
    conversations: str = option(
        "", "Folder or URL (s3://…) of the conversations; in the project when empty"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSettings:
    """`[engine]`: what runs over dataframes."""

    runner: Literal["native", "ray"] = option("native", "Daft runner")
    address: str = option("", "Ray cluster to join; a local one when empty")
    parallel_bytes: int = option(
        1_073_741_824,
        "Files of one import that are read in parallel, if they are more than this together",
        unit="bytes",
    )
    max_parallel_file_bytes: int = option(
        67_108_864, "Largest file read beside others; larger ones are streamed", unit="bytes"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every option of a project."""

    project: ProjectSettings = ProjectSettings()
    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    prices: Mapping[str, PriceSettings] = field(default_factory=dict)
    spend: SpendSettings = SpendSettings()
    import_: ImportSettings = ImportSettings()
    roles: RolesSettings = RolesSettings()
    threads: ThreadsSettings = ThreadsSettings()
    extract: ExtractSettings = ExtractSettings()
    check: CheckSettings = field(default_factory=CheckSettings)
    review: ReviewSettings = ReviewSettings()
    build: BuildSettings = BuildSettings()
    train: TrainSettings = TrainSettings()
    chat: ChatSettings = ChatSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    privacy: PrivacySettings = PrivacySettings()
    serve: ServeSettings = field(default_factory=ServeSettings)
    store: StoreSettings = StoreSettings()
    engine: EngineSettings = EngineSettings()


NAMED_SECTIONS: dict[str, type[Any]] = {"providers": ProviderSettings, "prices": PriceSettings}
"""Sections that are there once a name: `[providers.openai]`, `[prices."gpt-4.1-mini"]`."""

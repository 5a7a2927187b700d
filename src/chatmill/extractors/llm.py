"""The extractor that asks a chat model: the model chooses, the source speaks, code checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chatmill.errors import ChatmillError, SettingsError
from chatmill.extractors.asking import Asker, ClientAsker, Heard
from chatmill.extractors.base import Extraction
from chatmill.extractors.examples import example_of
from chatmill.extractors.judging import Judged, overlap
from chatmill.extractors.parts import Part, mend_part, read_part, repair_request
from chatmill.extractors.prompt import OF_SECTIONS, Prompts, load_prompts
from chatmill.extractors.reading import room_of
from chatmill.extractors.replies import (
    REPLY_SCHEMA,
    known_reason,
)
from chatmill.extractors.section_judging import standing_questions
from chatmill.extractors.section_pairs import section_extraction
from chatmill.extractors.section_windows import SectionWindow, section_windows
from chatmill.extractors.sections import DocumentSection, is_document, section_of
from chatmill.extractors.shots import Shot, fitting_shots
from chatmill.extractors.windows import Window, longest_shown, windows_of
from chatmill.models.client import ModelClient
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.records import Example, Message, Rejection, ThreadedConversation, Turn
from chatmill.settings import Settings
from chatmill.text.products import written_products

_RAW_CHARACTERS = 160
_UNUSABLE = "the model's reply cannot be used"
_CUT = "the model's reply is longer than max_reply_tokens"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTotals:
    """What an extraction asked of its model, stored answers counted like new ones."""

    n_calls: int = 0
    n_repairs: int = 0
    """Of them, those that asked to mend a reply."""
    n_tokens: int = 0
    """Of questions and answers together, as the server counted them."""
    cost_usd: float | None = 0.0
    """At the prices in settings; None where the model has none."""


class LlmExtractor:
    """Question and answer pairs a chat model chooses, in the source's own words.

    Args:
        asker: Who answers; the model `[extract] model` names where None.
        prompts: Those that come with chatmill where None.
        shots: Kept examples it is shown, in place of those of the prompt.
        section_prompts: Those for sections of documents; as for `prompts` where None.
    """

    name = "llm"

    def __init__(
        self,
        asker: Asker | None = None,
        prompts: Prompts | None = None,
        shots: Sequence[Shot] = (),
        section_prompts: Prompts | None = None,
    ) -> None:
        self.asker = asker
        self.totals = CallTotals()
        self._prompts = prompts or load_prompts()
        self._section_prompts = section_prompts or load_prompts(kind=OF_SECTIONS)
        self._shots = tuple(shots)
        named = asker.name if asker is not None else ""
        versions = f"prompts={self._prompts.version} sections={self._section_prompts.version}"
        self.version = f"1 {named} {versions}"

    @property
    def stopped_by(self) -> ChatmillError | None:
        """Why nothing more is asked, once that happened."""
        return None if self.asker is None else self.asker.stopped_by

    def extract(self, threaded: ThreadedConversation, settings: Settings) -> Extraction:
        """Return the examples of one conversation; without an asker, of the model of settings."""
        return self.extract_many([threaded], settings)[0]

    def extract_many(
        self, threadeds: Sequence[ThreadedConversation], settings: Settings
    ) -> list[Extraction]:
        """Return the examples of each conversation, in their order.

        Raises:
            SettingsError: There is no asker and no model in settings.
            UntrustedProviderError: The provider may not be sent unmasked text.
            SpendError: The estimate was not confirmed; nothing was sent.
        """
        if self.asker is not None:
            return self._extract_many(threadeds, settings, self.asker)
        provider, model = model_of(settings)
        with ModelClient.for_provider(provider, settings) as client:
            return self._extract_many(threadeds, settings, ClientAsker(client, model, None))

    def _extract_many(
        self, threadeds: Sequence[ThreadedConversation], settings: Settings, asker: Asker
    ) -> list[Extraction]:
        sections = {n: section_of(each) for n, each in enumerate(threadeds) if is_document(each)}
        threads = [
            [list(sections[n].messages)] if n in sections else _threads(each)
            for n, each in enumerate(threadeds)
        ]
        parts = {
            (place, thread[0].id): [
                self._part(window, settings, asker)
                for window in _windows(thread, threadeds[place], sections.get(place), settings)
            ]
            for place, found in enumerate(threads)
            for thread in found
            if place in sections or len({message.speaker for message in thread}) > 1
        }
        self._ask(parts, settings, asker)
        self._repair([part for each in parts.values() for part in each], settings, asker)
        return [
            _of_section(sections[place], parts[place, threads[place][0][0].id], settings)
            if place in sections
            else _extraction(
                threaded,
                [(thread, parts.get((place, thread[0].id))) for thread in threads[place]],
                settings,
            )
            for place, threaded in enumerate(threadeds)
        ]

    def _part(self, window: Window, settings: Settings, asker: Asker) -> Part:
        language = window.language
        is_section = isinstance(window, SectionWindow)
        prompts = self._section_prompts if is_section else self._prompts
        shots = fitting_shots(
            () if is_section else self._shots,
            language,
            window.threaded.conversation.id,
            [message.id for message in window.messages],
        )
        instruction = prompts.of(language).text(written_products(settings.project.products), shots)
        shown = window.text(longest_shown(settings.extract))
        request = ChatRequest(
            model=asker.model,
            messages=(
                ChatMessage(role="system", content=instruction),
                ChatMessage(role="user", content=shown),
            ),
            max_tokens=settings.extract.max_reply_tokens,
            schema=REPLY_SCHEMA if asker.keeps_schema else "",
            prompt_version=prompts.version,
        )
        return Part(window=window, request=request)

    def _ask(
        self, parts: dict[tuple[int, str], list[Part]], settings: Settings, asker: Asker
    ) -> None:
        """Ask every part; one whose reply was cut by length is split and asked again."""
        unasked = [part for each in parts.values() for part in each]
        while unasked:
            self._hear(unasked, [part.request for part in unasked], asker)
            cut = {part for part in unasked if part.heard.is_cut}
            unasked = []
            for key, each in parts.items():
                if cut.isdisjoint(each):
                    continue
                split = [
                    self._split(part, settings, asker) if part in cut else [part] for part in each
                ]
                unasked += [part for new in split for part in new if part not in each]
                parts[key] = [part for new in split for part in new]
        for each in parts.values():
            for part in each:
                read_part(part, settings)

    def _split(self, part: Part, settings: Settings, asker: Asker) -> list[Part]:
        halves = part.window.halves(settings.extract.overlap_messages)
        if halves is None:
            part.failure = _CUT
            return [part]
        return [self._part(half, settings, asker) for half in halves]

    def _hear(self, parts: Sequence[Part], requests: Sequence[ChatRequest], asker: Asker) -> None:
        for part, heard in zip(parts, self._counted(asker.ask(requests)), strict=True):
            part.heard = heard
            part.is_waiting = bool(heard.failure)
            part.failure = heard.failure and f"not answered: {heard.failure}"

    def _repair(self, parts: Sequence[Part], settings: Settings, asker: Asker) -> None:
        """Ask once to mend what cannot be used, naming it; what remains is left out."""
        broken = [part for part in parts if part.complaints]
        asked = [repair_request(part) for part in broken]
        for part, heard in zip(
            broken, self._counted(asker.ask(asked) if asked else [], is_repair=True), strict=True
        ):
            part.is_waiting = bool(heard.failure)
            if not heard.failure and not heard.is_cut:
                mend_part(part, heard, settings)
            if part.reply is None:
                part.failure = f"{_UNUSABLE}: {part.fault}"

    def _counted(self, heard: list[Heard], *, is_repair: bool = False) -> list[Heard]:
        answered = [each for each in heard if not each.failure]
        costs = [self.totals.cost_usd, *(each.cost_usd for each in answered)]
        known = [cost for cost in costs if cost is not None]
        self.totals = CallTotals(
            n_calls=self.totals.n_calls + len(answered),
            n_repairs=self.totals.n_repairs + is_repair * len(answered),
            n_tokens=self.totals.n_tokens + sum(each.n_tokens for each in answered),
            cost_usd=sum(known) if len(known) == len(costs) else None,
        )
        return heard


def model_of(settings: Settings, model: str = "") -> tuple[str, str]:
    """Return the provider and model of the extractor.

    Args:
        settings: `[extract] model` and `provider`, and the providers' `chat_model`.
        model: `MODEL` or `PROVIDER/MODEL` in place of the settings'.

    Raises:
        SettingsError: Nobody named a model.
    """
    named = model or settings.extract.model
    provider, _, rest = named.partition("/")
    if rest and provider in {"local", *settings.providers}:
        return provider, rest
    provider = settings.extract.provider
    section = settings.providers.get(provider)
    chosen = named or (section.chat_model if section is not None else "")
    if not chosen:
        raise SettingsError(
            "the extractor llm has no model",
            where="[extract] model",
            fix="Name one: chatmill extract --extractor llm --model PROVIDER/MODEL",
        )
    return provider, chosen


def _threads(threaded: ThreadedConversation) -> list[list[Message]]:
    """Return the threads without what no person said."""
    by_thread: dict[str, list[Message]] = {}
    for message in threaded.conversation.messages:
        is_said = message.kind == "text" and threaded.roles[message.id] not in ("system", "bot")
        if is_said and message.text.strip():
            by_thread.setdefault(threaded.thread_ids[message.id], []).append(message)
    return list(by_thread.values())


def _windows(
    thread: Sequence[Message],
    threaded: ThreadedConversation,
    section: DocumentSection | None,
    settings: Settings,
) -> Iterable[Window]:
    if section is None:
        return windows_of(thread, threaded, settings.extract)
    return section_windows(section, settings.extract, longest_shown(settings.extract))


def _of_section(section: DocumentSection, parts: Sequence[Part], settings: Settings) -> Extraction:
    pairs, left_out = standing_questions(each for part in parts for each in part.judged)
    return section_extraction(
        section,
        pairs,
        _rejections_of(section.threaded, section.messages, parts, left_out, is_empty=not pairs),
        settings,
        extractor=LlmExtractor.name,
        lines=[part.reply.system for part in parts if part.reply is not None],
        waiting=frozenset(m.id for part in parts if part.is_waiting for m in part.window.messages),
    )


def _extraction(
    threaded: ThreadedConversation,
    threads: Iterable[tuple[list[Message], list[Part] | None]],
    settings: Settings,
) -> Extraction:
    examples: dict[str, Example] = {}
    rejections: list[Rejection] = []
    waiting: set[str] = set()
    room = room_of(threaded, settings)
    for thread, parts in threads:
        if parts is None:
            rejections.append(_rejection(threaded, "only one person spoke", thread))
            continue
        waiting |= {m.id for part in parts if part.is_waiting for m in part.window.messages}
        pairs, left_out = _standing(parts)
        rejections += _rejections_of(threaded, thread, parts, left_out, is_empty=not pairs)
        lines = [part.reply.system for part in parts if part.reply is not None]
        by_asker: dict[str, list[Judged]] = {}
        for pair in pairs:
            by_asker.setdefault(pair.asker, []).append(pair)
        for asked in by_asker.values():
            turns = _turns(asked, room.place_of)
            for start in range(0, len(turns), settings.extract.max_turns):
                part = turns[start : start + settings.extract.max_turns]
                made = example_of(part, thread, room, extractor=LlmExtractor.name, lines=lines)
                examples.setdefault(made.id, made)
    return Extraction(
        examples=tuple(examples.values()), rejections=tuple(rejections), waiting=frozenset(waiting)
    )


def _turns(pairs: Sequence[Judged], place_of: dict[str, int]) -> list[Turn]:
    """Return the turns of one asker in the order they were asked."""

    def asked_at(turn: Turn) -> tuple[int, int]:
        first = turn.question_citations[0]
        return place_of[first.message_id], first.start

    return sorted((pair.turn for pair in pairs if pair.turn is not None), key=asked_at)


def _standing(parts: Sequence[Part]) -> tuple[list[Judged], list[Judged]]:
    """Return the pairs of a thread in order, each once, and those left out.

    Of two that share words of their answers, seen in parts that overlap, the longer stays.
    """
    standing: list[Judged] = []
    left_out: list[Judged] = []
    for pair in (each for part in parts for each in part.judged):
        if pair.turn is None:
            left_out.append(pair)
            continue
        same = next((each for each in standing if _is_same(each, pair)), None)
        if same is None:
            standing.append(pair)
        elif _n_letters(pair) > _n_letters(same):
            standing[standing.index(same)] = pair
    return standing, left_out


def _is_same(one: Judged, other: Judged) -> bool:
    if one.turn is None or other.turn is None:
        return False
    return overlap(one.turn.answer_citations, other.turn.answer_citations) or overlap(
        one.turn.question_citations, other.turn.question_citations
    )


def _n_letters(pair: Judged) -> int:
    return 0 if pair.turn is None else len(pair.turn.question) + len(pair.turn.answer)


def _rejections_of(
    threaded: ThreadedConversation,
    thread: Sequence[Message],
    parts: Sequence[Part],
    left_out: Sequence[Judged],
    *,
    is_empty: bool,
) -> list[Rejection]:
    found = [
        _rejection(threaded, part.failure, part.window.messages) for part in parts if part.failure
    ]
    found += [replace(_rejection(threaded, each.reason, thread), raw=each.raw) for each in left_out]
    if is_empty and not found:
        said = (known_reason(part.reply.left_out) for part in parts if part.reply is not None)
        why = next(filter(None, said), "")
        reason = f"the model found no pair: {why}" if why else "the model found no pair"
        found.append(_rejection(threaded, reason, thread))
    return found


def _rejection(
    threaded: ThreadedConversation, reason: str, messages: Sequence[Message]
) -> Rejection:
    raw = " / ".join(each.text for each in messages)[:_RAW_CHARACTERS]
    return Rejection(
        stage="extract", source=threaded.conversation.id, reason=" ".join(reason.split()), raw=raw
    )

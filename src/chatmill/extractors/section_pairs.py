"""Makes the extraction of one section from what a model asked of it, and words its repair."""

from collections.abc import Iterable, Sequence

from chatmill.extractors.base import Extraction
from chatmill.extractors.examples import example_of
from chatmill.extractors.judging import Judged
from chatmill.extractors.reading import room_of
from chatmill.extractors.section_judging import turns_by_messages
from chatmill.extractors.sections import DocumentSection, section_rejection, titled
from chatmill.records import Example, Rejection
from chatmill.settings import Settings

SECTION_REPAIR = {
    "en": "Your reply cannot be used as it is:\n\n{faults}\n\n"
    "Send the whole JSON object again. Answers hold only words that stand in the section, "
    "questions only its names and numbers; leave out a pair that cannot be mended.",
    "ko": "답을 그대로는 쓸 수 없습니다:\n\n{faults}\n\n"
    "JSON 객체 전체를 다시 보내십시오. 답변에는 절에 있는 말만, 질문에는 절에 있는 이름과 숫자만 "
    "쓰고, 고칠 수 없는 쌍은 빼십시오.",
}
NO_TEXT = "a heading without text"


def section_extraction(  # noqa: PLR0913 - what came of one section
    section: DocumentSection,
    pairs: Sequence[Judged],
    rejections: Iterable[Rejection],
    settings: Settings,
    *,
    extractor: str,
    lines: Sequence[str] = (),
    waiting: frozenset[str] = frozenset(),
) -> Extraction:
    """Return the examples of a section, those that cite the same paragraphs as turns of one.

    Args:
        section: As it stands today.
        pairs: Those that stand.
        rejections: Of the others.
        settings: `[extract] max_turns` bounds an example.
        extractor: Its name.
        lines: System lines the model proposed.
        waiting: Messages of parts without an answer.
    """
    left_out = list(rejections)
    if not section.paragraphs:
        left_out.append(section_rejection(section, NO_TEXT))
    room = room_of(section.threaded, settings)
    made: dict[str, Example] = {}
    for turns in turns_by_messages(pairs):
        example = example_of(
            turns[: settings.extract.max_turns],
            titled(section),
            room,
            extractor=extractor,
            lines=lines,
        )
        made.setdefault(example.id, example)
    return Extraction(examples=tuple(made.values()), rejections=tuple(left_out), waiting=waiting)

"""One window on its way to an extraction: asked, read, judged, and asked once more to mend it."""

from dataclasses import dataclass, field, replace

from chatmill.extractors.asking import Heard
from chatmill.extractors.judging import Judged, judge
from chatmill.extractors.replies import ReplyBody, UnusableReplyError, read_reply
from chatmill.extractors.section_judging import judge_question
from chatmill.extractors.section_pairs import SECTION_REPAIR
from chatmill.extractors.section_windows import SectionWindow
from chatmill.extractors.windows import Window
from chatmill.models.requests import ChatMessage, ChatRequest
from chatmill.settings import Settings

_REPAIR = {
    "en": "Your reply cannot be used as it is:\n\n{faults}\n\n"
    "Send the whole JSON object again. Copy only words that stand in the messages, and leave out "
    "a pair that has none.",
    "ko": "답을 그대로는 쓸 수 없습니다:\n\n{faults}\n\n"
    "JSON 객체 전체를 다시 보내십시오. 메시지에 있는 말만 옮기고, 그런 말이 없는 쌍은 빼십시오.",
}


@dataclass(slots=True, eq=False)
class Part:
    """One window on its way to an extraction."""

    window: Window
    request: ChatRequest
    heard: Heard = field(default_factory=Heard)
    reply: ReplyBody | None = None
    judged: tuple[Judged, ...] = ()
    fault: str = ""
    """What is wrong with the reply as a whole."""
    failure: str = ""
    """Why there is no reply that can be used."""
    is_waiting: bool = False
    """Something of it was not answered; the next run asks that again."""

    @property
    def complaints(self) -> list[str]:
        """What the model is told in a repair request."""
        whole = [self.fault] if self.fault else []
        return whole + [said for each in self.judged for said in each.complaints]


def read_part(part: Part, settings: Settings) -> None:
    """Read and judge the reply of a part, where there is one."""
    if part.failure:
        return
    try:
        part.reply = read_reply(part.heard.text)
    except UnusableReplyError as error:
        part.fault = str(error)
        return
    window = part.window
    if isinstance(window, SectionWindow):
        part.judged = tuple(
            judge_question(body, number, window, settings)
            for number, body in enumerate(part.reply.pairs, start=1)
        )
        return
    speakers = frozenset(m.speaker for m in part.window.threaded.conversation.messages if m.speaker)
    part.judged = tuple(
        judge(body, number, part.window, settings, speakers)
        for number, body in enumerate(part.reply.pairs, start=1)
    )


def mend_part(part: Part, heard: Heard, settings: Settings) -> None:
    """Take a mended reply, and what was right in the first one."""
    mended = Part(window=part.window, request=part.request, heard=heard)
    read_part(mended, settings)
    if mended.reply is not None:
        right = [each for each in part.judged if each.turn is not None and not each.complaints]
        part.judged = (*right, *mended.judged)
        part.heard, part.reply, part.fault = heard, mended.reply, ""


def repair_request(part: Part) -> ChatRequest:
    """Ask to mend a reply, naming what is wrong with it."""
    language = part.window.language
    faults = "\n".join(f"- {each}" for each in part.complaints)
    words = SECTION_REPAIR if isinstance(part.window, SectionWindow) else _REPAIR
    said = (words.get(language) or words["en"]).replace("{faults}", faults)
    return replace(
        part.request,
        messages=(
            *part.request.messages,
            ChatMessage(role="assistant", content=part.heard.text),
            ChatMessage(role="user", content=said),
        ),
    )

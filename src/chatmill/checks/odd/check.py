"""What a reviewer should look at twice: all themes of odd data, over one example."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from chatmill.checks.base import Checked, Passage, finding
from chatmill.checks.odd.answers import odd_answer, odd_echo, odd_question
from chatmill.checks.odd.damage import odd_cut, odd_half_word
from chatmill.checks.odd.insults import odd_insults
from chatmill.checks.odd.languages import odd_language, odd_language_of_question
from chatmill.checks.odd.logs import odd_log
from chatmill.checks.odd.mojibake import odd_letters
from chatmill.checks.odd.places import Odd
from chatmill.checks.odd.references import odd_earlier, odd_image
from chatmill.checks.odd.repeats import odd_repeats
from chatmill.records import Finding


class OddCheck:
    """Finds what is grounded, but may still not be worth learning."""

    name = "odd"
    version = "3"
    kinds: ClassVar[Mapping[str, str]] = {
        "question": "an answer that is only a question",
        "unanswered": "an answer that only promises to look, or says that nobody knows",
        "thanks": "an answer that only thanks",
        "elsewhere": 'an answer that only points elsewhere, such as "see DM"',
        "echo": "an answer that gives the question back",
        "too_short": "an answer of a word or two; a question without words",
        "unsure": "an answer that sounds unsure",
        "guess": "an answer that says maybe",
        "truncated": "text that is cut off: dots, half a sentence, an open code block",
        "language": "an answer in another language than its question's or the project's",
        "mojibake": "letters read with the wrong encoding",
        "repeated_words": "a word that stands there twice",
        "repeated_sentences": "a sentence that stands there twice",
        "log_only": "a question that is only a pasted log",
        "insult": "insults and swear words",
        "image": "words about an image or file nobody can see",
        "placeholder": "a word that stands for an image or file",
        "earlier": 'words about something said before: "above", "as I said yesterday"',
    }

    def check(self, checked: Checked) -> Iterator[Finding]:
        """Yield warnings, each at its words."""
        wanted = _languages(checked)
        for number, turn in enumerate(checked.example.turns):
            answer = f"turns[{number}].answer"
            yield from self._found(checked, answer, odd_echo(turn.question, turn.answer))
            yield from self._found(
                checked, answer, odd_language(turn.question, turn.answer, wanted)
            )
        for place, passage in enumerate(checked.passages):
            for found in self._themes(checked, passage, is_first=place <= 1):
                yield from self._found(checked, passage.field, found)

    def _themes(
        self, checked: Checked, passage: Passage, *, is_first: bool
    ) -> Iterator[Iterator[Odd]]:
        text, is_answer = passage.text, passage.kind == "answer"
        if is_answer:
            yield odd_answer(text)
        else:
            yield odd_question(text)
            yield odd_log(text)
            yield odd_language_of_question(text, _languages(checked))
        yield odd_image(text)
        yield odd_earlier(text, is_first=is_first)
        yield odd_cut(text, is_answer=is_answer)
        yield odd_half_word(text, passage.citations, checked.messages)
        yield odd_letters(text)
        yield odd_repeats(text)
        yield odd_insults(text)

    def _found(self, checked: Checked, field: str, found: Iterator[Odd]) -> Iterator[Finding]:
        text = checked.text_of(field)
        for each in found:
            yield finding(
                f"{self.name}.{each.kind}",
                checked,
                each.severity,
                field,
                each.message,
                start=each.start,
                end=each.end,
                evidence=each.evidence or text[each.start : each.end],
            )


def _languages(checked: Checked) -> frozenset[str]:
    """Return the project's language and the room's; nothing where the project has none."""
    project = checked.settings.project.language
    room = checked.conversation.language.partition("-")[0]
    return frozenset(each for each in (project, room) if each) if project else frozenset()

"""What the extractor llm would reach with a model that chooses like the gold: `GOLD OUT [--whole]`.

Replies are made from the gold pairs and go through the same reading, looking up and judging as a
model's, so what is missing from 1.0 is lost by threads and by rules of ours, not by a model. With
`--whole` every conversation is one thread. Writes `{"id", "pairs"}` a line for the scorer.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chatmill.errors import ModelError
from chatmill.extractors.asking import Heard
from chatmill.extractors.llm import LlmExtractor
from chatmill.models.requests import ChatRequest
from chatmill.records import Conversation
from chatmill.settings import Settings
from chatmill.threads import thread_conversation
from gold import conversation_of


@dataclass(slots=True)
class GoldAsker:
    """Answers with the gold pairs of one conversation."""

    conversation: Conversation
    gold: Sequence[dict[str, list[str]]]
    model: str = "gold"
    name: str = "gold"
    keeps_schema: bool = False
    stopped_by: ModelError | None = None

    def ask(self, requests: Sequence[ChatRequest]) -> list[Heard]:
        """Answer every request with the pairs whose messages it shows."""
        return [Heard(text=self._reply(each.messages[1].content)) for each in requests]

    def _reply(self, shown: str) -> str:
        numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
        for line in shown.split("\n")[1:-1]:
            record = json.loads(line)
            numbers[record["by"], record["text"]].append(record["id"])
        number_of: dict[str, int] = {}
        text_of = {message.id: message.text for message in self.conversation.messages}
        for message in self.conversation.messages:
            waiting = numbers[" ".join(message.speaker.split()), message.text]
            if waiting:
                number_of[message.id] = waiting.pop(0)
        pairs: list[dict[str, object]] = []
        for each in self.gold:
            made: dict[str, object] = {"resolved": True}
            for side in ("question", "answer"):
                ids = [str(key) for key in each[f"{side}_ids"] if str(key) in number_of]
                made[side] = "\n".join(text_of[key] for key in ids)
                made[f"{side}_ids"] = [number_of[key] for key in ids]
            if made["question_ids"] and made["answer_ids"]:
                pairs.append(made)
        return json.dumps({"pairs": pairs, "system": "", "left_out": ""}, ensure_ascii=False)


def main() -> None:
    """Read GOLD, write OUT."""
    gold, out = Path(sys.argv[1]), Path(sys.argv[2])
    settings = Settings()
    with out.open("w", encoding="utf-8") as written:
        for line in gold.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            conversation = conversation_of(row)
            threaded = thread_conversation(conversation, settings)
            if "--whole" in sys.argv:
                first = conversation.messages[0].id
                threaded = replace(threaded, thread_ids=dict.fromkeys(threaded.roles, first))
            asker = GoldAsker(conversation, row["gold"]["qa"] or [])
            found = LlmExtractor(asker).extract(threaded, settings)
            pairs = [
                {
                    "question_ids": list(dict.fromkeys(c.message_id for c in t.question_citations)),
                    "answer_ids": list(dict.fromkeys(c.message_id for c in t.answer_citations)),
                }
                for example in found.examples
                for t in example.turns
            ]
            written.write(json.dumps({"id": row["id"], "pairs": pairs}) + "\n")


if __name__ == "__main__":
    main()

"""Discourse: topics as the forum's own JSON, one, many in an array, or one a line."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.html_text import (
    Attributes,
    Cuts,
    HtmlText,
    UnreadableHtmlError,
    html_to_text,
)
from chatmill.importers.json_documents import read_documents, starts_like_json
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.media import kind_of_files
from chatmill.importers.people import People
from chatmill.importers.times import from_iso
from chatmill.records import Message, Rejection, Role

SMALL_ACTION = 3
"""Post type of a line of the forum itself: closed, moved, renamed."""
WHISPER = 4
"""Post type that only the staff sees."""
SHOWN_MISSING = 20
"""Ids of missing posts a rejection names."""
_OURS = re.compile(r'"post_stream"\s*:')
_POST = re.compile(r'"(?:cooked|post_number|stream)"\s*:')
_RAW_QUOTE = re.compile(r"\[quote\b[^\]\n]{0,200}\](?:(?!\[quote\b).)*?\[/quote\]\s*", re.DOTALL)


class DiscourseImporter:
    """Reads `/t/ID.json` and `/t/ID/posts.json`; a topic is a conversation."""

    name = "discourse"

    def score(self, file: ExportFile) -> float:
        """Look for a stream of posts."""
        if not starts_like_json(file) or not _OURS.search(file.head):
            return 0.0
        return 0.98 if _POST.search(file.head) else 0.5

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the topics; posts a topic names but does not hold are rejected together."""
        missing: dict[str, _Missing] = {}

        def read_one(line: int, document: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands there
            yield from _read_topic(file, line, document, missing)

        yield from read_documents(file, read_one)
        for each in missing.values():
            if each.ids:
                yield each.rejection(file)


class _Missing:
    """Posts of a topic that were named and have not come yet."""

    def __init__(self, topic: str, line: int) -> None:
        self.topic = topic
        self.line = line
        self.ids: dict[str, None] = {}
        self._n_posts = 0

    def note(self, stream: list[str], held: set[str]) -> None:
        self._n_posts = max(self._n_posts, len(stream))
        self.ids.update(dict.fromkeys(stream))
        for each in held:
            self.ids.pop(each, None)

    def rejection(self, file: ExportFile) -> Rejection:
        n_missing = len(self.ids)
        reason = (
            f"{n_missing:,} of the topic's {self._n_posts:,} posts are missing; get them with "
            f"/t/{self.topic}.json?print=true, or /t/{self.topic}/posts.json?post_ids[]=…"
        )
        shown = ", ".join(list(self.ids)[:SHOWN_MISSING])
        return reject(file, self.line, reason, f"post ids {shown}")


def _read_topic(
    file: ExportFile,
    line: int,
    document: Any,  # noqa: ANN401 - whatever stands in the file
    missing: dict[str, _Missing],
) -> Iterator[Item]:
    topic = fields(document)
    content = fields(topic.get("post_stream"))
    posts = [fields(each) for each in entries(content.get("posts"))]
    key = name_of(topic.get("id")) or next(
        (name for post in posts if (name := name_of(post.get("topic_id")))), ""
    )
    if not key or not isinstance(content.get("posts"), list):
        yield reject(file, line, "no topic: it has no id or no posts", str(document)[:1000])
        return
    held = {name_of(post.get("id")) for post in posts}
    stream = [name for each in entries(content.get("stream")) if (name := name_of(each))]
    missing.setdefault(key, _Missing(key, line)).note(stream, held)
    yield Room(key=key, title=words(topic.get("title")))
    yield from _Topic(file, line, topic, posts).messages()


class _Topic:
    """One topic while its posts are read."""

    def __init__(
        self, file: ExportFile, line: int, topic: Mapping[str, Any], posts: list[Mapping[str, Any]]
    ) -> None:
        self._file = file
        self._line = line
        self._posts = sorted(posts, key=_number)
        self._admission = Admission(file)
        self._people = People()
        opener = fields(fields(topic.get("details")).get("created_by"))
        first = self._posts[0] if self._posts and _number(self._posts[0]) == 1 else {}
        self._opener = words(first.get("username")) or words(opener.get("username"))
        names = {
            f"@{username.lower()}": f"@{self._speaker(post)}"
            for post in self._posts
            if (username := words(post.get("username")))
        }
        self._cuts = Cuts(is_quote=_is_quote, hides=_hides, names=names)

    def messages(self) -> Iterator[Item]:
        """Stream the posts in the order of their numbers."""
        for post in self._posts:
            if _number(post) < 1:
                yield reject(self._file, self._line, "a post without a number", str(post)[:1000])
            elif post.get("post_type") == WHISPER:
                yield reject(self._file, self._line, "internal note", words(post.get("cooked")))
            else:
                yield self._message(post)

    def _message(self, post: Mapping[str, Any]) -> Message | Rejection:
        try:
            body = self._body(post)
        except UnreadableHtmlError as error:
            return reject(self._file, self._line, str(error), words(post.get("cooked")))
        is_system = post.get("post_type") == SMALL_ACTION or bool(words(post.get("action_code")))
        is_gone = bool(post.get("user_deleted") or post.get("deleted_at") or post.get("hidden"))
        text = body.text
        if is_system and not text:
            text = words(post.get("action_code"))
        if is_gone:
            body, text = HtmlText(text=""), ""
        if not text and not body.attachments and not is_gone:
            return reject(self._file, self._line, "an empty post", str(_number(post)))
        answers = post.get("reply_to_post_number")
        return self._admission.admit(
            self._line,
            Message(
                id=str(_number(post)),
                speaker="" if is_system else self._speaker(post),
                role="system" if is_system else self._role(post),
                kind="system"
                if is_system
                else "deleted"
                if is_gone
                else "text"
                if text
                else kind_of_files(body.attachments),
                sent_at=from_iso(words(post.get("created_at")), self._file.settings),
                text=text,
                original=body.original,
                reply_to=name_of(answers) or None,
                attachments=body.attachments,
            ),
        )

    def _body(self, post: Mapping[str, Any]) -> HtmlText:
        cooked = words(post.get("cooked"))
        if cooked or not words(post.get("raw")):
            return html_to_text(cooked, self._cuts)
        raw = words(post.get("raw"))
        text = _RAW_QUOTE.sub("", raw).strip()
        return HtmlText(text=text or raw, original=raw if text and text != raw.strip() else "")

    def _speaker(self, post: Mapping[str, Any]) -> str:
        username = words(post.get("username"))
        return self._people.name(username, words(post.get("name")) or username, username)

    def _role(self, post: Mapping[str, Any]) -> Role:
        number = post.get("user_id")
        if isinstance(number, int) and number < 0:
            return "bot"
        if any(post.get(flag) is True for flag in ("staff", "moderator", "admin")):
            return "agent"
        username = words(post.get("username"))
        return "customer" if username and username == self._opener else "unknown"


def _number(post: Mapping[str, Any]) -> int:
    number = post.get("post_number")
    return number if isinstance(number, int) and not isinstance(number, bool) else 0


def _is_quote(tag: str, attributes: Attributes) -> bool:
    classes = attributes.get("class", "").split()
    return (tag == "aside" and "quote" in classes) or (tag == "details" and "elided" in classes)


def _hides(tag: str, attributes: Attributes) -> bool:
    classes = attributes.get("class", "").split()
    return (tag == "aside" and "onebox" in classes) or (tag == "a" and "lightbox" in classes)

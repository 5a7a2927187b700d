"""GitHub: issues, pull requests and discussions with their comments, as REST, GraphQL or `gh`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chatmill.importers.admission import Admission
from chatmill.importers.assembly import reject
from chatmill.importers.base import ExportFile, Item, Room
from chatmill.importers.json_documents import read_documents, starts_like_json
from chatmill.importers.json_fields import entries, fields, name_of, words
from chatmill.importers.mail.quotes import without_reply_quote
from chatmill.importers.times import from_iso
from chatmill.records import Message, Rejection, Role

MAINTAINERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Who answers for a repository."""
NOBODY = "ghost"
"""What GitHub calls an account that is gone."""
OPENING = "opening"
"""Id of the text an issue was opened with; comments have numbers."""
HIDDEN_AS = frozenset({"spam", "abuse", "off-topic", "off_topic"})
"""Why a comment is hidden that nobody should read."""
MAX_WRAPPERS = 6
"""Objects around the issues of a GraphQL answer."""
_ADDRESS = re.compile(r"/([^/\s]+/[^/\s]+)/(?:issues|pulls?|discussions)/(\d+)")
_COMMENT_NUMBER = re.compile(r"#(?:issuecomment-|discussioncomment-|discussion_r)(\d+)")
_FILE = re.compile(
    r"https://(?:github\.com/(?:user-attachments|[\w.-]+/[\w.-]+)/(?:assets|files)/"
    r"|user-images\.githubusercontent\.com/)[^\s)\"'>\]]+"
)
_ASSOCIATION = re.compile(r'"author_?[aA]ssociation"\s*:')
_LOGIN = re.compile(r'"(?:user|author)"\s*:\s*\{[^{}]{0,2000}"login"\s*:')
_ISSUE = re.compile(r'"(?:issue|issue_url|title|comments|discussion)"\s*:')
_WRAPPERS = ("data", "repository", "node", "search")
_SINGLE = ("issue", "discussion", "pullRequest", "pull_request")
_MANY = ("issues", "discussions", "pullRequests", "nodes", "items")


class GitHubImporter:
    """Reads issues with comments; the bodies stay Markdown."""

    name = "github"

    def score(self, file: ExportFile) -> float:
        """Look for what an author is to the repository."""
        if not starts_like_json(file) or not _ISSUE.search(file.head):
            return 0.0
        if _ASSOCIATION.search(file.head):
            return 0.97
        return 0.85 if _LOGIN.search(file.head) else 0.0

    def read(self, file: ExportFile) -> Iterator[Item]:
        """Stream the issues, and comments that stand alone under the issue they name."""
        reader = _Reader(file)

        def read_one(line: int, document: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands there
            for issue, comments in _issues(document):
                yield from reader.items(line, issue, comments)

        yield from read_documents(file, read_one)


def _issues(
    value: Any,  # noqa: ANN401 - whatever stands in the file
    depth: int = 0,
) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Find the issues of a document, each with its comments."""
    document = fields(value)
    if "body" not in document and depth < MAX_WRAPPERS:
        for key in _SINGLE:
            if isinstance(document.get(key), dict):
                issue = document[key]
                yield issue, document.get("comments", issue.get("comments"))
                return
        for key in (*_WRAPPERS, *_MANY):
            if isinstance(document.get(key), (dict, list)):
                for each in _nodes(document[key]) or (document[key],):
                    yield from _issues(each, depth + 1)
                return
    yield document, document.get("comments")


def _nodes(value: Any) -> list[Any]:  # noqa: ANN401 - whatever stands in the file
    """Return a list's entries, also of GraphQL's `{"nodes": []}`."""
    if isinstance(value, dict):
        value = value.get(
            "nodes", [fields(edge).get("node") for edge in entries(value.get("edges"))]
        )
    return list(entries(value))


@dataclass(slots=True)
class _Issue:
    """What must be known of an issue while its comments come."""

    key: str
    title: str
    opener: str
    admission: Admission


class _Reader:
    """Keeps the issues of a file apart."""

    def __init__(self, file: ExportFile) -> None:
        self._file = file
        self._issues: dict[str, _Issue] = {}
        self._current = ""

    def items(self, line: int, issue: Mapping[str, Any], comments: Any) -> Iterator[Item]:  # noqa: ANN401 - whatever stands there
        """Stream an issue and its comments, or a comment that stands alone."""
        is_comment = "title" not in issue and _address(issue, ("issue_url", "pull_request_url"))
        key = self._key(issue, _nodes(comments))
        if not key:
            yield reject(
                self._file, line, "neither an issue nor a comment of one", str(issue)[:1000]
            )
            return
        known = self._issues.get(key)
        if known is None:
            opener = "" if is_comment else _login(issue)
            known = _Issue(key, words(issue.get("title")), opener, Admission(self._file))
            self._issues[key] = known
        if self._current != key:
            self._current = key
            yield Room(key=key, title=known.title)
        if is_comment:
            yield self._message(line, known, issue, _comment_id(issue), None)
            return
        yield self._message(line, known, issue, OPENING, None)
        for comment in map(fields, _nodes(comments)):
            name = _comment_id(comment)
            yield self._message(line, known, comment, name, None)
            for reply in map(fields, _nodes(comment.get("replies"))):
                yield self._message(line, known, reply, _comment_id(reply), name)

    def _key(self, issue: Mapping[str, Any], comments: list[Any]) -> str:
        named = _address(issue, ("html_url", "url", "issue_url", "pull_request_url"))
        if named or "title" not in issue:
            return named
        for comment in map(fields, comments):
            if named := _address(comment, ("html_url", "issue_url", "url")):
                return named
        number = name_of(issue.get("number"))
        return f"{self._file.room_key}#{number}" if number else self._file.room_key

    def _message(
        self, line: int, issue: _Issue, post: Mapping[str, Any], name: str, parent: str | None
    ) -> Message | Rejection:
        body = words(post.get("body")).replace("\r\n", "\n").strip("\n")
        is_gone = (
            post.get("isMinimized") is True
            and words(post.get("minimizedReason")).lower() in HIDDEN_AS
        )
        text = "" if is_gone else without_reply_quote(_without_hints(body)) or body
        if not text and not is_gone:
            if name == OPENING:
                text = issue.title
            if not text:
                return reject(self._file, line, "an empty comment", name)
        answered = name_of(post.get("in_reply_to_id"))
        return issue.admission.admit(
            line,
            Message(
                id=name,
                speaker=_login(post) or NOBODY,
                role=_role(post, issue.opener),
                kind="deleted" if is_gone else "text",
                sent_at=from_iso(
                    words(post.get("created_at", post.get("createdAt"))), self._file.settings
                ),
                text=text,
                original=body if text not in ("", body, issue.title) else "",
                reply_to=answered or parent,
                attachments=tuple(dict.fromkeys(_FILE.findall(text))),
            ),
        )


def _without_hints(body: str) -> str:
    """Drop HTML comments that begin a line: a template's hints, which no reader sees."""
    if "<!--" not in body:
        return body
    kept: list[str] = []
    hint: list[str] | None = None
    in_code = False
    for line in body.split("\n"):
        if hint is None and line.lstrip().startswith("```"):
            in_code = not in_code
        if hint is None and not in_code and line.lstrip().startswith("<!--"):
            hint = []
        if hint is None:
            kept.append(line)
            continue
        hint.append(line)
        if "-->" in line:
            rest = line.partition("-->")[2].strip()
            kept.extend([rest] if rest else [])
            hint = None
    return "\n".join([*kept, *(hint or [])]).strip("\n")


def _address(post: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Return `owner/repository#7` from the first address that says it."""
    for key in keys:
        if found := _ADDRESS.search(words(post.get(key))[:2000]):
            return f"{found[1]}#{found[2]}"
    return ""


def _comment_id(post: Mapping[str, Any]) -> str:
    """Return a comment's number, the same in every form of export, or whatever id it has."""
    for key in ("html_url", "url"):
        if found := _COMMENT_NUMBER.search(words(post.get(key))[:2000]):
            return found[1]
    return name_of(post.get("databaseId")) or name_of(post.get("id"))


def _login(post: Mapping[str, Any]) -> str:
    return words(fields(post.get("user", post.get("author"))).get("login"))


def _role(post: Mapping[str, Any], opener: str) -> Role:
    """Tell who speaks; a maintainer who opened the issue may ask or tell, so nobody knows."""
    author = fields(post.get("user", post.get("author")))
    login = words(author.get("login"))
    kind = author.get("type", author.get("__typename"))
    if login.endswith("[bot]") or kind == "Bot" or author.get("is_bot") is True:
        return "bot"
    association = words(post.get("author_association", post.get("authorAssociation")))
    is_opener = bool(login) and login == opener
    if association in MAINTAINERS:
        return "unknown" if is_opener else "agent"
    return "customer" if is_opener else "unknown"

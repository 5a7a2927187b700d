"""What WhatsApp writes where a message was no text, and what it says itself."""

import re
from dataclasses import dataclass

from chatmill.records import Kind

MARKS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Signs that only steer the direction of writing."""
_NO_MARKS = dict.fromkeys(map(ord, MARKS))
_ISOLATED = re.compile("@\u2068(?:~[ \u202f\u00a0]?)?([^\u2069\n]{1,200})\u2069")
_EDITED = re.compile(
    r"<(?:This message was edited|(?:이 )?메시지(?:가|를)? ?(?:수정|편집)[^<>\n]{0,20}"
    r"|수정된 메시지|편집된 메시지|Diese Nachricht wurde bearbeitet|Se editó este mensaje)\.?>"
)
_FILE = r"[^<>:/\\\n]{1,200}\.\w{1,8}"
_ATTACHED = re.compile(
    rf"\u200e?<[^<>:\n]{{1,24}}: ?(?P<ios>{_FILE})>"
    rf"|^\u200e?(?P<android>{_FILE}) \((?:file attached|파일 첨부됨|첨부된 파일|Datei angehängt"
    r"|archivo adjunto|fichier joint|arquivo anexado|файл добавлен)\)$",
    re.MULTILINE,
)
_OMITTED_IOS = re.compile(
    r"(?:(?P<name>[^\n]{1,200}\.\w{1,8})(?: • [^\n]{1,40}?)? ?\u200e)?\u200e?"
    r"(?:(?P<photo>image|GIF|이미지|사진|Bild)|(?P<video>video(?: note)?|동영상|비디오|Video)"
    r"|(?P<voice>audio|오디오|음성 메시지|Audio)|(?P<emoticon>sticker|스티커|Sticker)"
    r"|(?P<file>document|Contact card|문서|연락처(?: 카드)?|Dokument))"
    r" ?(?:omitted|생략됨|제외됨|누락됨|weggelassen)"
)
_OMITTED_ANDROID = re.compile(
    r"<(?:Media omitted|[^<>\n]{0,20}미디어[^<>\n]{0,20}|Medien ausgeschlossen|Multimedia omitido"
    r"|Médias omis|Mídia oculta|Без медиафайлов|Arquivo de mídia oculto)>"
)
_DELETED = re.compile(
    r"(?:This message was deleted|You deleted this message"
    r"|This message was deleted by admin(?: .{1,100})?|삭제된 메시지(?:입니다)?"
    r"|(?:이 )?메시지(?:가|를) 삭제(?:되었습니다|했습니다)"
    r"|(?:내가|회원님이) 삭제한 메시지(?:입니다)?"
    r"|Diese Nachricht wurde gelöscht|Du hast diese Nachricht gelöscht"
    r"|Se eliminó este mensaje|Eliminaste este mensaje|Данное сообщение удалено)\.?"
)
_CALL = re.compile(
    r"(?:Missed |Silenced )?(?:group )?(?:voice|video) call(?:[,.] ?[^\n]{0,60})?"
    r"|부재중 (?:그룹 )?(?:음성|영상) ?(?:전화|통화)[^\n]{0,40}"
    r"|(?:음성|영상) ?통화[,.] ?[^\n]{0,40}",
    re.IGNORECASE,
)
_WAITING = re.compile(r"Waiting for this message\. This may take a while\.|메시지를 기다리는 중.*")
_ENCRYPTED = re.compile(
    r"(?:Messages|Messages and calls|Messages to this (?:group|chat)[^.\n]{0,60}) are (?:now )?"
    r"(?:secured with |protected with )?end-to-end encrypt.*"
    r"|(?:이 (?:채팅|그룹)의 )?메시지(?:와 통화)?(?:는|가) 종단간 암호화(?:되어|로)?[^\n]{0,20}"
    r"(?:보호됩니다|있습니다|됩니다)\..*"
    r"|Сообщения и звонки защищены сквозным шифрованием.*"
    r"|Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.*"
    r"|Los mensajes y las llamadas están cifrados de extremo a extremo.*",
    re.DOTALL,
)
_SYSTEM = re.compile(
    r"(?:.{1,200} )?(?:created (?:this )?group|added .{1,300}|removed .{1,300}|left"
    r"|joined using (?:this group's|a group|your) (?:invite )?(?:link|invite)"
    r"|joined from the community"
    r"|was added|were added|changed (?:the|this) (?:subject|group|settings).{0,600}"
    r"|changed (?:the )?group.{0,600}|changed their phone number.{0,200}"
    r"|changed to .{1,100}|security code.{0,100}|turned (?:on|off) disappearing messages.{0,300}"
    r"|is a contact|(?:un)?blocked this (?:contact|business)|pinned a message"
    r"|deleted this group's icon"
    r"|now an admin|is no longer an admin|are now an admin)\.?(?: ?Tap to .{1,60})?"
    r"|.{1,200}님(?:이|을|의|께서) .{1,300}"
    r"(?:했습니다|되었습니다|나갔습니다|참여했습니다|바꿨습니다)\.?"
    r"|.{1,200}님이 나갔습니다\.?|.{1,200} (?:создал|добавил|удалил|покинул)(?:а)?.{0,300}",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What stands in a message."""

    kind: Kind
    text: str
    attachments: tuple[str, ...] = ()


def content_of(text: str) -> Content:
    """Take the marks off a message and tell what it stands for.

    A picture with words under it is a text with an attachment.
    """
    bare = text.strip(MARKS) if text[:1] in MARKS or text[-1:] in MARKS else text
    if bare.endswith(">") and _EDITED.fullmatch(bare, bare.rfind("<")):
        bare = bare[: bare.rfind("<")].rstrip(f"{MARKS} \n\u00a0\u202f")
    if "\u2068" in bare:
        bare = _ISOLATED.sub(r"@\1", bare)
    if (">" in bare or ")" in bare) and (attached := _ATTACHED.search(bare)):
        return _with_attachment(bare, attached)
    first, _, words = bare.partition("\n")
    if first.startswith("<") and _OMITTED_ANDROID.fullmatch(first.strip(MARKS)):
        return (
            Content(kind="text", text=words) if words.strip() else Content(kind="file", text=first)
        )
    kind = _kind_of(bare)
    if kind == "text":
        return Content(kind=kind, text=bare)
    return Content(kind=kind, text=bare.translate(_NO_MARKS), attachments=_named(bare))


def is_encryption_notice(text: str) -> bool:
    """Say whether a text is the notice that stands above every chat."""
    return _ENCRYPTED.fullmatch(text.strip(MARKS)) is not None


def is_system_text(text: str) -> bool:
    """Say whether WhatsApp itself writes such words: somebody came, left, changed the group."""
    return _SYSTEM.fullmatch(text.strip(MARKS)) is not None


def _kind_of(text: str) -> Kind:
    if len(text) > 300:  # noqa: PLR2004 - no placeholder is longer
        return "text"
    if omitted := _OMITTED_IOS.fullmatch(text):
        kinds: tuple[Kind, ...] = ("photo", "video", "voice", "emoticon")
        return next((kind for kind in kinds if omitted[kind]), "file")
    if _DELETED.fullmatch(text):
        return "deleted"
    if _CALL.fullmatch(text):
        return "call"
    return "notice" if _WAITING.fullmatch(text) else "text"


def _named(text: str) -> tuple[str, ...]:
    """Name the document that was left out, where its line says it."""
    omitted = _OMITTED_IOS.fullmatch(text) if len(text) <= 300 else None  # noqa: PLR2004 - see above
    return (omitted["name"],) if omitted and omitted["name"] else ()


def _with_attachment(text: str, found: re.Match[str]) -> Content:
    name = found["ios"] or found["android"]
    words = f"{text[: found.start()]}{text[found.end() :]}".strip().strip(MARKS).strip()
    title = words.split(" • ", 1)[0].strip(MARKS)
    if not words or (words.count("\n") == 0 and " • " in words and name.endswith(title)):
        return Content(
            kind=_kind_of_file(name), text=found.group().strip(MARKS), attachments=(name,)
        )
    return Content(kind="text", text=words, attachments=(name,))


def _kind_of_file(name: str) -> Kind:
    ending = name.rsplit(".", 1)[-1].lower()
    if "STICKER" in name or ending == "webp":
        return "emoticon"
    if ending in ("jpg", "jpeg", "png", "gif", "heic"):
        return "photo"
    if ending in ("mp4", "mov", "3gp", "mkv", "avi"):
        return "video"
    return "voice" if ending in ("opus", "m4a", "ogg", "mp3", "aac", "amr") else "file"

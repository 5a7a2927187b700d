"""Chats exported with media: the text is read, the pictures beside it are no bad files."""

import zipfile
from pathlib import Path

import pytest

from chatmill.project import Project
from chatmill.stages.import_ import import_files

PICTURE = b"\xff\xd8\xff\xe0 a picture"
WHATSAPP = (
    "[8/21/24, 9:02:01 AM] 민수: 소켓은 몇 개인가요?\r\n"
    "[8/21/24, 9:03:01 AM] 지현: \u200e<attached: 00000002-PHOTO.jpg>\r\n"
)
KAKAOTALK = (
    "방 2 님과 카카오톡 대화\r\n저장한 날짜 : 2024년 3월 13일 오전 10:05\n\n\r\n"
    "2024년 3월 11일 오전 9:12, 민수 : 소켓은 몇 개인가요?\r\n"
    f"2024년 3월 11일 오전 9:13, 지현 : {'0a' * 32}.jpg\r\n"
)
EXPORTS = {
    "whatsapp:기술지원": (
        "WhatsApp Chat - 기술지원.zip",
        "_chat.txt",
        WHATSAPP,
        "00000002-PHOTO.jpg",
    ),
    "kakaotalk:방": ("talk.zip", "KakaoTalkChats.txt", KAKAOTALK, f"{'0a' * 32}.jpg"),
}


@pytest.mark.parametrize("conversation_id", EXPORTS)
@pytest.mark.parametrize("is_zipped", [True, False])
def test_chat_with_media_is_read_whole(
    project: Project,
    tmp_path: Path,
    conversation_id: str,
    is_zipped: bool,  # noqa: FBT001 - how it came
) -> None:
    """A zip from the phone, or the folder it was unpacked to, has no bad file in it."""
    archive, chat, text, picture = EXPORTS[conversation_id]
    path = tmp_path / (archive if is_zipped else archive.removesuffix(".zip"))
    if is_zipped:
        with zipfile.ZipFile(path, "w") as made:
            made.writestr(chat, text)
            made.writestr(picture, PICTURE)
    else:
        path.mkdir()
        (path / chat).write_bytes(text.encode())
        (path / picture).write_bytes(PICTURE)
    summary = import_files(project, [path])
    assert (summary.n_new, summary.n_rejected) == (2, 0)
    messages = project.conversations.get(conversation_id).messages
    assert [each.kind for each in messages] == ["text", "photo"]
    assert messages[1].attachments == (picture,)


def test_pictures_beside_other_files_are_named(project: Project, tmp_path: Path) -> None:
    """Without a chat beside it a picture is a file that cannot be used, and is said to be one."""
    folder = tmp_path / "chats"
    folder.mkdir()
    (folder / "talk.txt").write_text("Kim: hi\nPark: hello\nKim: ok\n", encoding="utf-8")
    (folder / "board.jpg").write_bytes(PICTURE)
    assert import_files(project, [folder]).n_rejected == 1

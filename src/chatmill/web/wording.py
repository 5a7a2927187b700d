"""Every word the review page says, in English and Korean, in one table."""

from typing import Literal

Language = Literal["en", "ko"]

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Review", "검토"),
    "keep": ("Keep", "유지"),
    "edit": ("Edit", "수정"),
    "reject": ("Reject", "제외"),
    "undo": ("Undo", "실행 취소"),
    "redo": ("Redo", "다시 실행"),
    "next": ("Skip", "건너뛰기"),
    "previous": ("Back", "이전"),
    "help": ("Keyboard help", "단축키 도움말"),
    "save": ("Save and keep", "저장하고 유지"),
    "cancel": ("Leave as it was", "고치지 않기"),
    "close": ("Close", "닫기"),
    "pending": ("To decide", "검토 전"),
    "kept": ("Kept", "유지됨"),
    "rejected": ("Rejected", "제외됨"),
    "question": ("Question", "질문"),
    "answer": ("Answer", "답변"),
    "system": ("System line", "시스템 문장"),
    "source": ("Source conversation", "원본 대화"),
    "pair": ("Example", "예시"),
    "actions": ("Decisions", "결정"),
    "progress": ("{done} of {total} decided", "{total}개 중 {done}개 결정"),
    "flagged": ("{n} flagged left", "확인할 표시 {n}개"),
    "saved": ("All saved", "모두 저장됨"),
    "saving": ("Saving…", "저장 중…"),
    "waiting_one": ("1 decision waiting to be sent", "전송을 기다리는 결정 1개"),
    "waiting": ("{n} decisions waiting to be sent", "전송을 기다리는 결정 {n}개"),
    "signed_out": (
        "Signed out: run chatmill review and open its link. Nothing is lost.",
        "세션이 끝났습니다. chatmill review를 실행하고 링크를 여십시오. 결정은 사라지지 않습니다.",
    ),
    "reload": (
        "Signed in anew: reload this page. Nothing is lost.",
        "다시 로그인했습니다. 이 페이지를 새로 고치십시오. 결정은 사라지지 않습니다.",
    ),
    "half_turn": (
        "A turn needs both a question and an answer",
        "질문과 답변이 모두 있어야 합니다",
    ),
    "no_turn": ("Nothing is left: reject it instead", "남은 글이 없습니다. 대신 제외하십시오"),
    "you_wrote": ("What you wrote", "작성한 내용"),
    "refused": ("Not recorded: {why}", "기록되지 않음: {why}"),
    "why_reject": ("Why reject it?", "제외하는 이유는?"),
    "no_reason": ("No reason", "이유 없음"),
    "did_keep": ("Kept", "유지했습니다"),
    "did_reject": ("Rejected", "제외했습니다"),
    "did_edit": ("Saved and kept", "저장하고 유지했습니다"),
    "did_undo": ("Undone", "실행을 취소했습니다"),
    "did_redo": ("Done again", "다시 실행했습니다"),
    "nothing_to_undo": ("Nothing to undo", "취소할 결정이 없습니다"),
    "nothing_to_redo": ("Nothing to redo", "다시 실행할 결정이 없습니다"),
    "last_one": ("This is the last one waiting", "남은 마지막 예시입니다"),
    "first_one": ("This is the first one", "첫 번째 예시입니다"),
    "no_change": ("Nothing was changed", "바뀐 것이 없습니다"),
    "checking": ("Checking the new words…", "새 글을 확인하는 중…"),
    "typed": ("Typed in review: not in the source", "검토 중 입력: 원본에 없음"),
    "paraphrase": ("Added for training: {origin}", "학습용으로 추가: {origin}"),
    "skipped_one": ("1 message not shown", "표시하지 않은 메시지 1개"),
    "skipped": ("{n} messages not shown", "표시하지 않은 메시지 {n}개"),
    "no_source": ("No source message", "원본 메시지가 없습니다"),
    "replaced": (
        "The conversation changed since this was kept. It said:",
        "유지한 뒤 대화가 바뀌었습니다. 이전 내용:",
    ),
    "returned": ("The tuned model did not follow this", "학습 내용을 따르지 않았습니다"),
    "asked": ("Asked", "질문"),
    "model_said": ("The model answered", "모델의 답변"),
    "cosine": ("cosine {n}", "코사인 {n}"),
    "empty_turn": (
        "Empty both texts to take a turn out.",
        "질문과 답변을 모두 비우면 그 차례가 빠집니다.",
    ),
    "unknown_speaker": ("Unknown", "알 수 없음"),
    "all_done": ("Everything is decided", "모두 결정했습니다"),
    "all_done_counts": ("{kept} kept, {rejected} rejected", "유지 {kept}개, 제외 {rejected}개"),
    "all_done_next": ("Next: chatmill build", "다음: chatmill build"),
    "empty": ("Nothing to review yet", "아직 검토할 것이 없습니다"),
    "empty_next": (
        "Bring chats in: chatmill import, then chatmill extract",
        "대화를 가져오십시오: chatmill import, 그다음 chatmill extract",
    ),
    "cannot_load": (
        "chatmill does not answer. Trying again…",
        "chatmill이 응답하지 않습니다. 다시 시도하는 중…",
    ),
    "not_found": ("This example is gone", "이 예시는 더 이상 없습니다"),
    "go_on": ("Go on with the queue", "다음 예시로"),
    "look_back": ("Look back", "되돌아보기"),
    "flag_error_one": ("1 error", "오류 1"),
    "flag_error": ("{n} errors", "오류 {n}"),
    "flag_warning_one": ("1 warning", "주의 1"),
    "flag_warning": ("{n} warnings", "주의 {n}"),
    "error": ("error", "오류"),
    "warning": ("warning", "주의"),
    "info": ("note", "참고"),
    "help_keep": ("Keep it and go on", "유지하고 다음으로"),
    "help_edit": ("Edit in place", "그 자리에서 수정"),
    "help_save": ("Save the edit", "수정 저장"),
    "help_leave": ("Leave the edit, close", "수정 그만두기, 닫기"),
    "help_reject": ("Reject, then 1 to 9 for the reason", "제외, 이유는 1~9"),
    "help_undo": ("Undo your latest decision", "마지막 결정 취소"),
    "help_redo": ("Do it again", "취소한 결정 다시 실행"),
    "help_next": ("Skip to the next one", "건너뛰고 다음으로"),
    "help_previous": ("Back to the previous one", "이전으로"),
    "help_help": ("This list", "이 목록"),
    "help_hover": (
        "Point at words to see where they come from.",
        "글에 마우스를 올리면 어디서 왔는지 보입니다.",
    ),
    "by": ("{action} by {who}", "{who}: {action}"),
    "action_keep": ("Kept", "유지"),
    "action_edit": ("Edited", "수정"),
    "action_reject": ("Rejected", "제외"),
    "action_restore": ("Undone", "취소"),
    "action_comment": ("Comment", "의견"),
    "away_title": ("One more step", "한 단계가 남았습니다"),
    "away": (
        "Run chatmill review in your project and open the link it prints. A link works once.",
        "프로젝트에서 chatmill review를 실행하고 나온 링크를 여십시오. 링크는 한 번만 열립니다.",
    ),
    "welcome": ("Opening the review…", "검토 화면을 여는 중…"),
    "skip_to_content": ("Go to the content", "본문으로 바로 가기"),
    "pages": ("Pages", "페이지"),
    "page_review": ("Review", "검토"),
    "page_examples": ("Examples", "예시"),
    "page_overview": ("Overview", "현황"),
    "page_datasets": ("Datasets", "데이터셋"),
    "page_training": ("Training", "학습"),
    "page_evaluations": ("Evaluations", "평가"),
    "page_users": ("Users", "사용자"),
}
"""Key → English, Korean."""

REASONS: dict[str, str] = {
    "not supported by the source": "원본에 근거가 없음",
    "wrong or outdated": "틀렸거나 오래됨",
    "question and answer do not fit": "질문과 답변이 맞지 않음",
    "not worth learning": "학습할 가치가 없음",
    "personal data": "개인정보",
    "duplicate": "중복",
    "incomplete": "불완전함",
    "off topic": "주제와 무관함",
    "other": "기타",
}
"""The default reasons in Korean; a project's own are shown as written, and recorded so."""


def words_in(language: Language) -> dict[str, str]:
    """Return the whole table in one language."""
    at = 1 if language == "ko" else 0
    return {key: texts[at] for key, texts in WORDS.items()}


def reason_in(language: Language, reason: str) -> str:
    """Return how a reason is shown; what is recorded stays the project's own word."""
    return REASONS.get(reason, reason) if language == "ko" else reason


def choose_language(accept_language: str, project_language: str) -> Language:
    """Choose by the browser's `Accept-Language`, then by the project's language."""
    for part in accept_language.split(","):
        tag = part.split(";")[0].strip().lower().split("-")[0]
        if tag == "ko":
            return "ko"
        if tag == "en":
            return "en"
    return "ko" if project_language.lower().startswith("ko") else "en"

"""What a report says, in English and Korean."""

from collections.abc import Mapping
from typing import Literal

ReportLanguage = Literal["en", "ko"]

LANGUAGE_NAMES: Mapping[ReportLanguage, Mapping[str, str]] = {
    "en": {"en": "English", "ko": "Korean", "": "Language unknown"},
    "ko": {"en": "영어", "ko": "한국어", "": "언어 미상"},
}

WORDS: Mapping[ReportLanguage, Mapping[str, str]] = {
    "en": {
        "title": "What the chatbot learnt",
        "headline_all": "All {n} trained questions are followed.",
        "headline_some": "{failed} of {n} trained questions did not follow the training.",
        "lead": "Cosine says how near an answer is to the reviewed one. It says nothing about "
        "right or wrong: facts and negation stand beside it.",
        "trained": "trained",
        "held-out": "held-out phrasings",
        "unseen": "unseen conversations",
        "trained_hint": "questions the model was trained on",
        "held-out_hint": "the same questions in words it never saw",
        "unseen_hint": "validation and test conversations, kept out of training",
        "followed": "followed",
        "partly": "partly followed",
        "not followed": "did not follow the training",
        "base": "base model",
        "tuned": "tuned model",
        "cosine": "cosine to the reviewed answer",
        "floor": "shuffled floor",
        "followed_line": "followed from",
        "partly_line": "partly from",
        "stands_for": "questions in this mark",
        "questions": "{n} questions",
        "too_few": "too few questions to tell",
        "interval": "{percent} interval",
        "nearest": "nearest trained answer",
        "serving": "with the serving line",
        "beats_nearest": "Tuning beats answering with the nearest trained question's answer.",
        "ties_nearest": "No clear difference to answering with the nearest trained question's "
        "answer.",
        "loses_to_nearest": "Answering with the nearest trained question's answer does better: "
        "here tuning was not worth it.",
        "plot_title": "Every question",
        "plot_hint": "One mark a question, sorted. Click a mark or a row to read the answers.",
        "table_title": "Questions and answers",
        "search": "Search questions and answers",
        "all_languages": "All languages",
        "all_groups": "All groups",
        "all_verdicts": "All verdicts",
        "question": "Question",
        "verdict": "Verdict",
        "language": "Language",
        "group": "Group",
        "reference": "Reviewed answer",
        "answer": "Tuned model",
        "base_answer": "Base model",
        "serving_answer": "Tuned model with the serving line",
        "system": "System line",
        "facts": "facts",
        "facts_none": "no facts",
        "polarity": "negation",
        "agrees": "agrees",
        "differs": "differs",
        "rouge": "ROUGE-L",
        "cut": "cut at the token limit",
        "example": "example",
        "turn": "turn",
        "close": "Close",
        "previous": "Previous",
        "next": "Next",
        "more": "Show more",
        "shown": "{shown} of {total}",
        "nothing": "No question matches.",
        "empty_answer": "(no answer)",
        "method": "Method and settings",
        "no_script": "The plot and the table need JavaScript; scores.png and scores.parquet lie "
        "beside this file.",
        "added_words": "words only this answer has",
        "patterns": "What they have in common",
        "patterns_hint": "Groups of questions that did not follow, named by their own words; a "
        "click shows them in the table.",
        "contrast": "{failed} of {n} did not follow; of the others {others_failed} of {others}",
        "causes": "Why they did not follow",
        "causes_hint": "The cause found for each question, with the evidence of the first; a "
        "click shows them in the table.",
        "spread_title": "How scores spread",
        "spread_hint": "Questions the model was trained on beside those it was not; dashed: what "
        "was not learnt.",
        "share": "share of questions",
        "phrasing_title": "The same questions in other forms",
        "change": "change",
        "lost": "no longer followed",
        "form_polite": "politeness",
        "form_order": "word order",
        "form_typos": "typos",
        "form_spacing": "spacing",
        "form_language": "the other language",
        "form_model": "reworded by a model",
        "label_title": "Your label",
        "label_keys": "1 2 3: does the answer follow the training. 4 5 6: is it right.",
        "right": "right",
        "wrong": "not right",
        "no answer in the data": "the data has no answer",
        "save_labels": "Save {n} labels",
        "print_note": "The first {n} questions; all are in scores.csv.",
        "missing_words": "words only the reviewed answer has",
    },
    "ko": {
        "title": "챗봇이 배운 것",
        "headline_all": "학습한 질문 {n}개를 모두 따랐습니다.",
        "headline_some": "학습한 질문 {n}개 중 {failed}개가 학습 내용을 따르지 않았습니다.",
        "lead": "코사인은 답변이 검토된 답변에 얼마나 가까운지를 나타냅니다. 옳고 그름을 말하지는 "
        "않으므로 사실과 부정 표현을 함께 표시합니다.",
        "trained": "학습한 질문",
        "held-out": "다른 표현",
        "unseen": "처음 보는 대화",
        "trained_hint": "모델이 학습한 질문",
        "held-out_hint": "학습하지 않은 표현으로 바꾼 같은 질문",
        "unseen_hint": "학습에서 제외한 검증·시험 대화",
        "followed": "따름",
        "partly": "일부만 따름",
        "not followed": "학습 내용을 따르지 않았다",
        "base": "기본 모델",
        "tuned": "튜닝한 모델",
        "cosine": "검토된 답변과의 코사인",
        "floor": "섞은 기준선",
        "followed_line": "따름 기준",
        "partly_line": "일부 기준",
        "stands_for": "이 점의 질문 수",
        "questions": "질문 {n}개",
        "too_few": "말하기에 질문이 너무 적음",
        "interval": "{percent} 구간",
        "nearest": "가장 가까운 학습 답변",
        "serving": "서비스용 한 줄로 물었을 때",
        "beats_nearest": "가장 가까운 학습 질문의 답변을 그대로 쓰는 것보다 튜닝이 낫습니다.",
        "ties_nearest": "가장 가까운 학습 질문의 답변을 그대로 쓰는 것과 뚜렷한 차이가 없습니다.",
        "loses_to_nearest": "가장 가까운 학습 질문의 답변을 그대로 쓰는 편이 낫습니다. "
        "여기서는 튜닝의 이득이 없었습니다.",
        "plot_title": "질문별 점수",
        "plot_hint": "점 하나가 질문 하나이며 점수순입니다. "
        "점이나 표의 행을 누르면 답변이 보입니다.",
        "table_title": "질문과 답변",
        "search": "질문과 답변 검색",
        "all_languages": "모든 언어",
        "all_groups": "모든 구분",
        "all_verdicts": "모든 판정",
        "question": "질문",
        "verdict": "판정",
        "language": "언어",
        "group": "구분",
        "reference": "검토된 답변",
        "answer": "튜닝한 모델",
        "base_answer": "기본 모델",
        "serving_answer": "튜닝한 모델, 서비스용 한 줄",
        "system": "시스템 문장",
        "facts": "사실",
        "facts_none": "사실 없음",
        "polarity": "부정 표현",
        "agrees": "일치",
        "differs": "다름",
        "rouge": "ROUGE-L",
        "cut": "토큰 한도에서 잘림",
        "example": "예시",
        "turn": "턴",
        "close": "닫기",
        "previous": "이전",
        "next": "다음",
        "more": "더 보기",
        "shown": "{total}개 중 {shown}개",
        "nothing": "해당하는 질문이 없습니다.",
        "empty_answer": "(답변 없음)",
        "method": "방법과 설정",
        "no_script": "그래프와 표에는 JavaScript가 필요합니다. 이 파일 옆에 scores.png와 "
        "scores.parquet이 있습니다.",
        "added_words": "이 답변에만 있는 말",
        "patterns": "공통점",
        "patterns_hint": "학습 내용을 따르지 않은 질문을 묶고 그 질문의 말로 이름을 붙였습니다. "
        "누르면 표에 보입니다.",
        "contrast": "{n}개 중 {failed}개가 따르지 않음, 나머지는 {others}개 중 {others_failed}개",
        "causes": "따르지 않은 까닭",
        "causes_hint": "질문마다 찾은 까닭과 첫 질문의 근거입니다. 누르면 표에 보입니다.",
        "spread_title": "점수 분포",
        "spread_hint": "학습한 질문과 학습하지 않은 질문을 나란히 봅니다. 점선은 배우지 않은 "
        "답변입니다.",
        "share": "질문 비율",
        "phrasing_title": "같은 질문, 다른 형태",
        "change": "변화",
        "lost": "더는 따르지 않음",
        "form_polite": "높임말",
        "form_order": "어순",
        "form_typos": "오타",
        "form_spacing": "띄어쓰기",
        "form_language": "다른 언어",
        "form_model": "모델이 바꾼 말",
        "label_title": "내 판단",
        "label_keys": "1 2 3: 학습 내용을 따랐는지. 4 5 6: 답변이 맞는지.",
        "right": "맞음",
        "wrong": "맞지 않음",
        "no answer in the data": "자료에 답이 없음",
        "save_labels": "판단 {n}개 저장",
        "print_note": "처음 {n}개 질문입니다. 전체는 scores.csv에 있습니다.",
        "missing_words": "검토된 답변에만 있는 말",
    },
}

CAUSE_WORDS: Mapping[ReportLanguage, Mapping[str, str]] = {
    "en": {
        "conflicting answers": "conflicting answers",
        "other facts nearby": "near-duplicate with other facts",
        "answer too long": "answer too long or cut",
        "low grounding": "low grounding",
        "no neighbour": "no neighbour in training",
        "one phrasing": "only one phrasing",
        "rare part name": "rare part name",
        "held out": "held out by design",
        "not known": "not known",
    },
    "ko": {
        "conflicting answers": "서로 어긋나는 답변",
        "other facts nearby": "사실만 다른 비슷한 예시",
        "answer too long": "너무 길거나 잘린 답변",
        "low grounding": "근거 부족",
        "no neighbour": "학습에 비슷한 질문 없음",
        "one phrasing": "표현이 하나뿐",
        "rare part name": "드문 부품 이름",
        "held out": "일부러 남겨 둔 질문",
        "not known": "알 수 없음",
    },
}
"""What `causes` calls a cause, in the reader's language."""

METHOD: Mapping[ReportLanguage, tuple[str, ...]] = {
    "en": (
        (
            "Every turn was asked after the reviewed turns before it, greedy, with the example's "
            "own system line and again with the line the chatbot is served with."
        ),
        (
            "Shuffled floor: each answer against another question's reviewed answer of the same "
            "language (a fixed permutation, seed {seed})."
        ),
        (
            "Partly from: 95 in 100 answers that cannot have learnt their reference (shuffled "
            "pairs and the base model) stay below it. Followed from: half-way from there to 1. "
            "An answer whose facts or negation differ is at most partly followed."
        ),
        (
            "Intervals: clustered by conversation, one left out at a time, Student's t with "
            "Satterthwaite's degrees of freedom, bounded as scores are; given from "
            "{min_conversations} conversations and 15 questions on."
        ),
        "ROUGE-L counts Hangul by the syllable, other scripts by the word.",
    ),
    "ko": (
        (
            "각 턴은 앞선 턴의 검토된 답변 뒤에 질문했으며, 예시의 시스템 문장과 서비스용 한 "
            "줄로 각각 물었습니다(탐욕 생성)."
        ),
        (
            "섞은 기준선: 같은 언어의 다른 질문에 대한 검토된 답변과 비교한 값입니다(고정된 "
            "순열, 시드 {seed})."
        ),
        (
            "일부 기준: 배웠을 수 없는 답변(섞은 쌍과 기본 모델) 100개 중 95개가 이 값보다 "
            "낮습니다. 따름 기준: 그 값과 1의 가운데입니다. 사실이나 부정 표현이 다르면 최대 "
            "'일부만 따름'입니다."
        ),
        (
            "구간: 대화 단위로 묶어 하나씩 빼며 계산했고(Satterthwaite 자유도의 t 분포, 점수 "
            "범위 반영), 대화 {min_conversations}개와 질문 15개부터 표시합니다."
        ),
        "ROUGE-L은 한글을 음절 단위로, 다른 문자는 낱말 단위로 셉니다.",
    ),
}


def report_language(setting: str, languages: list[str]) -> ReportLanguage:
    """Choose the language of a report: the project's, else that of most questions.

    Args:
        setting: `[project] language`, may be empty.
        languages: One BCP 47 tag a question.
    """
    if setting:
        return "ko" if setting.lower().startswith("ko") else "en"
    n_korean = sum(each.lower().startswith("ko") for each in languages)
    return "ko" if 2 * n_korean > len(languages) else "en"


def language_name(tag: str, language: ReportLanguage) -> str:
    """Name a language in the reader's language; an unknown tag stays as it is."""
    return LANGUAGE_NAMES[language].get(tag.lower(), tag)

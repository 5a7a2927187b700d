"""The words that stand in place of personal data: such as a chatbot may say."""

import re

KOREAN, ENGLISH = "ko", "en"
CUSTOMER, AGENT, OTHER = "name.customer", "name.agent", "name.other"
_WORDS: dict[str, dict[str, str]] = {
    KOREAN: {
        CUSTOMER: "고객님",
        AGENT: "상담원",
        OTHER: "담당자",
        "email": "이메일 주소",
        "phone": "전화번호",
        "resident": "신분 번호",
        "business": "사업자 번호",
        "card": "카드 번호",
        "iban": "국제 계좌번호",
        "account": "계좌번호",
        "address": "우편 주소",
        "key": "비밀 키",
        "password": "비밀번호",
        "mac": "장치의 MAC 주소",
        "serial": "제품 일련번호",
        "licence": "라이선스 키",
        "ip": "공인 IP 주소",
    },
    ENGLISH: {
        CUSTOMER: "customer",
        AGENT: "support agent",
        OTHER: "contact person",
        "email": "e-mail address",
        "phone": "phone number",
        "resident": "identity number",
        "business": "business number",
        "card": "card number",
        "iban": "bank account",
        "account": "account number",
        "address": "postal address",
        "key": "secret key",
        "password": "password",
        "mac": "hardware address",
        "serial": "serial number",
        "licence": "licence key",
        "ip": "public IP address",
    },
}
_DETERMINED = re.compile(
    r"(?:\b(?:the|a|an|my|your|his|her|our|their|this|that"
    r"|hi|hello|hey|dear|thanks|thank you|cheers)"
    r",?\s|[@#])\Z",
    re.IGNORECASE,
)
_SENTENCE_START = re.compile(r"(?:\A|[.!?]\s|\n)\s*\Z")
_REACH = 14


def noun(kind: str, language: str, number: int) -> str:
    """Return the noun for the n-th datum of a kind: `고객님`, `고객님 2`, `customer 2`."""
    word = _WORDS[KOREAN if language == KOREAN else ENGLISH][kind]
    return word if number == 1 else f"{word} {number}"


def worded(word: str, before: str, language: str) -> str:
    """Return a noun as it stands after some words: English ones mostly want an article."""
    if language == KOREAN or word[-1:].isdigit():
        return word
    if before and not before[-1].isspace() and before[-1] not in "([\"'“‘":
        return word
    if _DETERMINED.search(before[-_REACH:]):
        return word
    article = "The" if _SENTENCE_START.search(before[-_REACH:]) else "the"
    return f"{article} {word}"

"""What a message does in a dialogue, by cues of English and Korean: ask, thank, stall, point."""

import re
from functools import lru_cache
from typing import Literal

from chatmill.text.sentences import sentences

Act = Literal[
    "empty",
    "question",
    "problem",
    "thanks",
    "stall",
    "elsewhere",
    "unknown",
    "ping",
    "ack",
    "statement",
]
"""`problem` reports that something fails or is wanted; `elsewhere` points to another place;
`unknown` says that the writer does not know; `ping` asks for attention only."""

# English patterns see small letters: without case they would take twice the time.
_QUESTION_EN = re.compile(
    r"\?(?:\s|$|[)\"'])|\?$"
    r"|^(?:hi|hello|hey|so|and|but|also|ok|okay|or|well)?[\s,]*(?:"
    r"(?:how|what|why|where|when|which|who)\b(?!\s+(?:i|you|we|it|they|the)\b)"
    r"|(?:can|could|do|does|did|is|are|am|was|will|would|should|has|have|had|may|might|shall)\s+"
    r"(?:i|you|we|it|the|this|that|there|these|those|they|any|anyone|anybody|some|someone|my"
    r"|your|a|an)\b"
    r"|any(?:one|body)?\b)(?!.*[.!]$)"
    r"|\b(?:anyone|anybody|someone|somebody) (?:know|knows|here|else|tell|help|explain|got"
    r"|use[sd]?"
    r"|have|has|tried)\b"
    r"|\b(?:how (?:to|do|can|would|should)|is there (?:a|any)|is it possible|do(?:es)? (?:any"
    r"|some)"
    r"(?:one|body)|can (?:any|some)(?:one|body)|any (?:idea|hint|suggestion|advice|way|reason)s?"
    r"|i (?:have|got) (?:a|one|another) (?:quick )?question|wondering|curious (?:if|about|how))\b",
)
_QUESTION_KO = re.compile(
    r"(?:나요|까요|가요|는지요|은지요|을까|나여|까여|죠|지요|려면요|라면요|은요|는요|데요|뭔가요|뭐예요|뭐에요|뭐죠"
    r"|무엇인가요|얼마예요|얼마에요|인가|습니까|ㅂ니까|입니까|됩니까|합니까|나|을까요|뭐야|뭔데|어때요)\s*[?~.!]*\s*$"
    r"|[?？]\s*$|궁금|여쭤|여쭙|질문(?:이|\s)?\s?(?:있|드)|알려\s?(?:주|줘|주세요)|알\s?수\s?있(?:을|나|습니까)"
    r"|(?:어떻게|무엇|뭐가|뭘|어디|언제|왜|얼마|몇)\s?.{0,40}(?:나요|까요|가요|죠|지요|야|어요|에요|예요|세요)"
)
_PROBLEM_EN = re.compile(
    r"\b(?:error|errors|fail(?:s|ed|ing|ure)?|problem|problems|issue|issues|trouble|stuck"
    r"|crash(?:es|ed)?"
    r"|hang(?:s|ing)?|broken|wrong|bug|exception|doesn'?t|does not|don'?t (?:get|see|know"
    r"|understand)"
    r"|can'?t|cannot|can not|won'?t|isn'?t|not work(?:ing)?|unable|couldn'?t|i (?:want|need"
    r"|would like"
    r"|am trying|have (?:a|an|to)|tried|get|got)|i'?m (?:trying|getting|looking|having|not able"
    r"|unable)"
    r"|i'?d like|looking for|trying to|please help|help (?:me|please)|need help|never|ignores?"
    r"|confus"
    r"(?:ed|ing))\b",
)
_PROBLEM_KO = re.compile(
    r"안\s?(?:돼|되|됩|됨|나|잡|들어|켜|열|지워|읽|써|보|와|옵|맞|먹)|오류|에러|실패|문제|이상(?:하|해|합)|않(?:아|습|네|는|고)"
    r"|싶(?:습|어|은)|멈(?:춰|춥|추)|튑니다|튀어|못\s?(?:하|합|해|찾|받|읽)|끊(?:겨|어|깁)|막혀|막힙|느려|느립"
    r"|없(?:어요|습니다|네요|는데)|부탁|도와"
)
_THANKS = re.compile(
    r"\b(?:thank(?:s|x)?|thx|thanx|tnx|ty|cheers|much appreciated|appreciate(?: it| that)?"
    r"|great help"
    r"|thank you)\b|감사|고맙|고마워|땡큐|ㄳ|ㄱㅅ",
)
_RESOLVED = re.compile(
    r"\b(?:work(?:s|ed) now|now (?:it )?works?|it work(?:s|ed)|that work(?:s|ed)|solved"
    r"|fixed (?:it|now)"
    r"|that explains|got it|makes sense|i see\b|good to know|that helps?|that did it|will (?:try"
    r"|do))"
    r"|해결|됩니다(?:!|~|\^|ㅎ|$)|잘\s?(?:됩|돼|되)|되네요|나옵니다|나오네요|확인했습니다|그렇군|알겠습니다|이해했"
    r"|충분하네|찾았습니다|였네요|했네요|썼네요|군요",
)
_STALL = re.compile(
    r"^(?:(?:ok(?:ay)?|hmm+|sure|yes|well|hi|hello|ah)[\s,.!]*)?(?:let me (?:check|see|look|ask"
    r"|find|get"
    r" back|verify|think|test)|i(?:'ll| will)? (?:check|look|have a look|ask|get back|find out"
    r"|test|see)\b"
    r"(?! (?:the|your|that|if|whether)\b.{25})"
    r"|i can help(?: you)?|i look (?:it|that) up|(?:please )?(?:hold on|hang on|wait"
    r"|one (?:moment|minute"
    r"|sec(?:ond)?)|just a"
    r" (?:moment|minute|sec(?:ond)?)|give me a (?:moment|minute|sec(?:ond)?)|a moment"
    r"|moment please"
    r"|looking into (?:it|this)|checking))\b.{0,60}$"
    r"|^(?:네[,.\s]*|넵[,.\s]*|아[,.\s]*)?(?:잠시만|잠깐만|조금만|확인(?:해|하고|\s?중|\s?후)|알아보|찾아보|살펴보"
    r"|검토해\s?보|문의해\s?보|담당자(?:에게|한테|께))[^?]{0,28}$",
)
_ELSEWHERE = re.compile(
    r"^(?:(?:please|i)[\s,]+)?(?:see|check|sent (?:you )?(?:a )?|replied (?:in|by|via)"
    r"|answered (?:in|by|via)"
    r"|look at)?\s*(?:your )?(?:dm|pm|dms|inbox|private message|direct message)\b.{0,25}$"
    r"|^(?:네[,.\s]*)?(?:dm|디엠|쪽지|개인\s?톡|갠톡|개인\s?메시지|메일|이메일)(?:로|을|를)?\s?.{0,14}"
    r"(?:드렸|드릴|보냈|보낼|드리겠|주세요|확인|참고|답변).{0,12}$"
    r"|^(?:please )?(?:call|phone|email|e-mail|mail) (?:me|us)\b.{0,40}$",
)
_UNKNOWN = re.compile(
    r"^(?:(?:sorry|hmm+|well|ah|oh|tbh|honestly)[\s,.]*)*(?:i(?:'m| am| do| have)?\s*)?"
    r"(?:not sure|no idea|no clue|idk\b|don'?t (?:really )?know|can'?t (?:really )?help"
    r"|never (?:used|tried))"
    r".{0,60}$"
    r"|^(?:글쎄|음|죄송).{0,12}모르.{0,12}$|^(?:저(?:도|는))?\s?잘\s?모르.{0,12}$|^글쎄요?[.~\s]*$",
)
_PING = re.compile(
    r"^(?:hi|hello|hey|pls|please|so)?[\s,]*(?:(?:any|some)(?:one|body)(?: (?:here|there|around"
    r"|home|please"
    r"|can help|help|online|have an answer(?:/help)?))?(?: (?:me|for me|with (?:this|that|it)))?"
    r"|any (?:suggestion|idea|help|answer|thought|hint|news|update)s?(?: (?:for me|on this"
    r"|please|here))?"
    r"|(?:please )?help(?: me)?|are you (?:there|here)|you there|hello)[\s?!.]*$"
    r"|^(?:혹시\s?)?(?:아무도|누구|누가|담당자(?:분)?)\s?.{0,4}(?:없|계신|계세요|있나요).{0,10}$"
    r"|^(?:빠른\s?)?(?:답변|회신|도움)\s?(?:좀\s?)?(?:부탁|기다리|주세요).{0,10}$",
)
_MISPLACED = re.compile(
    r"\b(?:wrong (?:group|room|channel|chat|person|window)|(?:move|moving|ask|asking) (?:this|it"
    r"|my question)?"
    r"\s?.{0,14}(?:to|in) (?:the )?\w+ ?\w* (?:group|room|channel))\b|방을?\s?잘못|잘못\s?올",
)
_FAILS = re.compile(
    r"\b(?:errors?|fail(?:s|ed|ing|ure)?|crash(?:es|ed)?|hangs?|exception|doesn'?t|does not"
    r"|can'?t|cannot"
    r"|won'?t|isn'?t|not work(?:ing)?|still not|unable|couldn'?t|didn'?t|stuck)\b",
)
_ACK = re.compile(
    r"^(?:(?:ok(?:ay|ie)?|k|yes|yep|yeah|yup|no|nope|sure|right|good|great|nice|cool|super"
    r"|perfect|awesome"
    r"|excellent|exactly|true|indeed|oh|ah|aha|i see|got it|good to know|fine|done|hmm+|lol|haha"
    r"|sorry"
    r"|np|no problem|you'?re welcome|yw|welcome|will do|makes sense|of course|absolutely|maybe"
    r"|nothing|and|it|that'?s|is|so|very|all|too|much|well|one|please|me|both)\b[\s,.!:)~-]*)+$"
    r"|^(?:네+|넵+|넹|예|옙|아+|오+|아하|음+|헉|앗|와|아니요|아뇨|맞(?:아요|습니다)|그렇군요|그렇네요|그러네요|알겠습니다"
    r"|확인했습니다|이해했습니다|좋(?:아요|습니다|네요)|굿|천만에요|별말씀을요|ㅇㅋ|ㅇㅇ|ㄴㄴ|됩니다|되네요|해결됐습니다"
    r"|해결했습니다|저도요|저도|잘\s?됩니다|기다리겠습니다)"
    r"(?:[\s,.!~^ㅎㅋㅠㅜ]*(?:네+|넵+|아+|오+|그렇군요|알겠습니다|확인했습니다|잘\s?됩니다|됩니다|좋네요|기다리겠습니다))*"
    r"[\s,.!~^;ㅎㅋㅠㅜ]*$",
)
_REACTION = re.compile(
    r"^(?!.*(?:안|못|않|없|이상|느리|끊|멈추|막히|틀리))[가-힣]{2,9}(?:네요|군요|구나|겠어요)[\s.!~^ㅎㅋ]*$"
)
_SELF_ANSWER = re.compile(
    r"\b(?:figured (?:it )?out|found (?:it|out|the (?:problem|issue|cause|solution))"
    r"|solved it(?: by)?"
    r"|fixed it(?: by)?|the (?:problem|issue|cause) was|turns out|turned out|i had to"
    r"|never ?mind,? i)\b"
    r"|원인은|알고\s?보니|찾았습니다|제가\s?해결|바꾸니|바꿨더니|하니까?\s?됩",
)
_PLACEHOLDER = re.compile(
    r"^\W*(?:이모티콘|스티커|사진|동영상|음성\s?메시지|파일|sticker|emoji|emoticon|image|photo|picture|gif|video"
    r"|file|audio)(?:\s?\d+\s?(?:장|개)?)?\W*$",
)
_HANGUL = re.compile(r"[가-힣]")


def _plain(text: str) -> str:
    """Return a text as the patterns above want it: small letters, straight apostrophes."""
    return text.replace("’", "'").lower()


@lru_cache(maxsize=4096)
def is_question(text: str) -> bool:
    """Tell whether some sentence of the text asks something."""
    return any(_asks(span.of(text)) for span in sentences(text))


def is_only_question(text: str) -> bool:
    """Tell whether every sentence of the text asks something."""
    spans = sentences(text)
    return bool(spans) and all(_asks(span.of(text)) for span in spans)


def is_problem(text: str) -> bool:
    """Tell whether the text reports that something fails, or says what somebody wants."""
    return bool(_PROBLEM_EN.search(_plain(text)) or _PROBLEM_KO.search(text))


def is_failure(text: str) -> bool:
    """Tell whether the text reports that something fails, not only what somebody wants."""
    return bool(_FAILS.search(_plain(text)) or _PROBLEM_KO.search(text))


def is_misplaced(text: str) -> bool:
    """Tell whether the writer says that this was the wrong place to ask."""
    return bool(_MISPLACED.search(text.lower()))


@lru_cache(maxsize=4096)
def is_thanks(text: str) -> bool:
    """Tell whether the text thanks somebody."""
    return bool(_THANKS.search(text.lower()))


def is_resolved(text: str) -> bool:
    """Tell whether the text says that it works or is understood now."""
    return bool(_RESOLVED.search(text.lower()))


def is_reaction(sentence: str) -> bool:
    """Tell whether a sentence is one word of comment, such as `넉넉하네요.`."""
    return bool(_REACTION.search(sentence.strip()))


def is_self_answer(text: str) -> bool:
    """Tell whether the writer says what solved the own problem."""
    return bool(_SELF_ANSWER.search(text.lower())) and not is_question(text)


@lru_cache(maxsize=4096)
def act_of(text: str) -> Act:
    """Say what a trimmed message does; of several things, the first in the order looked at."""
    stripped = text.strip()
    if _says_nothing(stripped):
        return "empty"
    lowered = stripped.lower()
    for act, pattern in _WHOLE_MESSAGE:
        if pattern.search(lowered):
            return act
    if is_question(stripped):
        return "question"
    if is_thanks(stripped):
        return "thanks"
    if is_problem(stripped):
        return "problem"
    return "statement"


def _says_nothing(text: str) -> bool:
    """Tell whether there is no letter, or a single Latin one."""
    letters = (each for each in text if each.isalnum() and not "ㄱ" <= each <= "ㅣ")
    first = next(letters, "")
    return not first or (first.isascii() and first.isalpha() and not next(letters, ""))


def _asks(sentence: str) -> bool:
    bare = sentence.strip()
    if bare.endswith(("?", "？")):
        return True
    if _HANGUL.search(bare):
        return bool(_QUESTION_KO.search(bare))
    return bool(_QUESTION_EN.search(bare.lower()))


_WHOLE_MESSAGE: tuple[tuple[Act, re.Pattern[str]], ...] = (
    ("empty", _PLACEHOLDER),
    ("elsewhere", _ELSEWHERE),
    ("stall", _STALL),
    ("ping", _PING),
    ("unknown", _UNKNOWN),
    ("ack", _ACK),
)

"""Words that turn a statement into its opposite, in English and Korean: negations and pairs."""

import re
from dataclasses import dataclass
from functools import lru_cache

NEGATION = "negation"
"""The dimension of cues that deny; all of them stand on one side."""

_NEGATIONS_EN = (
    r"cannot|cant|(?:wo|do|does|did|is|are|was|were|has|have|had|should|could|would|must|need"
    r"|ai)nt|[a-z]+n['’]t|not|no(?!\.\s?\d)|never|none|nothing|nobody|nowhere|neither|nor|without"
    r"|unable|impossible|unsupported|incapable|incorrect(?:ly)?|invalid|unnecessary|unavailable|unsafe|incompatible"
    r"|lacks?|lacking|hardly|fails? to|refuses? to|un(?=\s)"
)
_NEGATIONS_KO = (
    r"(?<![가-힣])안(?=\s?[가-힣])"
    r"(?!녕|내|전|정|에서|쪽|테나|으로|에[^\w]|의|팎|드로이드|심|경|착|건)(?!\s?(?:쪽|에))"
    r"|(?<=[가-힣])(?<![문불편미])안(?=되|돼|됩|된|됐|된다|돼요|나와|나옵|떠|뜨|떠요|보여)"
    r"|(?<![가-힣])못(?=\s?[가-힣])|(?<=[가-힣])못(?=하|합|해|했|한|할|함|됩|돼|되|된)"
    r"|않|없|아니(?!면|요)|아닙|아닌|아님|불가(?!피)|불필요|불안정|부정확|부적합|비정상|비호환"
    r"|미지원|무효|잘못(?=된)"
    r"|말아|(?<=지)\s?(?:마세|마십|마시|말[고라것아])|모르|모릅|몰라"
)
_NEGATION = re.compile(rf"\b(?:{_NEGATIONS_EN})(?![\w'])|{_NEGATIONS_KO}", re.IGNORECASE)
_NO_CUE = re.compile(r"\b(?:not only|no problem|why not|no doubt|if not)\b", re.IGNORECASE)

# One line a dimension: one side, a bar, the other. A star stands for any ending of an English word.
_ENGLISH = """
possible able can|impossible unable
before prior earlier beforehand preced*|after later afterwards afterward follow*
higher above greater over exceed*|lower below less under
more larger bigger longer faster|fewer smaller shorter slower less
high|low
max maximum most largest highest upper|min minimum least smallest lowest lower
enable* activat* on|disable* deactivat* off
enabled|disabled
active|inactive
increas* raise* rais* grow* rise* rising rose|decreas* reduc* lower* drop* fall* fell declin*
master* primary main|slave* secondary backup
input* in incoming inbound|output* out outgoing outbound
buyer* customer* purchaser*|seller* vendor* merchant*
send* sender* sent transmit* tx|receiv* recipient* rx
client*|server*
upload*|download*
read* rd|writ* wrote wr
open* opened|clos* shut
start* begin* began begun|stop* end* finish* halt*
connect* connected|disconnect* disconnected
attach*|detach*
first initial*|last final*
internal* inside inner|external* outside outer
left|right
top|bottom
up|down
front*|back*
true|false

always|never
all every both|none neither
with|without
required mandatory must|optional
allow* permit*|forbid* prohibit* deny denied denies reject* block*
include* including|exclude* excluding except
support*|unsupport*
success* succeed* pass passes passed|fail*
static|dynamic
synchronous* sync blocking|asynchronous* async nonblocking
host|device
yes yeah yep|no nope
parent*|child*
local*|remote*
public*|private*
source*|destination* target*
positive*|negative*
rising|falling
pull-up pullup|pull-down pulldown
add* adding insert*|remov* delet* subtract*
install* installed|uninstall*
new newer newest latest|old older oldest
same identical equal|different differ*
hot|cold
full|half empty
wired|wireless
volatile|non-volatile nonvolatile
big-endian|little-endian
lock*|unlock*
safe|unsafe dangerous
valid|invalid
correct*|incorrect* wrong*
stable|unstable
better best|worse worst
good|bad
early earlier earliest|late later latest
buy* bought|sell* sold
give* gave|take* took
win* won|lose* lost losing
import*|export*
encrypt*|decrypt*
push*|pull*
serial|parallel
even|odd
horizontal*|vertical*
wake*|sleep*
gain*|loss*
profit*|loss*
optimistic|pessimistic
strong*|weak*
easy easier easily|hard harder difficult
"""
_KOREAN = """
가능|불가능 불가
있|없
전 전에 이전 먼저 앞서|후 뒤 후에 이후 나중 다음
높|낮
크 큰 커|작 적은
많|적
이상 초과|이하 미만
최대|최소
빠르 빠른|느리 느린
길|짧
활성화 활성 켜 켠 켤|비활성화 비활성 끄 끈 끌 꺼
증가 늘 올리 올라|감소 줄 내리 내려
상승|하강
마스터|슬레이브
입력|출력
구매자 구매 매수 사는|판매자 판매 매도 파는
송신 보내 보낸 전송|수신 받 받은
송신측|수신측
클라이언트|서버
업로드|다운로드
읽|쓰 써 쓸 쓴
읽기|쓰기
열 여는 열리|닫 닫히
시작|종료 끝
연결|해제 분리
처음 첫 최초|마지막 최종
내부 안쪽|외부 바깥쪽
왼쪽 좌측|오른쪽 우측
위 위쪽 상단|아래 아래쪽 하단
참|거짓
필수|선택
허용|금지 차단
포함|제외
지원|미지원
성공|실패
정적 고정|동적 유동
동기|비동기
호스트|디바이스
부모|자식
로컬|원격
공개|비공개
출발지 소스 발신|목적지 착신
추가|삭제 제거
설치|제거
새 신형 최신|옛 구형
같 동일|다르 다른
유선|무선
잠그 잠금|풀 해제
안전|위험
유효|무효
정상|비정상 이상
맞|틀리 틀린
풀업|풀다운
직렬|병렬
짝수|홀수
주다 빌려주|빌리
임대인 집주인|임차인 세입자
환불|결제
발신자|수신자
상위|하위
전원|접지
네 예 넵|아니요 아니오 아뇨
"""


@dataclass(frozen=True, slots=True)
class Cue:
    """A word whose exchange or loss turns the statement round."""

    dimension: str
    """What it is about: `negation`, or the pair it belongs to."""
    side: int
    """0 or 1: which of the two it says; a negation is always 1."""
    start: int
    """First code point."""
    end: int
    """One past the last code point."""


def negations(text: str) -> tuple[Cue, ...]:
    """Find the words that deny something, in order; set phrases that deny nothing are left out."""
    idle = [match.span() for match in _NO_CUE.finditer(text)]
    return tuple(
        Cue(NEGATION, 1, match.start(), match.end())
        for match in _NEGATION.finditer(text)
        if not any(start <= match.start() < end for start, end in idle)
    )


def sides(key: str) -> tuple[tuple[str, int], ...]:
    """Return the dimensions a unit's key speaks of, each with the side it takes."""
    return _english().get(key, ()) or _korean().get(key, ()) or _begun(key)


def are_opposites(one: str, other: str) -> bool:
    """Tell whether two keys stand on different sides of one dimension."""
    theirs = dict(sides(other))
    return any(theirs.get(dimension, side) != side for dimension, side in sides(one))


@lru_cache(maxsize=16384)
def _begun(key: str) -> tuple[tuple[str, int], ...]:
    """Look up what a key begins with: `transmitter`, `내려가`."""
    if key.isascii():
        return tuple(side for stem, side in _stems() if key.startswith(stem))
    return _korean().get(key[:2], ()) if len(key) > len("내려") else ()


@lru_cache(maxsize=1)
def _stems() -> tuple[tuple[str, tuple[str, int]], ...]:
    return tuple((word.rstrip("*"), side) for word, side in _listed(_ENGLISH) if word.endswith("*"))


@lru_cache(maxsize=1)
def _english() -> dict[str, tuple[tuple[str, int], ...]]:
    from chatmill.text.morphemes import units

    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for word, side in _listed(_ENGLISH):
        whole = word.rstrip("*")
        for key in {whole, *(unit.key for unit in units(whole)[:1])}:
            found[key] = (*found.get(key, ()), side)
    return found


@lru_cache(maxsize=1)
def _korean() -> dict[str, tuple[tuple[str, int], ...]]:
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for word, side in _listed(_KOREAN):
        found[word] = (*found.get(word, ()), side)
    return found


def _listed(table: str) -> list[tuple[str, tuple[str, int]]]:
    """Read a table: each word with its dimension (the line's first word) and its side."""
    listed: list[tuple[str, tuple[str, int]]] = []
    for line in table.split("\n"):
        if "|" not in line:
            continue
        dimension = line.split("|", maxsplit=1)[0].split()[0]
        for side, words in enumerate(line.split("|")):
            listed += [(word, (f"{dimension}", side)) for word in words.split()]
    return listed

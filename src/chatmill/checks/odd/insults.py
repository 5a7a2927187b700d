"""Insults and swear words; what engineers kill, abort and enslave survives."""

import re
from collections.abc import Iterator

from chatmill.checks.odd.places import Odd

_INSULT_EN = re.compile(
    r"\b(?:mother)?fuck(?:ing|er|ers|ed|s|wit|tard)?\b|\bf[*#@]{1,3}k(?:ing|er|ed)?\b|\bwtf\b"
    r"|\bstfu\b"
    r"|\bgtfo\b|\b(?:bull|dip|horse)?shit(?:ty|head|s|hole)?\b|\bass(?:hole|hat|wipe)s?\b"
    r"|\bdumb ?ass(?:es)?\b"
    r"|\bbastards?\b|\bbitch(?:es|y)?\b|\bdick ?heads?\b|\bmorons?\b|\bmoronic\b"
    r"|\bidiots?\b(?!.proof)|\bidiotic\b|\bimbeciles?\b|\bretards\b|\b(?:you|fucking|a) retard\b"
    r"|\bcunts?\b"
    r"|\bwankers?\b|\btwats?\b|\bscumbags?\b|\bdouche(?:bag)?s?\b|\bsons? of bitch(?:es)?\b"
    r"|\byou(?:'re| are| guys are)? (?:all )?(?:so |really |just |too |such )?(?:stupid|dumb"
    r"|pathetic|an? clown|clowns"
    r"|a joke|incompetent|brainless|braindead)\b|\byou (?:stupid|dumb|lazy|worthless|useless) \w+"
    r"|(?<!\bto )(?<!\bit )(?<!r )\bshut (?:the \w+ )?up\b"
    r"|\bgo to hell\b|\b(?:screw|damn) you\b|\bpiss off\b"
    r"|\bkill yourself\b|\bkys\b",
    re.IGNORECASE,
)
_INSULT_KO = re.compile(
    r"[씨씹쒸]\s?[발팔](?!\s?[점역])|(?<![가-힣])시[발팔](?![점역자행가-힣])|시발(?:놈|년|새끼|것|ㅋ)"
    r"|(?<![ㄱ-ㅎ])[ㅅㅆ][ㅂㅍ](?![ㄱ-ㅎ])|(?<![ㄱ-ㅎ])ㅂㅅ(?![ㄱ-ㅎ])"
    r"|병신(?!\s?[년일])|(?<![ㄱ-ㅎ])ㅈㄹ(?![ㄱ-ㅎ])|(?<![ㄱ-ㅎ])ㄲㅈ(?![ㄱ-ㅎ])|지랄|염병|좆|좇같|존나|졸라\s?(?:못|짜증|구)"
    r"|개새끼|개\s?새끼"
    r"|(?:이|저|그|미친|이런|저런)\s?새끼(?!\s?(?:보드|줄|고양이|강아지|손가락|발가락))|새끼(?:야|들아|들이)|개자식|개소리|개같[은이네]"
    r"|미친\s?(?:놈|년|거\s?아니|것들)|또라이|돌아이|등신(?!대)|머저리|얼간이|멍청(?:이|한\s?(?:놈|새끼|것|인간))|바보\s?(?:냐|야\b|같은"
    r"|멍청이|새끼)"
    r"|쓰레기\s?(?:같은|같네|냐|들)|닥쳐(?:라|!|\s*$|\s?좀)|닥치[고세]|입\s?닥|꺼져라|(?:^|너나?\s|당장\s"
    r"|나한테서\s)꺼져\s*[!.]*\s*$|뒈[져지]|썅|엿\s?먹|니\s?애미|느금마?"
    r"|찐따|한심한\s?(?:놈|인간|것들)|(?:사기꾼|도둑)\s?(?:놈|새끼|들아)"
)


def odd_insults(text: str) -> Iterator[Odd]:
    """Yield each insult."""
    for pattern in (_INSULT_EN, _INSULT_KO):
        for match in pattern.finditer(text):
            yield Odd("insult", match.start(), match.end(), "holds an insult or a swear word")

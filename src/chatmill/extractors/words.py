"""Word lists of the system line: what names nothing, and what a noun follows."""

NO_NAMES = frozenset(
    """
    OK IT NO YES DM PM FAQ ID FYI IMO BTW LOL ASAP THE NOT AND OR HI
    """.split()  # noqa: SIM905 - one word a line would be hundreds of lines
)
"""Capitals that name nothing."""

LEADS = frozenset(
    """
    the a an my your our no any which what of for in on at over with
    """.split()  # noqa: SIM905 - one word a line would be hundreds of lines
)
"""English words a noun follows."""

COMMON_ENGLISH = frozenset(
    """
    about above accept accepts after again against ago all also although always and another
    answers any anybody anyone anything are around arrive arrives ask asking back because
    been before being below best better between both bring but call called calls came can
    cannot case change check clear clears close come comes compared connect could did
    different disable does doing done down draw draws drive drop drops each either else
    enable enough even ever every everything exactly failed fails far fast few find first
    fixed for free from get gets give gives giving goes going good got great guess had
    handle handles hang hangs happen happens hard has have having hello help here hint hold
    how idea ignore ignores include included inside into issue its just keep keeps kind know
    large largest last least left less let like little long look looking lot low made make
    makes many mate max maybe mean means might mine more most much must myself need needs
    never new next nice none not nothing now number numb off once one only open opens other
    others our out over own part place plain please possible problem question quick quite
    rather read reach reaches reading reads real really reason return returns right run runs
    same say says see seems seen sees send sends sent set sets should show shows side simple
    since slow some somebody someone something soon sorry start started starts still stop
    stopped stops strange such sure take taken takes talk tell than thank thanks that the
    their them then there these they thing things think this those though through time times
    together tried tries true try trying turn turns two under until use used uses using
    usual value verify very wait want wants was way well went were what when where which
    while who whole whose why will with within without won wondering work working works
    would write writes wrong yeah yes yet you your
    """.split()  # noqa: SIM905 - one word a line would be hundreds of lines
)
"""English words that say nothing about the topic."""

HUNG_ON = frozenset(
    """
    built made sent kept held lost found wired powered stored connected configured mounted
    enabled disabled attached located installed soldered returned reported
    """.split()  # noqa: SIM905 - as above
)
"""English words that end a question, not a name: how is the frame *built*."""

COMMON_KOREAN = frozenset(
    """
    어떻 동시 동시에 개 두 세 한 번 쪽 어떻게 무엇 무슨 어디 어느 언제 얼마 혹시 정말 그냥 지금
    다시 이번 저번
    이것 그것 저것 여기 거기 우리 제가 저희 경우 방법 문제 질문 관련 때문 정도
    다른 같은 모두 계속 항상 직접 먼저 다음 이후 이전 하나 둘 안 못 뭐 뭘 왜
    몇 좀 더 잘 꼭 또 이 그 저 수 것 거 게 때 데 등 및 제 내 네 예 아
    이상 그럼 그러면 그리고 그런데 근데 하지만 그래서 만약 아마 역시 최대 최소
    안에 밖에 위에 밑에 뒤에 앞에 옆에 중에 후에 전에 사이에 근처에
    보통 자꾸 가끔 이상하 무조건 진짜 매번 새로 따로 바로 함께 오늘 어제 내일
    모레 이거 그거 저거 누구 여러 일부 전부 거의 아직 이미 별도 원래 제대
    """.split()  # noqa: SIM905 - one word a line would be hundreds of lines
)
"""Korean words that say nothing about the topic."""

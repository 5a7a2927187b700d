"""Finds what could be a part number in one message, and what the words beside it say of it."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

Hint = Literal["product", "other", "none"]
"""What the words beside a name say: `the W5500 chip`, `error E1234`, or nothing."""


def _any(words: str) -> str:
    """Return a pattern that takes any of some words; `_` stands for an optional blank."""
    return "|".join(re.escape(word).replace("_", r"\s?") for word in words.split())


_FILE_ENDINGS = _any("""
    h c cc cpp hpp py js ts json xml htm html pdf doc docx xls xlsx ppt pptx zip gz tar 7z exe msi
    bin hex elf png jpg jpeg gif svg mp3 mp4 csv txt log ini cfg conf so dll deb rpm iso img md yml
    yaml sh bat java rb go rs cs php sql db com net org io
""")
_BLANKED = re.compile(
    rf"""
      ```.*?(?:```|\Z)
    | [A-Za-z][A-Za-z0-9+.-]*://\S+ | \bwww\.\S+
    | \S+@\S+\.\S+
    | (?<!\S)(?:~|\.{{1,2}})?/\S+ | \b[A-Za-z]:\\\S+
    | \b[\w-]+(?:\.[\w-]+)*\.(?:{_FILE_ENDINGS})(?![A-Za-z0-9])
    | \b[0-9A-Fa-f]{{2}}(?:[:-][0-9A-Fa-f]{{2}}){{5}}\b
    | \b[0-9A-Fa-f]{{8}}(?:-[0-9A-Fa-f]{{4}}){{3}}-[0-9A-Fa-f]{{12}}\b
    | \b\d{{4}}-\d\d-\d\d\S*
    """,
    re.VERBOSE | re.DOTALL,
)
"""Code, addresses, paths, files, hardware addresses and dates: what stands in them is no name."""
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_#@$%&\\.=+*-])(?=[A-Za-z0-9-]*\d)(?=[a-z]{0,2}[A-Z]|\d{1,2}[A-Z])"
    r"(?=[A-Za-z0-9-]*[A-Z])[A-Za-z0-9]{1,24}(?:-[A-Za-z0-9]{1,16}){0,4}"
    r"(?![A-Za-z0-9_=\\]|\.\w|::|->|-[A-Za-z0-9]|\((?:[a-z0-9_]*\)|[a-z0-9_]+,))"
)
_PLAIN_TAIL = re.compile(r"(?:-[a-z]{2,})+$")
"""`-based`, `-side`: English words hung on."""
_PINS = _any("""
    gpio gp pin io adc dac pwm port com uart usart spi i2c i2s can tim timer dma irq int exti eth
    wlan lpt tty led btn sw pa pb pc pd pe pf bit bank reg core cpu gpu sda sdb tp jp
    stage step part test data file case table fig page line row col day week level type
    mode no nr num
""")
_LETTERS = _any("p d a q h x y f cs ss ch")
_STANDARDS = _any("""
    ipv ip tcp udp ping tls ssl ssh http smb nfs ntp oauth utf ucs base md sha aes rsa des crc ecc p
    cat rj usb pci pcie sata ddr hdmi dp ext fat raid mp mpeg h html css es php sse avx wpa wep web
    iso iec ieee en ks ansi rfc din jis ul fcc ce cve pm eui vlan rs so sop soic qfn qfp lqfp tqfp
    bga sot to dip lead utc gmt kst b2 p2 ia dx
""")
_SYSTEMS = _any("""
    win windows android ios macos osx ubuntu debian centos fedora node python java chrome firefox ff
    ie gtk qt gnome kde grub apache mysql angular xcode swift vs office word excel
""")
_VERSIONS = _any("v r rev ver sp rc beta alpha build fw hw sw")
_NUMBERED = _any("""
    pr mr gh issue bug ticket order ord inv po rma sn id errno err guest room user anon dmarc
    usd eur krw chf gbp jpy cny us
""")
_NAMES = _any("""
    b2b b2c p2p y2k k8s l10n i18n v4l v4l2 s2e m2m o2o e2e w3c x64 x86 x86-64 x509 x11 aarch64 amd64
""")
_NO_PART = re.compile(
    rf"""(?ix)
      (?:ctrl|ctl|alt|shift|cmd|fn)-[\w-]+ | f\d{{1,2}}-f\d{{1,2}}
    | \d+[a-z]{{1,5}} | \d{{1,3}}[vkrmunpag]\d{{1,2}}[a-z]?        # 10MHz, 16KB, 3V3, 4K7, 1V2O
    | 0x[0-9a-f]+ | [0-9a-f]{{2,}}h | [a-f]?\d+[a-f]
    | (?=[0-9]*[a-f][0-9a-f]*\d)(?=.*\d[a-f]+\d)[0-9a-f]{{6,}}
    | v?\d+(?:-\d+)*(?:[a-z]\d*)? | (?:{_VERSIONS})-?\d+[a-z]?\d*
    | (?:{_PINS})-?\d{{1,3}}[a-z]? | (?:{_LETTERS})-?\d{{1,2}} | fy-?\d+
    | (?:{_STANDARDS})-?\d{{1,5}}(?:[a-z]{{1,2}})?(?<!ip\d\d\d[a-z])(?:-\d{{1,5}})*
    | (?:ip|tcp|udp|ping)v[46](?:-\w+)? | (?:ascii|bit|utf|ed)\d+\w* | armv?\d\w* | cortex-\w+
    | i[3-9] | i[3-6]86 | (?:{_NAMES}) | (?:{_SYSTEMS})-?\d+\w?
    | kb\d{{6,}} | ora-\d+ | (?:ts|cs)\d{{4}} | ah\d{{5}} | (?:{_NUMBERED})-?\d+\w*
    """
)
"""Units, pins and ports, standards, packages, versions, systems, codes, orders, prices, guests."""
_KINDS = _any("""
    chip chips chipset chipsets board boards module modules model models device devices sensor
    sensors mcu mcus soc ic ics printer printers laptop laptops router routers camera cameras modem
    modems inverter inverters
""")
_KINDS_KOREAN = _any("칩 보드 모듈 제품 모델 시리즈 센서 데이터_시트 프린터 인버터 개발_보드 기종")
_FOR_BEFORE = re.compile(
    rf"(?:\b(?:{_KINDS}|part|part (?:number|no\.?)|product|datasheet of(?: the)?)"
    r"|모델명?|제품명?|품번|기종|칩|보드|모듈|센서)[\s:'\"`(]{1,3}$",
    re.IGNORECASE,
)
_FOR_AFTER = re.compile(
    rf"(?:'s\s|\)?[\s-]{{0,2}}(?:{_KINDS}|series|cpus?|datasheet|evb|kit|dongle|adapter|codec|phy)\b"
    rf"|\s?(?:{_KINDS_KOREAN}))",
    re.IGNORECASE,
)
_OTHERS = _any("""
    error errors err code codes errno order orders order_number order_no ticket tickets invoice
    invoices case rma po serial serial_number serial_no s/n issue issues bug bugs version ver rev
    revision release build pin pins port ports register registers bit bits address gpio room flight
    tracking tracking_number nick user coupon token key password commit hash
""")
_OTHERS_KOREAN = _any("""
    오류 에러 코드 주문 주문_번호 송장 송장_번호 접수_번호 티켓 시리얼 시리얼_번호 일련_번호 버전
    리비전 핀 포트 레지스터 비트 주소 쿠폰 예약_번호 견적 견적_번호 운송장 비밀_번호
""")
_AGAINST_BEFORE = re.compile(
    rf"(?:\b(?:{_OTHERS})\.?|{_OTHERS_KOREAN})(?:\s(?:is|was|은|는)|은|는|이|가)?[\s:#='\"`(]{{1,3}}$",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"[:,]\s")
_BEFORE, _AFTER = 32, 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that could be a part number."""

    spelling: str
    hint: Hint


def candidates(text: str, speakers: Collection[str] = ()) -> Iterator[Candidate]:
    """Yield what could be part numbers, in order, each time it stands there.

    Args:
        text: One message.
        speakers: Casefolded names of people; they are no parts.
    """
    if not any(letter.isdigit() for letter in text):
        return
    plain = _BLANKED.sub(" ", text)
    for match in _TOKEN.finditer(plain):
        spelling = _PLAIN_TAIL.sub("", match.group())
        if (
            spelling.casefold() in speakers
            or _NO_PART.fullmatch(spelling)
            or not any(each.isdigit() for each in spelling)
        ):
            continue
        before = plain[max(0, match.start() - _BEFORE) : match.start()]
        after = plain[match.end() : match.end() + _AFTER]
        yield Candidate(spelling, _hint(before, after))


def _hint(before: str, after: str) -> Hint:
    is_addressed = not before.strip() and _ADDRESSED.match(after)
    if is_addressed or _AGAINST_BEFORE.search(before):
        return "other"
    return "product" if _FOR_BEFORE.search(before) or _FOR_AFTER.match(after) else "none"

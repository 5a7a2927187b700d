"""Words around names: Korean surnames, syllables, titles, and words that look like names."""

_SURNAMES = """
강고공곽구국권금기길김나남노도류마맹명모문민박반방배백변봉부사서석선설성소손송신심안양어엄
여연염예오옥왕용우원위유육윤은이인임장전정제조주지진차채천최추탁편표하한함허현홍황
"""
SURNAMES = frozenset(_SURNAMES) - {"\n"}
TWO_SYLLABLE_SURNAMES = frozenset(("남궁", "독고", "동방", "사공", "서문", "선우", "제갈", "황보"))
_GIVEN_SYLLABLES = """
가강건겨결겸경계고관광교구국권규균근금기길나남내노다단달담대덕도동두라란람래려련령로록루류
리린림마만명모무문미민바반방배백범별병보복봉빈빛사산상새샘서석선설섭성세소솔송수숙순승시식
신아안애양어언엄여연열영예오옥온완요용우욱운웅원월유육윤율은을음의이익인일임자장재전정제조
종주준중지진찬창채철초춘충치태택하학한해헌혁현형혜호홍화환회효후훈휘흥희
"""
GIVEN_SYLLABLES = frozenset(_GIVEN_SYLLABLES) - {"\n"}
"""Syllables given names are made of."""
_KOREAN_TITLES = """
간호사 감독 계장 고객 과장 교수 국장 그룹장 기사 기자 대리 대표 매니저 박사 반장 변호사 본부장
부대표 부사장 부장 사원 사장 상담사 상담원 상무 선생 선임 센터장 소장 수석 실장 엔지니어 연구소장
연구원 의사 이사 작가 전무 조교 주임 차장 책임 코치 팀장 파트장 프로 학생 회장
"""
KOREAN_TITLES = frozenset(_KOREAN_TITLES.split())
_NO_KOREAN_NAMES = """
감독 강사 강아지 강원 개발 개발자 경기 경리 경비 경비원 고객 고객님 고객사 고모 고모님 고양 고양이
고정 공급사 공급자 공무원 공사 공장 공주 관리 관리자 교수 구매 구매자 구매팀 구인 구직자 국민
그러나 기계 기본 기본값 기사 기사님 기사단 기사분 기술 기술자 기자 기획 기획자 나라 남동 남자 남편
내일 노동자 노인 다음 담당 담당자 대리점 대전 대표 대표님 도련 마님 명예 모듈 문의 문의자 반장
방문 방문자 배달 배송 배송기 변호 보수 보유자 보호자 본사 부모 부산 부인 부장 부장님 부처 사람
사모 사업자 사용자 사원 사장 사장님 사회인 상담 상담사 상담원 생산자 서버 서울 선배 선생 선생님
선수 선임 설계자 설정 설치 성남 성명 성인용 성함 소비자 소유자 소장 손님 손님들 송신자 수령자 수리
수신자 수원 숙녀 시민 신랑 신부 신사 신임 신입 신입생 신청자 신호 심사 아내 아이 안내원 안산 안양
안전 어른 어제 여러분 여자 연결 연구 연구소 연구원 연구자 연구팀 연락처 영업 예수 예약자 오늘 왕자
용사 용인 우리 운영자 원장 원장님 위원 유명 유저 유지 유통사 유학생 은인 은행 의사 이동 이런 이렇
이름 이모 이모님 이미 이번 이사 이사님 이상 이외 이용 이용자 이웃 이유 이자 이전 이제 이하 이후
인간 인사 인증 인천 임시 임원 작성자 장모 장모님 장애인 재무 저런 전공자 전류 전문 전문가 전부
전산 전압 전원 전임 전자 전직 전체 전화 정규 정말 정보 정직 제가요 제작자 제조사 제주 제품 조교
조금 조립 조상 조카 주문 주문자 주민 주방 주소 주인 주임 주임님 주최자 지금 지도자 지사 지역 지원
지원자 지인 진행자 차기 청년 총무 최근 친구 택배 판매자 판사 품질 하나 하느 하지만 한국인 한번
현장 현재 홍보 회계 회사 회원 후임
"""
NO_KOREAN_NAMES = frozenset(_NO_KOREAN_NAMES.split())
"""Words made like a name."""
_ROLE_WORDS = """
action admin administrator agent anonymous assistant bot client customer deleted demo desk
engineer engineering example fae guest help helpdesk me member moderator operator owner sales
service someone staff support system team technician test tester unknown user visitor you 고객
고객님 고객센터 고객지원 관리자 구매자 기술지원 나 담당자 답변자 매니저 문의자 봇 사용자 상담사
상담원 손님 시스템 알수없음 운영자 익명 지원팀 직원 질문자 판매자
"""
ROLE_WORDS = frozenset(_ROLE_WORDS.split())
_NICKNAME_WORDS = """
about after again all also always and angel angry another answer any april are art august back bad
base bear because before best between big bill bird bitter black blue board book boss buffer bug
build busy but cable can car cat cell channel chat chief chip clean clock close closed cloud code
cold come cool crazy dark data day debian demon devil dirty disk doctor dog don door down dragon
drew drive driver each eagle earth easy email empty error ethernet even ever every faith false
fast feel few file find fine fire first fish fix flower folder for fox frank free fresh from full
funny game get ghost give god goes gold good got grace grant great green ground group had happy
hard has hate have hawk hello her here hero hey high him his home hope hot hour house how hunter
ice image into issue its jack joy june just kernel key king knight know lady lake last leaf least
left less let letter light like line link linux lion list little lock long look lord love low mail
make many mark master may maybe memory message minute mobile module moment month moon more most
mouse much music name need network never new next nice night ninja none normal not now null number
nurse ocean often okay old once one only onto open other our out over own page paper pat patch pen
perhaps phone photo picture pin pirate place play player please point port power prince problem
put queen question radio rain ray red release reset rich right river rob rock room root rose run
sad same say sea second see seem server set she short signal silver since site sky slow small snow
socket some song sorry sour star start still stone stop storm student such sue sun sure sweet
table take talk teacher text than thank thanks that the then there they think this though tiger
time too tree true two type ubuntu under until update upon use usual version video wait want was
water way web week what when where while white who why will wind window windows wireless with
within without wolf wood word work worst wrong year yes yet you your zero
"""
NICKNAME_WORDS = frozenset(_NICKNAME_WORDS.split())
"""Words that nicknames are made of; alone they name somebody only where somebody is spoken to."""
_NO_ENGLISH_NAMES = """
a able about advance afraid after afternoon again all also always america american an and android
angular answer any anybody anyone api apple appreciate april arduino are as at august aware
awesome aws azure back because before best board bot but by bye can ceo channel check cheers
chinese christmas come community confused cool could cpu cto curious currently customer datasheet
dear debian december department developers devs dhcp did director discord dns do docker docs
documentation does done driver easter engineer engineering english error esp32 esp8266 ethernet eu
europe evening everybody everyone february fine firmware folks for forum french friday friend
friends from gentlemen german getting github gitter give glad go god going good google gpio great
group guide guy guys had happening happy has have having he hello here hey hi how hr http https i
i2c ide if in interested internet into ios ip is issue it january japanese java javascript jesus
july june just kakao kakaotalk kitty know korea korean kubernetes ladies later led let let's lets
linux list look looking looks lord mac macos madam maintainer maintainers make manager manual
march may maybe microsoft module monday morning much need network never new nice night no node not
november now october of often ok okay on once one or page pdf people pi please problem python
question raspberry react ready really regards reset room running sales saturday sdk see seems
september server service she since sir slack so someone soon sorry spi staff start still stm32
stop stuck sunday support sure take tcp team technical than thank thanks that the then there they
think this though three thursday to today tomorrow try trying tuesday two uart ubuntu udp uk
unable usa usb use users using version very wait want we wednesday welcome well what when where
which while who why wiki will windows with wiznet wondering working world would yes yesterday you
your
"""
NO_ENGLISH_NAMES = frozenset(_NO_ENGLISH_NAMES.split())
"""Words with a capital that are no names after a greeting or `I am`."""

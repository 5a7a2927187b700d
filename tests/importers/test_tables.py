"""Tables of every kind: columns named or known, rooms in turns, bad rows given back."""

import csv
import io
import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from chatmill.errors import InputError, LimitError
from chatmill.importers.tables.cells import Times
from chatmill.importers.tables.ids import ScatteredIds
from chatmill.settings import ImportSettings
from importers.generated_conversations import Said, conversations
from reading import ReadExport, read_export, write_export

MAPPED = {"room": "ticket", "speaker": "who", "text": "body", "time": "written"}


def read_mapped(path: Path, **columns: str) -> ReadExport:
    """Read a table whose columns are named."""
    return read_export(path, settings=ImportSettings(columns=columns, require_columns=True))


def write_book(folder: Path, sheets: dict[str, Any], *, merge: str = "") -> Path:
    """Write a workbook of some sheets."""
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    book.remove(book.worksheets[0])
    path = folder / "book.xlsx"
    book.save(path)
    return path


def write_parquet(folder: Path, columns: dict[str, Any]) -> Path:
    """Write a Parquet file of some columns."""
    path = folder / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("sign", [",", "\t", ";", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_delimiter_and_encoding_are_told_by_content(
    tmp_path: Path, sign: str, encoding: str
) -> None:
    """Any of the usual signs cuts the same rows, in any encoding, with line ends inside quotes."""
    lines = [
        "방,작성자,내용,날짜",
        '문의 1,김민수,"소켓은 몇 개;인가요|?\r\n둘째 줄",2024-03-11 09:12',
        "문의 2,박지현,여덟 개입니다,2024-03-11 09:13",
    ]
    text = "\r\n".join(line.replace(",", sign) for line in lines) + "\r\n"
    export = read_export(write_export(tmp_path, "export", text, encoding=encoding))
    assert export.importer == "table"
    assert [room.key for room in export.rooms] == ["문의 1", "문의 2"]
    assert export.lines == [
        ("2024-03-11 09:12", "김민수", "text", "소켓은 몇 개;인가요|?\n둘째 줄"),
        ("2024-03-11 09:13", "박지현", "text", "여덟 개입니다"),
    ]


@given(rooms=st.lists(st.tuples(st.sampled_from(["a", "방 2", "c,d"]), conversations(max_size=3))))
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_conversations_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, kind: str, rooms: list[tuple[str, list[Said]]]
) -> None:
    """Rooms that take turns, names, times and any words survive every kind of table."""
    rows = [(room, each) for room, messages in rooms for each in messages]
    if not rows:
        return
    path = _write_rows(tmp_path_factory.getbasetemp(), kind, rows)
    export = read_export(path, importer="table", settings=ImportSettings(columns=MAPPED))
    assert export.rejections == ()
    assert [(each.speaker, each.sent_at, each.text) for each in export.messages] == [
        (each.speaker, str(each.sent_at), each.text) for _, each in rows
    ]
    keys = [room for at, (room, _) in enumerate(rows) if at == 0 or rows[at - 1][0] != room]
    assert [room.key for room in export.rooms] == keys


def _write_rows(folder: Path, kind: str, rows: list[tuple[str, Said]]) -> Path:
    header = list(MAPPED.values())
    cells = [[room, each.speaker, each.text, str(each.sent_at)] for room, each in rows]
    if kind == "parquet":
        return write_parquet(folder, dict(zip(header, zip(*cells, strict=True), strict=True)))
    if kind == "xlsx":
        # a spreadsheet program marks text that begins with = as text; openpyxl needs to be told
        book = Workbook(write_only=True)
        sheet = book.create_sheet("rows")
        from openpyxl.cell import WriteOnlyCell

        for row in [header, *cells]:
            line = []
            for value in row:
                cell = WriteOnlyCell(sheet, value)
                cell.data_type = "s"
                line.append(cell)
            sheet.append(line)
        path = folder / "rows.xlsx"
        book.save(path)
        return path
    if kind == "jsonl":
        lines = [json.dumps(dict(zip(header, row, strict=True))) for row in cells]
        return write_export(folder, "rows.jsonl", "\n".join(lines) + "\n")
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter="\t" if kind == "tsv" else ",").writerows([header, *cells])
    return write_export(folder, f"rows.{kind}", stream.getvalue())


def test_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A typo in a mapping is one line that lists the columns, in every kind of table."""
    table = "ticket,who,body\n1,Kim,hi\n2,Park,hello\n"
    paths = [
        write_export(tmp_path, "a.csv", table),
        write_export(tmp_path, "a.jsonl", '{"ticket": 1, "who": "Kim", "body": "hi"}\n'),
        write_parquet(tmp_path, {"ticket": ["1"], "who": ["Kim"], "body": ["hi"]}),
        write_book(tmp_path, {"a": [["ticket", "who", "body"], [1, "Kim", "hi"]]}),
    ]
    for path in paths:
        with pytest.raises(InputError, match=r"no column 'autor'; columns there are: ticket, who"):
            read_mapped(path, text="body", speaker="autor")


def test_rows_of_a_thread_reply_to_its_first(tmp_path: Path) -> None:
    """A thread column links across rooms in turns; a column of answered ids goes before it."""
    text = (
        "channel,id,author,message,thread_ts,reply_to,author_type\n"
        "a,1,Kim,q1,t1,,customer\nb,1,Lee,q2,t1,,end_user\na,2,Park,a1,t1,,agent\n"
        "a,3,Park,more,t1,2,상담원\na,4,Kim,new,,,\n"
    )
    export = read_export(write_export(tmp_path, "a.csv", text))
    assert [(each.id, each.reply_to) for each in export.messages] == [
        *(("1", None), ("1", None), ("2", "1"), ("3", "2"), ("4", None))
    ]
    assert [each.role for each in export.messages] == [
        *("customer", "customer", "agent", "agent", "unknown")
    ]
    assert [room.key for room in export.rooms] == ["a", "b", "a"]


def test_second_row_of_an_id_is_rejected(tmp_path: Path) -> None:
    """An id names one message of its room, in another room it may come again."""
    text = "room,id,author,text\n" + "".join(f"a,{n},Kim,words {n}\n" for n in range(9))
    export = read_export(write_export(tmp_path, "a.csv", text + "b,3,Kim,other\na,3,Kim,again\n"))
    assert len(export.messages) == 10
    assert [(each.line, each.reason) for each in export.rejections] == [
        (12, "a second message '3'")
    ]


def test_bad_rows_cost_only_themselves(tmp_path: Path) -> None:
    """Missing cells, a quote that never closes, rows without words or room: each with its line."""
    text = (
        "room,author,text,time\n"
        "a,Kim,one,2024-03-11 09:12\n"
        "a,Kim\n"
        'a,Kim,"never closed,2024-03-11 09:12\n'
        "a,Park,two,2024-03-11 09:12\n"
        'a,Kim,"in "the" middle",2024-03-11 09:12\n'
        "\n"
        "a,Kim,,2024-03-11 09:12\n"
        ",Kim,lost,2024-03-11 09:12\n"
        "a,Park,three,2024-03-11 09:12,,\n"
    )
    export = read_export(write_export(tmp_path, "a.csv", text))
    assert export.texts == ["one", "two", "three"]
    assert sorted((each.line, each.reason) for each in export.rejections) == [
        (3, "2 columns in place of 4"),
        (4, "a quote is opened and never closed"),
        (6, "a quote stands inside a quoted cell"),
        (8, "no text"),
        (9, "names no room"),
    ]


def test_quotes_that_never_close_are_read_in_linear_time(tmp_path: Path) -> None:
    """Thousands of lines that each open a quote end in rejections, not in hours."""
    text = "author,text\n" + 'x","y\n' * 20_000
    export = read_export(write_export(tmp_path, "a.csv", text), importer="table")
    assert export.messages == ()
    assert export.rejections


def test_file_that_ends_inside_a_quote(tmp_path: Path) -> None:
    """A download that was cut off says so at the row it was cut in."""
    for text, reasons in (
        ('Park,"cut', ["the file ends in the middle of it"]),
        ('Park,"cut\noff', ["a quote is opened and never closed", "1 columns in place of 2"]),
    ):
        path = write_export(tmp_path, "a.csv", f"author,text\nKim,hi\n{text}")
        export = read_export(path)
        assert export.texts == ["hi"]
        assert [each.line for each in export.rejections] == [3, 4][: len(reasons)]
        assert [each.reason for each in export.rejections] == reasons


def test_title_above_the_header(tmp_path: Path) -> None:
    """Spreadsheets put a title and `sep=;` above the header."""
    text = "sep=;\n상담 내역;;\n작성자;내용;일시\nKim;hi;2024-03-11\nLee;yo;2024-03-11\n"
    export = read_export(write_export(tmp_path, "a.csv", text))
    assert export.texts == ["hi", "yo"]
    assert [(each.line, each.reason) for each in export.rejections] == [
        (2, "stands above the header")
    ]


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2024-03-11T09:12:05.123Z", "2024-03-11 09:12:05+00:00"),
        ("2024-03-11 09:12:05 UTC", "2024-03-11 09:12:05+00:00"),
        ("2024-03-11 09:12:05+09", "2024-03-11 09:12:05+09:00"),
        ("2024. 3. 11. 오후 9:12", "2024-03-11 21:12"),
        ("2024년 3월 11일 월요일 오전 12:05:09", "2024-03-11 00:05:09"),
        ("2024/3/11 9:12 PM", "2024-03-11 21:12"),
        ("2024-03-11", "2024-03-11"),
        ("1710115925", "2024-03-11 00:12:05+00:00"),
        ("1710115925123", "2024-03-11 00:12:05+00:00"),
        ("1710115925.000100", "2024-03-11 00:12:05+00:00"),
        ("9:12", "09:12"),
        ("어제", "어제"),
        ("3/4/24 9:12", "3/4/24 9:12"),
        ("2024-99-99 99:99", "2024-99-99 99:99"),
        ("", ""),
    ],
)
def test_times_are_read_or_left_alone(cell: str, time: str) -> None:
    """ISO, Korean, epochs and clocks are understood; what nobody can know stays as it stands."""
    assert Times(ImportSettings()).read(cell) == time


def test_order_of_day_and_month_is_told_from_the_column() -> None:
    """One cell with a thirteenth decides for all."""
    assert Times(ImportSettings(), ["1/2/2024", "3/15/2024"]).read("3/4/24 9:12") == (
        "2024-03-04 09:12"
    )
    assert Times(ImportSettings(), ["15.3.2024"]).read("3.4.2024 21:05") == "2024-04-03 21:05"
    seoul = Times(ImportSettings(timezone="Asia/Seoul"), ["15.3.2024"])
    assert seoul.read("3.4.2024 21:05") == "2024-04-03 21:05+09:00"
    assert seoul.read("2024-03-11T00:12:05Z") == "2024-03-11 09:12:05+09:00"


def test_workbook_with_titles_dates_and_merged_cells(tmp_path: Path) -> None:
    """Days and clocks in two columns, a merged ticket number, a second sheet without a header."""
    rows = [
        ["상담 내역"],
        ["문의번호", "작성자", "내용", "날짜", "시간"],
        [101, "김민수", "안녕하세요", date(2024, 3, 11), time(9, 12)],
        [None, "상담원", 3.0, None, time(9, 13)],
        [],
        [102, "이서준", "네", datetime(2024, 3, 12), time(9, 0)],  # noqa: DTZ001 - a spreadsheet's
    ]
    path = write_book(tmp_path, {"상담": rows, "메모": [["foo", "bar"]]}, merge="A3:A4")
    export = read_export(path)
    assert export.importer == "table"
    assert [room.key for room in export.rooms] == ["101", "102"]
    assert export.lines == [
        ("2024-03-11 09:12:00", "김민수", "text", "안녕하세요"),
        ("2024-03-11 09:13:00", "상담원", "text", "3"),
        ("2024-03-12 09:00:00", "이서준", "text", "네"),
    ]
    assert {(each.line, each.raw) for each in export.rejections} == {
        (1, "상담 내역"),
        (1, "foo, bar"),
    }


def test_formula_counts_as_last_calculated(tmp_path: Path) -> None:
    """A formula nobody calculated has no words; that is a rejection, not `=A1`."""
    path = write_book(tmp_path, {"a": [["author", "text"], ["Kim", "=1+1"], ["Kim", "hi"]]})
    export = read_export(path)
    assert export.texts == ["hi"]
    assert [(each.line, each.reason) for each in export.rejections] == [(2, "no text")]


def test_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """The limits of archives hold for workbooks, which are archives."""
    path = write_book(tmp_path, {"a": [["author", "text"], *[["Kim", "x" * 500]] * 9000]})
    with pytest.raises(LimitError, match="max_archive_bytes"):
        read_export(path, settings=ImportSettings(max_archive_bytes=1000))
    with pytest.raises(LimitError, match="max_compression_ratio"):
        read_export(path, settings=ImportSettings(max_compression_ratio=1.5))


def test_damaged_workbook_and_parquet_say_so(tmp_path: Path) -> None:
    """Half a file is one clear line."""
    for path in (
        write_book(tmp_path, {"a": [["author", "text"], ["Kim", "hi"]]}),
        write_parquet(tmp_path, {"author": ["Kim"], "text": ["hi"]}),
    ):
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(InputError, match=r"workbook that can be read|damaged Parquet"):
            read_export(path, importer="table")


def test_parquet_types_become_words(tmp_path: Path) -> None:
    """Moments keep their column's zone, dictionaries their words, lists their files."""
    path = write_parquet(
        tmp_path,
        {
            "author": pa.array(["Kim", "이"]).dictionary_encode(),
            "body": ["hi", None],
            "created_at": pa.array([1710115925, None], pa.timestamp("us", "Asia/Seoul")).cast(
                pa.timestamp("ms", "Asia/Seoul"), safe=False
            ),
            "room": pa.array([7, 7]),
            "files": [None, ["b, c.pdf"]],
        },
    )
    export = read_export(path)
    assert [room.key for room in export.rooms] == ["7"]
    assert export.messages[0].speaker == "Kim"
    assert export.messages[0].sent_at.endswith("+09:00")
    assert (export.messages[1].kind, export.messages[1].attachments) == ("file", ("b, c.pdf",))


def test_parquet_reaches_into_objects(tmp_path: Path) -> None:
    """A column of objects gives its fields as JSON lines do, never a printed object."""
    author = [{"name": "Kim", "role": "customer"}, None, {"name": "박지현", "role": "agent"}]
    path = write_parquet(tmp_path, {"author": author, "text": ["하나", "둘", "셋"]})
    export = read_export(path)
    assert [(each.speaker, each.role) for each in export.messages] == [
        *(("Kim", "customer"), ("", "unknown"), ("박지현", "agent"))
    ]
    named = read_mapped(path, text="text", speaker="author.name")
    assert [each.speaker for each in named.messages] == ["Kim", "", "박지현"]
    with pytest.raises(InputError, match=r"no column 'author'; columns there are: author\.name"):
        read_mapped(path, text="text", speaker="author")


def test_parquet_object_is_no_name(tmp_path: Path) -> None:
    """A list of objects where one value belongs is refused, not printed."""
    author = pa.array([[{"name": "Kim"}]])
    path = write_parquet(tmp_path, {"author": author, "text": ["hi"]})
    with pytest.raises(InputError, match="column 'author' holds no speaker but more objects"):
        read_export(path)


def test_first_of_two_parquet_columns_with_one_name_counts(tmp_path: Path) -> None:
    """Programs write the same name twice, and names with dots; neither is a traceback."""
    path = tmp_path / "rows.parquet"
    rows = pa.table([["Kim"], ["Lee"], ["hi"]], names=["author.name", "author.name", "text"])
    pq.write_table(rows, path)
    assert [each.speaker for each in read_export(path).messages] == ["Kim"]


def test_mapping_that_does_not_fit_leaves_usual_names(tmp_path: Path) -> None:
    """What was remembered for one table shuts out no other; given anew it must fit."""
    remembered = ImportSettings(columns={"text": "본론", "speaker": "누구"})
    paths = [
        write_export(tmp_path, "a.csv", "작성자,내용\nKim,hi\nPark,yo\n"),
        write_export(tmp_path, "a.jsonl", '{"작성자": "Kim", "내용": "hi"}\n' * 2),
        write_parquet(tmp_path, {"작성자": ["Kim"], "내용": ["hi"]}),
        write_book(tmp_path, {"a": [["작성자", "내용"], ["Kim", "hi"]]}),
    ]
    for path in paths:
        export = read_export(path, settings=remembered)
        assert (export.importer, export.messages[0].speaker) == ("table", "Kim")
        with pytest.raises(InputError, match="no column '본론', '누구'"):
            read_mapped(path, **remembered.columns)
    other = write_export(tmp_path, "b.csv", "티켓,메모\n1,hi\n2,yo\n")
    with pytest.raises(InputError, match=r"chatmill\.toml does not fit .*'누구'.*: 티켓, 메모"):
        read_export(other, settings=remembered)


def test_json_lines_reach_into_objects(tmp_path: Path) -> None:
    """`user.name` names a key inside another; bad lines are rejected with their number."""
    text = (
        '{"id": 1, "user": {"name": "김"}, "text": "안녕", "created_at": "2024-03-11T09:12:00Z"}\n'
        '{"id": 2, "user": "x", "text": ["a", {}], "parent_id": 1}\nnot json\n[1]\n'
        '{"id": 3, "user": {"name": "Lee"}, "text": "yo", "parent_id": 1}\n'
    )
    export = read_export(write_export(tmp_path, "a.jsonl", text))
    assert export.importer == "table"
    assert [(each.id, each.speaker, each.reply_to) for each in export.messages] == [
        ("1", "김", None),
        ("3", "Lee", "1"),
    ]
    assert [each.line for each in export.rejections] == [2, 3, 4]


def test_ids_do_not_depend_on_the_order_of_rooms(tmp_path: Path) -> None:
    """The same rows sorted by room or by time get the same ids, equal ones in a minute too."""
    rows = [f"{room},Kim,네,2024-03-11 09:{minute}\n" for minute in (10, 10, 11) for room in "ab"]
    one = read_export(write_export(tmp_path, "a.csv", "room,author,text,time\n" + "".join(rows)))
    rows.sort()
    two = read_export(write_export(tmp_path, "b.csv", "room,author,text,time\n" + "".join(rows)))
    assert sorted(each.id for each in one.messages) == sorted(each.id for each in two.messages)
    assert len({each.id for each in one.messages}) == 3


def test_memory_for_ids_is_bounded() -> None:
    """However many rows come, only so many are remembered."""
    ids = ScatteredIds()
    for number in range(600_000):
        ids.is_first("room", str(number))
    assert len(ids._recent) + len(ids._older) <= 500_000  # noqa: SLF001 - the bound is the point


def test_other_programs_tables_are_left_to_them(tmp_path: Path, shared: Path) -> None:
    """KakaoTalk's own CSV is no table of ours."""
    path = shared / "data" / "formats" / "kakaotalk" / "mac_ko.csv"
    copy = tmp_path / "export"
    copy.write_bytes(path.read_bytes())
    assert read_export(copy).importer == "kakaotalk"

"""The tidy CSV is read as people's programs write it, and what is wrong with it is named by its line."""

import pytest

from evaluation.report.cells import protect, restore
from evaluation.report.rows import BadRow, read_rows
from tests.evaluation.report.sheets import GOOD, HEADER, sheet


def test_it_reads_every_rating() -> None:
    rows = read_rows(sheet(*GOOD))
    assert [(row.participant, row.stimulus, row.kind, row.pair, row.score, row.expression) for row in rows] == [
        ("Ann", "p1-image", "image", "p1", 7.5, "happy"),
        ("Ann", "p1-music", "music", "p1", 6.0, "happy"),
        ("Bob", "p1-image", "image", "p1", 10.0, "happy"),
    ]
    assert [row.line for row in rows] == [2, 3, 4]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + sheet(*GOOD),  # a byte order mark
        sheet(*GOOD).replace(b"\n", b"\r\n"),
        sheet(*GOOD).replace(b"\n", b"\r"),
        sheet(*GOOD).rstrip(b"\n"),
        sheet(GOOD[0], "", *GOOD[1:], ",,,,,", ""),  # blank lines, as spreadsheets leave them
        sheet(*(f"{line},more" for line in GOOD)),
        sheet(*(",".join(reversed(line.split(","))) for line in GOOD)),
        sheet(*GOOD).replace(b",", b" , "),
        sheet(*GOOD).replace(b"Ann", b'"Ann"'),
        sheet(GOOD[0].title(), *GOOD[1:]),
    ],
    ids=["bom", "crlf", "cr", "no-newline", "blank", "extra", "order", "blanks", "quoted", "capitals"],
)
def test_it_takes_what_does_no_harm(data: bytes) -> None:
    expected = [(row.participant, row.stimulus, row.score) for row in read_rows(sheet(*GOOD))]
    assert [(row.participant, row.stimulus, row.score) for row in read_rows(data)] == expected


def test_pair_and_expression_may_be_empty_and_expression_left_out() -> None:
    assert read_rows(sheet(HEADER, "Ann,s,music,,5,"))[0].expression == ""
    (row,) = read_rows(sheet(HEADER.rpartition(",")[0], "Ann,s,music,,5"))
    assert (row.pair, row.expression) == ("", None)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("Cid,p1-image,video,p1,5,happy", "kind 'video'"),
        ("Cid,p1-image,Image,p1,5,happy", "kind 'Image'"),
        ("Cid,p1-image,image,p1,,happy", "score ''"),
        ("Cid,p1-image,image,p1,ten,happy", "score 'ten'"),
        ("Cid,p1-image,image,p1,nan,happy", "score 'nan'"),
        ("Cid,p1-image,image,p1,inf,happy", "score 'inf'"),
        ("Cid,p1-image,image,p1,1e999,happy", "score '1e999'"),
        ("Cid,p1-image,image,p1,1_0,happy", "score '1_0'"),
        ("Cid,p1-image,image,p1,٥,happy", "score '٥'"),
        ("Cid,p1-image,image,p1,-0.1,happy", "score '-0.1'"),
        ("Cid,p1-image,image,p1,10.01,happy", "score '10.01'"),
        ('Cid,p1-image,image,p1,"7,5",happy', "score '7,5'"),
        (",p1-image,image,p1,5,happy", "participant is empty"),
        ("Cid, ,image,p1,5,happy", "stimulus is empty"),
        (f"Cid,{'s' * 121},image,p1,5,happy", "longer than 120"),
        ("Cid,p1\0,image,p9,5,happy", "NUL"),
        ("Cid,p1-image,image,p1,5,joy", "expression 'joy'"),
        ("Cid,p1-image,image,p1,5", "5 cells where the header has 6"),
        ("Cid,p1-image,image,p1,5,happy,more", "7 cells where the header has 6"),
        ("Ann,p1-image,image,p1,5,happy", "Ann rated p1-image (image) already in line 2"),
        ("Cid,p1-image,music,p1,5,happy", "pair p1 has two stimuli of kind music"),
        ("Cid,p1-image,image,p2,5,happy", "p1-image has pair 'p2' here and 'p1' in line 2"),
        ("Cid,p1-image,image,p1,5,sad", "p1-image has expression 'sad' here and 'happy' in line 2"),
        ("Cid,other,image,p1,5,happy", "pair p1 has two stimuli of kind image"),
        ('Cid,"p1-image,image,p1,5,happy', "not a CSV row"),
    ],
)
def test_a_bad_row_is_named_by_its_line(line: str, sentence: str) -> None:
    with pytest.raises(BadRow, match=r"^line 5: ") as refused:
        read_rows(sheet(*GOOD, line))
    assert sentence in refused.value.detail


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "line 1: column participant is missing"),
        (sheet(HEADER), "line 1: there are no ratings"),
        (sheet(HEADER.replace("score,", ""), "Ann,s,music,p,happy"), "line 1: column score is missing"),
        (sheet(HEADER.replace(",", ";"), "Ann;s;music;p;5;happy"), "line 1: column participant is missing"),
        (sheet(f"{HEADER},score", "Ann,s,music,p,5,happy,5"), "line 1: column score stands there twice"),
        (sheet(*GOOD) + b"Z\xfcri,s,music,p2,5,sad\n", "line 5: not UTF-8 (byte 0xfc)"),
        (sheet(*GOOD).decode().encode("utf-16"), "line 1: not UTF-8"),
    ],
)
def test_a_bad_file_is_named_too(data: bytes, sentence: str) -> None:
    with pytest.raises(BadRow) as refused:
        read_rows(data)
    assert sentence in refused.value.detail


def test_a_row_over_several_lines_counts_by_its_first() -> None:
    with pytest.raises(BadRow, match="^line 3: score"):
        read_rows(sheet(HEADER, "Ann,s,music,p,5,sad", '"Bob\nthe second",s,music,p,eleven,sad'))


@pytest.mark.parametrize("text", ["=1+1", "+4", "-5", "@x", "\tx", "\rx", "'=x", "''-x", "'", "'x", "plain", "", "a=b"])
def test_protected_text_is_no_formula_and_comes_back(text: str) -> None:
    safe = protect(text)
    assert isinstance(safe, str) and not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert restore(safe) == text


def test_numbers_stay_numbers() -> None:
    assert [protect(x) for x in (-0.5, 3, None)] == [-0.5, 3, None]

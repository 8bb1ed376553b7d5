"""Cells right of what is asked for are left out before parsing: what is left is read as if they were there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook_tool.excel.ooxml.archive import Limits, Refused
from workbook_tool.excel.ooxml.package import MAIN
from workbook_tool.excel.ooxml.sheet_xml import elements
from workbook_tool.excel.returns.cells import SheetCells
from workbook_tool.excel.returns.sheet_reader import read_sheet
from workbook_tool.findings import column_letters

PIECES = (
    '<c r="{at}"><v>1</v></c>', '<c r="{at}" s="3"/>', '<c r="{at}"/>', '<c r="{at}" t="str"><f>A1&gt;2</f><v></v></c>',
    '<c r="{at}"><f t="shared" ref="B2:Z9" si="0">A1</f><v>2</v></c>', '<c r="{at}"><f t="shared" si="0"/><v>3</v></c>',
    '<c r="{at}" t="inlineStr"><is><t>甲</t></is></c>', '<c r="{at}"><v>4</v></c >', '<c r="{at}" ><v>5</v></c>',
    '<c  r="{at}"><v>6</v></c>', '<c s="1" r="{at}"><v>7</v></c>', "<c><v>8</v></c>", "<c/>",
    '<c r="{at}" x="/>"><v>9</v></c>', '<c r="{at}"><v>10</v><extLst><c r="B2"><v>0</v></c></extLst></c>',
    '<!--<c r="{at}">--><c r="{next}"><v>11</v></c>', '<?x <c r="{at}"> ?><c r="{next}"><v>12</v></c>',
    '<c r="{at}" t="str"><v><![CDATA[</v></c><c r="B2"><v>13]]></v></c>', '<x:c xmlns:x="urn:x" r="{at}"><x:v>14</x:v></x:c>',
    '<c r="{at}"><cy>15</cy></c>', '<c r="{at}"><row/><v>16</v></c>',
)  # fmt: skip
"""Ways of writing a cell: as office programs do, as others do, and as nobody should."""

COLUMNS = (1, 2, 5, 25, 26, 27, 28, 52, 53, 676, 702, 703, 728, 16383, 16384)


@st.composite
def sheets(draw: st.DrawFn) -> str:
    rows = []
    for number in range(2, draw(st.integers(3, 6))):
        columns = draw(st.lists(st.sampled_from(COLUMNS), max_size=6, unique=True))
        if draw(st.booleans()):
            columns.sort()
        cells = (
            draw(st.sampled_from(PIECES)).format(
                at=f"{column_letters(column)}{number}", next=f"{column_letters(column % 16384 + 1)}{number}"
            )
            for column in columns
        )
        rows.append(f'<row r="{number}">{"".join(cells)}</row>')
    first = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is></c></row>'
    return f'<worksheet xmlns="{MAIN}"><sheetData>{first}{"".join(rows)}</sheetData></worksheet>'


def within(cells: SheetCells, edge: int) -> dict[tuple[int, int], object]:
    return {(r, c): value for r, line in cells.rows.items() for c, value in line.items() if c <= edge}


@given(sheets(), st.sampled_from(COLUMNS))
def test_nothing_else_is_left_out(text: str, edge: int) -> None:
    try:
        whole = read_sheet(text.encode())
    except Refused as refusal:
        if refusal.code == "damaged":
            with pytest.raises(Refused):
                read_sheet(text.encode(), edge_of=lambda first_row: edge)
        return
    asked = read_sheet(text.encode(), edge_of=lambda first_row: edge if first_row.get(1) == "甲" else None)
    assert within(asked, edge) == within(whole, edge)
    assert within(asked, 16384) == within(asked, edge)


@pytest.mark.parametrize(
    "damage",
    ['<c r="Z2" s=1><v>1</v></c>', '<c r="Z2" s="1" s="1"><v>1</v></c>', '<c r="Z2"><v>&nbsp;</v></c>',
     '<c r="Z2"><v>\x01</v></c>', '<c r="Z2"><v>\ufffe</v></c>', '<c r="Z2"><v>]]></v></c>', '<c r="Z2"><is>1</t></is></c>',
     '<c r="Z2"><f>1</v></c>', '<c r="Z2"><v>&#0;</v></c>'],
)  # fmt: skip
def test_a_damaged_cell_is_not_passed_over(damage: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{damage}<c r="AA2"><v>1</v></c></row>'
    with pytest.raises(Refused, match="已损坏"):
        read_sheet(
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode(),
            edge_of=lambda row: 1,
        )


def test_letters_in_another_code_are_left_to_the_parser() -> None:
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="Z2" t="str"><v>\xff</v></c></row>'
    sheet = b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN.encode(), rows)
    with pytest.raises(Refused, match="已损坏"):
        read_sheet(sheet, edge_of=lambda row: 1)
    assert read_sheet(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + sheet, edge_of=lambda row: 1).rows


def names(text: str, edge: int) -> list[str | None]:
    """The cells that are parsed."""
    found, _ = elements(text.encode(), "", Limits(), lambda row: edge)
    return [cell.get("r") for row in found for cell in row]


@pytest.mark.parametrize(
    ("edge", "left"),
    [
        (1, []),
        (2, ["B2"]),
        (25, ["B2", "Y2"]),
        (26, ["B2", "Y2", "Z2"]),
        (28, ["B2", "Y2", "Z2", "AA2", "AB2"]),
        (702, ["B2", "Y2", "Z2", "AA2", "AB2", "ZZ2"]),
        (703, ["B2", "Y2", "Z2", "AA2", "AB2", "ZZ2", "AAA2"]),
    ],
)
def test_cells_past_the_edge_are_not_even_parsed(edge: int, left: list[str]) -> None:
    cells = "".join(
        f'<c r="{column}2"><f>IF(A1&lt;2,"✓","")</f><v>1</v></c>' for column in "B Y Z AA AB ZZ AAA".split()
    )
    text = (
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"/><row r="2">{cells}</row></sheetData></worksheet>'
    )
    head = text.replace('<row r="1"/>', '<row r="1"><c r="A1"><v>1</v></c></row>')
    assert names(head, edge) == ["A1", *left]


def test_a_long_end_of_a_row_is_left_out_too() -> None:
    cells = "".join(f'<c r="{column_letters(c)}2" t="str"><v>{"长" * 100}</v></c>' for c in range(2, 200))
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c>{cells}</row>'
    assert names(f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>', 1) == ["A1", "A2"]


@pytest.mark.parametrize("other", ["XFD2", "XFE2", "A2"])
def test_one_cell_that_counts_keeps_the_end_of_its_row(other: str) -> None:
    cells = f'<c r="B2"><v>1</v></c><c r="{other}"><v>2</v></c>'
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cells}</row>'
    text = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    assert names(text, 1) == ["A1", "B2", other]


@pytest.mark.parametrize(
    "cell",
    ['<c r="Z2"/>', '<c r="Z2" s="4" t="str"><f>A1&amp;"✓"</f><v>✓</v></c>', '<c r="Z2" t="str"><f aca="false">A1</f><v/></c>',
     '<c r="Z2"><f t="shared" ref="Z2:Z9" si="0">A1</f><v>1</v></c>', '<c r="Z2"><f t="shared" ca="1" si="0"/><v>1</v></c>'],
)  # fmt: skip
def test_live_checks_as_office_programs_write_them_are_left_out(cell: str) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{cell}</row>'
    assert names(f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>', 1) == ["A1"]


def test_comments_and_the_like_leave_a_sheet_as_it_is() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="C2"><v>1</v></c></row>'
    for odd in ("<!-- -->", "<?x ?>", "<row><c><v>1</v></c></row>"):
        text = f'<worksheet xmlns="{MAIN}"><sheetData>{row}{odd}</sheetData></worksheet>'
        assert names(text, 1)[:2] == ["A1", "C2"]

"""Sheets that are too large, out of order, at odds with themselves, or full of strange values."""

from __future__ import annotations

from functools import partial

from hostile import (
    BOOK,
    FINE,
    SHEET,
    STRINGS,
    STYLES,
    Table,
    book,
    cell,
    repeated,
    rows,
    settings,
    swap,
    value,
)
from hostile import with_entry as member

SHEETS = Table()
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_HEAD, _TAIL = f'<worksheet xmlns="{_MAIN}"><sheetData>', "</sheetData></worksheet>"


def many(unit: str, count: int, start: int = 20) -> str:
    """Rows or cells, `{n}` their numbers."""
    return "".join(unit.replace("{n}", str(n)) for n in range(start, start + count))


def dimension(reference: str) -> bytes:
    return book({SHEET: swap("<sheetData>", f'<dimension ref="{reference}"/><sheetData>')})


def listed(count: int, reference: str = "A{n}", kind: str = "list") -> bytes:
    one = f'<dataValidation type="{kind}" sqref="{reference}"><formula1>"a,b"</formula1></dataValidation>'
    return book(
        {
            SHEET: lambda t: t.replace(
                '<dataValidations count="1">', '<dataValidations count="9">' + many(one, count)
            )
        }
    )


def formula(xml: str) -> bytes:
    return book({SHEET: swap("<f>D5+E5</f>", xml)})


def shared(count: int, text: str = "SUM(B1:Z1)") -> bytes:
    first = f'<row r="20"><c r="A20"><f t="shared" si="0" ref="A20:A999999">{text}</f><v>1</v></c></row>'
    return rows(first + many('<row r="{n}"><c r="A{n}"><f t="shared" si="0"/><v>1</v></c></row>', count, 21))


def named(xml: str) -> bytes:
    return book({BOOK: swap("</sheets>", f"</sheets><definedNames>{xml}</definedNames>")})


def sheets(xml: str) -> bytes:
    return book({BOOK: swap("</sheets>", f"{xml}</sheets>")})


SHEETS.of(
    "超大的工作表",
    {
        "dimension of the whole sheet": (FINE, lambda: dimension("A1:XFD1048576")),
        "dimension too small": (FINE, lambda: dimension("A1")),
        "dimension that is none": (FINE, lambda: dimension("A0:ZZZZ9999999999")),
        "two cells far apart": (FINE, lambda: rows('<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')),
        "last column in 20,000 rows": (FINE, lambda: rows(many('<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>', 20_000))),
        "1 M styled empty rows": (FINE, lambda: rows(many('<row r="{n}" s="1" customFormat="1" ht="15"/>', 1_048_000))),
        "1 M styled empty cells": (FINE, lambda: rows(many('<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>', 500_000))),
        "4 M styled empty cells": ("bomb", lambda: rows(many('<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/><c r="C{n}" s="1"/><c r="D{n}" s="1"/></row>', 1_000_000))),
        "1.1 M empty cells without an address": ("too-many-cells", lambda: rows(many('<row r="{n}">' + '<c s="1"/>' * 16 + "</row>", 70_000))),
        "16,384 cells in a row": (FINE, lambda: cell('<c s="1"/>' * 16_384)),
        "1.1 M cells in a row": ("too-many-cells", lambda: cell(many('<c s="{n}"/>', 1_100_000))),
        "190,000 filled cells": (FINE, lambda: rows(many('<row r="{n}"><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c><c><v>4</v></c></row>', 47_000))),
        "250,000 filled cells": ("too-many-cells", lambda: rows(many('<row r="{n}"><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c><c><v>4</v></c></row>', 62_000))),
        "350,000 filled cells": ("too-many-cells", lambda: rows(many('<row r="{n}"><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c><c><v>4</v></c></row>', 88_000))),
        "one row of 8 MB": ("too-many-cells", lambda: cell(f'<c t="inlineStr"><is><t>{many("{n} ", 1_050_000)}</t></is></c>')),
        "text of 11 MB": ("too-many-cells", lambda: cell(f'<c t="inlineStr"><is><t>{many("{n} ", 1_500_000)}</t></is></c>')),
        "text of 1 MB in a form": (FINE, lambda: value("A" * 1_000_000, ' t="str"')),
        "five texts of 9 MB": ("too-large-part", lambda: member(repeated(STRINGS, f'<sst xmlns="{_MAIN}">', f"<si><t>{many('{n}', 1_300_000)}</t></si>", 5, "</sst>"))),
        "400,000 texts": ("too-many-cells", lambda: book({STRINGS: f'<sst xmlns="{_MAIN}">' + many("<si><t>{n}</t></si>", 310_000) + "</sst>"})),
        "500,000 runs in a text": ("too-large-part", lambda: book({STRINGS: f'<sst xmlns="{_MAIN}"><si>' + many("<r><t>{n}</t></r>", 500_000) + "</si></sst>"})),
        "300,000 runs in a text": (FINE, lambda: book({STRINGS: f'<sst xmlns="{_MAIN}"><si>' + many("<r><t>{n}</t></r>", 300_000) + "</si></sst>"})),
        "150,000 phonetic guides": (FINE, lambda: book({STRINGS: f'<sst xmlns="{_MAIN}"><si><t>a</t>' + many('<rPh sb="0" eb="{n}"><t>b</t></rPh>', 150_000) + "</si></sst>"})),
        "texts counted as 4e9": (FINE, lambda: book({STRINGS: swap('count="1" uniqueCount="1"', 'count="4294967295" uniqueCount="4294967295"')})),
        "merge of the whole sheet": (FINE, lambda: settings('<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
        "200,000 merges": ("too-many-cells", lambda: settings("<mergeCells>" + many('<mergeCell ref="A{n}:B{n}"/>', 200_000) + "</mergeCells>")),
        "100,000 merges of the whole sheet": ("too-many-cells", lambda: settings("<mergeCells>" + many('<mergeCell ref="A{n}:XFD1048576"/>', 100_000) + "</mergeCells>")),
        "19,000 merges of the whole sheet": (FINE, lambda: settings("<mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 19_000 + "</mergeCells>")),
        "30,000 merge lists": ("too-many-cells", lambda: settings(many('<mergeCells><mergeCell ref="A{n}:XFD1048576"/></mergeCells>', 30_000))),
        "20,000 column runs": (FINE, lambda: book({SHEET: swap("<sheetData>", "<cols>" + '<col min="1" max="16384" width="9" customWidth="1"/>' * 20_000 + "</cols><sheetData>")})),
        "20,000 hidden column runs": (FINE, lambda: book({SHEET: swap("<sheetData>", "<cols>" + '<col min="1" max="16384" width="9" hidden="1"/>' * 20_000 + "</cols><sheetData>")})),
        "500 lists on the whole sheet": (FINE, lambda: listed(500, "A1:XFD1048576")),
        "500 checks of numbers on the whole sheet": (FINE, lambda: listed(500, "A1:XFD1048576", "whole")),
        "100,000 lists": ("too-many-cells", lambda: listed(100_000)),
        "list of 500,000 cells": (FINE, lambda: listed(1, " ".join(f"A{n}" for n in range(1, 500_000)))),
        "1,000 lists of 1,000 cells": ("too-many-cells", lambda: listed(1000, " ".join(f"A{n}" for n in range(1, 1000)))),
        "100,000 conditional formats": ("too-many-cells", lambda: settings('<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression" priority="1"><formula>1</formula></cfRule></conditionalFormatting>' * 100_000)),
        "49,000 conditional formats": (FINE, lambda: settings('<conditionalFormatting sqref="A1:XFD1048576"><cfRule type="expression" priority="1"><formula>1</formula></cfRule></conditionalFormatting>' * 49_000)),
        "one conditional format of 100,000 rules": ("too-many-cells", lambda: settings('<conditionalFormatting sqref="A1">' + many('<cfRule type="expression" priority="{n}"/>', 100_000) + "</conditionalFormatting>")),
        "100,000 links": (FINE, lambda: settings("<hyperlinks>" + many('<hyperlink ref="A{n}" location="B1"/>', 100_000) + "</hyperlinks>")),
        "100,000 protected ranges": ("too-many-cells", lambda: settings("<protectedRanges>" + many('<protectedRange sqref="A{n}" name="a{n}"/>', 100_000) + "</protectedRanges>")),
        "100,000 page breaks": (FINE, lambda: settings('<rowBreaks>' + many('<brk id="{n}"/>', 100_000) + "</rowBreaks>")),
        "10,000 tabs of one part": ("too-many-sheets", lambda: sheets(many('<sheet name="S{n}" sheetId="{n}" r:id="rId2"/>', 10_000))),
        "299 tabs of one part": (FINE, lambda: sheets(many('<sheet name="S{n}" sheetId="{n}" r:id="rId2"/>', 290))),
        "200,000 names": (FINE, lambda: named(many('<definedName name="n{n}">收入!$A$1</definedName>', 200_000))),
        "name of 1 MB": (FINE, lambda: named(f'<definedName name="{"n" * 500_000}">{many("{n}+", 60_000)}1</definedName>')),
        "300,000 styles": ("too-large-part", lambda: book({STYLES: swap('<xf numFmtId="10"/>', many('<xf numFmtId="{n}" xfId="0" fillId="{n}" fontId="0"/>', 310_000))})),
        "1 M styles": ("too-large-part", lambda: book({STYLES: swap('<xf numFmtId="10"/>', many('<xf numFmtId="{n}"/>', 1_000_000))})),
        "60,000 styles": (FINE, lambda: book({STYLES: swap('<xf numFmtId="10"/>', many('<xf numFmtId="164" fontId="{n}"/>', 60_000))})),
        "50,000 named styles": (FINE, lambda: book({STYLES: swap("</cellStyles>", many('<cellStyle name="s{n}" xfId="0"/>', 50_000) + "</cellStyles>")})),
        "number format of 1 MB": (FINE, lambda: book({STYLES: swap("yyyy", "0" * 1_000_000)})),
        "number format of 1 MB of brackets": (FINE, lambda: book({STYLES: swap("yyyy", "[" * 1_000_000)})),
        "number format of 1 MB of quotes": (FINE, lambda: book({STYLES: swap("yyyy", many("&quot;{n}", 100_000))})),
        "number format of 1 MB of sections": (FINE, lambda: book({STYLES: swap("yyyy", "0;" * 500_000)})),
        "60,000 number formats": (FINE, lambda: book({STYLES: lambda t: t.replace('<numFmts count="1">', '<numFmts count="9">' + many('<numFmt numFmtId="{n}" formatCode="0.{n}yy"/>', 60_000, 200)).replace('<xf numFmtId="10"/>', many('<xf numFmtId="{n}"/>', 60_000, 200))})),
        "formula of 1 MB": (FINE, lambda: formula(f"<f>{'1+' * 500_000}1</f>")),
        "formula of 1 MB of brackets": (FINE, lambda: formula(f"<f>{'(' * 500_000}1{')' * 500_000}</f>")),
        "formula of 1 MB of quotes": (FINE, lambda: formula(f"<f>{chr(39) * 1_000_000}</f>")),
        "formula of 1 MB of file brackets": (FINE, lambda: formula(f"<f>{'[1]' * 300_000}</f>")),
        "formula of 1 MB of open file brackets": (FINE, lambda: formula(f"<f>{'[a' * 300_000}</f>")),
        "formula of 1 MB of names": (FINE, lambda: formula(f"<f>{'SUM(' * 250_000}</f>")),
        "60,000 shared formulas": (FINE, lambda: shared(60_000)),
        "300,000 shared formulas": ("too-many-cells", lambda: shared(300_000, "SUM(B1:Z1)+SUM(AA1:AZ1)")),
        "shared formula of 100 KB in 1,000 cells": ("too-many-cells", lambda: rows('<row r="20"><c r="A20"><f t="shared" si="0" ref="A20:A1020">' + "B1+" * 30_000 + '1</f><v>1</v></c></row>' + many('<row r="{n}"><c r="A{n}"><f t="shared" si="0"/><v>1</v></c></row>', 1000, 21))),
        "formulas of 1 KB in 20,000 cells": (FINE, lambda: rows(many(f'<row r="{{n}}"><c r="A{{n}}"><f>{"B1+" * 300}1</f><v>1</v></c></row>', 20_000))),
    },
)  # fmt: skip
SHEETS.of(
    "单元格的位置与次序",
    {
        "address too large": ("address", lambda: cell('<c r="ZZZZZZZ99999999999"><v>5</v></c>')),
        "address of a million digits": ("address", lambda: cell(f'<c r="A{"9" * 1_000_000}"><v>5</v></c>')),
        "address negative": ("address", lambda: cell('<c r="A-1"><v>5</v></c>')),
        "address zero": ("address", lambda: cell('<c r="A0"><v>5</v></c>')),
        "address of the column after the last": ("address", lambda: cell('<c r="XFE20"><v>5</v></c>')),
        "address full-width": ("address", lambda: cell('<c r="Ａ２０"><v>5</v></c>')),
        "address of another row": ("address", lambda: cell('<c r="A21"><v>5</v></c>')),
        "address with dollars": ("address", lambda: cell('<c r="$A$20"><v>5</v></c>')),
        "address in small letters": (FINE, lambda: cell('<c r="a20"><v>5</v></c>')),
        "address empty": ("address", lambda: cell('<c r=""><v>5</v></c>')),
        "address missing": (FINE, lambda: cell("<c><v>5</v></c>")),
        "row after the last": ("address", lambda: rows('<row r="1048577"><c r="A1048577"><v>1</v></c></row>')),
        "row zero": ("address", lambda: rows('<row r="0"><c><v>1</v></c></row>')),
        "row negative": ("address", lambda: rows('<row r="-1"><c><v>1</v></c></row>')),
        "row that is no number": ("address", lambda: rows('<row r="x"><c><v>1</v></c></row>')),
        "row of 5,000 digits": ("address", lambda: rows(f'<row r="{"9" * 5000}"><c><v>1</v></c></row>')),
        "row twice": ("address", lambda: rows('<row r="8"><c r="A8"><v>99</v></c></row>')),
        "rows in disorder": ("address", lambda: rows('<row r="50"><c r="A50"><v>5</v></c></row><row r="40"><c r="A40"><v>2</v></c></row>')),
        "cells in disorder": (FINE, lambda: cell('<c r="B20"><v>2</v></c><c r="A20"><v>1</v></c>')),
        "cell twice": ("address", lambda: cell('<c r="A20"><v>1</v></c><c r="A20"><v>2</v></c>')),
        "cell twice in two spellings": ("address", lambda: cell('<c r="A20"><v>1</v></c><c r="a20"><v>2</v></c>')),
        "two lots of cells": ("address", lambda: book({SHEET: swap("</sheetData>", '</sheetData><sheetData><row r="4"><c r="D4"><v>666</v></c></row></sheetData>')})),
        "cells outside of the rows": (FINE, lambda: book({SHEET: swap("</sheetData>", '<c r="D4"><v>666</v></c></sheetData>')})),
        "rows inside of rows": ("address", lambda: cell('<row r="4"><c r="D4"><v>666</v></c></row>')),
        "cells inside of cells": (FINE, lambda: cell('<c r="A20"><c r="B20"><v>1</v></c></c>')),
        "two values in a cell": (FINE, lambda: cell('<c r="A20"><v>1</v><v>2</v></c>')),
        "merge backwards": (FINE, lambda: settings('<mergeCells><mergeCell ref="E9:B3"/></mergeCells>')),
        "merge of one cell": (FINE, lambda: settings('<mergeCells><mergeCell ref="C4:C4"/></mergeCells>')),
        "merges across each other": (FINE, lambda: settings('<mergeCells><mergeCell ref="B4:D6"/><mergeCell ref="C3:C9"/></mergeCells>')),
        "merge that is none": (FINE, lambda: settings('<mergeCells><mergeCell ref="A0"/><mergeCell/><mergeCell ref="ZZZ1:A"/></mergeCells>')),
        "merge over the hidden map": (FINE, lambda: settings('<mergeCells><mergeCell ref="A1:A9"/></mergeCells>')),
        "columns of 5,000 digits": (FINE, lambda: book({SHEET: swap("<sheetData>", f'<cols><col min="{"9" * 5000}" max="{"9" * 5000}" hidden="1"/><col min="x" max="-1"/></cols><sheetData>')})),
    },
)  # fmt: skip
SHEETS.of(
    "单元格的值",
    {
        "text out of range": ("text-number", lambda: cell('<c r="A20" t="s"><v>99999999</v></c>')),
        "text negative": ("text-number", lambda: cell('<c r="A20" t="s"><v>-1</v></c>')),
        "text of 5,000 digits": ("text-number", lambda: cell(f'<c r="A20" t="s"><v>{"9" * 5000}</v></c>')),
        "text that is no number": ("text-number", lambda: cell('<c r="A20" t="s"><v>x</v></c>')),
        "text full-width": ("text-number", lambda: cell('<c r="A20" t="s"><v>０</v></c>')),
        "text without number": (FINE, lambda: cell('<c r="A20" t="s"><v/></c>')),
        "no texts at all": ("text-number", lambda: book({STRINGS: None})),
        "style out of range": (FINE, lambda: value("8.5", ' s="9999"')),
        "style negative": (FINE, lambda: value("8.5", ' s="-1"')),
        "style of 5,000 digits": (FINE, lambda: value("8.5", f' s="{"9" * 5000}"')),
        "style that is no number": (FINE, lambda: value("8.5", ' s="x"')),
        **{f"number {text[:12]}": (FINE, partial(value, text)) for text in ("NaN", "INF", "-Infinity", "1E+309", "1e400", "1e-400", "１２３", "0x1F", "12abc", "1_000", "--5", "1,234", "²", "٣", "9" * 5000, "1e999999999", "." , "e", "-")},
        "date too late": (FINE, lambda: value("1E+308", ' s="1"')),
        "date the day after the last": (FINE, lambda: value("2958466", ' s="1"')),
        "date negative": (FINE, lambda: value("-5", ' s="1"')),
        "date that never was": (FINE, lambda: value("60", ' s="1"')),
        "date as text": (FINE, lambda: value("9999-99-99", ' t="d"')),
        "date of another zone": (FINE, lambda: value("2024-01-01T00:00:00+99:00", ' t="d"')),
        "date in year 1": (FINE, lambda: value("0001-01-01", ' t="d"')),
        "errors": (FINE, lambda: cell("".join(f'<c t="e"><v>{e}</v></c>' for e in ("#REF!", "#DIV/0!", "#N/A", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "x", "")))),
        "error in an amount": (FINE, lambda: value("#REF!", ' t="e"')),
        "truth of 7": (FINE, lambda: value("7", ' t="b"')),
        "type nobody knows": (FINE, lambda: value("7", ' t="zzz"')),
        "text without text": (FINE, lambda: value("", ' t="inlineStr"')),
        "formula never calculated": (FINE, lambda: book({SHEET: swap("<f>D5+E5</f><v>8.5</v>", "<f>D5+E5</f>")})),
        "formula of a stale result": (FINE, lambda: book({SHEET: swap("<f>D5+E5</f><v>8.5</v>", "<f>D5+E5</f><v>999</v>")})),
        "formula of itself": (FINE, lambda: formula("<f>C5+C5</f>")),
        "formula in a circle": (FINE, lambda: formula('<f t="shared" si="0" ref="C5">C5</f>')),
        "shared formula without a first": (FINE, lambda: formula('<f t="shared" si="7"/>')),
        "shared formula moved out": (FINE, lambda: rows('<row r="20"><c r="B20"><f t="shared" si="0" ref="A20:B21">A1+XFD1048576</f><v>1</v></c></row><row r="21"><c r="A21"><f t="shared" si="0"/><v>1</v></c></row>')),
        "array formula of the whole sheet": (FINE, lambda: formula('<f t="array" ref="A1:XFD1048576">B1</f>')),
        "table formula": (FINE, lambda: formula('<f t="dataTable" ref="A1:B2" dt2D="1" r1="A1" r2="B1"/>')),
        "formula without text": (FINE, lambda: formula("<f/>")),
        "command as text": (FINE, lambda: value("=cmd|' /C calc'!A0", ' t="str"')),
        "formulas that fetch": (FINE, lambda: formula('<f>_xlfn.WEBSERVICE("http://127.0.0.1/?"&amp;B1)</f>')),
        "formula that is a link": (FINE, lambda: formula('<f>HYPERLINK("http://127.0.0.1/","a")</f>')),
        "formula of another file": (FINE, lambda: formula("<f>'[1]S'!A1</f>")),
        "formula of file number 10^30": (FINE, lambda: formula(f"<f>[{'9' * 30}]S!A1</f>")),
        "invisible characters": (FINE, lambda: value("\u200b\u202e654321\u00a0", ' t="str"')),
        "blank of full width": (FINE, lambda: value("\u30001,234万元", ' t="str"')),
        "percent of full width": (FINE, lambda: value("１２％", ' t="str"')),
        "month in Chinese figures": (FINE, lambda: value("二〇二四年三月", ' t="str"')),
        "amounts in words": (FINE, lambda: value("１２３，４５６．７８万元", ' t="str"')),
        "characters beyond the first plane": (FINE, lambda: value("𠮷" * 1000 + "\U0010ffff", ' t="str"')),
        "combining marks": (FINE, lambda: value("a" + "\u0301" * 50_000, ' t="str"')),
        "row heights that are none": (FINE, lambda: rows('<row r="20" ht="NaN" hidden="x"><c><v>1</v></c></row><row r="21" ht="-1e400"><c><v>1</v></c></row>')),
        "widths that are none": (FINE, lambda: book({SHEET: swap("<sheetData>", '<sheetFormatPr defaultColWidth="NaN" defaultRowHeight="-1e999"/><cols><col min="1" max="9" width="1e999"/></cols><sheetData>')})),
    },
)  # fmt: skip

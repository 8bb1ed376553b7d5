"""Whether a score rests on a cell that holds what cannot be used, as a formula.

Such a cell has its own finding: points without data behind them are then not yet to be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbook_tool.forms.formulas.rows import ALWAYS, RowFormula, product
from workbook_tool.forms.formulas.score_lines import ScoreLine, WrittenLine
from workbook_tool.forms.formulas.single import Formula, ranges
from workbook_tool.forms.formulas.text import blank_test, normal_text, one_of, quoted
from workbook_tool.forms.language.syntax import Aggregate, Named, Node, Own, Reference, normal
from workbook_tool.model import FormField


def spoilt(line: ScoreLine) -> str:
    """The test that is true where the evidence for a criterion cannot be used.

    Of rows that are looked up by their names nothing is said.
    """
    tests = [test for e in line.expressions() for test in _tests(e.node, line.formula)]
    if line.method.items:
        _, field = line.item_place
        tests += [_holds(unusable(cell, field)) for cell in line.item_cells]
    if line.method.scoring == "range_deduct":
        for position, item in enumerate(line.method.items):
            allows = line.allows(item, line.item_number(position))
            tests.append(f"IFERROR(NOT({allows}),FALSE)")
    return _any(tests)


def spoilt_row(row: WrittenLine) -> str:
    """The same for a row: by what scores it, or all that could say what does."""
    always = list(_tests(row.ways[0][0].node, row.formula))  # the first condition is asked in any case
    asked: list[str] = []
    texts: list[str] = []
    for condition, way in row.ways:
        asked += [test for test in _tests(condition.node, row.formula) if test not in always]
        own = (test for e in way.expressions() for test in _tests(e.node, row.formula))
        texts.append(_any([*asked, *own]))
    frame, label, _ = row.weighed
    weight = unusable(row.place.cell(frame, label), row.pack.tables[frame].by_label[label])
    open_ = _any([*asked, _holds(weight)])
    return _any([*always, f"IFERROR({row.by_way(texts, open_)},{open_})"])


def _any(tests: Iterable[str]) -> str:
    several = list(dict.fromkeys(tests))
    return f"OR({','.join(several)})" if several else "FALSE"


def unusable(cells: str, field: FormField) -> str:
    """1 for a cell, or for each of a range, that holds nothing of its type, else 0."""
    filled = f"(1-({blank_test(cells)}))"
    if field.numeric:
        return f"(1-ISNUMBER({cells}))*{filled}"
    if field.type == "choice" and field.choices:
        known = (*field.choices, *(way for ways in field.written.values() for way in ways))
        if ":" not in cells:
            return f"{filled}*(SUMPRODUCT(1*EXACT({one_of(known)},{normal_text(cells)}))=0)"
        same = "+".join(f"EXACT(ASC({quoted(normal(word))}),{normal_text(cells)})" for word in known)
        return f"{filled}*(({same})=0)"
    return f"(ISERROR({cells})+ISLOGICAL({cells}))"


def _unusable_choice(node: Reference, formula: Formula) -> str | None:
    """The same of a choice, where the workbook keeps what it is compared as."""
    kept, field = formula.kept(node), formula.field(node)
    if kept is None or not field.choices:
        return None
    return f"(LEN({kept})>0)*(SUMPRODUCT(1*EXACT({one_of(field.choices)},{kept}))=0)"


def _holds(number: str) -> str:
    """Whether a number is more than nothing; an error in a cell cannot be used either."""
    return f"IFERROR({number}>0,TRUE)"


def _tests(node: Node, formula: Formula) -> Iterator[str]:
    """The tests of all cells that a value comes from."""
    match node:
        case Named():
            return
        case Reference():
            own = unusable(formula.address(node), formula.field(node))
            yield _holds(_unusable_choice(node, formula) or own)
        case Aggregate():
            yield from _of_rows(node, formula)
        case _:
            for child in node.children():
                yield from _tests(child, formula)


def _of_rows(node: Aggregate, formula: Formula) -> Iterator[str]:
    """The tests of the rows that are added, those left out by the condition apart."""
    if node.values is None or node.named is not None:
        return
    first = formula.pack.tables[node.frame].fields[0].label
    for number in range(len(ranges(formula.place.column(node.frame, first, node.key)))):
        rows = RowFormula(formula, node, number)
        counted = ALWAYS
        if node.condition is not None:
            condition = rows.of(node.condition)
            counted = product(condition.known, condition.value) or ALWAYS
        for leaf in node.values.walk():
            if isinstance(leaf, Own):
                cells = unusable(rows.column(leaf.field), formula.field(leaf))
                yield _holds(f"SUMPRODUCT({product(counted, cells)})")
            elif isinstance(leaf, Reference) and not isinstance(leaf, Named):
                yield _holds(unusable(formula.address(leaf), formula.field(leaf)))

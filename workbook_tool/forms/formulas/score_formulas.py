"""Score sheets as live formulas: what each line scores, what the total is, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbook_tool.forms.formulas.score_lines import ScoreLine, WrittenLine, WrittenRows, grade_of, limit_of
from workbook_tool.forms.formulas.score_methods import PERSON
from workbook_tool.forms.formulas.score_verdicts import (
    grade_verdict,
    item_verdict,
    row_verdict,
    score_verdict,
)
from workbook_tool.forms.formulas.single import NoFormula, Place
from workbook_tool.forms.formulas.text import quoted
from workbook_tool.forms.formulas.writer import LONGEST
from workbook_tool.forms.score_words import JUDGED, UNPROVEN
from workbook_tool.model import Criterion, Pack, Rubric

__all__ = [
    "JUDGED",
    "UNPROVEN",
    "grade",
    "grade_verdict",
    "item_verdict",
    "measured",
    "measured_row",
    "recomputed",
    "row_verdict",
    "score_verdict",
    "unproven",
]


def measured(criterion: Criterion, rubric: Rubric, pack: Pack, place: Place) -> str:
    """The formula of a recomputed score, without its equals sign: points, 评判 or 无依据.

    Raises:
        NoFormula: No formula says this.
    """
    score = ScoreLine(criterion, rubric, pack, place).score()
    return score if score == PERSON else _short(f"IFERROR({score},{quoted(UNPROVEN)})")


def measured_row(rubric: Rubric, pack: Pack, place: Place) -> str:
    """The same for the row at hand of a score table whose rows the department writes; empty if unused."""
    row = WrittenLine(rubric, pack, place)
    return _short(f'IF({row.used},IFERROR({row.score()},{quoted(UNPROVEN)}),"")')


def recomputed(
    rubric: Rubric,
    pack: Pack,
    place: Place,
    measured_cells: Mapping[str, str],
    measured_rows: Sequence[str] = (),
) -> str:
    """The total of what data prove and persons judge; empty where a person has not yet judged.

    Args:
        rubric: What is scored.
        pack: What the fields are.
        place: Where the self scores stand.
        measured_cells: For each criterion's id the cell with its recomputed score.
        measured_rows: For rows that the department writes the column with theirs: as many ranges as
            the place gives for the columns of the score table, and alike.
    """
    shares: dict[str | None, list[ScoreLine]] = {}
    for criterion in rubric.criteria:
        shares.setdefault(criterion.share, []).append(ScoreLine(criterion, rubric, pack, place))
    sums = []
    for share, lines in shares.items():
        text = _counted(lines, measured_cells)
        sums.append(f"MIN({limit_of(share, rubric)},{text})" if share in rubric.shares else text)
    if rubric.lines is not None:
        sums.append(WrittenRows(rubric, pack, place).counted(measured_rows))
    return _short(f'IFERROR(ROUND({"+".join(sums)},4),"")')


def _counted(lines: Sequence[ScoreLine], measured_cells: Mapping[str, str]) -> str:
    """The sum of some lines; a text in the place of a score counts as nothing."""
    scored = [measured_cells[line.method.id] for line in lines if not line.may_be_judged]
    terms = [f"SUM({','.join(scored)})"] if scored else []
    for line in lines:
        cell = measured_cells[line.method.id]
        if line.is_judged:
            terms.append(line.within(line.claim))
        elif line.may_be_judged:
            terms.append(f"IF({cell}={PERSON},{line.within(line.claim)},N({cell}))")
    return "+".join(terms)


def unproven(
    rubric: Rubric,
    pack: Pack,
    place: Place,
    measured_cells: Mapping[str, str],
    measured_rows: Sequence[str] = (),
) -> str:
    """The points that a department gave itself without data; arguments as for `recomputed`."""
    terms = []
    for criterion in rubric.criteria:
        line = ScoreLine(criterion, rubric, pack, place)
        if not line.is_judged:
            terms.append(f"({measured_cells[criterion.id]}={quoted(UNPROVEN)})*N({line.claim_cell})")
    if rubric.lines is not None:
        terms.append(WrittenRows(rubric, pack, place).unproven(measured_rows))
    return _short(f"ROUND({'+'.join(terms)},4)") if terms else "0"


def grade(rubric: Rubric, score_cell: str) -> str:
    """The grade of a score; empty where the cell holds no number, or one below every grade."""
    return f'IF(ISNUMBER({score_cell}),IFERROR({grade_of(f"ROUND({score_cell},4)", rubric)},""),"")'


def _short(text: str) -> str:
    if len(text) > LONGEST:
        raise NoFormula("公式太长")
    return text

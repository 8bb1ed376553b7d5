"""The pipeline: the one module that knows the order of the steps."""

from __future__ import annotations

import pandas as pd

from workbook_tool import findings as found
from workbook_tool.checks.conform import conform
from workbook_tool.checks.overwritten import check_overwritten
from workbook_tool.checks.rubric import score
from workbook_tool.checks.rules import check_rules
from workbook_tool.checks.schemas import check_schemas
from workbook_tool.checks.score_rules import builtin_outcomes
from workbook_tool.checks.stale import up_to_date
from workbook_tool.model import Assessment, Batch, Frame, Pack, Severity


def assess(batch: Batch, pack: Pack, read_findings: Frame | None = None) -> Assessment:
    """Check and score every workbook of a batch; pure, no file is touched.

    Args:
        batch: As `excel.read.read` gives it: raw values.
        pack: The pack the workbooks were made from.
        read_findings: The draft findings that reading gave, to be listed with the rest.

    Returns:
        All that is known of the batch; findings are addressed and in reading order.
    """
    typed, typing = conform(batch, pack)
    typed, totals, wrong_totals, stale = up_to_date(typed, pack)
    overwritten = check_overwritten(typed, totals, pack)
    schemas = check_schemas(typed, pack)
    outcomes, broken_rules = check_rules(typed, totals, pack)
    scores, criteria, wrong_scores = score(typed, totals, outcomes, pack)
    drafts = found.join(
        [*([read_findings] if read_findings is not None else []),
         typing, stale, schemas, wrong_totals, overwritten, broken_rules, wrong_scores]
    )  # fmt: skip
    findings = found.address(accept_explanations(drafts, typed, pack), typed, pack)
    return Assessment(
        batch=typed,
        findings=findings,
        totals=_addressed(totals, typed),
        scores=scores,
        criteria=_addressed(criteria, typed),
        outcomes=pd.concat(
            [outcomes, builtin_outcomes(scores, criteria, wrong_scores, pack)], ignore_index=True
        ),
    )


def accept_explanations(drafts: Frame, batch: Batch, pack: Pack) -> Frame:
    """Turn what a department has explained in its 说明 sheet from 需说明 into 提示.

    An explanation is written against a rule's code and covers all findings of that code in the
    workbook; the bureau reads it in the finding's sentence.
    """
    where = pack.explanations
    if where is None or drafts.empty:
        return drafts
    lines = batch.frames[where.on].dropna(subset=[where.code, where.text])
    said = {
        (int(s), str(code).strip()): str(text)
        for s, code, text in zip(lines["submission"], lines[where.code], lines[where.text], strict=True)
    }
    keys = list(zip(drafts["submission"], drafts["code"], strict=True))
    explained = pd.Series([k in said for k in keys], index=drafts.index)
    explained &= drafts["severity"].eq(Severity.EXPLAIN.value)
    texts = pd.Series([said.get(k, "") for k in keys], index=drafts.index)
    return drafts.assign(
        severity=drafts["severity"].mask(explained, Severity.NOTE.value),
        message=drafts["message"].mask(explained, drafts["message"] + "（已说明：" + texts + "）"),
    )


def _addressed(frame: Frame, batch: Batch) -> Frame:
    """The frame with the sheet and cell of each of its records."""
    targets = list(zip(frame["frame"], frame["record"].astype(int), frame["field"], strict=True))
    places = found.cells_of(batch, targets)
    tabs, cells = pd.Series([p[0] for p in places]), pd.Series([p[1] for p in places], dtype="object")
    return frame.assign(sheet=tabs.array, cell=cells.array)


def status_of(findings: Frame) -> str:
    """The state of one workbook by its findings: unreadable, errors, explain or passed."""
    if findings["code"].isin(("文件-01", "文件-02")).any():
        return "unreadable"
    for severity, status in ((Severity.ERROR, "errors"), (Severity.EXPLAIN, "explain")):
        if findings["severity"].eq(severity.value).any():
            return status
    return "passed"

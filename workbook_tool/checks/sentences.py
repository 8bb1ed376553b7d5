"""Why a score is what it is: a sentence with the figures, or what is lacking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbook_tool.checks.bases import Basis, Figure
from workbook_tool.forms.figures import plain, rounded
from workbook_tool.forms.language.evaluation import POINT
from workbook_tool.forms.scoring import UNKNOWN, Evidence, Scorer, Verdict
from workbook_tool.model import Rubric


class Explanation:
    """What a score rests on, as a sentence; the same evidence is told only once.

    Args:
        scorer: The rule; None where it is not known which one it is.
        basis: The evidence.
        rubric: The rubric, for its options.
    """

    def __init__(self, scorer: Scorer | None, basis: Basis, rubric: Rubric):
        self.scorer, self.basis = scorer, basis
        self.known: dict[tuple[Any, ...], tuple[Verdict, str]] = {}
        method = scorer.criterion if scorer else None
        named = {method.option, method.linear.part if method.linear else None} if method else set()
        self.options = "；".join(
            option.says.get(option.chosen, f"{option.name}：{option.chosen}")
            for option in rubric.options
            if option.name in named
        )

    def of(self, at: int) -> tuple[Verdict, str]:
        """The verdict on one record, and why."""
        evidence = self.basis.evidence(at)
        key = (evidence, *(figure.texts[at] for figure in self.basis.needed))
        if key not in self.known:
            verdict = self.scorer.score(evidence) if self.scorer else UNKNOWN
            self.known[key] = (verdict, self._sentence(at, evidence, verdict))
        return self.known[key]

    def _sentence(self, at: int, evidence: Evidence, verdict: Verdict) -> str:
        if self.scorer is None or (verdict.points is None and not verdict.judged):
            return self._lacking(at, evidence)
        figures = "、".join(_texts(self.basis.shown, at))
        parts = [figures, _value(self.scorer, evidence), verdict.says]
        if verdict.points is None:
            end = "，按自评得分计"
        else:
            end = f"，得{plain(rounded(verdict.points / POINT))}分"
        options = f"口径：{self.options}。" if self.options and figures else ""
        return "，".join(p for p in parts if p) + end + "。" + options

    def _lacking(self, at: int, evidence: Evidence) -> str:
        """Why there is no score."""
        strange = self.scorer.out_of_range(evidence) if self.scorer else []
        if strange:
            return f"第{'、'.join(str(n + 1) for n in strange)}条的扣分不在规定的幅度内，无从核定。"
        open_items = [str(n) for n, answer in enumerate(evidence.answers, 1) if answer is None]
        if open_items:
            which = (
                "各条依据都"
                if len(open_items) == len(evidence.answers)
                else f"第{'、'.join(open_items)}条依据"
            )
            return f"{which}没有填写，无从核定。"
        missing = [f.name for f in self.basis.needed if f.texts[at] is None]
        if missing:
            return f"{''.join(f'“{name}”' for name in dict.fromkeys(missing))}没有填写或无法识别，无从核定。"
        return f"{'、'.join(_texts(self.basis.needed, at))}，算不出结果，无从核定。"


def _value(scorer: Scorer, evidence: Evidence) -> str:
    """The figure that is scored, where it is not itself one of the figures it comes from."""
    if isinstance(evidence.value, str) or evidence.value is None:
        return ""
    return f"{scorer.criterion.title}{plain(round(evidence.value, 4))}{scorer.criterion.unit or ''}"


def _texts(figures: Sequence[Figure], at: int) -> list[str]:
    return [f"{f.name}{f.texts[at]}" for f in figures if f.texts[at] is not None]

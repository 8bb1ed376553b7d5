"""Every name in a pack means something: frames, fields, rubrics, options, expressions.

`check_names` stops at the first mistake, as loading does; `mistakes` lists them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbook_tool.forms.expressions import check_message, compile_expression
from workbook_tool.forms.ranges import check_bands
from workbook_tool.model import Criterion, Pack, PackError, Rubric, Rule


def check_names(pack: Pack) -> None:
    """Raise the first mistake.

    Raises:
        PackError: With the file and line of the mistake.
    """
    for mistake in mistakes(pack):
        raise mistake


def mistakes(pack: Pack) -> Iterator[PackError]:
    """Every mistake in the names and expressions of a pack, in the order of its files."""
    yield from _form_mistakes(pack)
    yield from _code_mistakes(pack)
    for rule in pack.rules:
        yield from _rule_mistakes(rule, pack)
    for rubric in pack.rubrics:
        yield from _rubric_mistakes(rubric, pack)


def _form_mistakes(pack: Pack) -> Iterator[PackError]:
    file = pack.folder / "form.yaml" if pack.folder else None
    for _, _, table in pack.walk_blocks():
        for label in (f.label for f in table.fields if not f.label.isidentifier()):
            yield PackError(f"“{table.name}”的栏目名“{label}”含有标点或空格；打印用的写法请放在 title", file)
        doubled = [label for label, n in Counter(f.label for f in table.fields).items() if n > 1]
        for label in doubled:
            yield PackError(f"“{table.name}”中有两个栏目都叫“{label}”", file)
        if table.key is not None and table.key not in table.by_label:
            yield PackError(f"“{table.name}”没有“{table.key}”这一栏，不能作为行名", file)
    references = [pack.identity.department, pack.identity.code]
    for reference in references:
        frame, _, label = reference.rpartition(".")
        if frame not in pack.tables or label not in pack.tables[frame].by_label:
            yield PackError(f"identity 里写的“{reference}”不存在", file)


def _code_mistakes(pack: Pack) -> Iterator[PackError]:
    seen: dict[str, Rule] = {}
    for rule in pack.rules:
        if rule.code in seen:
            first = seen[rule.code].line
            yield PackError(f"规则编号“{rule.code}”已在第 {first} 行用过", rule.file, rule.line)
        seen.setdefault(rule.code, rule)


def _rule_mistakes(rule: Rule, pack: Pack) -> Iterator[PackError]:
    def at(message: str) -> PackError:
        return PackError(f"规则 {rule.code}:{message}", rule.file, rule.line)

    table = pack.tables.get(rule.on)
    if table is None:
        yield at(f"没有“{rule.on}”这张表")
        return
    keys = {row.key for row in table.rows}
    if rule.rows not in ("all", "明细") and rule.rows not in keys:
        yield at(f"“{rule.on}”没有“{rule.rows}”这一行")
    for label in rule.fields:
        if label not in table.by_label:
            yield at(f"“{rule.on}”没有“{label}”这一栏")
            return
    if rule.rubric is not None and rule.rubric not in {r.id for r in pack.rubrics}:
        yield at(f"没有评分表“{rule.rubric}”")
    for text in filter(None, (rule.when, rule.check, rule.total)):
        for label in rule.fields:
            try:
                compile_expression(text, pack, rule.on, label)
            except PackError as mistake:
                yield at(mistake.message)
                break
    try:
        check_message(rule, pack)
    except PackError as mistake:
        yield at(mistake.message)


def _rubric_mistakes(rubric: Rubric, pack: Pack) -> Iterator[PackError]:
    table = pack.tables.get(rubric.on)
    if table is None:
        yield PackError(f"没有“{rubric.on}”这张表", rubric.file, 1)
        return
    for label in (rubric.self_score, rubric.reason):
        if label not in table.by_label:
            yield PackError(f"“{rubric.on}”没有“{label}”这一栏", rubric.file, 1)
    points = sum(c.points for c in rubric.criteria if c.points is not None) + sum(rubric.shares.values())
    if points != rubric.points:
        yield PackError(f"各指标分值合计 {points}，应为 {rubric.points}", rubric.file, 1)
    for criterion in rubric.criteria:
        yield from _criterion_mistakes(criterion, rubric, pack)


def _criterion_mistakes(criterion: Criterion, rubric: Rubric, pack: Pack) -> Iterator[PackError]:
    def at(message: str) -> PackError:
        return PackError(f"指标 {criterion.id}:{message}", rubric.file, criterion.line)

    if criterion.points is None and criterion.share not in rubric.shares:
        yield at("没有分值，也没有写明与哪些指标共用分值(share)")
    names = {o.name: o for o in rubric.options}
    if criterion.option is not None and criterion.option not in names:
        yield at(f"没有“{criterion.option}”这个口径(options)")
        return
    frame = rubric.subject.rpartition(".")[0]
    choices = set(names[criterion.option].choices) if criterion.option is not None else set()
    for written in (criterion.value, *(case.when for case in criterion.cases)):
        texts = written if isinstance(written, dict) else {"": written} if written else {}
        if isinstance(written, dict) and set(written) != choices:
            yield at(f"应为口径“{criterion.option}”的每个选择各写一个算法：{'、'.join(sorted(choices))}")
        for text in texts.values():
            try:
                compile_expression(text, pack, frame, None)
            except PackError as mistake:
                yield at(mistake.message)
    try:
        check_bands(criterion.bands)
    except PackError as mistake:
        yield at(mistake.message)

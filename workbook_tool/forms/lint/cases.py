"""Mistakes in cases/*.yaml: rules and cells that do not exist, rules without their two cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.lint.form import doubled
from workbook_tool.forms.writing.assembly import Places
from workbook_tool.forms.writing.case_files import Case, CaseFiles, path_mistake
from workbook_tool.model import Pack, PackError
from workbook_tool.notices import NOTICES


def case_mistakes(
    pack: Pack, places: Places, files: CaseFiles, unread: frozenset[str]
) -> Iterator[PackError]:
    """Every mistake of the cases of a pack.

    Args:
        pack: The pack.
        places: Where its rules are written.
        files: Its cases.
        unread: Codes of rules that are there but could not be read.
    """
    codes = [*(rule.code for rule in pack.rules), *unread]
    for number in doubled((case.rule, case.name) for case in files.cases):
        case = files.cases[number]
        yield files.error(f"{case.rule} 已有一个例子叫“{case.name}”", case, "name")
    for case in files.cases:
        if case.rule not in codes:
            yield files.error(f"没有规则“{case.rule}”{suggest(case.rule, codes)}", case, "rule")
        yield from _path_mistakes(case, pack, files, codes)
    if pack.rules and files.base is None and not files.mistakes:
        says = "缺少一份没有任何问题的填报，各个例子都从它改起"
        yield PackError(says, files.base_path, 1)
    if not files.mistakes:
        yield from _lacking(pack, places, files)


def _path_mistakes(case: Case, pack: Pack, files: CaseFiles, codes: list[str]) -> Iterator[PackError]:
    for path in case.set:
        says = path_mistake(path, case, files.base, pack, written=True)
        if says:
            yield files.error(f"{case.rule}“{case.name}”：{says}", case, "set", path)
    expected: dict[tuple[str, ...], tuple[str, ...]] = {("finds",): case.finds}
    expected |= {("also", code): cells for code, cells in case.also.items()}
    for at, paths in expected.items():
        for number, path in enumerate(paths):
            says = path_mistake(path, case, files.base, pack, written=False)
            if says:
                yield files.error(f"{case.rule}“{case.name}”：{says}", case, *at, number)
    for code in case.also:
        if code not in codes and code not in NOTICES:
            says = f"没有编号“{code}”{suggest(code, [*codes, *NOTICES])}"
            yield files.error(f"{case.rule}“{case.name}”：{says}", case, "also", code)


def _lacking(pack: Pack, places: Places, files: CaseFiles) -> Iterator[PackError]:
    outcomes: defaultdict[str, set[bool]] = defaultdict(set)
    for case in files.cases:
        outcomes[case.rule].add(bool(case.finds))
    for number, rule in enumerate(pack.rules):
        lacking = [
            word for finds, word in ((False, "通过"), (True, "不通过")) if finds not in outcomes[rule.code]
        ]
        if lacking:
            says = f"规则 {rule.code} 在 cases 里没有{'和'.join(lacking)}的例子"
            yield places.error(says, "rules", number, "code")

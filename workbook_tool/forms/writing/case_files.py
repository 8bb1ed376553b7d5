"""The cases of a pack: small changes to one clean filing, and what must then be found.

A path names a cell in the form's own words: `基本情况.部门名称`, `收入[1、局机关].收入合计`,
`项目#1.资金[县市区财政].实际支出`, `支出明细[#2].支出内容` (the second line), or a whole line
`收入[2、工伤保险]`. A line is named by its fixed key, by its key column, or by its number.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from workbook_tool.forms.language.scope import suggest
from workbook_tool.forms.writing.documents import Document, Step, Steps, read_document
from workbook_tool.forms.writing.shape import shape_mistakes
from workbook_tool.model import Declared, Pack, PackError, Table

FOLDER, BASE = "cases", "base.yaml"
ROW = "行"
"""In a line of the data: names a fixed row by its key."""

PATH = re.compile(
    r"^(?P<sheet>[^.\[#]+)(?:#(?P<tab>\d+))?(?:\.(?P<block>[^.\[]+)(?=\[))?"
    r"(?:\[(?P<row>[^\]]+)\])?(?:\.(?P<field>[^.]+))?$"
)
WRITTEN_LIKE = "写法不对，应写成 表名.栏目、表名[行名].栏目 或 表名.块名[行名].栏目"


class Case(Declared):
    """One case of one rule.

    Attributes:
        set: What is changed in the clean filing: path -> value.
        finds: The cells at which the rule must be found; none where it must hold.
        also: What else must be found: code -> cells.
    """

    rule: str
    name: str
    set: dict[str, Any] = Field(default_factory=dict)
    finds: tuple[str, ...]
    also: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    file: str = Field(default="", exclude=True)
    number: int = Field(default=0, exclude=True)

    @property
    def id(self) -> str:
        """How it is called among all cases."""
        return f"{self.rule}-{self.name}"

    @property
    def expected(self) -> dict[str, tuple[str, ...]]:
        """Everything that must be found: code -> paths."""
        return {code: paths for code, paths in {self.rule: self.finds, **self.also}.items() if paths}


@dataclass(frozen=True)
class CaseFiles:
    """All the cases of a pack as they are written.

    Attributes:
        base: The clean filing; None where there is none.
        mistakes: What cannot be read; those cases are left out.
    """

    base_path: Path
    base: Any
    cases: list[Case]
    documents: Mapping[str, Document]
    mistakes: list[PackError]

    def error(self, message: str, case: Case, *inner: Step) -> PackError:
        """A mistake at a part of a case."""
        document = self.documents[case.file]
        return PackError(message, document.path, document.line(case.number, *inner))


def read_cases(folder: Path) -> CaseFiles:
    """Read the cases of a pack, going on after each mistake."""
    base_path = folder / FOLDER / BASE
    documents = {str(path): read_document(path) for path in sorted((folder / FOLDER).glob("*.yaml"))}
    mistakes = [mistake for document in documents.values() for mistake in document.mistakes]
    base = documents.pop(str(base_path), None)
    entries = [entry for document in documents.values() for entry in _entries(document)]
    cases = [entry for entry in entries if isinstance(entry, Case)]
    mistakes += [entry for entry in entries if isinstance(entry, PackError)]
    return CaseFiles(base_path, base.content if base else None, cases, documents, mistakes)


def _entries(document: Document) -> Iterator[Case | PackError]:
    content = document.content or []
    if not isinstance(content, list):
        yield PackError("文件应是一个一个的例子，每个以“- ”开头", document.path, 1)
        return
    for number, entry in enumerate(content):
        more = {"file": str(document.path), "number": number}
        try:
            yield Case.model_validate(entry | more if isinstance(entry, dict) else entry)
        except ValidationError as problem:
            place = partial(_within, document, number)
            yield from shape_mistakes(problem, Case, entry, place)


def _within(document: Document, number: int, path: Steps) -> tuple[Document, Steps]:
    return document, (number, *path)


def case_files(pack: Pack) -> CaseFiles:
    """The cases of a pack that has been loaded.

    Raises:
        PackError: One of them cannot be read.
    """
    assert pack.folder is not None
    key = ("cases", pack.folder)
    if key not in pack.memo:
        pack.memo[key] = read_cases(pack.folder)
    files = pack.memo[key]
    assert isinstance(files, CaseFiles)
    for mistake in files.mistakes:
        raise mistake
    return files


# ---- paths


@dataclass(frozen=True)
class CellPath:
    """A parsed path; `tab` counts from 1."""

    sheet: str
    tab: int
    block: str | None
    row: str | None
    field: str | None

    @property
    def frame(self) -> str:
        """The frame that it leads to."""
        return f"{self.sheet}.{self.block}" if self.block else self.sheet


def parse(path: str) -> CellPath:
    """The parts of a path.

    Raises:
        PackError: It is written in another way.
    """
    match = PATH.match(path)
    if match is None:
        raise PackError(f"“{path}”：{WRITTEN_LIKE}")
    part = match.groupdict()
    return CellPath(part["sheet"], int(part["tab"] or 1), part["block"], part["row"], part["field"])


def path_mistake(path: str, case: Case, base: Any, pack: Pack, *, written: bool) -> str | None:
    """Why a path leads nowhere; None where it leads to a cell.

    Args:
        path: The path.
        case: The case it stands in.
        base: The clean filing.
        pack: The pack.
        written: Whether something is written there, which may also make a line or a whole table.
    """
    says = next(_complaints(path, case, base, pack, written=written), None)
    return f"“{path}”：{says}" if says else None


def _complaints(path: str, case: Case, base: Any, pack: Pack, *, written: bool) -> Iterator[str]:
    if PATH.match(path) is None:
        yield WRITTEN_LIKE
        return
    at = parse(path)
    if written and at.row is None and f"{at.sheet}.{at.field}" in pack.tables:
        return
    table = pack.tables.get(at.frame)
    if table is None:
        yield f"没有“{at.frame}”这张表{suggest(at.frame, pack.tables)}"
        return
    if at.tab > 1 and not table.sheet.repeats:
        yield f"“{at.sheet}”只有一张"
    if (at.row is None) != (table.kind == "form"):
        yield "没有写是哪一行" if at.row is None else "这里没有一行一行的内容"
    if at.field is None and not (written and at.row is not None):
        yield "没有写是哪一栏"
    if at.field is not None and at.field not in table.by_label:
        yield f"“{at.frame}”没有“{at.field}”这一栏{suggest(at.field, table.by_label)}"
    known = _row_names(at, table, case, base, written=written)
    if at.row is not None and not at.row.startswith("#") and at.row not in known:
        yield f"“{at.frame}”没有“{at.row}”这一行{suggest(at.row, known)}"


def _row_names(at: CellPath, table: Table, case: Case, base: Any, *, written: bool) -> list[str]:
    """What the lines of a table are called, in the clean filing and after the changes of a case."""
    names: list[object] = [row.key for row in table.rows]
    lines = _lines(base, at) if table.key else []
    for path, value in case.set.items() if table.key else ():
        other = parse(path) if PATH.match(path) else at
        if f"{other.sheet}.{other.field}" == table.name and isinstance(value, list):
            lines = [*lines, *value]
        elif other.frame == table.name and other is not at:
            lines = [*lines, value]
            names += [other.row, value if other.field == table.key else None]
    names += [line.get(table.key) for line in lines if isinstance(line, dict)]
    names += [at.row] if written and table.key else []
    return [str(name) for name in names if name is not None]


def _lines(base: Any, at: CellPath) -> list[Any]:
    """The lines of a table in the clean filing."""
    holder = base.get(at.sheet) if isinstance(base, dict) else None
    if at.block:
        tabs = holder if isinstance(holder, list) else [holder]
        tab = tabs[at.tab - 1] if at.tab <= len(tabs) else None
        holder = tab.get(at.block) if isinstance(tab, dict) else None
    return holder if isinstance(holder, list) else []


# ---- changes


def changed(data: Any, changes: Mapping[str, Any], pack: Pack) -> Any:
    """A copy of fill data with every change made."""
    result = copy.deepcopy(data)
    for path, value in changes.items():
        _change(result, parse(path), value, pack)
    return result


def _change(data: dict[str, Any], path: CellPath, value: Any, pack: Pack) -> None:
    table = pack.tables[path.frame]
    holder = data.setdefault(path.sheet, [] if table.kind == "table" and not path.block else {})
    if table.sheet.repeats:
        while len(holder) < path.tab:
            holder.append({})
        holder = holder[path.tab - 1]
    if path.row is None:
        holder[path.field] = value
        return
    rows = holder.setdefault(path.block, []) if path.block else holder
    number = _row_number(rows, path.row, table)
    if path.field is None and value is None:
        if number is not None:
            del rows[number]
        return
    if number is None:
        fixed = any(r.key == path.row for r in table.rows)
        rows.append({ROW: path.row} if fixed or not table.key else {table.key: path.row})
        number = len(rows) - 1
    if path.field is None:
        rows[number] = value
    else:
        rows[number][path.field] = value


def _row_number(rows: list[dict[str, Any]], name: str, table: Table) -> int | None:
    if name.startswith("#"):
        number = int(name[1:]) - 1
        return number if number < len(rows) else None
    labels = next((r.labels for r in table.rows if r.key == name), None)
    for number, row in enumerate(rows):
        if row.get(ROW) == name or (table.key and row.get(table.key) == name):
            return number
        given = {k: v for k, v in row.items() if table.by_label.get(k) and table.by_label[k].static}
        if labels is not None and given and all(labels.get(k) == v for k, v in given.items()):
            return number
    return None

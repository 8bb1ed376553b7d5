"""The house as design says: imports point one way, each library has one home, no form in Python."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from workbook_tool.forms.load import available_packs, load_pack

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "workbook_tool"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES = 450
LONGER: dict[str, int] = {}

# What a part of the house may import of the house; itself always.
MAY_IMPORT: dict[str, set[str]] = {
    "model": set(),
    "notices": {"model"},
    "findings": {"model", "notices"},
    "forms": {"model", "notices", "findings"},
    "checks": {"model", "notices", "findings", "forms"},
    "assess": {"model", "notices", "findings", "forms", "checks"},
    "excel": {
        "model",
        "notices",
        "findings",
        "forms.expressions",
        "forms.formulas.live",
        "forms.formulas.score_formulas",
    },
    "make": {"model", "notices", "findings", "forms", "checks", "excel"},
    "cases": {"model", "notices", "findings", "forms", "assess", "excel"},
    "lint": {"model", "forms", "excel", "cases"},
    "outputs": {"model", "notices", "findings", "forms", "checks", "assess", "excel"},
    "ledger": {
        "model",
        "notices",
        "findings",
        "forms",
        "checks",
        "assess",
        "excel",
        "outputs",
        "__version__",
    },
    "sources": {"forms", "excel"},
    "settings": set(),
    "workers": set(),
    "cluster": {"workers"},
    "run": {"model", "notices", "forms", "assess", "excel", "outputs", "workers", "cluster", "TRACEBACK"},
}
MAY_IMPORT["roster"] = MAY_IMPORT["run"] | {"ledger", "make", "workers"}
MAY_IMPORT["county"] = {"model", "notices", "findings", "forms", "checks", "excel", "outputs"}
MAY_IMPORT["consolidate"] = MAY_IMPORT["roster"] | {
    "run",
    "county",
    "ledger",
    "roster",
    "sources",
    "__version__",
}
MAY_IMPORT["survey"] = MAY_IMPORT["consolidate"] | {"workers", "cluster"}
MAY_IMPORT["compare"] = {"model", "make", "excel"}
for part in ("excel", "run", "survey"):
    MAY_IMPORT[part].add("settings")
FREE = {"cli", "__main__", "__init__"}

HOMES = {
    "pandera": ("checks/schemas.py",),
    "yaml": ("forms/writing/documents.py",),
    "xlsxwriter": ("excel/", "outputs/", "county/book/"),
    "openpyxl": (),
    "lxml": ("excel/", "outputs/"),
    "zipfile": ("excel/", "outputs/"),
    "psutil": ("excel/ooxml/output.py", "workers.py"),
    "distributed": ("cluster.py",),
    "pyarrow": ("county/tables.py", "survey/parts.py", "survey/adding.py"),
    "fsspec": ("survey/storage.py",),
    "duckdb": ("survey/adding.py",),
    "click": ("cli/",),
    "rich": ("outputs/", "cli/"),
    "sqlalchemy": ("ledger/",),
}
IMPORT_NAMES = {"PyYAML": "yaml", "SQLAlchemy": "sqlalchemy", "XlsxWriter": "xlsxwriter"}
EXTRA = {"distributed", "fsspec", "duckdb"}  # imported by the few who ask for it

# Words that a form uses as labels and that any Chinese sentence may need.
GENERIC = {
    "项目", "说明", "意见", "备注", "合计", "汇总", "单位", "内容", "年度", "金额", "级别", "依据", "名称",
    "日期", "数量", "质量", "成本", "时效", "指标", "分值", "得分", "编号", "评分标准", "自评得分", "自评等级", "其他", "收入",
    "支出", "部门名称", "规则编号", "自查", "其它", "职务", "地址", "电话", "等级", "性质",
    "截止日期", "二级机构", "部门编码", "条目", "扣分", "情形", "评价人员",
}  # fmt: skip


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Dotted names of all that a module imports, lazily or not; not what only types need."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    typing_only = {
        id(inner)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def allowed(dotted: str, part: str) -> bool:
    """Whether a module of a part of the house may import this."""
    inner = dotted.removeprefix("workbook_tool.")
    return any(inner == a or inner.startswith(f"{a}.") for a in MAY_IMPORT[part] | {part})


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if part not in FREE:
        ours = [d for d in imports(path) if d.startswith("workbook_tool.")]
        assert [d for d in ours if not allowed(d, part)] == []


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_its_home(library: str) -> None:
    strangers = [
        name_of(path)
        for path in MODULES
        if any(d.split(".")[0] == library for d in imports(path))
        and not name_of(path).startswith(HOMES[library])
    ]
    assert strangers == []


def test_checks_touch_no_file_and_no_clock() -> None:
    forbidden = {"os", "pathlib", "io", "time", "random", "zipfile", "shutil", "tempfile"}
    for path in (PACKAGE / "checks").glob("*.py"):
        assert not {d.split(".")[0] for d in imports(path)} & forbidden, name_of(path)
        calls = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        assert not calls & {"today", "now", "utcnow", "open"}, name_of(path)


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {d.split(">")[0].split("[")[0] for d in declared["dependencies"]}
    expected = {IMPORT_NAMES.get(n, n) for n in names}
    used = {d.split(".")[0] for path in MODULES for d in imports(path)}
    assert used - set(sys.stdlib_module_names) - {"workbook_tool"} - {"numpy"} - EXTRA == expected


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGER.get(name_of(path), MOST_LINES)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_are_named_by_a_noun(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "manager"}


@cache
def form_words() -> frozenset[str]:
    """Every label and sheet name of every pack, but for the words of any Chinese sentence."""
    words: set[str] = set()
    for name in available_packs():
        pack = load_pack(name)
        for sheet, block, table in pack.walk_blocks():
            words |= {sheet.name, block.name or "", *(f.label for f in table.fields)}
            words |= {row.key for row in table.rows}
    return frozenset(w for w in words - GENERIC if len(w) > 1 and not w.isascii())


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module that are not docstrings: those may give examples."""
    docs = {
        id(node.value)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_python_knows_no_form(path: Path) -> None:
    found = [
        f"{name_of(path)}:{line}: {word}"
        for line, text in texts(path)
        for word in form_words()
        if word in text
    ]
    assert found == []

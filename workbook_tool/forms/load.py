"""A pack's YAML becomes a `Pack`; every mistake in it is told with its file and line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from workbook_tool.forms.lint import pack_mistakes
from workbook_tool.forms.writing.assembly import FORM, assemble
from workbook_tool.forms.writing.documents import read_yaml
from workbook_tool.model import Pack, PackError

DEFAULT = "default.txt"


def load_pack(pack: str | Path) -> Pack:
    """Read a pack by name (`hunan-yueyang/2023`) or by folder.

    Raises:
        PackError: The pack is not there, or something in it is wrong (with file and line).
    """
    return _load(find_pack(pack))


def find_pack(pack: str | Path) -> Path:
    """The folder of a pack: a path as given, or a name under `templates/`.

    Raises:
        PackError: No such pack; the sentence lists those there are.
    """
    folder = Path(pack)
    if (folder / FORM).is_file():
        return folder.resolve()
    for root in template_roots():
        if (root / folder / FORM).is_file():
            return (root / folder).resolve()
    names = ", ".join(available_packs()) or "无"
    raise PackError(f"找不到模板包“{pack}”。现有的模板包：{names}。")


def template_roots() -> list[Path]:
    """Where packs are looked for: the current folder, the checkout, the installed package."""
    package = Path(__file__).resolve().parent.parent
    roots = [Path.cwd() / "templates", package.parent / "templates", package / "templates"]
    return [r for r in dict.fromkeys(roots) if r.is_dir()]


def available_packs() -> list[str]:
    """The names of all packs that can be loaded by name."""
    found = {
        form.parent.relative_to(root).as_posix()
        for root in template_roots()
        for form in root.glob(f"*/*/{FORM}")
    }
    return sorted(found)


@lru_cache(maxsize=16)
def _load(folder: Path) -> Pack:
    assembly = assemble(folder)
    for mistake in assembly.mistakes:
        raise mistake
    assert assembly.pack is not None
    for mistake in pack_mistakes(assembly.pack, assembly.places):
        raise mistake
    return assembly.pack


def read_data(path: Path) -> Any:
    """Read fill data: YAML, of which JSON is a part.

    Raises:
        PackError: The file cannot be read or is not YAML or JSON.
    """
    return read_yaml(path)[0]


def default_pack() -> str:
    """The pack that is meant where none is named: the only one, or that of `templates/default.txt`.

    Raises:
        PackError: There are several and none is marked as the default, or there is none.
    """
    names = available_packs()
    for root in template_roots():
        if (root / DEFAULT).is_file():
            return (root / DEFAULT).read_text(encoding="utf-8").strip()
    if len(names) == 1:
        return names[0]
    raise PackError(f"请用 --pack 指明模板包。现有的模板包：{'、'.join(names) or '无'}。")

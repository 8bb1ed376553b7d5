"""An OOXML package: parts read on demand, changed parts replaced, all else left as it arrived.

The one door through which a workbook comes in and goes out. What is written holds every part that
was not touched as the same compressed bytes, in the same order.
"""

from __future__ import annotations

import posixpath
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from lxml import etree

from workbook_tool.excel.ooxml.archive import (
    QUICK,
    REPAIR,
    Limits,
    Member,
    Refused,
    content_of,
    member,
    read_members,
    too_large,
    write_members,
)
from workbook_tool.excel.ooxml.foreign import refuse_unless_zip, refuse_zip
from workbook_tool.excel.ooxml.parts import (
    Element,
    Relation,
    SheetPart,
    is_large,
    local_name,
    parse_xml,
    relations_name,
    resolve,
    whole_number,
)
from workbook_tool.settings import in_force

__all__ = [
    "MAIN",
    "MAIN_STRICT",
    "Element",
    "Limits",
    "Package",
    "Refused",
    "Relation",
    "SheetPart",
    "local_name",
    "parse_xml",
]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MAIN_STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KEPT = 1 << 20
"""Parts up to this size are kept as they were inflated, since several steps look at them …"""
_KEPT_TOGETHER = 32 << 20
"""… up to this size together."""
_LONGEST_NAME = 255
"""Letters of a sheet's name: Excel writes up to 31, others more."""
_TYPES_PART = "[Content_Types].xml"
_RELATIONS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"


class Package:
    """A workbook's parts. Names are compared without regard to case.

    `read` gives bytes, `parse` a tree of one's own, `edit` the tree that will be saved.
    """

    def __init__(self, members: list[Member], limits: Limits):
        self._members = {one.key: one for one in members}
        self._order = [one.key for one in members]
        self._limits = limits
        self._trees: dict[str, Element] = {}
        self._verified: set[str] = set()
        self._contents: dict[str, bytes] = {}
        self._kept = 0
        self._looked_at: dict[str, tuple[Member, Element]] = {}
        self._relations: dict[str, tuple[Member | Element, dict[str, Relation]]] = {}

    @classmethod
    def open(cls, source: Path | str | bytes, limits: Limits | None = None) -> Package:
        """Open a workbook from a file or from its bytes.

        Raises:
            Refused: It is not a workbook that can be read, with a sentence that says why.
            OSError: The file is not there or may not be read.
        """
        limits = limits or in_force(Limits)
        content = source if isinstance(source, bytes) else content_of(Path(source), limits)
        if len(content) > limits.file_bytes:
            raise too_large(len(content), limits)
        refuse_unless_zip(content)
        package = cls(read_members(content, limits), limits)
        package._refuse_other_documents()
        if len(package.sheets) > limits.sheets:
            count = f"工作簿有{len(package.sheets)}张工作表，超过上限{limits.sheets}张，未读取。"
            raise Refused("too-many-sheets", f"{count}请删去多余的工作表。")
        return package

    # --- parts ---

    @property
    def names(self) -> list[str]:
        """The part names in the order of the file."""
        return [self._members[key].name for key in self._order]

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.casefold() in self._members

    def real_name(self, name: str) -> str:
        """The name as the file spells it; as given where there is no such part."""
        found = self._members.get(name.casefold())
        return found.name if found else name

    def read(self, name: str) -> bytes:
        """The part's content, its size and checksum checked.

        Raises:
            Refused: There is no such part, or it is damaged.
        """
        key = name.casefold()
        self._settle(key)
        content = self._contents.get(key)
        if content is None:
            content = self._member(name).inflate()
            self._verified.add(key)
            if len(content) <= _KEPT and self._kept + len(content) <= _KEPT_TOGETHER:
                self._kept += len(content)
                self._contents[key] = content
        return content

    def parse(self, name: str) -> Element:
        """The part as a tree.

        Raises:
            Refused: It is lost, damaged, has a DTD, or is too large to be held.
        """
        return parse_xml(self.read(name), name, self._limits)

    def is_large(self, name: str) -> bool:
        """Whether a part is too large to be held as a tree."""
        return is_large(self.read(name), self._limits)

    def edit(self, name: str) -> Element:
        """The part's tree; what is changed in it is saved, up to `finish`. Ask anew for each change."""
        key = name.casefold()
        self.__dict__.pop("sheets", None)
        if key not in self._trees:
            self._trees[key] = self.parse(name)
        return self._trees[key]

    def finish(self, name: str) -> None:
        """Write the part's tree back: a tree takes ten times the memory of what it says."""
        self._settle(name.casefold())

    def verify(self) -> None:
        """Check size and checksum of every part that was not read yet.

        Raises:
            Refused: A part is damaged.
        """
        for key in self._order:
            if key not in self._verified:
                self._members[key].verify()
                self._verified.add(key)

    def editing(self, name: str) -> bool:
        """Whether the part's tree is being edited."""
        return name.casefold() in self._trees

    def replace(self, name: str, data: bytes, *, compress: bool = True) -> None:
        """Give an existing part other content."""
        key = name.casefold()
        self.__dict__.pop("sheets", None)
        self._trees.pop(key, None)
        self._contents.pop(key, None)
        self._members[key] = self._member(name).holding(data, compress=compress)
        self._verified.add(key)

    def add(self, name: str, data: bytes, content_type: str, *, compress: bool = True) -> None:
        """Add a part after all others and declare its content type."""
        key = name.casefold()
        if key in self._members:
            raise ValueError(f"part {name} exists already")
        self._members[key] = member(name, data, compress=compress, level=QUICK)
        self._order.append(key)
        self._verified.add(key)
        self._declare(name, content_type)

    def remove(self, name: str) -> None:
        """Take a part out, with its own relationships and its content type."""
        for victim in (name, relations_name(name)):
            key = victim.casefold()
            if key in self._members:
                self.__dict__.pop("sheets", None)
                del self._members[key]
                self._contents.pop(key, None)
                self._order.remove(key)
                self._trees.pop(key, None)
                self._undeclare(victim)

    def free_name(self, pattern: str) -> str:
        """The first name of the pattern (with {} for a number) that no part has."""
        number = 1
        while self.has(pattern.format(number)):
            number += 1
        return pattern.format(number)

    def save(self) -> bytes:
        """The package as a file; the same package always gives the same bytes.

        Raises:
            Refused: A part that was to be copied is damaged.
        """
        self.verify()
        return write_members(self.members())

    def members(self) -> list[Member]:
        """Every part as it would be saved."""
        for key in list(self._trees):
            self._settle(key)
        return [self._members[key] for key in self._order]

    def rebuilt(self, members: list[Member]) -> Package:
        """A package of other members under the same limits."""
        return Package(members, self._limits)

    @property
    def limits(self) -> Limits:
        """The limits it was opened under."""
        return self._limits

    # --- relationships and content types ---

    def relations(self, part: str) -> dict[str, Relation]:
        """The relationships of a part by id, in order; of the package itself where `part` is empty."""
        name = relations_name(part)
        if not self.has(name):
            return {}
        edited = self._trees.get(name.casefold())
        state = self._member(name) if edited is None else edited
        known = self._relations.get(part)
        if known is None or known[0] is not state:
            tree = self.parse(name) if edited is None else edited
            known = self._relations[part] = (state, self._read_relations(part, tree))
        return known[1]

    def _read_relations(self, part: str, tree: Element) -> dict[str, Relation]:
        found: dict[str, Relation] = {}
        for element in tree:
            if local_name(element) != "Relationship":
                continue
            external = element.get("TargetMode") == "External"
            target = element.get("Target", "")
            one = Relation(
                element.get("Id", ""),
                element.get("Type", ""),
                target if external else self._locate(part, target),
                external,
            )
            found[one.id] = one
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """The parts inside the package that `part` relates to by that kind and that exist."""
        return [
            r.target
            for r in self.relations(part).values()
            if r.kind == kind and not r.external and self.has(r.target)
        ]

    def relate(self, part: str, kind: str, target: str) -> str:
        """Add a relationship and return its id; `kind` is a last word, or a whole type with a colon."""
        name = relations_name(part)
        if not self.has(name):
            self.add(name, f'<Relationships xmlns="{_RELATIONS}"/>'.encode(), _RELATIONS_TYPE)
        self._relations.pop(part, None)
        tree = self.edit(name)
        taken = {element.get("Id") for element in tree}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        kind = kind if ":" in kind else f"{self.relation_namespace}/{kind}"
        target = posixpath.relpath(f"/{target}", f"/{posixpath.dirname(part)}")
        etree.SubElement(tree, f"{{{_RELATIONS}}}Relationship", Id=f"rId{number}", Type=kind, Target=target)
        return f"rId{number}"

    def unrelate(self, part: str, relation: str) -> None:
        """Take a relationship out; the part that held it goes with the last one."""
        self._relations.pop(part, None)
        tree = self.edit(relations_name(part))
        for element in list(tree):
            if element.get("Id") == relation:
                tree.remove(element)
        if not len(tree):
            self.remove(relations_name(part))

    def content_type(self, name: str) -> str:
        """The declared content type of a part; empty where there is none."""
        wanted, extension = f"/{name}".casefold(), name.rpartition(".")[2].casefold()
        default = ""
        for element in self._types:
            if element.get("PartName", "").replace("\\", "/").casefold() == wanted:
                return str(element.get("ContentType", ""))
            if element.get("Extension", "").casefold() == extension:
                default = element.get("ContentType", "")
        return default

    # --- the workbook ---

    @cached_property
    def workbook(self) -> str:
        """The name of the workbook part."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument" and not relation.external and self.has(relation.target):
                return self.real_name(relation.target)
        raise Refused("not-workbook", f"文件里没有工作簿，可能已损坏。{REPAIR}")

    @cached_property
    def namespace(self) -> str:
        """The namespace of the spreadsheet elements."""
        return self._workbook_tree().tag.rpartition("}")[0].removeprefix("{")

    @property
    def strict(self) -> bool:
        """Whether it is written as “Strict Open XML”."""
        return self.namespace == MAIN_STRICT

    @property
    def relation_namespace(self) -> str:
        """The namespace of r:id attributes and of the office relationship types."""
        return _OFFICE_STRICT if self.strict else _OFFICE

    @property
    def signed(self) -> bool:
        """Whether it carries a digital signature."""
        return any(key.startswith("_xmlsignatures/") for key in self._order)

    @property
    def macros(self) -> bool:
        """Whether it carries macros."""
        return any(key.endswith("vbaproject.bin") for key in self._order)

    @cached_property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The tabs in their order; looked up again once a part has been edited."""
        relations = self.relations(self.workbook)
        found: list[SheetPart] = []
        space = f"{{{self.namespace}}}"
        for element in self._workbook_tree().iterfind(f"{space}sheets/{space}sheet"):
            name, wanted = element.get("name", ""), element.get(f"{{{self.relation_namespace}}}id", "")
            sheet_id = whole_number(element.get("sheetId"))
            if not wanted:
                found.append(SheetPart(name, "", "hidden", sheet_id, "", "module"))
                continue
            relation = relations.get(wanted)
            if relation is None or relation.external or not self.has(relation.target):
                raise Refused("damaged", f"工作表“{name}”的内容缺失，文件已损坏。{REPAIR}")
            part, state = self.real_name(relation.target), element.get("state", "visible")
            found.append(SheetPart(name, part, state, sheet_id, wanted, relation.kind))
        if any(len(one.name) > _LONGEST_NAME for one in found):
            raise Refused("damaged", f"有一张工作表的名称超过{_LONGEST_NAME}个字，文件已损坏。{REPAIR}")
        if len({one.name.casefold() for one in found}) != len(found):
            raise Refused("duplicate", f"工作簿里有两张同名的工作表，文件已损坏。{REPAIR}")
        if not found:
            raise Refused("not-workbook", f"工作簿里没有工作表，可能已损坏。{REPAIR}")
        return tuple(found)

    # --- within ---

    def _member(self, name: str) -> Member:
        found = self._members.get(name.casefold())
        if found is None:
            raise Refused("damaged", f"文件缺少部件“{name[:60]}”，已损坏。{REPAIR}")
        return found

    def _settle(self, key: str) -> None:
        """Write an edited tree back into its part."""
        if key in self._trees:
            tree = self._trees.pop(key)
            self._contents.pop(key, None)
            data = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
            self._members[key] = self._members[key].holding(data)
            self._verified.add(key)

    def _locate(self, part: str, target: str) -> str:
        name = resolve(part, target)
        return name if self.has(name) else self.real_name(unquote(name))

    def _workbook_tree(self) -> Element:
        return self._seen(self.workbook)

    @property
    def _types(self) -> Element:
        return self._seen(_TYPES_PART)

    def _seen(self, name: str) -> Element:
        """The part's tree to look at, parsed once for as long as the part is the same."""
        edited = self._trees.get(name.casefold())
        if edited is not None:
            return edited
        member_now = self._member(name)
        known = self._looked_at.get(name)
        if known is None or known[0] is not member_now:
            known = self._looked_at[name] = (member_now, self.parse(name))
        return known[1]

    def _declare(self, name: str, content_type: str) -> None:
        tree = self.edit(_TYPES_PART)
        extension = name.rpartition(".")[2]
        defaults = {e.get("Extension", "").casefold(): e.get("ContentType") for e in tree}
        if extension in ("rels", "vml") and extension not in defaults:
            default = etree.Element(f"{{{_TYPES}}}Default", Extension=extension, ContentType=content_type)
            tree.insert(0, default)
            return
        for element in tree:  # a part that was declared and missing
            if element.get("PartName", "").casefold() == f"/{name}".casefold():
                element.set("ContentType", content_type)
                return
        if defaults.get(extension.casefold()) != content_type:
            etree.SubElement(tree, f"{{{_TYPES}}}Override", PartName=f"/{name}", ContentType=content_type)

    def _undeclare(self, name: str) -> None:
        tree = self.edit(_TYPES_PART)
        for element in list(tree):
            if element.get("PartName", "").casefold() == f"/{name}".casefold():
                tree.remove(element)

    def _refuse_other_documents(self) -> None:
        """Refuse a zip that holds something other than a spreadsheet."""
        names = self._members.keys()
        if not self.has(_TYPES_PART):
            kind = self.read("mimetype")[:200].decode("latin-1") if self.has("mimetype") else ""
            raise refuse_zip(names, kind)
        types = self.read(_TYPES_PART).decode("utf-8", "replace")
        if not self.relations(""):
            raise refuse_zip(names, types)
        declared = self.content_type(self.workbook).casefold()
        foreign = "binary" in declared or ("spreadsheet" not in declared and "ms-excel" not in declared)
        if (declared and foreign) or self.namespace not in (MAIN, MAIN_STRICT):
            raise refuse_zip(names, declared)

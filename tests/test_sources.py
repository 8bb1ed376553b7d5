"""Which files of a folder or an archive are returns, and where their copies go."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

import packcases
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml import bundle
from workbook_tool.excel.ooxml.archive import Refused
from workbook_tool.excel.ooxml.source import Source
from workbook_tool.excel.read import read
from workbook_tool.forms.load import available_packs, load_pack
from workbook_tool.model import Pack
from workbook_tool.sources import find_sources, named_pack


def packed(members: dict[str, bytes]) -> bytes:
    """A plain zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, member in members.items():
            file.writestr(name, member)
    return content.getvalue()


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder: Path, out: Path | None = None) -> dict[str, str]:
    return {
        Path(s.path).relative_to(folder).as_posix(): s.copy.relative_to(folder).as_posix()
        for s in find_sources([folder], out)
        if s.copy is not None
    }


def test_a_folder_is_searched_with_all_below_it(tmp_path: Path) -> None:
    touch(tmp_path, "乙.xlsx", "甲.XLSM", "下级/丙.xlsx")
    assert found(tmp_path) == {
        "乙.xlsx": "审核结果/乙_已审核.xlsx",
        "甲.XLSM": "审核结果/甲_已审核.XLSM",
        "下级/丙.xlsx": "审核结果/下级/丙_已审核.xlsx",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("~$甲.xlsx", "~$甲.xls", "~$甲.et", "~$甲.wps", "~$甲.csv", ".~甲.et", ".甲.xlsx"),
        *("说明.docx", "说明.doc", "盖章.pdf", "照片.jpg", "照片.PNG", "记录.txt", "名单.pptx"),
        *("审核结果/甲_已审核.xlsx", "下级/审核结果/甲_已审核.xlsx"),
    ],
)
def test_what_is_no_return_is_left_out(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert found(tmp_path) == {}


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
OTHER_FORMATS = {
    "甲.xls": (OLE + "Workbook".encode("utf-16le"), "旧格式的工作簿"),
    "甲.XLT": (OLE + "Workbook".encode("utf-16le"), "旧格式的工作簿"),
    "甲.et": (OLE + "Workbook".encode("utf-16le"), "旧格式的工作簿（.xls 或 .et）"),
    "甲.ett": (OLE + "Book".encode("utf-16le"), "旧格式的工作簿"),
    "甲.wps": (OLE + "WordDocument".encode("utf-16le"), "WPS 文字的 .wps"),
    "甲.csv": ("单位,收入\r\n甲局,12.5\r\n".encode("gb18030"), "文本文件（如 CSV）"),
    "甲.CSV": ("\ufeff单位,收入\r\n".encode(), "文本文件（如 CSV）"),
    "甲.ods": (packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "（.ods）"),
}


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_a_return_in_another_format_is_told_how_to_save_it(name: str, tmp_path: Path) -> None:
    content, says = OTHER_FORMATS[name]
    (tmp_path / "散件").mkdir()
    (tmp_path / "散件" / name).write_bytes(content)
    archive(tmp_path / "上报.zip", {name: content})
    told = read(find_sources([tmp_path]), load_pack(next(iter(available_packs()))))[1]
    assert told["code"].tolist() == ["文件-01", "文件-01"]
    assert all(says in message and ".xlsx" in message for message in told["message"])


def test_tables_of_ours_are_no_returns(tmp_path: Path) -> None:
    touch(tmp_path, "明细/问题.csv", "明细/问题.parquet", "甲.csv")
    assert set(found(tmp_path)) == {"甲.csv"}


def test_the_folder_of_copies_is_not_searched(tmp_path: Path) -> None:
    touch(tmp_path, "甲.xlsx", "标注/甲_已审核.xlsx")
    assert found(tmp_path, tmp_path / "标注") == {"甲.xlsx": "标注/甲_已审核.xlsx"}


def test_a_marked_copy_that_comes_back_keeps_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "甲_已审核.xlsx")
    assert found(tmp_path) == {"甲_已审核.xlsx": "审核结果/甲_已审核.xlsx"}


def test_a_copy_never_takes_the_place_of_a_return(tmp_path: Path) -> None:
    touch(tmp_path, "甲_已审核.xlsx")
    assert found(tmp_path, tmp_path) == {"甲_已审核.xlsx": "甲_已审核(2).xlsx"}


def test_equal_names_get_a_number(tmp_path: Path) -> None:
    touch(tmp_path, "一/表.xlsx", "二/表.xlsx")
    sources = find_sources([tmp_path / "一" / "表.xlsx", tmp_path / "二" / "表.xlsx"], tmp_path / "标注")
    assert [s.copy.name for s in sources if s.copy] == ["表_已审核.xlsx", "表_已审核(2).xlsx"]


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    touch(tmp_path, "甲.xlsx")
    assert len(find_sources([tmp_path / "甲.xlsx", tmp_path])) == 1


@pytest.mark.parametrize("name", available_packs())
def test_workbooks_say_which_pack_they_were_made_from(name: str, tmp_path: Path) -> None:
    pack, workbook = load_pack(name), tmp_path / "甲.xlsx"
    fill(packcases.base_of(pack), pack, workbook)
    touch(tmp_path, "坏.xlsx")
    assert named_pack([tmp_path / "坏.xlsx", tmp_path / "没有.xlsx", workbook]) == name


def test_workbooks_that_do_not_say_it(tmp_path: Path) -> None:
    touch(tmp_path, "坏.xlsx")
    assert named_pack([tmp_path / "坏.xlsx"]) is None


# ---------------------------------------------------------------- archives


def archive(path: Path, members: dict[str, bytes], encoding: str = "utf-8", flagged: bool = True) -> Path:
    """A .zip as different programs write it: names in any code page, with the flag of UTF-8 or without."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            stored = name.encode(encoding)
            ascii_name = "".join("x" if byte > 127 else chr(byte) for byte in stored)
            file.writestr(
                zipfile.ZipInfo(ascii_name, (2024, 3, 25, 10, 30, 0)), content, zipfile.ZIP_DEFLATED
            )
    written = bytearray(path.read_bytes())
    for name in members:
        stored = name.encode(encoding)
        spelt = bytes(ord("x") if byte > 127 else byte for byte in stored)
        for head, flags, start in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
            at = next(
                place
                for place in range(len(written))
                if written.startswith(head, place) and written.startswith(spelt, place + start)
            )
            written[at + start : at + start + len(stored)] = stored
            if flagged and not name.isascii():
                written[at + flags + 1] |= 0x08
    path.write_bytes(written)
    return path


def listed(*places: Path) -> dict[str, str | None]:
    """What is found, by its name within the archive, with the refusal."""
    return {s.path.partition("!")[2]: s.refusal for s in find_sources(places)}


@pytest.mark.parametrize(
    ("encoding", "flagged"), [("utf-8", True), ("gbk", False), ("utf-8", False), ("gb18030", False)]
)
def test_members_of_an_archive_are_found_by_their_names(encoding: str, flagged: bool, tmp_path: Path) -> None:
    file = archive(tmp_path / "上报.zip", {"城关镇/甲局.xlsx": b"1", "乙局.XLS": b"22"}, encoding, flagged)
    assert listed(tmp_path) == {"城关镇/甲局.xlsx": None, "乙局.XLS": None}
    first, second = find_sources([file])
    assert (first.read(), second.read()) == (b"1", b"22")
    assert (first.size, second.size) == (1, 2)
    local = datetime(2024, 3, 25, 10, 30).timestamp()
    assert first.modified is not None
    assert datetime.fromisoformat(first.modified).timestamp() == local


def test_copies_of_an_archive_lie_in_a_folder_of_its_name(tmp_path: Path) -> None:
    members = {"镇/甲.xlsx": b"", "../../乙.xlsx": b"", "C:/CON.xlsx": b"", "丙?.xlsx": b"", "/丁.xlsx": b""}
    archive(tmp_path / "下级" / "上报.zip", members)
    copies = [s.copy.relative_to(tmp_path).as_posix() for s in find_sources([tmp_path]) if s.copy]
    assert copies == [
        "审核结果/下级/上报/镇/甲_已审核.xlsx",
        "审核结果/下级/上报/乙_已审核.xlsx",
        "审核结果/下级/上报/C_/_CON_已审核.xlsx",
        "审核结果/下级/上报/丙__已审核.xlsx",
        "审核结果/下级/上报/丁_已审核.xlsx",
    ]


@pytest.mark.parametrize("name", ["~$甲.xlsx", "__MACOSX/甲.xlsx", "审核结果/甲_已审核.xlsx", "材料.pdf"])
def test_what_is_no_return_in_an_archive_is_left_out(name: str, tmp_path: Path) -> None:
    assert listed(archive(tmp_path / "上报.zip", {name: b"1"})) == {}


def test_an_archive_in_an_archive_is_told(tmp_path: Path) -> None:
    inner = archive(tmp_path / "里.zip", {"甲.xlsx": b"1"}).read_bytes()
    found = listed(
        archive(tmp_path / "外" / "上报.zip", {"里.zip": inner, "乙.rar": b"Rar!", "丙.xlsx": b"1"})
    )
    assert found.pop("丙.xlsx") is None
    assert set(found) == {"里.zip", "乙.rar"}
    assert all(why and "压缩包里还有压缩包" in why for why in found.values())


def flagged_as(path: Path, at: int, value: int) -> Path:
    """The archive with one byte of its directory changed."""
    content = bytearray(path.read_bytes())
    content[content.rfind(b"PK\1\2") + at] = value
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("at", "value", "says"),
    [(8, 1, "加了密码"), (10, 12, "压缩方式"), (27, 0x20, "超过上限"), (46, ord("y"), None)],
)
def test_a_member_that_cannot_be_taken_out_is_told(
    at: int, value: int, says: str | None, tmp_path: Path
) -> None:
    file = flagged_as(archive(tmp_path / "上报.zip", {"x.xlsx": b"1" * 100}), at, value)
    (source,) = find_sources([file])
    if says is not None:
        assert source.refusal is not None and says in source.refusal
        with pytest.raises(Refused, match=says):
            source.read()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("上报.zip", b"not an archive", "已损坏或没有传完"),
        ("上报.zip", b"PK\5\6" + b"\1" * 18, "已损坏或没有传完"),
        ("上报.rar", b"Rar!", "只能打开 .zip"),
        ("上报.7z", b"7z", "只能打开 .zip"),
    ],
)
def test_an_archive_that_cannot_be_opened_is_told(
    name: str, content: bytes, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    (source,) = find_sources([tmp_path])
    assert source.path == str(tmp_path / name) and source.refusal and says in source.refusal
    assert source.modified is not None


def test_an_archive_with_too_many_members_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = archive(tmp_path / "上报.zip", {f"{n}.xlsx": b"1" for n in range(3)})
    monkeypatch.setattr(bundle, "MOST_MEMBERS", 2)
    (source,) = find_sources([file])
    assert source.refusal is not None and "超过上限" in source.refusal


def test_members_that_share_bytes_are_a_bomb(tmp_path: Path) -> None:
    file = archive(tmp_path / "上报.zip", {"a.xlsx": b"1" * 50, "b.xlsx": b"2" * 50})
    flagged_as(file, 42, 0)  # the second member begins where the first does
    (source,) = find_sources([file])
    assert source.refusal is not None and "互相重叠" in source.refusal


def test_a_workbook_named_zip_is_that_workbook(tmp_path: Path) -> None:
    file = archive(tmp_path / "甲.zip", {"[Content_Types].xml": b"<Types/>", "xl/embedded.xlsx": b"1"})
    (source,) = find_sources([file])
    assert source.held is None and source.read() == file.read_bytes()
    assert source.copy == tmp_path / "审核结果" / "甲_已审核.xlsx"


def test_an_archive_that_changes_after_it_was_listed(tmp_path: Path) -> None:
    file = archive(tmp_path / "上报.zip", {"甲.xlsx": b"1" * 100})
    (source,) = find_sources([file])
    file.write_bytes(b"x" * len(file.read_bytes()))
    with pytest.raises(Refused, match="取不出来"):
        source.read()
    file.write_bytes(b"")
    with pytest.raises(Refused, match="取不出来"):
        source.read()


def test_a_member_reads_as_its_file_does(pack: Pack, tmp_path: Path) -> None:
    workbook = tmp_path / "甲.xlsx"
    fill(packcases.base_of(pack), pack, workbook)
    (member,) = find_sources([archive(tmp_path / "上报.zip", {"甲.xlsx": workbook.read_bytes()})])
    from_file, _ = read([workbook], pack)
    from_member, drafts = read([member], pack)
    assert drafts.empty
    for name, frame in from_file.frames.items():
        assert frame.equals(from_member.frames[name])
    assert from_member.submissions["sha256"].equals(from_file.submissions["sha256"])
    assert named_pack([member]) == pack.name


def test_a_refusal_is_a_finding(pack: Pack, tmp_path: Path) -> None:
    _, drafts = read([Source("上报.rar", tmp_path / "上报.rar", refusal="打不开。")], pack)
    assert drafts[["code", "message"]].to_numpy().tolist() == [["文件-01", "打不开。"]]

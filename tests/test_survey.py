"""Many workbooks at addresses: chunks, parts and sums, whoever does them and however often."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import packcases
from conftest import ROOT, Run
from workbook_tool.excel.fill import fill
from workbook_tool.excel.ooxml.source import Held
from workbook_tool.forms.load import load_pack
from workbook_tool.ledger.fingerprint import fingerprint
from workbook_tool.model import Pack
from workbook_tool.run import assess_files, check_chunk
from workbook_tool.settings import in_force
from workbook_tool.sources import find_sources
from workbook_tool.workers import Limits, Lost, Why

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("duckdb")

import pyarrow.parquet as pq  # noqa: E402

from workbook_tool.survey import SurveyError, survey, work  # noqa: E402
from workbook_tool.survey.chunks import Item, cut, listed, name_of  # noqa: E402
from workbook_tool.survey.hands import Errand  # noqa: E402
from workbook_tool.survey.storage import Place, StorageError  # noqa: E402

PACK = ROOT / "tests" / "packs" / "equipment-ledger" / "2024"


@pytest.fixture(scope="module")
def ledger() -> Pack:
    return load_pack(PACK)


@pytest.fixture(scope="module")
def made(ledger: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three counties: returns of seven departments, an older version, a duplicate, a wreck, an archive;
    a fourth that sent nothing but an archive."""
    folder = tmp_path_factory.mktemp("全省")
    base = packcases.base_of(ledger)
    cases = packcases.cases_of(ledger)
    for number in range(7):
        own = {"单位信息.单位代码": f"A{number:03d}", "单位信息.单位名称": f"{number}站"}
        path = folder / f"县{number % 3}" / "乡镇" / f"{number}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        fill(packcases.changed(base, cases[number].set | own, ledger), ledger, path)
    (folder / "县0" / "重复.xlsx").write_bytes((folder / "县0" / "乡镇" / "0.xlsx").read_bytes())
    newer = {"单位信息.单位代码": "A001", "单位信息.单位名称": "1站", "台账[S-01].原值": 50000}
    fill(packcases.changed(base, newer, ledger), ledger, folder / "县1" / "改过.xlsx")
    (folder / "县2" / "坏.xlsx").write_bytes(b"PK nothing")

    def filled(number: int) -> bytes:
        own = {"单位信息.单位代码": f"A{number:03d}", "单位信息.单位名称": f"{number}站"}
        fill(packcases.changed(base, own, ledger), ledger, whole := io.BytesIO())
        return whole.getvalue()

    members: dict[Path, dict[str, bytes | int]] = {
        folder / "县2" / "打包.zip": {
            "乡镇/7站.xlsx": 7,
            "../坏.xlsx": b"PK other",
            "里面.zip": b"",
            "说明.txt": b"",
        },
        folder / "县3.ZIP": {"一/8站.xlsx": 8, "二/9站.xlsx": 9},
    }
    for path, held in members.items():
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in held.items():
                whole = content if isinstance(content, bytes) else filled(content)
                archive.writestr(zipfile.ZipInfo(name, (2024, 3, 5, 8, 0, 0)), whole)
    (folder / "县2" / "空.zip").write_bytes(b"PK\5\6" + bytes(18))
    (folder / "县2" / "~$0.xlsx").write_bytes(b"lock")
    (folder / "县2" / "读我.txt").write_text("不是报表")
    return folder


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbook_tool.survey.chunks.LEAST", 3)
    monkeypatch.setattr("workbook_tool.survey.chunks.MOST", 5)


def tables(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((out / "tables").iterdir())}


def rows(out: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out / "tables" / f"{name}.parquet").to_pylist()
    return found


@pytest.fixture(scope="module")
def done(made: Path, ledger: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of an undisturbed run in one process."""
    out = tmp_path_factory.mktemp("结果")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbook_tool.survey.chunks.LEAST", 3)
        patch.setattr("workbook_tool.survey.chunks.MOST", 5)
        survey([str(made)], str(out), pack=ledger, jobs=1)
    return out


# ---- what comes out


def test_what_counts_is_decided_county_by_county_as_consolidate_does(done: Path) -> None:
    assert {(r["县"], r["部门编码"], r["文件"], r["版数"]) for r in rows(done, "上报情况")} >= {
        ("县0", "A000", "县0/乡镇/0.xlsx", 1),
        ("县1", "A001", "县1/改过.xlsx", 2),
        ("县2", "A007", "县2/打包.zip!乡镇/7站.xlsx", 1),
        ("县3", "A008", "县3.ZIP!一/8站.xlsx", 1),
        ("县3", "A009", "县3.ZIP!二/9站.xlsx", 1),
    }
    assert {(r["县"], r["文件"], r["原因"]) for r in rows(done, "不计入")} == {
        ("县0", "县0/重复.xlsx", "重复"),
        ("县1", "县1/乡镇/1.xlsx", "旧版本"),
        ("县2", "县2/坏.xlsx", "无法读取"),
        ("县2", "县2/打包.zip!../坏.xlsx", "无法读取"),
        ("县2", "县2/打包.zip!里面.zip", "无法读取"),
    }


def test_sums_are_those_of_the_assessment(done: Path, made: Path, ledger: Pack) -> None:
    lying = {source.path.replace("\\", "/"): source for source in find_sources([made])}
    counted = [lying[f"{made.as_posix()}/{r['文件']}"] for r in rows(done, "上报情况")]
    assessment = assess_files(counted, ledger)
    keys = {name: frame["key"] for name, frame in assessment.batch.frames.items()}
    expected: dict[tuple[str, str], int] = {}
    for line in assessment.totals.to_dict("records"):
        if (
            keys[line["frame"]][line["record"]] == "合计"
            and ledger.tables[line["frame"]].by_label[line["field"]].type == "amount"
        ):
            at = (line["frame"], line["field"])
            expected[at] = expected.get(at, 0) + int(line["computed"])
    found = {(r["表"], r["栏目"]): r["合计"] for r in rows(done, "金额") if r["单位"] == "元"}
    assert found and found == {key: Decimal(value) / ledger.fen for key, value in expected.items()}


def test_counties_add_up_to_the_whole(done: Path) -> None:
    for name, key, number in (("金额", ("表", "栏目"), "合计"), ("问题分类", ("编号", "级别"), "条数")):
        parts: dict[Any, Any] = {}
        for row in rows(done, f"{name}-按县"):
            parts[tuple(row[k] for k in key)] = parts.get(tuple(row[k] for k in key), 0) + row[number]
        assert parts == {tuple(row[k] for k in key): row[number] for row in rows(done, name)}
    assert len(rows(done, "问题")) == sum(row["条数"] for row in rows(done, "问题分类"))


def test_the_summary_and_the_manifest_name_what_was_counted(done: Path) -> None:
    summary = json.loads((done / "summary.json").read_text(encoding="utf-8"))
    manifest = json.loads((done / "manifest.json").read_text(encoding="utf-8"))
    assert summary["counts"]["文件"] == 15
    assert summary["counts"]["计入"] == 10
    assert summary["set_aside"] == {"重复": 1, "旧版本": 1, "无法读取": 3}
    parts = {path.stem for path in (done / "parts" / "submissions").iterdir()}
    assert parts == set(manifest["parts"])


def test_no_text_of_a_csv_is_a_formula(made: Path, ledger: Pack, tmp_path: Path) -> None:
    folder = tmp_path / "报" / "=1+1县"
    folder.mkdir(parents=True)
    fill(packcases.base_of(ledger), ledger, folder / "甲.xlsx")
    survey([str(tmp_path / "报")], str(tmp_path / "出"), pack=ledger, jobs=1)
    lines = (tmp_path / "出" / "tables" / "各县.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("'=1+1县,1,1,1,")


# ---- whoever does it


def test_two_processes_give_the_same_tables(done: Path, made: Path, ledger: Pack, tmp_path: Path) -> None:
    survey([f"file://{made.as_posix()}"], str(tmp_path), pack=ledger, jobs=2)
    assert tables(tmp_path) == tables(done)


def test_a_store_of_another_kind_gives_the_same_sums(done: Path, made: Path, ledger: Pack) -> None:
    store = fsspec.filesystem("memory")
    store.put(f"{made}/", "/收/", recursive=True)
    for path in store.find("/收"):  # it notes when it took a file, not when the file was changed
        changed = (made / path.removeprefix("/收/")).stat().st_mtime
        store.store[path].created = datetime.fromtimestamp(changed, UTC)
    survey(["memory://收"], "memory://出/果", pack=ledger, jobs=1, annotated="memory://副本")
    names = ("金额-按部门", "问题", "不计入", "各县")
    assert {name: store.cat(f"/出/果/tables/{name}.parquet") for name in names} == {
        name: (done / "tables" / f"{name}.parquet").read_bytes() for name in names
    }
    assert store.exists("/副本/县1/改过_已审核.xlsx")
    assert store.exists("/副本/县2/打包.zip/乡镇/7站_已审核.xlsx")
    assert not store.exists("/副本/县2/坏_已审核.xlsx")
    store.rm("/", recursive=True)


def test_copies_of_archives_lie_below_their_names() -> None:
    wanted = {
        "县/收.zip!一/a.xlsx": "县/收.zip/一/a_已审核.xlsx",
        "县/收.ZIP!../../a.xlsx": "县/收.ZIP/0e4ed2f5-a_已审核.xlsx",
        "县/收.zip!/etc/a.xlsx": "县/收.zip/etc/6432b4d8-a_已审核.xlsx",
        "县/收.zip!一?/con.xlsx": "县/收.zip/一_/ed2d6e57-_con_已审核.xlsx",
    }
    for file, name in wanted.items():
        held = Held(0, 0, 0, 0)
        assert work.name_of_copy(Item(0, "", file, 0, "", None, held)) == name


def test_adding_up_within_little_memory(
    done: Path, made: Path, ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBOOK_TOOL_ADDING_MEGABYTES", "64")
    in_force.cache_clear()
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    assert tables(tmp_path) == tables(done)
    monkeypatch.setenv("WORKBOOK_TOOL_ADDING_MEGABYTES", "1")
    in_force.cache_clear()
    with pytest.raises(StorageError, match="WORKBOOK_TOOL_ADDING_MEGABYTES"):
        survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    in_force.cache_clear()


# ---- again


def test_what_is_done_is_not_done_again(
    done: Path, made: Path, ledger: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(done)
    monkeypatch.setattr(work, "check_chunk", None)
    assert survey([str(made)], str(done), pack=ledger, jobs=1).known == 15
    assert tables(done) == before


def test_of_what_is_gone_nothing_is_counted(made: Path, ledger: Pack, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(made, tmp_path / "报")
    survey([str(tmp_path / "报")], str(tmp_path / "出"), pack=ledger, jobs=1)
    shutil.rmtree(tmp_path / "报" / "县1")
    survey([str(tmp_path / "报")], str(tmp_path / "出"), pack=ledger, jobs=1)
    assert {row["县"] for row in rows(tmp_path / "出", "各县")} == {"县0", "县2", "县3"}
    assert {row["县"] for row in rows(tmp_path / "出", "问题")} <= {"县0", "县2", "县3"}


@pytest.mark.thorough
def test_a_run_that_is_killed_goes_on_and_ends_the_same(done: Path, made: Path, tmp_path: Path) -> None:
    script = (
        "from workbook_tool.survey import survey, chunks\n"
        "chunks.LEAST, chunks.MOST = 3, 5\n"
        f"if __name__ == '__main__': survey([{str(made)!r}], {str(tmp_path)!r}, pack={str(PACK)!r}, jobs=1)"
    )
    process = subprocess.Popen([sys.executable, "-c", script])
    end = time.monotonic() + 120
    while not list(tmp_path.glob("parts/findings/*")) and time.monotonic() < end:
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (tmp_path / "tables").exists()
    known = survey([str(made)], str(tmp_path), pack=load_pack(PACK), jobs=1).known
    assert known < 15
    assert tables(tmp_path) == tables(done)
    assert (tmp_path / "summary.json").read_bytes() == (done / "summary.json").read_bytes()


def test_a_new_return_changes_its_own_chunk_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    items = [Item(0, f"{n:04d}.xlsx", f"{n:04d}.xlsx", 9, "m", None) for n in range(0, 8000, 2)]
    new = Item(0, "0777.xlsx", "0777.xlsx", 9, "m", None)
    names = [name_of(chunk, "") for chunk in cut(items)]
    more = [name_of(chunk, "") for chunk in cut(sorted([*items, new], key=lambda i: i.path))]
    assert len(names) > 40
    assert len(set(more) - set(names)) <= 4


# ---- what goes wrong


def test_a_part_that_is_torn_is_told(made: Path, ledger: Pack, tmp_path: Path) -> None:
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    next((tmp_path / "parts" / "findings").iterdir()).write_bytes(b"PAR1 half")
    with pytest.raises(StorageError, match="删去 parts 再运行一次"):
        survey([str(made)], str(tmp_path), pack=ledger, jobs=1)


def test_a_file_that_the_program_fails_on_is_a_line_and_tried_again(
    made: Path, ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(sources: Any, pack: Pack) -> Any:
        if any("3.xlsx" in source.path for source in sources):
            raise RuntimeError
        return check_chunk(sources, pack)

    monkeypatch.setattr("workbook_tool.survey.work.check_chunk", failing)
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    assert "县0/乡镇/3.xlsx" in {row["文件"] for row in rows(tmp_path, "不计入")}
    assert len(rows(tmp_path, "上报情况")) == 9
    monkeypatch.setattr("workbook_tool.survey.work.check_chunk", check_chunk)
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    assert len(rows(tmp_path, "上报情况")) == 10


@pytest.mark.parametrize(
    ("why", "code"), [(Why.TIME, "文件-14"), (Why.MEMORY, "文件-15"), (Why.DIED, "文件-16")]
)
def test_a_worker_that_is_lost_is_told_by_why(
    why: Why, code: str, ledger: Pack, made: Path, tmp_path: Path
) -> None:
    class Lose:
        count = 1

        def submit(self, argument: Any, seconds: float) -> Lose:
            return self

        def result(self) -> Any:
            raise Lost(why)

    ready = work.make_ready(work.Settings((str(made),), str(tmp_path), None, PACK, fingerprint(ledger)))
    items = list(listed([Place(str(made))], []))[:2]
    names = list(Errand(ready, "", set(), Limits(), lambda number: None).run(Lose(), [items]))
    found = [pq.read_table(tmp_path / "parts" / "findings" / f"{name}.parquet").to_pylist() for name in names]
    assert [[line["code"] for line in lines] for lines in found] == [[code], [code]]


def test_a_file_that_cannot_be_read_just_now_is_tried_again(
    made: Path, ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsteady(self: Place, paths: Any, most: Any) -> list[Any]:
        found = fetch(self, paths, most)
        return [OSError("reset") if "5.xlsx" in path else one for path, one in zip(paths, found, strict=True)]

    fetch = Place.fetch
    monkeypatch.setattr(Place, "fetch", unsteady)
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    assert "县2/乡镇/5.xlsx" in {row["文件"] for row in rows(tmp_path, "不计入")}
    monkeypatch.setattr(Place, "fetch", fetch)
    survey([str(made)], str(tmp_path), pack=ledger, jobs=1)
    assert "县2/乡镇/5.xlsx" not in {row["文件"] for row in rows(tmp_path, "不计入")}


def test_a_file_too_large_is_not_read(made: Path, ledger: Pack) -> None:
    place = Place(str(made))
    item = next(iter(listed([place], [])))
    ((loaded, again),) = work.loaded_of([replace(item, size=1 << 40)], [place])
    assert "超过上限" in str(loaded.refusal)
    assert not again


def test_a_file_that_changes_while_it_is_read_is_tried_again(made: Path) -> None:
    place = Place(str(made))
    item = next(iter(listed([place], [])))
    assert item.size is not None
    for size in (item.size - 1, item.size + 1):
        ((loaded, again),) = work.loaded_of([replace(item, size=size)], [place])
        assert "正在变动" in str(loaded.refusal)
        assert again


def test_a_machine_needs_nothing_but_the_package(made: Path, ledger: Pack, tmp_path: Path) -> None:
    settings = work.Settings((str(made),), str(tmp_path), None, work.packed(ledger), fingerprint(ledger))
    ready = work.make_ready(settings)
    assert ready.pack.folder != ledger.folder
    assert fingerprint(ready.pack) == fingerprint(ledger)
    with pytest.raises(work.WorkError, match="不是同一版"):
        work.make_ready(replace(settings, fingerprint="of another version"))


@pytest.mark.parametrize(
    ("places", "out", "says"),
    [
        (["空"], "出", "没有工作簿"),
        (["没有的"], "出", "不存在"),
        (["出/里面"], "出", "请把结果写到别处"),
        (["空", "别处/空"], "出", "都叫“空”"),
        (["nonsense://x"], "出", "看不懂地址"),
    ],
)
def test_what_cannot_be_done_is_told(
    places: list[str], out: str, says: str, *, ledger: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("空", "别处/空", "出/里面"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises((SurveyError, StorageError), match=says):
        survey(places, out, pack=ledger, jobs=1)


@pytest.mark.parametrize("lacking", ["fsspec.core", "duckdb"])
def test_what_is_not_installed_is_named(
    lacking: str, done: Path, made: Path, ledger: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, lacking, None)
    with pytest.raises(StorageError, match=r"pip install workbook-tool\[scale\]"):
        survey([str(made)], str(done), pack=ledger, jobs=1)


def test_the_command_tells_what_it_came_to(run: Run, done: Path, made: Path) -> None:
    ran = run("survey", made, "-o", done, "--jobs", "1", "--pack", PACK)
    assert ran.status == 1, ran.err
    assert "4 个县，15 份文件" in ran.out
    assert "没有计入 5 份：重复 1 份、旧版本 1 份" in ran.out

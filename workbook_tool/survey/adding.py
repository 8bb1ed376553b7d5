"""The parts of a run added up by DuckDB: exact sums over what counts, in tables for people and programs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workbook_tool.county.tables import csv_of
from workbook_tool.county.types import RETURNS, SET_ASIDE
from workbook_tool.model import Pack
from workbook_tool.settings import in_force
from workbook_tool.survey.counting import IN_ARCHIVE, decided
from workbook_tool.survey.parts import LAST, SCHEMAS, figures_told, place_of
from workbook_tool.survey.results import COUNTED, MOST_ROWS, Result, results
from workbook_tool.survey.storage import Place, StorageError

_TOO_SMALL = (
    "加总用的内存超过了上限{most}兆。内存有余的，请把环境变量 WORKBOOK_TOOL_ADDING_MEGABYTES 设得大一些，"
    "再运行一次；核对过的不会重做。"
)


@dataclass(frozen=True)
class Limits:
    """How much adding up may take.

    Attributes:
        adding_megabytes: Memory of DuckDB; beyond it works on the disk.
    """

    adding_megabytes: int = 4096


_AT_ONCE = 100_000
"""Lines that are held at a time."""

_PIECE = 1 << 20

_KINDS = {"int64": pa.int64(), "bool": pa.bool_(), "object": pa.string()}


def add_up(out: Place, names: Sequence[str], pack: Pack, level: int) -> dict[str, int]:
    """Write all tables of results over the parts of these names.

    Args:
        out: Where the parts lie and the tables go.
        names: The chunks of the run; others that lie there do not count.
        pack: The pack they were checked by.
        level: How many folders deep the counties lie.

    Returns:
        How many lines each table has.

    Raises:
        StorageError: The parts cannot be read, or the tables not written.
    """
    with _opened(out, names) as connection:
        _decide(connection, pack, level)
        _name(connection, pack)
        return {one.name: _write(connection, one, out) for one in results(pack)}


def rows_of(out: Place, name: str) -> list[dict[str, Any]]:
    """The lines of a table of results that is short enough to be told."""
    with out.reading(f"tables/{name}.parquet") as file:
        rows: list[dict[str, Any]] = pq.read_table(file).to_pylist()
        return rows


@contextmanager
def _opened(out: Place, names: Sequence[str]) -> Iterator[Any]:
    """DuckDB with a view for each kind of part; it fetches nothing by itself."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise StorageError(
            "没有安装成批处理所需的组件，请运行 pip install workbook-tool[scale] 安装。"
        ) from problem
    wanted = [place_of(table, name) for table in SCHEMAS for name in names]
    try:
        with (
            out.near(wanted) as paths,
            tempfile.TemporaryDirectory() as folder,
            duckdb.connect() as connection,
        ):
            settings = {
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "temp_directory": f"'{_quoted(folder)}'",
                "enable_progress_bar": "false",
                "memory_limit": f"'{in_force(Limits).adding_megabytes}MiB'",
            }
            for setting, value in settings.items():
                connection.execute(f"SET {setting} = {value}")
            for number, table in enumerate(SCHEMAS):
                own = paths[number * len(names) : (number + 1) * len(names)]
                files = ", ".join(f"'{_quoted(path)}'" for path in own)
                connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet([{files}])")
            yield connection
    except duckdb.OutOfMemoryException as problem:
        raise StorageError(_TOO_SMALL.format(most=in_force(Limits).adding_megabytes)) from problem
    except duckdb.Error as problem:
        what = f"加总时出错：{problem}。如果 parts 里的文件缺了或坏了，删去 parts 再运行一次。"
        raise StorageError(what) from problem


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _decide(connection: Any, pack: Pack, level: int) -> None:
    """The tables `returns` and `aside`: how each department stands, and what does not count."""
    heads = ", ".join(f'"{name}"' for name in SCHEMAS[LAST])
    # folders are compared as a whole: "a-b/x" does not lie between "a/x" and "a/y"; archives are folders
    way = f"string_split(regexp_replace(file, '{IN_ARCHIVE.pattern}', '/', 'gi'), '/')"
    connection.execute(f"SELECT {heads} FROM {LAST} ORDER BY ({way})[:-2], file")
    found = decided(_lines(connection, list(SCHEMAS[LAST])), level, pack)
    returns, aside = (_Gathered(columns) for columns in (RETURNS, SET_ASIDE))
    for one in found:
        returns.add(one.county, one.returns)
        aside.add(one.county, one.aside)
    for name, gathered in (("returns", returns), ("aside", aside)):
        table = gathered.table()
        connection.register(f"{name}_found", table)
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_found")
        connection.unregister(f"{name}_found")


def _lines(connection: Any, heads: list[str]) -> Iterator[dict[str, Any]]:
    while some := connection.fetchmany(_AT_ONCE):
        yield from (dict(zip(heads, line, strict=True)) for line in some)


class _Gathered:
    """Lines that are gathered county by county.

    Args:
        columns: The columns besides the county, with their dtypes.
    """

    def __init__(self, columns: Mapping[str, str]):
        self._schema = pa.schema([("county", pa.string()), *((n, _KINDS[k]) for n, k in columns.items())])
        self._batches: list[pa.RecordBatch] = []

    def add(self, county: str, lines: Sequence[Mapping[str, Any]]) -> None:
        rows = [{**line, "county": county} for line in lines]
        self._batches.append(pa.RecordBatch.from_pylist(rows, self._schema))

    def table(self) -> pa.Table:
        return pa.Table.from_batches(self._batches, self._schema)


def _name(connection: Any, pack: Pack) -> None:
    """What the pack calls things: the tables `wanted` (figures), `rubrics` and `rules`."""
    from workbook_tool.outputs.rulebook import entries  # noqa: PLC0415 - needed at the very end only

    named = {
        "wanted": [
            {
                "number": number, "frame": figure.frame, "row": figure.row or "", "field": figure.field,
                "unit": pack.unit if field.type == "amount" else field.unit or "",
                "up": 1 if field.type == "amount" else pack.fen,
            }
            for number, (field, figure) in enumerate(figures_told(pack))
        ],
        "rubrics": [{"number": n, "id": one.id, "title": one.title} for n, one in enumerate(pack.rubrics)],
        "rules": [{"code": one.code, "title": one.title} for one in entries(pack)],
    }  # fmt: skip
    kinds = {"number": pa.int64(), "up": pa.int64()}
    heads = {
        "wanted": ("number", "frame", "row", "field", "unit", "up"),
        "rubrics": ("number", "id", "title"),
        "rules": ("code", "title"),
    }
    for name, lines in named.items():
        schema = pa.schema([(head, kinds.get(head, pa.string())) for head in heads[name]])
        connection.register(f"{name}_named", pa.Table.from_pylist(lines, schema))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {name}_named")
        connection.unregister(f"{name}_named")
    connection.execute(COUNTED)


def _write(connection: Any, result: Result, out: Place) -> int:
    """Write one table as Parquet, and as CSV where a spreadsheet can hold it; gives the number of lines."""
    reader = connection.sql(result.query).to_arrow_reader(_AT_ONCE)
    schema = _scaled(reader.schema.empty_table(), result.scales).schema
    rows = 0
    with tempfile.TemporaryFile() as file:
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for batch in reader:
                writer.write_table(_scaled(pa.Table.from_batches([batch]), result.scales))
                rows += batch.num_rows
        file.seek(0)
        with out.writing(f"tables/{result.name}.parquet") as target:
            shutil.copyfileobj(file, target, _PIECE)
        if result.csv and rows <= MOST_ROWS:
            out.put(f"tables/{result.name}.csv", csv_of(pq.read_table(file)))
    return rows


def _scaled(table: pa.Table, scales: Mapping[str, int]) -> pa.Table:
    """The table with whole numbers of a small unit as exact decimals of a larger one."""
    for name, scale in scales.items():
        at = table.column_names.index(name)
        whole = table.column(at).cast(pa.decimal128(38, 0))
        kind = pa.decimal128(38, len(str(scale)) - 1)  # the same bits, read otherwise
        chunks = [pa.Array.from_buffers(kind, len(c), c.buffers(), offset=c.offset) for c in whole.chunks]
        table = table.set_column(at, name, pa.chunked_array(chunks, kind))
    return table

"""The frames of a batch as plain arrays, and which record belongs to which.

Nothing here knows an expression. All that is found is kept in `Batch.memo`, so that a hundred
rules over the same frames group and match them once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbook_tool.forms.language.scope import kind_of
from workbook_tool.forms.language.syntax import Kind, normal
from workbook_tool.model import Batch, Frame, Pack, Table

Array = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]
T = TypeVar("T")

INSTANCES = 1 << 20
"""More tabs than a workbook can have: (submission, instance) becomes one integer."""

DTYPES: dict[Kind, Any] = {
    "amount": np.int64, "points": np.int64, "number": np.float64, "text": object, "boolean": np.bool_,
}  # fmt: skip
NOTHING: dict[Kind, Any] = {"amount": 0, "points": 0, "number": 0.0, "text": "", "boolean": False}
"""What stands in an array where the value is unknown."""


@dataclass(frozen=True)
class Vector:
    """One value for each record, and whether it is known."""

    values: Array
    known: Mask

    def take(self, positions: Positions) -> Vector:
        """The values at these positions; unknown at -1."""
        if not len(self.values):
            blank: Array = np.zeros(len(positions), dtype=self.values.dtype)
            return Vector(blank, np.zeros(len(positions), dtype=np.bool_))
        return Vector(self.values[positions], self.known[positions] & (positions >= 0))


class Records:
    """A batch seen frame by frame.

    Args:
        batch: With typed frames.
        pack: The pack it was read with.
    """

    def __init__(self, batch: Batch, pack: Pack):
        self.batch, self.pack = batch, pack

    def once(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        """What `make` gives, made only once for these frames."""
        memo = self.batch.memo
        if key not in memo:
            memo[key] = make()
        return memo[key]  # type: ignore[return-value]

    def frame(self, name: str) -> Frame:
        """The frame; without records where the batch has none of that name."""
        found = self.batch.frames.get(name)
        return found if found is not None else self.once(("empty", name), lambda: _empty(self.table(name)))

    def table(self, name: str) -> Table:
        """What the pack declares of a frame."""
        return self.pack.tables[name]

    def size(self, name: str) -> int:
        """How many records a frame has."""
        return len(self.frame(name))

    def submissions(self, name: str) -> Positions:
        """For each record the workbook it stands in, by its number in the batch."""
        return self.once(("submissions", name), lambda: self._submissions(name))

    def _submissions(self, name: str) -> Positions:
        return self.frame(name)["submission"].to_numpy(dtype=np.int64)

    def ids(self, name: str, same_tab: bool) -> Positions:
        """For each record the workbook it stands in, or the tab."""
        return self.once(("ids", name, same_tab), lambda: self._ids(name, same_tab))

    def _ids(self, name: str, same_tab: bool) -> Positions:
        ids = self.submissions(name) * INSTANCES
        return ids + self.frame(name)["instance"].to_numpy(dtype=np.int64) if same_tab else ids

    def added(self, name: str) -> Mask:
        """Which records an aggregate adds: all that are not total rows."""
        return self.once(("added", name), lambda: self._added(name))

    def _added(self, name: str) -> Mask:
        return np.asarray(~self.frame(name)["key"].isin(self.table(name).total_keys), dtype=np.bool_)

    def keyed(self, name: str, key: str) -> Mask:
        """Which records stand under a fixed key."""
        column = self.frame(name)["key"]
        return self.once(("keyed", name, key), lambda: np.asarray(column.isin([key]), dtype=np.bool_))

    # ---- cells ----

    def blank(self, name: str, label: str) -> Vector:
        """Whether a cell is blank; unknown where it holds something unreadable."""
        return self.once(("blank", name, label), lambda: self._blank(name, label))

    def _blank(self, name: str, label: str) -> Vector:
        empty = self.frame(name)[label].isna().to_numpy(dtype=np.bool_)
        return Vector(empty, ~self.unreadable(name, label))

    def unreadable(self, name: str, label: str) -> Mask:
        """Which cells hold something that cannot be read as their type."""
        return self.once(("unreadable", name, label), lambda: self._unreadable(name, label))

    def _unreadable(self, name: str, label: str) -> Mask:
        flags = self.batch.unreadable.get(name)
        if flags is None or label not in flags:
            return np.zeros(self.size(name), dtype=np.bool_)
        return flags[label].to_numpy(dtype=np.bool_)

    def column(self, name: str, label: str) -> Vector:
        """The values of a field; blanks are unknown, or 0 where the pack says so."""
        return self.once(("column", name, label), lambda: self._column(name, label))

    def _column(self, name: str, label: str) -> Vector:
        field = self.table(name).by_label[label]
        kind = kind_of(field)
        series = self.frame(name)[label]
        blank = self.blank(name, label)
        values = series.to_numpy(dtype=DTYPES[kind], na_value=NOTHING[kind])
        known = blank.known & ~blank.values
        if field.blank == "zero" and field.numeric:
            known = blank.known
        return Vector(values, known)

    def normal_texts(self, name: str, label: str) -> Array:
        """The texts of a field as they are compared."""
        return self.once(("normal", name, label), lambda: normal_array(self.column(name, label).values))

    # ---- which record belongs to which ----

    def of_form(self, name: str, at: str, same_tab: bool) -> Positions:
        """For each record of `at`, the one record of a form; -1 where there is none."""
        key = ("form", name, at, same_tab)
        return self.once(key, lambda: match(self.ids(name, same_tab), self.ids(at, same_tab)))

    def of_key(self, name: str, key: str, at: str, same_tab: bool) -> Positions:
        """For each record of `at`, the row with that fixed key; -1 where none or several."""
        return self.once(("fixed", name, key, at, same_tab), lambda: self._of_key(name, key, at, same_tab))

    def _of_key(self, name: str, key: str, at: str, same_tab: bool) -> Positions:
        rows = np.flatnonzero(self.keyed(name, key))
        found = match(self.ids(name, same_tab)[rows], self.ids(at, same_tab))
        return np.where(found >= 0, rows[found], -1) if len(rows) else found

    def of_name(self, name: str, wanted: Vector, at: str, same_tab: bool) -> Positions:
        """For each record of `at`, the row of that name; -1 where none or several."""
        rows = self.once(("names", name, same_tab), lambda: self._rows_by_name(name, same_tab))
        ids = self.ids(at, same_tab).tolist()
        names = wanted.values.tolist()
        found = [
            rows.get((i, normal(n)), -1) if known else -1
            for i, n, known in zip(ids, names, wanted.known.tolist(), strict=True)
        ]
        return np.array(found, dtype=np.int64)

    def _rows_by_name(self, name: str, same_tab: bool) -> dict[tuple[int, str], int]:
        ids = self.ids(name, same_tab).tolist()
        rows: dict[tuple[int, str], int] = {}
        for names in (self.frame(name)["key"].tolist(), self.key_column(name)):
            for position, (i, word) in enumerate(zip(ids, names, strict=True)):
                if isinstance(word, str) and word:
                    key = (i, normal(word))
                    rows[key] = position if rows.get(key, position) == position else -1
        return rows

    def key_column(self, name: str) -> list[str]:
        """What the column that names a table's rows says; "" where it is blank."""
        key = self.table(name).key
        return self.column(name, key).values.tolist() if key else [""] * self.size(name)

    def row_names(self, name: str) -> list[str]:
        """What each record is called: by its key column, its fixed key, or else its tab."""
        return self.once(("row names", name), lambda: self._row_names(name))

    def _row_names(self, name: str) -> list[str]:
        frame = self.frame(name)
        keys = [k if isinstance(k, str) else "" for k in frame["key"].tolist()]
        tabs = frame["tab"].tolist() if self.table(name).kind == "form" else [""] * len(keys)
        lines = zip(self.key_column(name), keys, tabs, strict=True)
        return [called or key or str(tab) for called, key, tab in lines]

    def groups(self, at: str, same_tab: bool) -> tuple[Positions, Positions]:
        """The workbooks (or tabs) of a frame, and for each record which of them it stands in."""
        key = ("groups", at, same_tab)
        return self.once(key, lambda: np.unique(self.ids(at, same_tab), return_inverse=True))

    def lost(self, name: str, groups: Positions, same_tab: bool) -> Mask:
        """Which workbooks (or tabs) have lost a table: not one of its fixed rows is there."""
        table = self.table(name)
        if not any(row.slots == 1 for row in table.rows) or (table.sheet.repeats and not same_tab):
            return np.zeros(len(groups), dtype=np.bool_)
        return ~np.isin(groups, self.ids(name, same_tab))


def _empty(table: Table) -> Frame:
    dtypes = {"amount": "Int64", "points": "Int64", "number": "Float64", "text": "string"}
    columns = {"submission": "int64", "tab": "object", "instance": "int64", "row": "int64", "key": "object"}
    columns |= {field.label: dtypes[kind_of(field)] for field in table.fields}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def normal_array(texts: Array) -> Array:
    """Texts as they are compared; each different one is looked at once."""
    return np.array([normal(text) for text in texts.tolist()], dtype=object)


def match(source: Positions, target: Positions) -> Positions:
    """For each id of `target` where it stands in `source`; -1 where not at all or more than once."""
    if not len(source):
        return np.full(len(target), -1, dtype=np.int64)
    order = np.argsort(source, kind="stable")
    ordered = source[order]
    first = np.searchsorted(ordered, target, side="left")
    after = np.searchsorted(ordered, target, side="right")
    return np.where(after - first == 1, order[np.minimum(first, len(source) - 1)], -1)

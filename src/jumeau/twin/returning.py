"""A file that comes back, compared by id with what left and with what the twin says now: reviewed, then accepted or not."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.errors import InputError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Field, Layer
from jumeau.model.labels import LABELS, labels
from jumeau.model.query import Compare
from jumeau.model.typed import editable
from jumeau.sharing.view import View
from jumeau.sources.returned import Returned, open_file, read_layer
from jumeau.store.hilbert import flat
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.comparing import Cells, alike, identical, same_shapes
from jumeau.twin.localising import checked_points
from jumeau.twin.takeaway import ABOUT, XY, About, title


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the file says. kind: `changed`, `added` or `removed`; before: what left; after: what the file says; now:
    what the twin says since; conflict: the twin changed it meanwhile, to something else.
    """

    key: str
    kind: str
    layer: str
    asset: str
    label: str
    attribute: str = ""
    before: Any = None
    after: Any = None
    now: Any = None
    conflict: bool = False
    row: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that cannot be used: it is left as it was."""

    layer: str
    row: int
    field: str
    value: str
    reason: str


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What a file would change. same: cells that say what the twin says."""

    file: str
    commune: str
    head: int
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    assets: int
    same: int

    def counts(self) -> dict[str, int]:
        """How many lines of each kind, and how many are in conflict."""
        out = {kind: sum(one.kind == kind for one in self.lines) for kind in ("changed", "added", "removed")}
        return out | {"conflicts": sum(one.conflict for one in self.lines)}


def review(view: View, path: Path, layer: str | None = None) -> Review:
    """Compare a file with the twin; nothing is written. layer: for a file that does not say it.

    Raises InputError for a file that cannot be a return, HostileFileError for one that is refused for safety.
    """
    said, tables = open_file(path, ABOUT)
    about = _about(said, path) if said is not None else None
    if about is None and layer is None:
        raise InputError("echange.sans_origine", file=path.name)
    notes = [] if about else [t("echange.note_sans_origine")]
    then = _then(view, about)
    lines: list[Line] = []
    problems: list[Problem] = []
    assets = same = 0
    for table in tables:
        name = _layer_of(table, about, layer)
        if about is not None and table in about.beside:
            continue
        if name is None:
            notes.append(t("echange.note_table", table=table))
            continue
        part = _Part(view, view.layer(name), about, then, path.name)
        part.compare(read_layer(path, table, name, view.layer(name).geometry))
        lines, problems, notes = lines + part.lines, problems + part.problems, notes + part.notes
        assets, same = assets + part.assets, same + part.same
    return Review(
        file=path.name, commune=about.commune if about else "", head=about.head if about else view.head(), assets=assets,
        same=same, lines=tuple(lines), problems=tuple(problems), notes=tuple(notes),
    )  # fmt: skip


def _about(said: str, path: Path) -> About:
    try:
        return msgspec.json.decode(said, type=About)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError("echange.origine_abimee", file=path.name) from error


def _then(view: View, about: About | None) -> Moment:
    """What the twin said when the file left. Raises InputError when this twin never had that commit."""
    if about is None:
        return NOW
    for commit in view.commits(after=about.head - 1):
        if commit.id == about.head:
            return Moment(view.moment.branch, as_of=commit.instant)
    raise InputError("echange.autre_jumeau", head=about.head)


def _layer_of(table: str, about: About | None, layer: str | None) -> str | None:
    if about is not None:
        return next((name for name in about.layers if name[:31] == table[:31]), None)
    return layer


class _Part:
    """The comparison of one layer."""

    def __init__(self, view: View, layer: Layer, about: About | None, then: Moment, file: str) -> None:
        self.view, self.layer, self.about, self.then, self.file = view, layer, about, then, file
        self.lines: list[Line] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.called: dict[str, str] = {}
        self.assets = self.same = 0

    def compare(self, file: Returned) -> None:
        """Fill the lines and the problems."""
        heads = self._headings(file)
        ids = _texts(file.columns[heads["id"]])
        old, new = self._tables(ids)
        self.assets = len(ids)
        at_old, at_new = _places(old, ids), _places(new, ids)
        known = _firsts(ids) & (at_old >= 0)
        rows = np.flatnonzero(known)
        pairs = _Pairs(old, new, at_old[rows], at_new[rows], rows, [ids[i] for i in rows])
        self.called = dict(zip(new["id"].to_pylist(), labels(self.layer, new).to_pylist(), strict=True))
        fields = [f for f in self.layer.fields if f.name in heads and editable(f)]
        for field in fields:
            self._column(field, file, file.columns[heads[field.name]], pairs)
        shapes = self._positions(file, heads)
        self._shapes(file, shapes, pairs)
        self._added(file, {f.name: file.columns[heads[f.name]] for f in fields}, shapes, np.flatnonzero(~known))
        if self.about is not None:
            self._removed(old, set(pairs.assets))

    def _headings(self, file: Returned) -> dict[str, str]:
        """Field -> heading of the file. Raises InputError when the ids are not there."""
        titles = {title(f, self.layer): f.name for f in self.layer.fields} | {f.name: f.name for f in self.layer.fields}
        titles |= {t("echange.identifiant"): "id", "id": "id"} | {n: n for n in XY}
        folded = {" ".join(k.split()).lower(): v for k, v in titles.items()}
        out: dict[str, str] = {}
        for head in file.columns.column_names:
            name = folded.get(" ".join(head.split()).lower())
            if name is not None:
                out.setdefault(name, head)
        if "id" not in out:
            raise InputError("echange.sans_identifiant", file=self.file, layer=self.layer.title)
        return out

    def _tables(self, ids: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        if self.about is None:
            now = self.view.read(self.layer.name, ids=sorted({i for i in ids if i}))
            return now, now
        where = Compare("commune", "=", self.about.commune)
        old = self.view.read(self.layer.name, where=where, moment=self.then)
        wanted = sorted({*old["id"].to_pylist(), *(i for i in ids if i)})
        return old, self.view.read(self.layer.name, ids=wanted)

    def _column(self, field: Field, file: Returned, column: pa.ChunkedArray, pairs: "_Pairs") -> None:
        """Cells of one field that do not say what left."""
        if field.name not in pairs.old.column_names:
            return
        said, left, now = column.take(pa.array(pairs.rows)), pairs.left(field.name), pairs.now(field.name)
        differ = np.flatnonzero(~identical(said, left))
        self.same += len(pairs.rows) - len(differ)
        at = pa.array(differ)
        cells = Cells(self.layer, field)
        columns = (said.take(at).to_pylist(), left.take(at).to_pylist(), now.take(at).to_pylist())
        for k, raw, before, current in zip(differ.tolist(), *columns, strict=True):
            read, typed = cells.said(raw)
            there = pairs.at_new[k] >= 0
            if (typed.error is None or read is not None) and alike(field, before, read):
                self.same += 1
            elif typed.error is not None:
                self._problem(file, int(pairs.rows[k]), field.name, raw, typed.error)
            elif there and alike(field, current, typed.value):
                self.same += 1
            else:
                conflict = not there or not alike(field, current, before)
                self._line(pairs.assets[k], field.name, before, typed.value, current, conflict, file.rows[pairs.rows[k]])

    def _shapes(self, file: Returned, shapes: NDArray[np.object_] | None, pairs: "_Pairs") -> None:
        if shapes is None or GEOMETRY not in pairs.old.column_names:
            return
        left, now = (np.array(column.to_pylist(), object) for column in (pairs.left(GEOMETRY), pairs.now(GEOMETRY)))
        after = shapes[pairs.rows]
        there = pairs.at_new >= 0
        kept = np.array([a is None and b is not None for a, b in zip(after, left, strict=True)], np.bool_)
        same = same_shapes(left, after)
        differ = np.flatnonzero(~kept & ~same)
        already = np.zeros(len(after), np.bool_)
        already[differ] = there[differ] & same_shapes(now[differ], after[differ])
        unmoved = np.zeros(len(after), np.bool_)
        unmoved[differ] = there[differ] & same_shapes(now[differ], left[differ])
        self.same += int((same & ~kept).sum() + already.sum())
        for k in np.flatnonzero(~kept & ~same & ~already).tolist():
            asset, row = pairs.assets[k], file.rows[pairs.rows[k]]
            self._line(asset, GEOMETRY, left[k], after[k], now[k], not unmoved[k], row)

    def _positions(self, file: Returned, heads: Mapping[str, str]) -> NDArray[np.object_] | None:
        """Geometry of each row (WKB, EPSG:2154), None where it has none; None when the file has none at all."""
        if file.geometry is not None:
            for i in file.bad:
                self.problems.append(self._about_row(file, i, GEOMETRY, "", t("echange.geometrie")))
            return np.array([*file.geometry.to_pylist(), None], object)[:-1]
        if self.layer.geometry != "point" or not set(XY) <= heads.keys():
            return None
        cells = Cells(self.layer, Field(name="x", type="number"))
        raw = [file.columns[heads[n]].to_pylist() for n in XY]
        xy = np.full((len(raw[0]), 2), np.nan)
        for i, pair in enumerate(zip(*raw, strict=True)):
            try:
                said = [cells.number(value) for value in pair]
            except InputError as error:
                self._problem(file, i, "x, y", pair, error)
                continue
            if None not in said:
                xy[i] = said
        shapes, bad = checked_points(xy)
        for i in np.flatnonzero(bad).tolist():
            pair = (raw[0][i], raw[1][i])
            self._problem(file, i, "x, y", pair, InputError("edition.position", field="x, y"))
        return shapes

    def _added(
        self,
        file: Returned,
        columns: Mapping[str, pa.ChunkedArray],
        shapes: NDArray[np.object_] | None,
        rows: NDArray[np.int64],
    ) -> None:
        """Rows without a known id."""
        at = pa.array(rows)
        said = {name: column.take(at).to_pylist() for name, column in columns.items()}
        cells = {name: Cells(self.layer, self.layer[name]) for name in said}
        for k, i in enumerate(rows.tolist()):
            values: dict[str, Any] = {}
            for name, column in said.items():
                typed = cells[name].said(column[k])[1]
                if typed.error is not None:
                    self._problem(file, i, name, column[k], typed.error)
                elif typed.value is not None:
                    values[name] = typed.value
            self._added_row(file, i, values, shapes[i] if shapes is not None else None)

    def _added_row(self, file: Returned, i: int, values: dict[str, Any], shape: bytes | None) -> None:
        if not values and shape is None:
            return
        if shape is None and self.layer.geometry != "none":
            self.problems.append(self._about_row(file, i, GEOMETRY, "", t("echange.ajout_sans_position")))
            return
        name = next((values[n] for n in LABELS if values.get(n)), None)
        label = str(name or t("echange.nouveau", row=file.rows[i]))
        key = f"added/{self.layer.name}/{file.rows[i]}"
        after = values | ({GEOMETRY: shape} if shape is not None else {})
        self.lines.append(
            Line(key=key, kind="added", layer=self.layer.name, asset="", label=label, after=after, row=file.rows[i])
        )

    def _removed(self, old: pa.Table, present: Collection[str]) -> None:
        for asset in old["id"].to_pylist():
            if asset not in present and asset in self.called:
                key, label = f"removed/{self.layer.name}/{asset}", self.called[asset]
                self.lines.append(Line(key=key, kind="removed", layer=self.layer.name, asset=asset, label=label))

    def _line(self, asset: str, name: str, before: Any, after: Any, now: Any, conflict: bool, row: int) -> None:
        key = f"changed/{self.layer.name}/{asset}/{name}"
        label = self.called.get(asset, asset[:8])
        self.lines.append(
            Line(key=key, kind="changed", layer=self.layer.name, asset=asset, label=label, attribute=name, before=before,
                 after=after, now=now, conflict=conflict, row=row)
        )  # fmt: skip

    def _problem(self, file: Returned, i: int, name: str, value: Any, error: InputError) -> None:
        self.problems.append(self._about_row(file, i, name, str(value)[:60], str(error)))

    def _about_row(self, file: Returned, i: int, name: str, value: str, reason: str) -> Problem:
        return Problem(layer=self.layer.name, row=file.rows[i], field=name, value=value, reason=reason)


class _Pairs:
    """Rows of the file whose asset is known, with what left of it and what the twin says now."""

    def __init__(
        self, old: pa.Table, new: pa.Table, at_old: NDArray[np.int64], at_new: NDArray[np.int64], rows: NDArray[np.int64],
        assets: list[str],
    ) -> None:  # fmt: skip
        self.old, self.new, self.at_old, self.at_new, self.rows, self.assets = old, new, at_old, at_new, rows, assets

    def left(self, name: str) -> pa.Array:
        """What left, row by row."""
        return flat(self.old[name]).take(pa.array(self.at_old))

    def now(self, name: str) -> pa.Array:
        """What the twin says now, null where the asset is gone."""
        if name not in self.new.column_names:
            return pa.nulls(len(self.rows), self.old.schema.field(name).type)
        return flat(self.new[name]).take(pa.array(self.at_new, mask=self.at_new < 0))


def _texts(column: pa.ChunkedArray) -> list[str]:
    return ["" if v is None else str(v).strip() for v in column.to_pylist()]


def _places(table: pa.Table, ids: Sequence[str]) -> NDArray[np.int64]:
    where = {asset: i for i, asset in enumerate(table["id"].to_pylist())}
    return np.array([where.get(asset, -1) for asset in ids], np.int64)


def _firsts(ids: Sequence[str]) -> NDArray[np.bool_]:
    """Rows that name an asset no row above named."""
    first: dict[str, int] = {}
    for i, asset in enumerate(ids):
        first.setdefault(asset, i)
    return np.array([bool(asset) and first[asset] == i for i, asset in enumerate(ids)], np.bool_)

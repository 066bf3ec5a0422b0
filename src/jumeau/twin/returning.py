"""A file that comes back, compared by id with what left and with what the twin says now: reviewed, then accepted or not."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.claim import GEOMETRY
from jumeau.model.dictionary import Field, Layer
from jumeau.model.labels import LABELS, labels
from jumeau.model.query import Compare
from jumeau.model.typed import editable, parse
from jumeau.sharing.view import View
from jumeau.sources.returned import Returned, cell, open_file, read_layer
from jumeau.store.port import NOW, Moment
from jumeau.texts import t
from jumeau.twin.takeaway import ABOUT, XY, About, title

TOLERANCE_M = 0.01
"""Under it a coordinate has not moved: workbooks keep the centimetre."""


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
        self.assets = self.same = 0

    def compare(self, file: Returned) -> None:
        """Fill the lines and the problems."""
        heads = self._headings(file)
        ids = _texts(file.columns[heads["id"]])
        old, new = self._tables(ids)
        self.assets = len(ids)
        at_old, at_new = _places(old, ids), _places(new, ids)
        first = {}
        for i, asset in enumerate(ids):
            if asset and asset not in first and at_old[i] >= 0:
                first[asset] = i
        known = np.array([asset in first and first[asset] == i for i, asset in enumerate(ids)], bool)
        called = dict(zip(new["id"].to_pylist(), labels(self.layer, new).to_pylist(), strict=True))
        for field in (f for f in self.layer.fields if f.name in heads and editable(f)):
            self._column(field, file, file.columns[heads[field.name]], known, ids, (old, at_old), (new, at_new), called)
        self._shapes(file, heads, known, ids, (old, at_old), (new, at_new), called)
        self._added(file, heads, [i for i in range(len(ids)) if not known[i]])
        if self.about is not None:
            self._removed(old, set(first), called)

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

    def _column(
        self, field: Field, file: Returned, column: pa.ChunkedArray, known: Any, ids: Sequence[str],
        old: tuple[pa.Table, Any], new: tuple[pa.Table, Any], called: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Cells of one field that do not say what left."""
        if field.name not in old[0].column_names:
            return
        said, left = column.to_pylist(), old[0][field.name].to_pylist()
        now = new[0][field.name].to_pylist() if field.name in new[0].column_names else []
        for i in map(int, np.flatnonzero(known)):
            before = left[old[1][i]]
            if said[i] == before:
                self.same += 1
                continue
            try:
                after = cell(field, said[i])
                if alike(field, before, after):
                    self.same += 1
                    continue
                after = None if after is None else parse(self.layer, field.name, _plain(after))
            except InputError as error:
                self._problem(file, i, field.name, said[i], error)
                continue
            current = now[new[1][i]] if new[1][i] >= 0 else None
            if new[1][i] >= 0 and alike(field, current, after):
                self.same += 1
                continue
            conflict = new[1][i] < 0 or not alike(field, current, before)
            self._line(ids[i], field.name, before, after, current, conflict, called, file.rows[i])

    def _shapes(
        self, file: Returned, heads: Mapping[str, str], known: Any, ids: Sequence[str], old: tuple[pa.Table, Any],
        new: tuple[pa.Table, Any], called: Mapping[str, str],
    ) -> None:  # fmt: skip
        shapes = self._positions(file, heads)
        if shapes is None or GEOMETRY not in old[0].column_names:
            return
        left = old[0][GEOMETRY].to_pylist()
        now = new[0][GEOMETRY].to_pylist() if GEOMETRY in new[0].column_names else []
        for i in map(int, np.flatnonzero(known)):
            before, after = left[old[1][i]], shapes[i]
            current = now[new[1][i]] if new[1][i] >= 0 else None
            if after is None and before is not None:
                continue
            if same_shape(before, after) or (new[1][i] >= 0 and same_shape(current, after)):
                self.same += 1
                continue
            conflict = new[1][i] < 0 or not same_shape(current, before)
            self._line(ids[i], GEOMETRY, before, after, current, conflict, called, file.rows[i])

    def _positions(self, file: Returned, heads: Mapping[str, str]) -> list[bytes | None] | None:
        """Geometry of each row, EPSG:2154; None when the file has none."""
        if file.geometry is not None:
            for i in file.bad:
                self.problems.append(self._about_row(file, i, GEOMETRY, "", t("echange.geometrie")))
            found: list[bytes | None] = file.geometry.to_pylist()
            return found
        if self.layer.geometry != "point" or not set(XY) <= heads.keys():
            return None
        import shapely

        from jumeau.twin.localising import checked

        out: list[bytes | None] = []
        number = Field(name="x", type="number")
        pairs = zip(*(file.columns[heads[n]].to_pylist() for n in XY), strict=True)
        for i, pair in enumerate(pairs):
            try:
                x, y = (cell(number, v) for v in pair)
                out.append(None if x is None or y is None else checked(shapely.Point(x, y), "x, y"))
            except InputError as error:
                out.append(None)
                self._problem(file, i, "x, y", pair, error)
        return out

    def _added(self, file: Returned, heads: Mapping[str, str], rows: Sequence[int]) -> None:
        """Rows without a known id."""
        shapes = self._positions(file, heads) if rows else None
        for i in rows:
            values: dict[str, Any] = {}
            for field in (f for f in self.layer.fields if f.name in heads and editable(f)):
                raw = file.columns[heads[field.name]][i].as_py()
                try:
                    said = cell(field, raw)
                    if said is not None:
                        values[field.name] = parse(self.layer, field.name, _plain(said))
                except InputError as error:
                    self._problem(file, i, field.name, raw, error)
            shape = shapes[i] if shapes is not None else None
            if not values and shape is None:
                continue
            if shape is None and self.layer.geometry != "none":
                self.problems.append(self._about_row(file, i, GEOMETRY, "", t("echange.ajout_sans_position")))
                continue
            name = next((values[n] for n in LABELS if values.get(n)), None)
            label = str(name or t("echange.nouveau", row=file.rows[i]))
            key = f"added/{self.layer.name}/{file.rows[i]}"
            after = values | ({GEOMETRY: shape} if shape is not None else {})
            self.lines.append(
                Line(key=key, kind="added", layer=self.layer.name, asset="", label=label, after=after, row=file.rows[i])
            )

    def _removed(self, old: pa.Table, present: Collection[str], called: Mapping[str, str]) -> None:
        for asset in old["id"].to_pylist():
            if asset not in present and asset in called:
                key = f"removed/{self.layer.name}/{asset}"
                self.lines.append(Line(key=key, kind="removed", layer=self.layer.name, asset=asset, label=called[asset]))

    def _line(
        self, asset: str, name: str, before: Any, after: Any, now: Any, conflict: bool, called: Mapping[str, str], row: int
    ) -> None:
        key = f"changed/{self.layer.name}/{asset}/{name}"
        label = called.get(asset, asset[:8])
        self.lines.append(
            Line(key=key, kind="changed", layer=self.layer.name, asset=asset, label=label, attribute=name, before=before,
                 after=after, now=now, conflict=conflict, row=row)
        )  # fmt: skip

    def _problem(self, file: Returned, i: int, name: str, value: Any, error: InputError) -> None:
        self.problems.append(self._about_row(file, i, name, str(value)[:60], str(error)))

    def _about_row(self, file: Returned, i: int, name: str, value: str, reason: str) -> Problem:
        return Problem(layer=self.layer.name, row=file.rows[i], field=name, value=value, reason=reason)


def alike(field: Field, one: Any, other: Any) -> bool:
    """Whether two values say the same at the decimals of the dictionary."""
    if one is None or other is None:
        return one is other
    if field.type == "number":
        step = 10.0 ** -(field.decimals if field.decimals is not None else 9)
        return abs(float(one) - float(other)) <= 0.5 * step + 1e-9 * max(1.0, abs(float(one)))
    if isinstance(one, str) and isinstance(other, str):
        return " ".join(one.split()) == " ".join(other.split())
    return bool(one == other)


def same_shape(one: bytes | None, other: bytes | None) -> bool:
    """Whether two geometries are the same to the centimetre, single or multiple."""
    import shapely

    if one is None or other is None or one == other:
        return one == other
    first, second = (shapely.normalize(shapely.from_wkb(x)) for x in (one, other))
    parts = [shapely.get_parts(s) for s in (first, second)]
    if len(parts[0]) != len(parts[1]):
        return False
    return bool(np.all(shapely.equals_exact(parts[0], parts[1], tolerance=TOLERANCE_M)))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _texts(column: pa.ChunkedArray) -> list[str]:
    return ["" if v is None else str(v).strip() for v in column.to_pylist()]


def _places(table: pa.Table, ids: Sequence[str]) -> Any:
    where = {asset: i for i, asset in enumerate(table["id"].to_pylist())}
    return np.array([where.get(asset, -1) for asset in ids], np.int64)

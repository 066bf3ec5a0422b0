"""The import verb: file -> prepared table -> one commit, with a reject report beside."""

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from jumeau.errors import InputError
from jumeau.model.dictionary import Layer
from jumeau.model.provenance import Source
from jumeau.sharing.view import View
from jumeau.sources.importer import prepare
from jumeau.sources.mapping import Mapping, read_mapping
from jumeau.sources.prepared import Prepared
from jumeau.sources.rejects import MAX_ROWS, write_report
from jumeau.store.port import ClaimTable
from jumeau.texts import t
from jumeau.twin import facts

RUN, REJECTS = "imports", "rejects"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asks to import."""

    path: Path
    layer: str
    mapping: Path | Mapping | None = None
    source: Source | None = None
    dry_run: bool = False
    reports: Path | None = None


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. commit: None for a dry run or a file already there; report: the reject report written."""

    layer: str
    file: str
    source: str
    counts: dict[str, int]
    notes: tuple[str, ...]
    mapping: str
    unchanged: bool = False
    commit: int | None = None
    report: Path | None = None

    def line(self) -> str:
        """The import in one French line."""
        counts = {key: self.counts.get(key, 0) for key in ("read", "kept", "rejected", "duplicates", "outside_commune")}
        return t("jumeau.import_ligne", file=self.file, layer=self.layer, **counts)


def import_file(view: View, request: Request) -> ImportReport:
    """Prepare a file and write it as claims of one source."""
    if not request.path.is_file():
        raise InputError("jumeau.fichier_absent", file=request.path)
    layer = view.layer(request.layer)
    view.require("import", layer.name)
    with tempfile.TemporaryDirectory(prefix="jumeau-") as folder:
        prepared = prepare(
            facts.table_of(request.path, Path(folder)) if layer.name == facts.LAYER else request.path,
            layer,
            mapping=read_mapping(request.mapping) if isinstance(request.mapping, Path) else request.mapping,
            source=request.source,
            communes=_communes(view, layer),
            resolve=_resolver(layer),
        )
    if layer.name == facts.LAYER:
        facts.check(request.path.name, prepared.table)
    report = _report(prepared, request)
    if request.source is None and layer.register is None:
        report = msgspec.structs.replace(report, notes=(*report.notes, t("jumeau.source_creee", source=prepared.source.id)))
    if request.dry_run:
        return report
    if _same(view, prepared, layer.name):
        note = t("jumeau.deja_importe", source=prepared.source.title)
        return msgspec.structs.replace(report, unchanged=True, notes=(*report.notes, note))
    written = write_report(prepared, request.reports) if request.reports else None
    if not prepared.table.num_rows:
        raise InputError(
            "jumeau.rien_a_importer", file=request.path.name, layer=layer.name, report=written or request.path.name
        )
    view.put_file(request.path, name=request.path.name)
    message = t("jumeau.import_message", file=request.path.name, layer=layer.title, kept=prepared.counts["kept"])
    change = ClaimTable(layer=layer.name, table=prepared.table, source=prepared.source, origins=prepared.origins)
    commit = view.commit([change], message=message, kind="import")
    _remember(view, prepared, layer.name, commit.id)
    return msgspec.structs.replace(report, commit=commit.id, report=written)


def history(view: View) -> list[dict[str, Any]]:
    """Reports of past imports, oldest first: layer, file, source, counts, notes, commit."""
    rows = [view.get_result(RUN, part).to_pylist()[0] for part in view.results(RUN)]
    if view.past:
        rows = [row for row in rows if int(row["commit"]) <= view.head()]
    for row in rows:
        row["counts"], row["notes"] = json.loads(row["counts"]), json.loads(row["notes"])
    return sorted(rows, key=lambda row: int(row["commit"]))


def rejects(view: View) -> list[tuple[str, str, pa.Table]]:
    """(file, layer, rows refused or doubtful) of past imports, oldest first."""
    found = []
    for part in view.results(REJECTS):
        about = view.get_result(RUN, part).to_pylist()[0]
        found.append((int(about["commit"]), str(about["file"]), str(about["layer"]), view.get_result(REJECTS, part)))
    return [(file, layer, table) for _, file, layer, table in sorted(found, key=lambda x: x[0])]


def _part(prepared: Prepared, layer: str) -> str:
    return f"{layer}-{prepared.source.sha256[:24]}"


def _same(view: View, prepared: Prepared, layer: str) -> bool:
    part = _part(prepared, layer)
    if part not in view.results(RUN):
        return False
    past = [one for one in history(view) if (one["layer"], one["source"]) == (layer, prepared.source.id)]
    kept = view.get_result(RUN, part).to_pylist()[0]
    latest = bool(past) and past[-1]["commit"] == kept["commit"]
    return bool(latest and kept["source"] == prepared.source.id and kept["mapping"] == prepared.mapping_key)


def _remember(view: View, prepared: Prepared, layer: str, commit: int) -> None:
    row = {
        "layer": layer,
        "file": prepared.file,
        "source": prepared.source.id,
        "mapping": prepared.mapping_key,
        "counts": json.dumps(prepared.counts, sort_keys=True),
        "notes": json.dumps(list(prepared.notes), ensure_ascii=False),
        "commit": commit,
    }
    view.put_result(RUN, _part(prepared, layer), pa.Table.from_pylist([row]))
    view.put_result(REJECTS, _part(prepared, layer), prepared.rejects.slice(0, MAX_ROWS))


def _report(prepared: Prepared, request: Request) -> ImportReport:
    return ImportReport(
        layer=request.layer,
        file=request.path.name,
        source=prepared.source.id,
        counts=dict(prepared.counts),
        notes=tuple(prepared.notes),
        mapping=prepared.describe_mapping(),
    )


def _communes(view: View, layer: Layer) -> pa.Table | None:
    if layer.name == "commune" or layer.geometry == "none":
        return None
    found = view.read("commune", columns=["commune", "schematic"])
    return found if found.num_rows else None


def _resolver(layer: Layer) -> Any:
    if "commune" not in layer.names:
        return None
    from jumeau.model.territory import referential

    return referential().resolve_array

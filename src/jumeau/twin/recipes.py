"""The recipes' runner: build, diagnose, plan and report in one go, and say what was done."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from jumeau.compute.memory import release
from jumeau.documents.numbers import precise_share
from jumeau.errors import InputError
from jumeau.sources.recipe import Recipe, RecipeLayer, RecipeSource, inside, read_recipe
from jumeau.texts import t
from jumeau.twin import exports, reporting, territory
from jumeau.twin.core import Twin, open_twin
from jumeau.twin.facts import LAYER
from jumeau.twin.imports import ImportReport
from jumeau.twin.planning import shared_equipment
from jumeau.twin.summary import IndicatorRow, totals
from jumeau.twin.unknowns import Knowledge

Say = Callable[[object], None]
DEMO_FILE = "eclairage/montpellier-34/VilleMTP_MTP_EclairagePublic.zip"


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a run gave. layers: per file the counts of its import; indicators: per field; seconds: per step.

    knowledge: what each commune knows of each field. paths: what was written, by kind.
    """

    title: str
    synthetic: bool
    layers: list[dict[str, Any]]
    indicators: dict[str, list[IndicatorRow]]
    knowledge: list[Knowledge]
    programme: dict[str, Any]
    warnings: list[str]
    seconds: dict[str, float]
    paths: dict[str, str]
    twin: str


def run_demo(data: Path | None, out: Path, progress: Say | None = None, workers: int = 0) -> RunReport:
    """Run the Montpellier recipe on real data when they are there, the synthetic département when they are not."""
    from importlib.resources import as_file, files

    real = data is not None and (data / DEMO_FILE).is_file()
    if not real and progress:
        progress(t("cli.sans_donnees"))
    name = "montpellier.yaml" if real else "demo.yaml"
    with as_file(files("jumeau.twin") / "recipes_data" / name) as recipe:
        return run_recipe(recipe, data, out, progress, workers)


def run_recipe(path: Path, data: Path | None, out: Path, progress: Say | None = None, workers: int = 0) -> RunReport:
    """Run a recipe into `out`: the twin is rebuilt under `out/jumeau`, reports are written beside it.

    workers: processes that compute beside this one, 0 for none; a script that asks for some needs a `__main__` guard.
    """
    recipe = read_recipe(path)
    runner = _Runner(recipe, path.parent, data, out, progress or (lambda _: None))
    return runner.run(workers)


class _Runner:
    def __init__(self, recipe: Recipe, folder: Path, data: Path | None, out: Path, say: Say) -> None:
        self.recipe, self.folder, self.data, self.out, self.say = recipe, folder, data, out, say
        self.seconds: dict[str, float] = {}
        self.layers: list[dict[str, Any]] = []
        self.warnings: list[str] = []
        self.paths: dict[str, str] = {}
        self.indicators: dict[str, list[IndicatorRow]] = {}

    def run(self, workers: int = 0) -> RunReport:
        self.out.mkdir(parents=True, exist_ok=True)
        place = self.out / "jumeau"
        with open_twin(place, create=True, workers=workers) as twin:
            self._timed("communes", lambda: self._communes(twin))
            self._timed("import", lambda: self._imports(twin))
            self._timed("diagnose", lambda: self._diagnose(twin))
            programme = self._timed("plan", lambda: self._plan(twin))
            self._timed("report", lambda: self._report(twin))
            known = twin.knowledge()
            synthetic = bool(twin.territory()["synthetic"])
        return RunReport(
            title=self.recipe.title,
            synthetic=synthetic,
            layers=self.layers,
            indicators=self.indicators,
            knowledge=known,
            programme=programme,
            warnings=self.warnings,
            seconds=self.seconds,
            paths=self.paths,
            twin=str(place),
        )

    def _timed(self, name: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        release()
        self.seconds[name] = round(time.perf_counter() - start, 2)
        return result

    def _communes(self, twin: Twin) -> None:
        where = self.recipe.territory
        if twin.view.count("commune"):
            return
        contours = self._data_file(where.contours) if where.contours else None
        count = twin.load_communes(where.departement, contours)
        self.say(t("cli.etape_communes", departement=where.departement, count=count))
        missing = territory.without_geometry(twin.view)
        if missing:
            self._warn(t("jumeau.communes_sans_geometrie", count=missing, total=count))

    def _warn(self, text: str) -> None:
        self.warnings.append(text)
        self.say(text)

    def _data_file(self, relative: str) -> Path | None:
        if self.data is None:
            self.warnings.append(t("jumeau.recette_fichier", file=self.recipe.title, path=relative, folder="-"))
            return None
        found = inside(self.data, relative)
        if found.exists():
            return found
        self.warnings.append(t("jumeau.recette_fichier", file=self.recipe.title, path=relative, folder=self.data))
        return None

    def _imports(self, twin: Twin) -> None:
        if self.recipe.synthetic and not any(s.synthetic for s in twin.view.sources().values()):
            for layer, rows in twin.load_synthetic(self.recipe.territory.departement, self.recipe.seed).items():
                self.layers.append({"layer": layer, "file": "", "read": rows, "kept": rows, "rejected": 0})
        for wanted in self.recipe.layers:
            found = self._data_file(wanted.file)
            if found is not None:
                self._import(twin, wanted, found)
        self._facts(twin)

    def _facts(self, twin: Twin) -> None:
        for name in self.recipe.facts:
            found = inside(self.folder, name)
            source = RecipeSource(id=f"faits-{found.stem}", title=t("jumeau.source_faits", file=found.name))
            if found.is_file():
                self._import(twin, RecipeLayer(layer=LAYER, file=name, source=source), found)
            else:
                self._warn(t("jumeau.recette_fichier", file=self.recipe.title, path=name, folder=self.folder))

    def _import(self, twin: Twin, wanted: RecipeLayer, path: Path) -> None:
        source = wanted.source.source()
        try:
            report = twin.import_file(
                path, wanted.layer, mapping=wanted.read_as(), source=source, reports=self.out / "rejets"
            )
        except InputError as error:
            self._warn(str(error))
            return
        self.layers.append({"layer": report.layer, "file": report.file, "source": report.source, **report.counts})
        self.say(report.line())
        self._keep_report(report)

    def _keep_report(self, report: ImportReport) -> None:
        if report.report:
            self.paths[f"rejets_{report.layer}_{Path(report.file).stem}"] = str(report.report)

    def _diagnose(self, twin: Twin) -> None:
        for field in self.recipe.fields or twin.fields:
            self.say(t("cli.etape_diagnostic", field=field))
            self.indicators[field] = totals(twin.diagnose(field).diagnosis.groups)

    def _plan(self, twin: Twin) -> dict[str, Any]:
        asked = self.recipe.plan
        required = self._decided(twin, asked.required)
        programme = twin.plan(first_year=asked.first_year, years=asked.years, budgets=asked.budgets, required=required)
        gap = t("cli.inconnu") if programme.gap is None else precise_share(programme.gap)
        self.say(t("cli.etape_programme", chosen=programme.chosen.num_rows, gap=gap))
        return {
            "status": programme.status,
            "actions": programme.chosen.num_rows,
            "objective": programme.objective,
            "bound": programme.bound,
            "gap": programme.gap,
            "first_year": programme.first_year,
            "years": programme.years,
            "left_out": programme.left_out.num_rows,
            "by_field": dict(sorted(Counter(programme.chosen["field"].to_pylist()).items())),
            "by_kind": dict(sorted(Counter(programme.chosen["kind"].to_pylist()).items())),
            "totals": dict(programme.totals),
            "shared": shared_equipment(twin, programme),
            "whole": [] if programme.whole is None else programme.whole.to_pylist(),
            "seconds": round(programme.seconds, 2),
            "caveats": list(programme.caveats),
        }

    def _decided(self, twin: Twin, wanted: tuple[str, ...]) -> list[str]:
        """Actions of the recipe that the diagnoses still offer; the others are said and left aside."""
        offered = twin.offered() if wanted else None
        known = set(offered["id"].to_pylist()) if offered is not None else set()
        for name in wanted:
            if name not in known:
                self._warn(t("jumeau.recette_action", action=name))
        return [name for name in wanted if name in known]

    def _report(self, twin: Twin) -> None:
        """The report, then the sheets, printed by the workers, while this process writes the workbook and the GeoPackage."""
        context = reporting.build(twin)
        written = {"rapport": reporting.write(twin, self.out, context=context)}
        with ThreadPoolExecutor(1) as beside:
            sheets = beside.submit(twin.sheets, self.out)
            written["export"] = exports.write_all(twin, self.out, context=context)
            written["fiches"] = sheets.result()
        for name in ("rapport", "fiches", "export"):
            self.paths |= {f"{name}_{kind}": str(path) for kind, path in written[name].items()}

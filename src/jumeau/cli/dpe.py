"""Commands on official DPE files: recompute, check, try works, list the gaps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jumeau.cli.shared import HERE, Json, Place, app, number, say, say_json
from jumeau.errors import InputError
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.twin.dpe import Details, Study

_STEPS = ("heat", "water", "primary", "gases")
COST_RANGE = 0.15
"""Spread of the conventional cost that a label prints [-] (arrêté of 31 March 2021, annex 7)."""


@app.command("dpe", help=t("dpe.aide"))
def dpe(
    paths: Annotated[list[Path], typer.Argument(metavar="FICHIER.xml", help=t("dpe.aide_fichiers"))],
    works: Annotated[
        list[str] | None, typer.Option("--works", "-w", metavar="TRAVAUX=VALEUR", help=t("dpe.aide_travaux"))
    ] = None,
    method: Annotated[bool, typer.Option("--method", help=t("dpe.aide_methode"))] = False,
    gaps: Annotated[Path | None, typer.Option("--gaps", help=t("dpe.aide_ecarts"))] = None,
    as_json: Json = False,
) -> None:
    """Recompute DPE, and their label after works."""
    from jumeau.engines.buildings.dpe.works import read_works
    from jumeau.twin.dpe import details, dpe_from_xml, study

    wanted = read_works(works) if works else None
    bad: list[str] = []
    files = [file for path in paths for file in (sorted(path.rglob("*.xml")) if path.is_dir() else [path])]
    batch = dpe_from_xml(files, None if len(files) == 1 else lambda _, error: bad.append(str(error)))
    if not batch.size:
        raise InputError("dpe.aucun", count=len(files))
    found = study(batch, wanted, trust=not method)
    more = details(batch, found.outputs, trust=not method)
    if gaps:
        from jumeau.twin.dpe_gaps import gaps_page, known_causes

        gaps.write_text(gaps_page(batch, known_causes(gaps)), encoding="utf-8")
    if as_json:
        say_json({"dpe": [_row(found, row) | _details(more, row) for row in range(batch.size)], "refused": bad})
        return
    for row in range(batch.size if batch.size <= 20 else 0):
        _print(found, more, row)
    if batch.size > 1:
        good = found.agreement
        shares = {name: number(int(getattr(good, name).sum())) for name in (*_STEPS, "all_four")}
        say(t("dpe.bilan", count=number(batch.size), **shares))
    for line in bad:
        say(line)
    if gaps:
        say(t("dpe.ecarts_ecrits", path=gaps))


def _row(found: "Study", row: int) -> dict[str, Any]:
    out, today = found.outputs, found.today
    values: dict[str, Any] = {
        "numero_dpe": out.numbers[row],
        "area_m2": float(out.area_m2[row]),
        "heat_kwh": float(out.heat[row]),
        "water_kwh": float(out.water[row]),
        "primary_kwh_m2": float(out.primary_m2[row]),
        "gases_kgco2e_m2": float(out.gases_m2[row]),
        "label": str(out.label[row]),
        "label_recorded": found.batch.facts.text("sortie.classe_bilan_dpe")[row],
        "primary_2026_kwh_m2": float(today.primary_m2[row]),
        "label_2026": str(today.label[row]),
        "agrees": bool(found.agreement.all_four[row]),
        "cause": found.agreement.cause[row],
        "contradictions": [_odd(odd) for odd in found.oddities if odd.row == row],
    }
    if found.after:
        values["after"] = {
            "primary_kwh_m2": float(found.after.primary_m2[row]),
            "primary_low": float(found.after.primary_low[row]),
            "primary_high": float(found.after.primary_high[row]),
            "gases_kgco2e_m2": float(found.after.gases_m2[row]),
            "label": str(found.after.label[row]),
            "label_best": str(found.after.label_best[row]),
            "label_worst": str(found.after.label_worst[row]),
        }
    return values


def _details(more: "Details", row: int) -> dict[str, Any]:
    """The other outputs of one DPE, by name; None where a price is not known."""
    paid, lavish = more.costs, more.lavish
    sums = {**{use: paid.by_use[use] for use in ("heat", "water", "cold", "light")}, "auxiliary": paid.auxiliary}
    sums["total"] = paid.total
    known = {name: None if (value := float(cost[row])) != value else round(value, 2) for name, cost in sums.items()}
    return {
        "cost_eur": known,
        "spendthrift": {
            "heat_kwh": float(lavish.heat[row]),
            "water_kwh": float(lavish.water[row]),
            "cold_kwh": float(lavish.cold[row]),
        },
        "envelope": {
            "ubat_w_m2k": float(more.quality.ubat[row]),
            **{name: int(grade[row]) for name, grade in more.quality.grade.items()},
        },
    }


def _say_details(more: "Details", row: int) -> None:
    values = _details(more, row)
    paid = values["cost_eur"]
    if paid["total"] is None:
        say(t("dpe.couts_inconnus"))
    else:
        low, high = paid["total"] * (1 - COST_RANGE), paid["total"] * (1 + COST_RANGE)
        say(t("dpe.couts", low=number(round(low)), high=number(round(high)), **_rounded(paid)))
    say(t("dpe.depensier", **_rounded(values["spendthrift"])))
    grades = values["envelope"]
    words = {name: t(f"dpe.isolation_{grades[name]}") for name in ("enveloppe", "mur", "plancher_bas", "menuiserie")}
    say(t("dpe.enveloppe", ubat=f"{grades['ubat_w_m2k']:.2f}".replace(".", ","), **words))


def _print(found: "Study", more: "Details", row: int) -> None:
    values = _row(found, row)
    plain = {**values, "label_recorded": values["label_recorded"] or "?"}
    say(t("dpe.titre", number=values["numero_dpe"], area=number(values["area_m2"])))
    say(t("dpe.calcule", **_rounded(plain)))
    say(
        t(
            "dpe.accord" if values["agrees"] else "dpe.ecart",
            cause=t(f"dpe.cause_{values['cause']}") if values["cause"] else "",
        )
    )
    say(t("dpe.facteur", **_rounded(plain)))
    _say_details(more, row)
    for line in values["contradictions"]:
        say(f"  {line}")
    if "after" in values:
        say(t("dpe.apres", **_rounded(values["after"])))


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: number(round(value)) if isinstance(value, float) and value == value else value for name, value in values.items()
    }


def _odd(odd: Any) -> str:
    return t(f"dpe.{odd.key}", field=odd.field, found=f"{odd.found:.6g}", wanted=f"{odd.wanted:.6g}")


@app.command("tertiary", help=t("dpe.operat_aide"))
def tertiary(
    path: Annotated[Path | None, typer.Argument(help=t("dpe.operat_aide_fichier"))] = None,
    year: Annotated[int, typer.Option(help=t("dpe.operat_aide_annee"))] = 2026,
    twin: Place = HERE,
    commune: Annotated[str | None, typer.Option(metavar="LIEU", help=t("batiments.aide_lieu"))] = None,
    as_json: Json = False,
) -> None:
    """Follow the tertiary decree."""
    from jumeau.twin import open_twin
    from jumeau.twin.tertiary import declared, follow, told

    if path is None:
        with open_twin(twin) as opened:
            found = declared(opened, year, commune)
        if not found.entity:
            raise InputError("dpe.operat_vide")
    else:
        found = follow(path, year)
    if as_json:
        say_json(told(found) | {"rejected": found.rejected})
        return
    shown = told(found)
    for row in shown["entities"]:
        say(_entity(row, found.step))
    for row in shown["pools"]:
        say(_pool(row, found.step))
    for remark in found.sites.remarks:
        say(remark)
    for _, why in found.rejected:
        say(why)


def _entity(row: dict[str, Any], step: int) -> str:
    """Where one entity stands, in one line."""

    def told_or(key: str, without: str, value: float | None, **said: object) -> str:
        return t(f"dpe.{without}", **said) if value is None else t(f"dpe.{key}", kwh=number(value), **said)

    gap = row["gap_kwh"]
    return t(
        "dpe.operat_entite", entity=row["name"],
        reference=told_or("operat_reference", "operat_sans_reference", row["reference_kwh"], year=row["reference_year"]),
        goal=told_or("operat_objectif", "operat_objectif_inconnu", row["steps"][str(step)]["allowed"], step=step),
        last=told_or("operat_derniere", "operat_sans_derniere", row["last_kwh"], year=row["last_year"]),
        state=_state(gap),
    )  # fmt: skip


def _pool(row: dict[str, Any], step: int) -> str:
    """Where the sites of an owner stand together, in one line."""
    said = {"owner": row["owner_name"], "state": _state(row["gap_kwh"])}
    without = t("dpe.operat_sans_donnees", unknown=row["unknown"], sites=row["sites"]) if row["unknown"] else ""
    if row["unknown"] == row["sites"]:
        return t("dpe.operat_ensemble_inconnu", without=without, **said)
    figures = {name: number(row[f"{name}_kwh"]) for name in ("now", "allowed", "lent")}
    return t("dpe.operat_ensemble", step=step, without=without, **figures, **said)


def _state(gap: float | None) -> str:
    if gap is None:
        return t("dpe.operat_inconnu")
    return t("dpe.operat_reste" if gap > 0 else "dpe.operat_atteint", gap=number(abs(gap)))

"""The page of gaps: every DPE that does not come within 5 %, in both ways of computing, with what somebody found out."""

from pathlib import Path

from jumeau.engines.buildings.dpe.agreement import agreement, factor_of
from jumeau.engines.buildings.dpe.compute import compute
from jumeau.model.dpe import DpeBatch
from jumeau.texts import t

STEPS = ("heat", "water", "primary", "gases")
_MODES = ((True, "dpe.mode_releve"), (False, "dpe.mode_methode"))
_CAUSE = 2


def gaps_page(batch: DpeBatch, known: dict[str, str] | None = None) -> str:
    """Both lists. known: cause of the gap of a DPE as somebody wrote it, by number."""
    return "\n".join(_list(batch, trust, mode, known or {}) for trust, mode in _MODES)


def known_causes(path: Path) -> dict[str, str]:
    """Causes written by hand in a page of before, by number of DPE: they stay when the page is written again."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) > _CAUSE and cells[_CAUSE] and cells[0] != "DPE" and not cells[0].startswith("-"):
            found[cells[0]] = cells[_CAUSE]
    return found


def _list(batch: DpeBatch, trust: bool, mode: str, known: dict[str, str]) -> str:
    out = compute(batch, trust, factor_of(batch))
    good, facts = agreement(batch, out), batch.facts
    counts = {name: int(getattr(good, name).sum()) for name in (*STEPS, "all_four")}
    lines = [
        t("dpe.page_titre", mode=t(mode)),
        "",
        t("dpe.bilan", count=batch.size, **counts),
        "",
        t("dpe.page_colonnes"),
        "|---|---|---|---|---|---|---|",
    ]
    pairs = (
        (out.heat, "sortie.conso_ch"),
        (out.water, "sortie.conso_ecs"),
        (out.primary_m2, "sortie.ep_conso_5_usages_m2"),
        (out.gases_m2, "sortie.emission_ges_5_usages_m2"),
    )
    for row, number in enumerate(batch.numbers):
        if not good.all_four[row]:
            figures = [f"{ours[row]:.0f} / {facts.get(name)[row]:.0f}" for ours, name in pairs]
            cells = [number, t(f"dpe.cause_{good.cause[row]}"), known.get(number, ""), *figures]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"

"""Commands of the buildings field: rows of a file met with buildings, contradictions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jumeau.cli.buildings import buildings
from jumeau.cli.shared import HERE, Json, Place, number, say, say_json
from jumeau.texts import t

if TYPE_CHECKING:
    from jumeau.twin.matching import Matched


@buildings.command("match", help=t("batiments.aide_rapprochement"))
def match(
    file: Annotated[Path, typer.Argument(help=t("batiments.aide_dpe"))],
    twin: Place = HERE,
    apply: Annotated[bool, typer.Option("--apply", help=t("batiments.aide_appliquer"))] = False,
    as_json: Json = False,
) -> None:
    """Meet the rows of a file with buildings."""
    from jumeau.engines.buildings.matching import BY_ADDRESS, BY_ID, BY_NAME, BY_PARCEL, BY_PLACE, NONE, SURE
    from jumeau.twin import open_twin
    from jumeau.twin.matching import LINKS, apply_matched, match_file

    with open_twin(twin) as opened:
        found = match_file(opened, file)
        written = apply_matched(opened, found, file) if apply else None
    if found.kind == LINKS:
        _say_links(found, written, as_json=as_json)
        return
    sure = sum(p[2] >= SURE for p in found.pairs)
    if as_json:
        say_json({"rows": found.rows, "ways": found.ways, "sure": sure, "buildings": len(found.values), "written": written})
        return
    names = {"by_id": BY_ID, "by_address": BY_ADDRESS, "by_parcel": BY_PARCEL, "by_place": BY_PLACE, "by_name": BY_NAME}
    ways = {k: number(found.ways.get(v, 0)) for k, v in (names | {"none": NONE}).items()}
    say(t("batiments.rapprochement_bilan", rows=number(found.rows), kind=t(f"batiments.liste_{found.kind}"), **ways))
    say(t("batiments.rapprochement_sur", sure=f"{SURE:.1f}".replace(".", ","), count=sure, buildings=len(found.values)))
    for remark in found.remarks[:20]:
        say(f"  {remark}")
    if written:
        say(
            t("batiments.rapprochement_ecrit", count=written[0], commit=written[1])
            if written[0]
            else t("batiments.rapprochement_rien")
        )


def _say_links(found: "Matched", written: tuple[int, int] | None, *, as_json: bool) -> None:
    """What a table of names gives to the buildings of the twin."""
    if as_json:
        say_json({"rows": found.rows, "names": found.ways, "buildings": found.met, "written": written})
        return
    said = {k: number(found.ways.get(k, 0)) for k in ("ban", "rnb", "parcelle", "bdnb")}
    say(
        t(
            "batiments.liens_bilan",
            rows=number(found.rows),
            count=number(len(found.names)),
            buildings=number(found.met),
            **said,
        )
    )
    for remark in found.remarks:
        say(f"  {remark}")
    if written:
        say(t("batiments.liens_ecrits", count=number(written[0])) if written[0] else t("batiments.rapprochement_rien"))


@buildings.command("doubts", help=t("batiments.aide_doutes"))
def doubts(
    link: Annotated[bool, typer.Option("--link", help=t("batiments.aide_relier_doublons"))] = False,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Say what contradicts itself."""
    import msgspec

    from jumeau.twin import open_twin
    from jumeau.twin.building_links import link_doubles
    from jumeau.twin.buildings import contradictions

    with open_twin(twin) as opened:
        found = contradictions(opened)
        linked = link_doubles(opened, found) if link else None
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    if not found:
        say(t("batiments.aucun_doute"))
    for kind in dict.fromkeys(d.kind for d in found):
        some = [d for d in found if d.kind == kind]
        say(t(f"batiments.doute_{kind}", count=number(len(some))))
        for d in some[:10]:
            beside = f", {t('batiments.doute_compte', building=d.counted)}" if d.counted else ""
            say(f"  {d.label} ({d.commune or t('cli.inconnu')}) : {d.building}{beside}")
    if linked is not None:
        say(t("batiments.doublons_relies", count=number(linked)))


@buildings.command("attach-dpe", help=t("batiments.aide_joindre_dpe"))
def attach_dpe(
    building: Annotated[str, typer.Argument(help=t("batiments.aide_batiment"))],
    file: Annotated[Path, typer.Argument(help=t("batiments.aide_fichier_dpe"))],
    accept: Annotated[bool, typer.Option("--accept", help=t("batiments.aide_accepter_dpe"))] = False,
    twin: Place = HERE,
    as_json: Json = False,
) -> None:
    """Attach the official DPE of a building."""
    import msgspec

    from jumeau.errors import InputError
    from jumeau.twin import open_twin
    from jumeau.twin.building_dpe import attach_dpe as attach

    if not file.is_file():
        raise InputError("jumeau.fichier_absent", file=file)
    with open_twin(twin) as opened:
        layer = opened.view.layer("batiment")
        found = attach(opened, building, file.read_bytes(), file.name, accept=accept)
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    if found.commit is None:
        say(t("batiments.dpe_joint_deja", number=found.number))
    else:
        say(t("batiments.dpe_joint", number=found.number, commit=found.commit, count=len(found.values)))
    for name, value in found.values.items():
        say(f"  {layer[name].description} : {str(value).replace('.', ',')} {layer[name].unit or ''}".rstrip())
    if found.kind == "appartement":
        say(t("batiments.dpe_appartement"))
    for title, lines in (("dpe_ecarts", found.contradictions), ("dpe_bizarreries", found.oddities)):
        if lines:
            say(t(f"batiments.{title}"))
        for line in lines:
            say(f"  {line}")

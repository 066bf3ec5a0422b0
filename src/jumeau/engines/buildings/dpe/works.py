"""The same dwelling after works: elements of its description changed, the rest left as recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from jumeau.engines.buildings.dpe.dwelling import dwelling
from jumeau.engines.buildings.dpe.opaque import ceiling_u, floor_u, wall_u
from jumeau.errors import InputError
from jumeau.model.dpe import F64, DpeBatch, Elements

_SPREAD = {"murs": 0.20, "toiture": 0.20, "plancher": 0.20, "fenetres": 0.15, "chauffage": 0.15, "ecs": 0.12, "pv": 0.10}
"""Relative spread of what each kind of works achieves, from design to building [-] (expert judgement)."""
HEATING = {
    "pac_air_eau": (7, 1, 2.8),
    "pac_air_air": (3, 1, 3.0),
    "granules": (74, 5, np.nan),
    "reseau_chaleur": (108, 8, np.nan),
}
WATER = {
    "thermodynamique": (6, 1, 2.5),
    "ballon_electrique": (71, 1, np.nan),
    "reseau_chaleur": (73, 8, np.nan),
    "pac_double_service": (12, 1, 2.3),
    "granules": (34, 5, np.nan),
}
_WITH_HEATING = {
    "pac_air_eau": "pac_double_service",
    "pac_air_air": "ballon_electrique",
    "granules": "granules",
    "reseau_chaleur": "reseau_chaleur",
}
"""Hot water that comes with a new heating, where the old boiler made both and nothing else is asked."""
VENTILATION = {"hygro_b": 15, "double_flux": 20, "auto": 6}
_INSULATED = {
    "murs": ("mur", "umur_saisi"),
    "toiture": ("plancher_haut", "uph_saisi"),
    "plancher": ("plancher_bas", "upb_saisi"),
}
_OLD_BURNER = ("di.pn", "di.rpn", "di.qp0", "di.pveilleuse", "di.rendement_generation")
"""What a file records of a burner, which does not outlive it."""
KNOWN = (*_INSULATED, "fenetres", "ventilation", "chauffage", "ecs", "pv")


@dataclass(frozen=True, slots=True)
class Works:
    """What is done. murs, toiture, plancher: resistance added [m2.K/W]; fenetres: Uw of the new windows [W/(m2.K)];
    ventilation, chauffage, ecs: a key of VENTILATION, HEATING, WATER; pv: power [kWp]."""

    amounts: Mapping[str, float]
    choices: Mapping[str, str]


def read_works(texts: list[str]) -> Works:
    """Works as typed, `murs=4.4`, `chauffage=pac_air_eau`. Raises InputError naming the one that is not understood."""
    amounts: dict[str, float] = {}
    choices: dict[str, str] = {}
    options: dict[str, Mapping[str, object]] = {"ventilation": VENTILATION, "chauffage": HEATING, "ecs": WATER}
    for text in texts:
        name, sign, value = (part.strip() for part in text.partition("="))
        if name not in KNOWN or not sign:
            raise InputError("dpe.travaux_inconnus", text=text, known=", ".join(KNOWN))
        if name in options:
            if value not in options[name]:
                raise InputError("dpe.travaux_choix", text=text, known=", ".join(options[name]))
            choices[name] = value
            continue
        try:
            amounts[name] = float(value.replace(",", "."))
        except ValueError as error:
            raise InputError("dpe.travaux_nombre", text=text) from error
        if not 0 < amounts[name] < 1000:
            raise InputError("dpe.travaux_nombre", text=text)
    return Works(amounts, choices)


def after(batch: DpeBatch, works: Works, shift: float = 0.0, trust: bool = True) -> DpeBatch:
    """The same DPE once the works are done. shift: -1 for what works achieve at worst, 0 usual, 1 at best."""
    elements = dict(batch.elements)
    for name, resistance in works.amounts.items():
        if name in _INSULATED:
            kind, typed = _INSULATED[name]
            added = resistance * (1 + shift * _SPREAD[name])
            elements[kind] = _insulate(batch, kind, typed, added, trust)
    if "fenetres" in works.amounts:
        elements["baie_vitree"] = _windows(
            batch.of("baie_vitree"), works.amounts["fenetres"] * (1 - shift * _SPREAD["fenetres"])
        )
    if "ventilation" in works.choices:
        vent = batch.of("ventilation")
        code = np.full(vent.size, float(VENTILATION[works.choices["ventilation"]]))
        elements["ventilation"] = _set(
            vent,
            enum_type_ventilation_id=code,
            tv_debits_ventilation_id=_none(vent),
            ventilation_post_2012=np.ones(vent.size),
        )
    if "chauffage" in works.choices:
        elements |= _heating(batch, works.choices["chauffage"], shift)
    if "ecs" in works.choices:
        elements["generateur_ecs"] = _water(batch.of("generateur_ecs"), works.choices["ecs"], shift)
    elif "chauffage" in works.choices:
        source = batch.of("generateur_ecs")
        both = source.code("enum_usage_generateur_id", 2) == 3
        new = _water(source, _WITH_HEATING[works.choices["chauffage"]], shift)
        columns = {name: np.where(both, new.get(name), source.get(name)) for name in new.columns}
        elements["generateur_ecs"] = replace(source, columns=columns)
    if "pv" in works.amounts:
        elements["panneaux_pv"] = _panels(batch, works.amounts["pv"] * (1 + shift * _SPREAD["pv"]))
    return replace(batch, elements=elements)


def _none(part: Elements) -> F64:
    return np.full(part.size, np.nan)


def _set(part: Elements, **columns: F64) -> Elements:
    return replace(part, columns={**part.columns, **columns})


def _insulate(batch: DpeBatch, kind: str, typed: str, added: float, trust: bool) -> Elements:
    """Lost walls of a kind with a resistance added to what they have."""
    part, home = batch.of(kind), dwelling(batch)
    law = {"mur": wall_u, "plancher_haut": ceiling_u, "plancher_bas": floor_u}[kind]
    if kind == "plancher_bas":
        # the ground is added by the method: what is insulated is the floor itself
        part = _set(part, calcul_ue=np.zeros(part.size), **{"di.upb_final": _none(part)})
    u = law(part, home.around(part.owner), trust)
    part = batch.of(kind)
    lost = part.code("enum_type_adjacence_id", 1) != 22
    better = np.where(lost & (u > 0), 1 / (1 / np.maximum(u, 1e-6) + added), part.get(typed))
    changed = {typed: better}
    if kind == "plancher_bas":
        changed |= {"ue": _none(part), "di.upb_final": _none(part)}
    return _set(part, **changed)


def _windows(bay: Elements, uw: float) -> Elements:
    """All windows replaced by double glazing of low emissivity."""
    vertical = bay.code("enum_type_baie_id", 4) > 3
    new = np.where(vertical, uw, bay.get("uw_saisi"))
    return _set(
        bay,
        uw_saisi=new,
        ujn_saisi=np.where(vertical, np.nan, bay.get("ujn_saisi")),
        sw_saisi=np.where(vertical, np.nan, bay.get("sw_saisi")),
        tv_sw_id=np.where(vertical, np.nan, bay.get("tv_sw_id")),
        enum_type_vitrage_id=np.where(vertical, 2.0, bay.get("enum_type_vitrage_id")),
        vitrage_vir=np.where(vertical, 1.0, bay.get("vitrage_vir")),
        double_fenetre=np.where(vertical, 0.0, bay.get("double_fenetre")),
        presence_joint=np.ones(bay.size),
    )


def _heating(batch: DpeBatch, choice: str, shift: float) -> dict[str, Elements]:
    """The main generator of each installation replaced; back-ups stay."""
    code, energy, scop = HEATING[choice]
    source, out = batch.of("generateur_chauffage"), batch.of("emetteur_chauffage")
    main = source.code("enum_lien_generateur_emetteur_id", 1) == 1
    columns = {
        name: np.where(main, np.nan, source.get(name))
        for name in (
            "tv_scop_id",
            "tv_rendement_generation_id",
            "tv_generateur_combustion_id",
            "tv_temp_fonc_100_id",
            "tv_temp_fonc_30_id",
            "di.scop",
            *_OLD_BURNER,
            "di.rpint",
            "di.temp_fonc_30",
            "di.temp_fonc_100",
        )
    }
    columns["enum_methode_saisie_carac_sys_id"] = np.where(main, 1.0, source.get("enum_methode_saisie_carac_sys_id"))
    columns["enum_type_generateur_ch_id"] = np.where(main, float(code), source.get("enum_type_generateur_ch_id"))
    columns["enum_type_energie_id"] = np.where(main, float(energy), source.get("enum_type_energie_id"))
    columns["enum_usage_generateur_id"] = np.where(main, 1.0, source.get("enum_usage_generateur_id"))
    if not np.isnan(scop):
        columns["di.scop"] = np.where(main, scop * (1 + shift * _SPREAD["chauffage"]), columns["di.scop"])
        columns["enum_methode_saisie_carac_sys_id"] = np.where(main, 6.0, source.get("enum_methode_saisie_carac_sys_id"))
    found = {"generateur_chauffage": _set(source, **columns)}
    if choice == "pac_air_air":
        lead = out.code("enum_lien_generateur_emetteur_id", 1) == 1
        emission = np.where(lead, 42.0, out.get("enum_type_emission_distribution_id"))
        found["emetteur_chauffage"] = _set(out, enum_type_emission_distribution_id=emission)
    elif (out.code("enum_type_emission_distribution_id") <= 10).any():
        dry = out.code("enum_type_emission_distribution_id") <= 10
        emission = np.where(dry, 39.0, out.get("enum_type_emission_distribution_id"))
        found["emetteur_chauffage"] = _set(
            out,
            enum_type_emission_distribution_id=emission,
            enum_temp_distribution_ch_id=np.where(dry, 3.0, out.get("enum_temp_distribution_ch_id")),
            enum_type_chauffage_id=np.where(dry, 2.0, out.get("enum_type_chauffage_id")),
            reseau_distribution_isole=np.where(dry, 1.0, out.get("reseau_distribution_isole")),
        )
    return found


def _water(source: Elements, choice: str, shift: float) -> Elements:
    code, energy, cop = WATER[choice]
    size = source.size
    store = np.fmax(np.nan_to_num(source.get("volume_stockage")), 200.0 if choice != "reseau_chaleur" else 0.0)
    columns = {
        "enum_type_generateur_ecs_id": np.full(size, float(code)),
        "enum_type_energie_id": np.full(size, float(energy)),
        "enum_usage_generateur_id": np.full(size, 2.0),
        "volume_stockage": store,
        **{
            name: _none(source)
            for name in (
                "tv_scop_id",
                "tv_pertes_stockage_id",
                "tv_generateur_combustion_id",
                "enum_type_stockage_ecs_id",
                "di.rendement_generation_stockage",
                *_OLD_BURNER,
            )
        },
        "enum_methode_saisie_carac_sys_id": np.ones(size),
    }
    if not np.isnan(cop):
        columns["di.cop"] = np.full(size, cop * (1 + shift * _SPREAD["ecs"]))
        columns["enum_methode_saisie_carac_sys_id"] = np.full(size, 6.0)
    return _set(source, **columns)


def _panels(batch: DpeBatch, power_kwp: float) -> Elements:
    """South panels at 30 degrees added on each DPE: 1 kWp for 1/0.17 m2."""
    old = batch.of("panneaux_pv")
    size = batch.size
    new = {
        "enum_orientation_pv_id": np.full(size, 3.0),
        "enum_inclinaison_pv_id": np.full(size, 2.0),
        "surface_totale_capteurs": np.full(size, power_kwp / 0.17),
    }
    names = dict.fromkeys((*old.columns, *new))
    columns = {name: np.concatenate([old.get(name), new.get(name, np.full(size, np.nan))]) for name in names}
    owner = np.concatenate([old.owner, np.arange(size)])
    return Elements(owner, np.full(len(owner), -1), columns, {})

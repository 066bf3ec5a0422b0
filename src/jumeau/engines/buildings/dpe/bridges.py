"""Thermal bridges (3CL-DPE, part 3.4)."""

import numpy as np

from jumeau.engines.buildings.dpe.tables import by_row, read
from jumeau.model.dpe import F64, DpeBatch

_FIRST = "3cl_tribu_1.4.23.1"
_FLOOR, _PARTITION = 2, 4


def bridge_k(batch: DpeBatch) -> F64:
    """Linear transmission of each bridge, share of the dwelling included [W/(m.K)].

    A file names neither side of most bridges: the recorded row is the only description of what meets what. Early files
    have no share either, and their recorded k carries it: nothing, half or all of the value of the row.
    """
    bridge = batch.of("pont_thermique")
    row = read(by_row("pont_thermique", "k"), bridge.get("tv_pont_thermique_id"))
    typed, recorded = bridge.get("k_saisi"), bridge.get("di.k")
    k = np.where(np.isnan(typed), row, typed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = recorded / k
    seen = np.where(np.abs(ratio - 0.5) < 0.01, 0.5, np.where(np.abs(ratio) < 0.01, 0.0, 1.0))
    share = bridge.get("pourcentage_valeur_pont_thermique")
    share = np.where(np.isnan(share), seen, share)
    # the first certified engine halves what two dwellings share, and records neither the share nor the half
    shared = np.isin(bridge.code("enum_type_liaison_id"), (_FLOOR, _PARTITION)) & (share == 1)
    first = np.asarray(batch.facts.text("version_moteur_calcul"), dtype=object) == _FIRST
    shared &= first[bridge.owner] & np.isnan(bridge.get("pourcentage_valeur_pont_thermique"))
    share = np.where(shared, 0.5, share)
    # a bridge on a common corridor is left out: a recorded zero is the only word on it
    share = np.where(recorded == 0, 0.0, share)
    return np.where(np.isnan(k), np.nan_to_num(recorded), k * share)

"""Thermal bridges (3CL-DPE, part 3.4)."""

import numpy as np

from jumeau.engines.buildings.dpe.tables import by_row, read, recorded
from jumeau.model.dpe import F64, DpeBatch

_FIRST = "3cl_tribu_1.4.23.1"
_FLOOR, _PARTITION = 2, 4
_NEAR = 0.01


def bridge_k(batch: DpeBatch, trust: bool) -> F64:
    """Linear transmission of each bridge, share of the dwelling included [W/(m.K)].

    A file names neither side of most bridges: the recorded row is the only description of what meets what. Early files
    have no share either, and their recorded k carries it: nothing, half or all of the value of the row; some software
    records there the loss of the whole length. trust: a recorded k that is another cell of the table is the one used.
    """
    bridge = batch.of("pont_thermique")
    row = read(by_row("pont_thermique", "k"), bridge.get("tv_pont_thermique_id"))
    typed, seen = bridge.get("k_saisi"), bridge.get("di.k")
    k = np.where(np.isnan(typed), row, typed)
    ratio = _ratio(seen, k, bridge.get("l"))
    if trust:
        cell = recorded("pont_thermique", "k", np.full(bridge.size, np.nan), seen)
        other = np.isnan(ratio) & np.isnan(typed) & ~np.isnan(cell)
        k, ratio = np.where(other, cell, k), np.where(other, 1.0, ratio)
    share = bridge.get("pourcentage_valeur_pont_thermique")
    share = np.where(np.isnan(share), np.nan_to_num(ratio, nan=1.0), share)
    # the first certified engine halves what two dwellings share, and records neither the share nor the half
    shared = np.isin(bridge.code("enum_type_liaison_id"), (_FLOOR, _PARTITION)) & (share == 1)
    first = np.asarray(batch.facts.text("version_moteur_calcul"), dtype=object) == _FIRST
    shared &= first[bridge.owner] & np.isnan(bridge.get("pourcentage_valeur_pont_thermique"))
    share = np.where(shared, 0.5, share)
    # a bridge on a common corridor is left out: a recorded zero is the only word on it
    share = np.where(seen == 0, 0.0, share)
    return np.where(np.isnan(k), np.nan_to_num(seen), k * share)


def _ratio(seen: F64, k: F64, length: F64) -> F64:
    """Nothing, half or all of the value of a row that a file records, by metre or over the whole length [-]; NaN where it
    records something else."""
    with np.errstate(divide="ignore", invalid="ignore"):
        by_metre, whole = seen / k, seen / (k * length)
    found = np.where(np.abs(by_metre) < _NEAR, 0.0, np.nan)
    for ratio in (whole, by_metre):
        for share in (0.5, 1.0):
            found = np.where(np.abs(ratio - share) < _NEAR * share, share, found)
    return found

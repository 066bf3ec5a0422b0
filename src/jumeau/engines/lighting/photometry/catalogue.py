"""The optics of a twin: makers' lanterns and road surfaces kept as rows of the layer `photometrie`, read back for a choice.

A row holds what a choice needs: flux, power, and its table packed as text (unsigned 16-bit shares of the largest value,
row after row, deflated, base64); the file it came from stays in the store.
"""

import base64
import zlib

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jumeau.model.lantern import Lantern
from jumeau.model.road_surface import BETAS_DEG, TANS, Surface

Floats = NDArray[np.float64]

LAYER = "photometrie"
LANTERN, SURFACE = "luminaire", "revetement"
MOST_BYTES = 2 * 721 * 721


class Optics(msgspec.Struct, frozen=True):
    """lanterns: those to choose among, none for the generic beams; surface: the r-table of the roads, None without one."""

    lanterns: tuple[Lantern, ...] = ()
    surface: Surface | None = None


GENERIC = Optics()


def packed(table: Floats) -> str:
    """A table of positive values as text: its shape and largest value, then the values to 1/65535 of it."""
    top = float(table.max()) or 1.0
    cells = np.round(np.clip(table, 0, None) / top * 65535).astype("<u2")
    body = base64.b64encode(zlib.compress(cells.tobytes(), 9)).decode("ascii")
    return f"{table.shape[0]}x{table.shape[1]}:{top!r}:{body}"


def unpacked(text: str) -> Floats:
    """The inverse of `packed`. Raises ValueError for a text that is not one."""
    shape, top, body = text.split(":")
    rows, columns = (int(n) for n in shape.split("x"))
    raw = zlib.decompressobj().decompress(base64.b64decode(body), MOST_BYTES)
    cells = np.frombuffer(raw, "<u2").reshape(rows, columns)
    return np.asarray(cells / 65535 * float(top), np.float64)


def optics_of(table: pa.Table | None) -> Optics:
    """Optics of a table of the layer `photometrie`: the lanterns of known power and flux, and the first surface by name."""
    if table is None or not table.num_rows:
        return GENERIC
    rows = sorted(table.to_pylist(), key=lambda row: (row["code"] or "", row["id"]))
    lanterns, surface = [], None
    for row in rows:
        if not row["table"]:
            continue
        values = unpacked(row["table"])
        if row["kind"] == LANTERN and row["power_w"] and row["luminous_flux_lm"]:
            lanterns.append(
                Lantern(
                    name=row["code"] or "", intensity=values, flux_lm=row["luminous_flux_lm"], power_w=row["power_w"],
                    source=row["filename"] or "", origin="measured", tilt_deg=row["tilt_deg"] or 0.0,
                    cct_k=float("nan") if row["cct_k"] is None else float(row["cct_k"]),
                )
            )  # fmt: skip
        elif row["kind"] == SURFACE and surface is None and values.shape == (len(TANS), len(BETAS_DEG)):
            surface = Surface(name=row["code"] or "", source=row["filename"] or "", q0=row["q0"] or 0.0, table=values)
    return Optics(tuple(lanterns), surface)

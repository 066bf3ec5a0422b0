"""Units that sensors speak, and conversion between those of one quantity."""

_UNITS: dict[str, dict[str, tuple[float, float]]] = {
    "energy": {"Wh": (1.0, 0.0), "kWh": (1e3, 0.0), "MWh": (1e6, 0.0), "GWh": (1e9, 0.0), "J": (1 / 3600, 0.0),
               "kJ": (1e3 / 3600, 0.0), "MJ": (1e6 / 3600, 0.0)},
    "power": {"W": (1.0, 0.0), "kW": (1e3, 0.0), "MW": (1e6, 0.0), "mW": (1e-3, 0.0)},
    "apparent_power": {"VA": (1.0, 0.0), "kVA": (1e3, 0.0)},
    "volume": {"L": (1e-3, 0.0), "l": (1e-3, 0.0), "m3": (1.0, 0.0), "m³": (1.0, 0.0)},
    "flow": {"m3/h": (1.0, 0.0), "m³/h": (1.0, 0.0), "L/s": (3.6, 0.0), "l/s": (3.6, 0.0), "m3/s": (3600.0, 0.0),
             "m³/s": (3600.0, 0.0), "L/min": (0.06, 0.0), "L/h": (1e-3, 0.0)},
    "temperature": {"K": (1.0, 0.0), "°C": (1.0, 273.15), "degC": (1.0, 273.15), "Cel": (1.0, 273.15),
                    "°F": (5 / 9, 459.67 * 5 / 9)},
    "length": {"mm": (1e-3, 0.0), "cm": (1e-2, 0.0), "m": (1.0, 0.0), "km": (1e3, 0.0)},
    "pressure": {"Pa": (1.0, 0.0), "hPa": (1e2, 0.0), "kPa": (1e3, 0.0), "mbar": (1e2, 0.0), "bar": (1e5, 0.0)},
    "voltage": {"mV": (1e-3, 0.0), "V": (1.0, 0.0), "kV": (1e3, 0.0)},
    "current": {"mA": (1e-3, 0.0), "A": (1.0, 0.0)},
    "duration": {"s": (1.0, 0.0), "min": (60.0, 0.0), "h": (3600.0, 0.0)},
    "ratio": {"1": (1.0, 0.0), "-": (1.0, 0.0), "%": (1e-2, 0.0)},
    "speed": {"m/s": (1.0, 0.0), "km/h": (1 / 3.6, 0.0)},
}  # fmt: skip
"""By quantity: unit -> (factor, offset), so that value * factor + offset is in the coherent unit of the quantity.

1 kWh is 3.6 MJ, 0 °C is 273.15 K, 1 bar is 100 kPa: BIPM, The International System of Units, 9th edition, 2019.
"""


def converter(unit: str, wanted: str) -> tuple[float, float] | None:
    """(factor, offset) such that value [unit] * factor + offset is in [wanted]; None between two quantities."""
    if unit == wanted:
        return 1.0, 0.0
    for known in _UNITS.values():
        if unit in known and wanted in known:
            (factor, offset), (other, shift) = known[unit], known[wanted]
            return factor / other, (offset - shift) / other
    return None

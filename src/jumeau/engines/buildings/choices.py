"""The closed lists the engine reads, and the rules that go with them."""

from jumeau.model.dictionary import builtin_layers

LAYER = "batiment"
FIELD = "buildings"

HEATED_USES = ("residentiel", "bureau", "enseignement", "sport", "sante", "culture", "commerce", "equipement")
"""Uses with a heating profile. Annexes, farm, worship and industrial buildings have none: their energy is unknown without a
bill, because nothing says that they are heated."""

PERIODS = ("1974", "1977", "1982", "1988", "2000", "2005", "2012", "apres")
"""Names of the construction periods of 3CL, by last year."""
LAST_YEARS = (1974, 1977, 1982, 1988, 2000, 2005, 2012)
FIRST_YEAR, LAST_YEAR = 1850, 2025
DRAWN_PERIODS = (1914, 1948, 1967, *LAST_YEARS)
"""Last years of the periods in which an unknown year is drawn."""
WORKS_YEARS = (1948, 1974, 1989, 1999)
"""Last years of the periods in which dwellings may have been insulated since, each with its shares."""
OLD_PERIODS = 5
"""Periods whose envelope may have been insulated since: up to 2000."""

ENERGIES = builtin_layers()[LAYER]["heating_energy"].constraint.choices
FOSSIL_FUELS = ("gaz", "fioul", "gpl")
CONTROLS = ("A", "B", "C", "D", "unknown")
ATTICS = builtin_layers()[LAYER]["attic"].constraint.choices
ATTIC = ATTICS.index("perdus")
BASEMENTS = builtin_layers()[LAYER]["basement"].constraint.choices
"""What is below the lowest floor; all but the ground and a heated one are unheated spaces."""
SIMPLE, BY_WALLS = "simple", "parois"
METHODS = (SIMPLE, BY_WALLS)
"""How the hours are computed: one mass for a building (5R1C of ISO 13790), or a room with its walls (`hourly.walls`)."""
LABELS = ("A", "B", "C", "D", "E", "F", "G")
HEAT_PUMP = "pompe_a_chaleur"
RENOVATED, AS_BUILT = "renovee", "origine"

ZONES = ("H1a", "H1b", "H1c", "H2a", "H2b", "H2c", "H2d", "H3")
DEPARTEMENTS = {
    "H1a": "02 14 27 28 59 60 61 62 75 76 77 78 80 91 92 93 94 95",
    "H1b": "08 10 45 51 52 54 55 57 58 67 68 70 88 89 90",
    "H1c": "01 03 05 15 19 21 23 25 38 39 42 43 63 69 71 73 74 87",
    "H2a": "22 29 35 50 56",
    "H2b": "16 17 18 36 37 41 44 49 53 72 79 85 86",
    "H2c": "09 12 24 31 32 33 40 46 47 64 65 81 82",
    "H2d": "04 07 26 48 84",
    "H3": "06 11 13 2A 2B 30 34 66 83",
}
"""Winter climate zone of each département (arrêté du 26 octobre 2010, annexe I). Overseas: none, no heating is computed."""

ZONE_OF = {code: zone for zone, codes in DEPARTEMENTS.items() for code in codes.split()}

COLD_ZONES = ("H1b", "H1c", "H2d")
"""Zones whose thresholds of the label change above 800 m (arrêté of 31 March 2021, annex)."""
LOW_DEPARTEMENTS = ("08", "10", "21", "45", "51", "52", "54", "55", "87", "89")
"""Those of these zones whose highest point is below 800 m (IGN): there an unknown altitude says nothing more."""

INDICATORS = (
    "buildings_annual_energy_kwh",
    "buildings_fg_area_m2",
    "buildings_fossil_energy_kwh",
    "buildings_annual_cost_eur",
    "buildings_heating_peak_kw",
    "buildings_cooling_need_kwh",
    "buildings_hot_area_m2",
)
ELEMENTS = {"wall": "wall_insulation", "roof": "roof_insulation", "floor": "floor_insulation", "window": "windows_renewed"}
"""Column that says whether each element was insulated; `insulation` says it of walls, roof and windows at once."""
THERMAL = ("insulation", *ELEMENTS.values(), "heating_energy", "heating_system", "control_class")
"""Columns that decide of the label."""
REFERENCE = (*THERMAL, "solar_kw", "submetering", "solar_protection")
"""Columns that describe the state a bill or a label was made for; `inventory` copies them under `_ref_NAME`."""

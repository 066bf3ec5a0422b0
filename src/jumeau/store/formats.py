"""The format of a stored twin, and how an older one is brought to it: the same steps for SQLite and PostgreSQL.

A new twin is a twin of format 1 to which every step was applied, so there is one way to be of the present format. A step only
adds: an older twin keeps every row it had. `tests/store/formats` holds a twin of each format.
"""

FORMAT = 2
STEPS: dict[int, tuple[str, ...]] = {
    2: (
        """CREATE TABLE series (id TEXT PRIMARY KEY, unit TEXT NOT NULL, title TEXT NOT NULL, layer TEXT NOT NULL,
           asset TEXT NOT NULL, raw_days INTEGER, hourly_days INTEGER, folded INTEGER NOT NULL)""",
        """CREATE TABLE aggregates (series TEXT NOT NULL, step TEXT NOT NULL, start INTEGER NOT NULL, count INTEGER NOT NULL,
           total REAL NOT NULL, low REAL, high REAL, doubtful INTEGER NOT NULL, bad INTEGER NOT NULL,
           PRIMARY KEY (series, step, start))""",
        """CREATE TABLE audit (id INTEGER PRIMARY KEY, instant INTEGER NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL,
           thing TEXT NOT NULL, outcome TEXT NOT NULL)""",
        "CREATE TABLE runs (name TEXT PRIMARY KEY, started INTEGER NOT NULL)",
        """INSERT INTO series SELECT series, min(unit), '', '', '', 400, 1830, 0 FROM observations GROUP BY series
           HAVING min(unit) = max(unit)""",
    )
}
"""Statements that bring a twin from the format before. What the first format allowed and this one does not, a series in two
units, gets its unit from the next observation."""


def sqlite_steps(found: int) -> list[str]:
    """Statements that bring a SQLite twin of format `found` to the present one."""
    return [s + " STRICT" if s.startswith("CREATE TABLE") else s for s in _after(found)]


def postgres_steps(found: int) -> list[str]:
    """The same for PostgreSQL, whose texts sort by bytes as in SQLite."""
    types = {"TEXT": 'text COLLATE "C"', "INTEGER": "bigint", "REAL": "double precision"}
    out = []
    for statement in _after(found):
        if statement.startswith("CREATE TABLE"):
            for name, other in types.items():
                statement = statement.replace(name, other)
        out.append(statement)
    return out


def _after(found: int) -> list[str]:
    return [statement for step, statements in sorted(STEPS.items()) if step > found for statement in statements]

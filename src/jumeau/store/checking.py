"""What `check` looks at whatever keeps the claims: references, latest values, the clock."""

import json
from collections.abc import Iterator

from jumeau.store.database import Database
from jumeau.store.port import Finding
from jumeau.store.values import from_micros
from jumeau.texts import t

_BROKEN: dict[str, str] = {
    "heads": "SELECT branch || ' -> ' || head FROM heads WHERE head > 0 AND head NOT IN (SELECT id FROM commits)",
    "instants": """SELECT c.id FROM (SELECT id, instant, lag(instant) OVER (ORDER BY id) AS earlier FROM commits) AS c
                   WHERE c.instant <= c.earlier""",
    "edits": "SELECT DISTINCT commit_id FROM edits WHERE commit_id NOT IN (SELECT id FROM commits)",
    "claim_files": "SELECT commit_id FROM claim_files WHERE commit_id NOT IN (SELECT id FROM commits)",
    "sources": "SELECT DISTINCT source FROM layer_sources WHERE source NOT IN (SELECT id FROM sources)",
}
_STALE = """SELECT o.series FROM (SELECT series, max(instant) AS instant FROM observations GROUP BY series) AS o
            LEFT JOIN latest l ON l.series = o.series WHERE l.instant IS NULL OR l.instant <> o.instant ORDER BY o.series"""
_RENEW = """INSERT INTO latest SELECT o.series, o.instant, o.value, o.unit, o.quality FROM observations o
            JOIN (SELECT series, max(instant) AS instant FROM observations GROUP BY series) AS m
            ON m.series = o.series AND m.instant = o.instant"""


def error(key: str, *, repaired: bool = False, **where: object) -> Finding:
    """A finding that is damage."""
    return Finding(severity="error", text=t(key, **where), repaired=repaired)


def references(db: Database) -> Iterator[Finding]:
    """Rows that point at nothing."""
    for table, query in _BROKEN.items():
        for row in db.rows(query):
            yield error("store.controle_reference", detail=f"{table} {row[0]}")
    rows = db.rows("SELECT id, parents FROM commits ORDER BY id")
    known = {row[0] for row in rows}
    for commit, parents in rows:
        for parent in json.loads(parents):
            if parent not in known or parent >= commit:
                yield error("store.controle_reference", detail=f"commits {commit} -> {parent}")


def latest(db: Database, repair: bool) -> Iterator[Finding]:
    """Latest values that are not the latest."""
    stale = db.rows(_STALE)
    if stale and repair:
        with db.write():
            for (series,) in stale:
                db.execute("DELETE FROM latest WHERE series = ?", series)
            db.execute(_RENEW + " WHERE o.series NOT IN (SELECT series FROM latest)")
    for (series,) in stale:
        text = t("store.controle_reference", detail=f"latest {series}")
        yield Finding(severity="warning", text=text, repaired=repair)


def clock(db: Database) -> Iterator[Finding]:
    """A clock behind the last commit."""
    row = db.one("SELECT value FROM meta WHERE name = 'last_instant'")
    last, now = from_micros(int(row[0]) if row else 0), db.clock()
    if last is not None and now < last:
        yield Finding(severity="warning", text=t("store.controle_horloge", now=now, last=last))

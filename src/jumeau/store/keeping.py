"""What is kept beside claims: names of assets elsewhere, the audit, the list of runs."""

from collections.abc import Iterable

from jumeau.errors import InputError
from jumeau.model.claim import Note, Run
from jumeau.store.database import Database
from jumeau.store.values import from_micros


class Keeper:
    """Names of assets elsewhere, lines of the audit, runs."""

    def __init__(self, db: Database) -> None:
        self.db = db

    # names elsewhere ------------------------------------------------------------------------------------------------
    def identify(self, layer: str, names: Iterable[tuple[str, str, str, float]]) -> None:
        """Record (asset, register, name, confidence); a known name takes the new confidence. Raises InputError."""
        rows = []
        for asset, register, name, confidence in names:
            if not 0 <= confidence <= 1:
                raise InputError("store.confiance_refusee", confidence=confidence, name=name)
            rows.append((asset, register, name, layer, float(confidence)))
        query = """INSERT INTO identifiers VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (asset, register, name) DO UPDATE SET confidence = excluded.confidence,
                   layer = excluded.layer"""
        with self.db.write():
            self.db.many(query, rows)

    def identifiers(self, asset: str) -> list[tuple[str, str, float]]:
        """(register, name, confidence), in order."""
        query = "SELECT register, name, confidence FROM identifiers WHERE asset = ? ORDER BY register, name"
        return [(r, n, c) for r, n, c in self.db.rows(query, asset)]

    def assets_named(self, name: str) -> list[tuple[str, str, str]]:
        """(register, layer, asset) of the assets that have exactly this name elsewhere, in order."""
        query = "SELECT register, layer, asset FROM identifiers WHERE name = ? ORDER BY register, layer, asset"
        return [(r, la, a) for r, la, a in self.db.rows(query, name)]

    # audit and runs -------------------------------------------------------------------------------------------------
    def note(self, actor: str, act: str, thing: str, outcome: str) -> Note:
        """Add a line to the audit."""
        with self.db.write():
            query = "SELECT coalesce(max(id), 0) + 1, (SELECT value FROM meta WHERE name = 'last_instant') FROM audit"
            number, last = self.db.one(query) or (1, None)
            instant = self.db.tick(last)
            self.db.send("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", [(number, instant, actor, act, thing, outcome)])
        when = from_micros(instant)
        assert when is not None
        return Note(id=number, instant=when, actor=actor, act=act, thing=thing, outcome=outcome)

    def notes(self, after: int) -> list[Note]:
        """Lines of the audit with an id above `after`, oldest first."""
        rows = self.db.rows("SELECT id, instant, actor, act, thing, outcome FROM audit WHERE id > ? ORDER BY id", after)
        out = []
        for id_, instant, actor, act, thing, outcome in rows:
            when = from_micros(instant)
            assert when is not None
            out.append(Note(id=id_, instant=when, actor=actor, act=act, thing=thing, outcome=outcome))
        return out

    def began(self, run: str) -> None:
        """Note when a run was first heard of."""
        if self.db.one("SELECT 1 FROM runs WHERE name = ?", run) is None:
            with self.db.write():
                self.db.execute("INSERT INTO runs VALUES (?, ?) ON CONFLICT DO NOTHING", run, self.db.tick())

    def runs(self) -> list[Run]:
        """Runs whose parts are kept, by name."""
        query = """SELECT r.run, count(*), min(b.started) FROM results r LEFT JOIN runs b ON b.name = r.run
                   GROUP BY r.run ORDER BY r.run"""
        return [Run(name, parts, from_micros(started)) for name, parts, started in self.db.rows(query)]

    def forget_run(self, run: str) -> None:
        """Forget when a run began."""
        with self.db.write():
            self.db.execute("DELETE FROM runs WHERE name = ?", run)

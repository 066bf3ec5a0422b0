"""What one looks at, as people write it: a day or an instant, a branch."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from jumeau.errors import InputError
from jumeau.model.claim import MAIN
from jumeau.store.port import Moment


@cache
def legal_time() -> ZoneInfo:
    """The time of a day written without its hour."""
    return ZoneInfo("Europe/Paris")


def instant(text: str | None, field: str, *, start: bool = False) -> datetime | None:
    """`2026-03-01` is the end of that day in Paris, or its start; `2026-03-01T12:00:00Z` an instant.

    Raises InputError naming the field.
    """
    if not text:
        return None
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            found = datetime.combine(day if start else day + timedelta(days=1), time(), legal_time())
            found -= timedelta(microseconds=0 if start else 1)
        else:
            found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError) as error:
        raise InputError("partage.instant", field=field, value=text[:40]) from error
    if found.tzinfo is None or not 1000 < found.year < 9000:
        raise InputError("partage.instant", field=field, value=text[:40])
    return found


def moment_of(at: str | None = None, as_of: str | None = None, branch: str | None = None) -> Moment:
    """What a command or a request looks at. What was known then is by default looked at as it stood then."""
    known = instant(as_of, "as_of")
    return Moment(branch or MAIN, instant(at, "at") or known, known)

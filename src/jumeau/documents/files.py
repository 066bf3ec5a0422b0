"""Office files are archives: the same content at the same date gives the same bytes."""

import zipfile
from datetime import UTC, datetime
from io import BytesIO


def dated_zip(data: bytes, when: datetime) -> bytes:
    """The same archive with all its members at one date, so that equal tables give equal bytes."""
    stamp = (max(when.year, 1980), when.month, when.day, 0, 0, 0)
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _core(content, when)
            info = zipfile.ZipInfo(name, stamp)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, content)
    return out.getvalue()


def _core(content: bytes, when: datetime) -> bytes:
    """Saving stamps the clock as the date of the last change: put the date of the document back."""
    import re

    said = when.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", lambda m: m[1] + said, content)

"""JSON answers by msgspec: numbers that are not finite become null."""

from typing import Any

import msgspec
from fastapi import Response


def answer(body: Any, status: int = 200) -> Response:
    """A JSON response of structs and plain values."""
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")

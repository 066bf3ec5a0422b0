"""Bodies of requests: JSON read into structs, and how they are described."""

from typing import Any, TypeVar

import msgspec
from fastapi import Request

from jumeau.errors import InputError

T = TypeVar("T")


async def read(request: Request, kind: type[T]) -> T:
    """The body as a struct. Raises InputError, with the field when it is told."""
    return parsed(await request.body(), kind)


def parsed(body: bytes | str, kind: type[T]) -> T:
    """A JSON text as a struct. Raises InputError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        names = ", ".join(f.name for f in msgspec.structs.fields(kind))  # type: ignore[arg-type]
        raise InputError("web.corps_attendu", field="", names=names) from error


def described(kind: type[Any]) -> dict[str, Any]:
    """What the interface's description says of such a body."""
    schemas = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")[1]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schemas[kind.__name__]}}}}


_FILE = {"schema": {"type": "string", "format": "binary"}}
BINARY = {"requestBody": {"required": True, "content": {"application/octet-stream": _FILE}}}
"""What the interface's description says of a body that is a file."""

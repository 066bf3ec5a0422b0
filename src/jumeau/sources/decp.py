"""Awarded contracts as buyers publish them (données essentielles de la commande publique), one row per contract [1].

JSON and XML, formats of 2019 and of 2022, nested or flattened by those who gather them. Concessions are left out.

[1] Format de la commande publique, schémas « marché » 1.5 et 2.0 (arrêtés du 22 mars 2019 et du 22 décembre 2022).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
import pyarrow as pa

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.guard import DEFAULT, Limits, check_shape, check_xml, size_text
from jumeau.sources.raw import RawTable
from jumeau.texts import t

COLUMNS = (
    "uid", "acheteur", "nature", "objet", "codeCPV", "procedure", "montant", "dureeMois", "dateNotification", "formePrix",
    "titulaires", "lieuExecution_code", "modifications",
)  # fmt: skip
_NAN = re.compile(rb"([:\[,]\s*)NaN(?=\s*[,\]}])")
"""What spreadsheet tools write for an unknown number, which JSON does not know."""
_HEAD = 4096
_DEPTH = 8
_LIST_TAGS = ("titulaires", "modifications")
Record = Mapping[str, Any]


class _Contract(msgspec.Struct):
    """What is read of a contract, whoever wrote it; what is not listed is skipped while reading."""

    id: Any = None
    uid: Any = None
    acheteur: Any = None
    acheteur_id: Any = None
    buyer_dotted: Any = msgspec.field(default=None, name="acheteur.id")
    buyer_named: Any = msgspec.field(default=None, name="acheteur.nom")
    nature: Any = None
    kind: Any = msgspec.field(default=None, name="_type")
    objet: Any = None
    codeCPV: Any = None
    procedure: Any = None
    montant: Any = None
    dureeMois: Any = None
    dateNotification: Any = None
    formePrix: Any = None
    titulaires: Any = None
    titulaire_denominationSociale: Any = None
    titulaire_id: Any = None
    lieuExecution: Any = None
    place_code: Any = msgspec.field(default=None, name="lieuExecution.code")
    place_kind: Any = msgspec.field(default=None, name="lieuExecution.typeCode")
    modifications: Any = None


class _Nested(msgspec.Struct):
    marche: list[_Contract] = []
    concessions: list[msgspec.Raw] = msgspec.field(default=[], name="contrat-concession")


class _File(msgspec.Struct):
    marches: _Nested | list[_Contract]


def is_decp(path: Path) -> bool:
    """True for a JSON or XML file whose root says `marches`."""
    with path.open("rb") as source:
        head = source.read(_HEAD).replace(b"\x00", b"")
    return b'"marches"' in head or b"<marches" in head


def read_decp(path: Path, limits: Limits = DEFAULT) -> RawTable:
    """Contracts as text columns (`COLUMNS`), amounts and dates as written. uid: buyer and number, which name a contract.

    Raises InputError for a damaged file, HostileFileError for one too large or that declares entities.
    """
    contracts, apart = _from_xml(path, limits) if _is_xml(path) else _from_json(path, limits)
    check_shape(len(contracts), len(COLUMNS), path.name, limits)
    kept = [one for one in contracts if "concession" not in f"{one.nature} {one.kind}".lower()]
    apart += len(contracts) - len(kept)
    rows = [_row(one) for one in kept]
    columns = {name: pa.array([row[i] for row in rows], pa.string()) for i, name in enumerate(COLUMNS)}
    notes = (t("imports.note_concessions", count=apart),) if apart else ()
    return RawTable(format="decp", columns=pa.table(columns), notes=notes)


def _is_xml(path: Path) -> bool:
    with path.open("rb") as source:
        return source.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _from_json(path: Path, limits: Limits) -> tuple[list[_Contract], int]:
    if path.stat().st_size > limits.xml_bytes:
        size, most = size_text(path.stat().st_size), size_text(limits.xml_bytes)
        raise HostileFileError("imports.trop_gros", file=path.name, size=size, limit=most)
    text = _NAN.sub(rb"\1null", path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    try:
        found = msgspec.json.decode(text, type=_File).marches
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="DECP", reason=error) from error
    return (found, 0) if isinstance(found, list) else (found.marche, len(found.concessions))


def _from_xml(path: Path, limits: Limits) -> tuple[list[_Contract], int]:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    check_xml(path, limits)
    out, apart = [], 0
    known = {field.encode_name: field.name for field in msgspec.structs.fields(_Contract)}
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=True):
            tag = str(element.tag).rpartition("}")[2]
            if tag == "marche":
                cells = _plain(element, 0)
                out.append(_Contract(**{known[k]: v for k, v in cells.items() if k in known}))
            elif tag == "contrat-concession":
                apart += 1
            if tag in ("marche", "contrat-concession"):
                element.clear()
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="DECP", reason=error) from error
    return out, apart


def _plain(element: Element, depth: int) -> Any:
    """An element as JSON would say it: text, or its children by name, in lists where the format says several."""
    children = list(element)
    if not children or depth > _DEPTH:
        return (element.text or "").strip() or None
    tags = [str(child.tag).rpartition("}")[2] for child in children]
    values = [_plain(child, depth + 1) for child in children]
    if str(element.tag).rpartition("}")[2] in _LIST_TAGS:
        return [{tag: value} for tag, value in zip(tags, values, strict=True)]
    return dict(zip(tags, values, strict=True))


def _row(one: _Contract) -> tuple[str | None, ...]:
    buyer = _text(_get(one.acheteur, "id") or one.acheteur_id or one.buyer_dotted)
    named = buyer or _text(_get(one.acheteur, "nom") or one.buyer_named)
    number = _text(one.id)
    key = f"{buyer or ''}{number}" if number else None
    changes = len(list(_leaves(one.modifications, "modification"))) if one.modifications else 0
    return (
        key,
        named,
        _text(one.nature),
        _text(one.objet),
        (_text(one.codeCPV) or "")[:8] or None,
        _text(one.procedure),
        _text(one.montant),
        _text(one.dureeMois),
        (_text(one.dateNotification) or "")[:10] or None,
        _text(one.formePrix),
        " ; ".join(dict.fromkeys(_winners(one))) or None,
        _commune(one),
        str(changes) if changes else None,
    )


def _text(value: Any) -> str | None:
    """A cell as text; what says nothing (`NC`, an empty text) is unknown."""
    if value is None or isinstance(value, dict | list):
        return None
    said = str(value).strip()
    return None if said.upper() in ("", "NC", "NULL", "NONE", "INX NONE") else said


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _parsed(value: Any) -> Any:
    """A cell that holds JSON as text, which flattened files do."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError:
            return None
    return value


def _leaves(value: Any, inside: str, depth: int = 0) -> Iterator[Record]:
    """Objects of a list, however it is nested, without the wrapper the format of 2022 puts around each."""
    value = _parsed(value)
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        inner = value.get(inside)
        if isinstance(inner, dict | list):
            yield from _leaves(inner, inside, depth + 1)
        else:
            yield value
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one, inside, depth + 1)


def _winners(one: _Contract) -> Iterator[str]:
    flat = {"denominationSociale": one.titulaire_denominationSociale, "id": one.titulaire_id}
    for winner in (*_leaves(one.titulaires, "titulaire"), flat):
        said = _text(winner.get("denominationSociale")) or _text(winner.get("id"))
        if said:
            yield said


def _commune(one: _Contract) -> str | None:
    """The commune of the works when the record gives its INSEE code: a postal code is not one."""
    place = _parsed(one.lieuExecution)
    kind = _text(_get(place, "typeCode") or one.place_kind) or ""
    if "commune" not in kind.lower():
        return None
    return _text(_get(place, "code") or one.place_code)

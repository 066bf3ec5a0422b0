"""A DPE file as it may be kept: the description of the dwelling and its results, without what names people or places.

The observatory's XML says an address, an owner, a diagnostician. What is kept is what `dpe_xml` reads: figures, codes, dates,
the number of the DPE. Names that the certified software gives to walls and rooms are replaced by ranks.
"""

import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from jumeau.errors import HostileFileError, InputError
from jumeau.sources.dpe_xml import LIMITS, SKIPPED, TEXTS, lining_words
from jumeau.sources.guard import Limits, check_file, check_xml

_PLAIN = re.compile(r"[a-z0-9_]{1,80}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ADMINISTRATIVE = re.compile(r"(date|enum)_[a-z0-9_]+")
_PERSONAL = re.compile(r"(^|_)(nom|prenom|adresse|telephone|tel|mail|courriel|postal|insee|ban|siret|siren|cadastre)(_|$)")
_REFERENCES = frozenset(name for name in TEXTS if name.startswith("reference"))
_CODES = frozenset({"version_moteur_calcul", "version_logiciel"})
_DEEPEST = 40


def cleaned(path: Path, limits: Limits = LIMITS) -> bytes:
    """The file as it may be kept (UTF-8 XML). Raises HostileFileError, InputError for what is not a DPE."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import parse

    check_file(path, limits)
    check_xml(path, limits)
    try:
        root: Any = parse(path, forbid_dtd=True).getroot()
    except DefusedXmlException as error:
        raise HostileFileError("imports.xml_entites", file=path.name) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise InputError("imports.illisible", file=path.name, format="XML", reason=error) from error
    out, names = Element("dpe"), dict[str, str]()
    for part in root.iter():
        if part.tag == "numero_dpe" and part.text and re.fullmatch(r"[A-Za-z0-9_]{1,20}", part.text.strip()):
            SubElement(out, "numero_dpe").text = part.text.strip()
            break
    paper = SubElement(out, "administratif")
    for part in root.iter("administratif"):
        _paper(part, paper)
        break
    for part in root.iter("logement"):
        _kept(part, out, names, 0)
        break
    else:
        raise InputError("dpe.inconnu", file=path.name)
    return bytes(tostring(out, encoding="utf-8", xml_declaration=True))


def _paper(part: Any, out: Element) -> None:
    """Dates and codes of the administrative part, and what software made the DPE."""
    for leaf in part:
        text = (leaf.text or "").strip()
        if _ADMINISTRATIVE.fullmatch(str(leaf.tag)) and not len(leaf) and (_DAY.match(text) or text.isdigit()):
            SubElement(out, leaf.tag).text = text[:10]
    software = SubElement(out, "diagnostiqueur")
    for leaf in part.iter():
        if leaf.tag in _CODES and re.fullmatch(r"[\w.\-+ ]{1,60}", (leaf.text or "").strip()):
            SubElement(software, leaf.tag).text = str(leaf.text).strip()


def _kept(part: Any, out: Element, names: dict[str, str], depth: int) -> None:
    """Copy what is a figure, a code or a reference, with what holds it."""
    tag = str(part.tag)
    if tag == "description" and part.text and lining_words(part.text):
        SubElement(out, tag).text = lining_words(part.text)
        return
    if tag in SKIPPED or not _PLAIN.fullmatch(tag) or _PERSONAL.search(tag) or depth > _DEEPEST:
        return
    if len(part):
        inner = SubElement(out, tag)
        for child in part:
            _kept(child, inner, names, depth + 1)
        return
    text = (part.text or "").strip()
    if tag in _REFERENCES and text:
        SubElement(out, tag).text = names.setdefault(text, f"r{len(names) + 1}")
    elif _figure(text) or (tag in TEXTS and re.fullmatch(r"[\w.\- ]{1,60}", text)):
        SubElement(out, tag).text = text
    elif not text:
        SubElement(out, tag)


def _figure(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

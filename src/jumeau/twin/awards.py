"""Awarded contracts described by hand in a YAML file."""

from pathlib import Path

import msgspec

from jumeau.errors import InputError
from jumeau.procurement import Award
from jumeau.rules.loader import read_yaml

LARGEST = 1_000_000


def read_awards(file: Path) -> list[Award]:
    """Contracts of a file: a list, or one. Raises InputError naming the file, the contract and the field."""
    if not file.is_file():
        raise InputError("jumeau.fichier_absent", file=file)
    if file.stat().st_size > LARGEST:
        raise InputError("achats.fichier_lourd", file=file.name)
    raw = read_yaml(file.read_text(encoding="utf-8"), file.name)
    out = []
    for i, entry in enumerate(raw if isinstance(raw, list) else [raw], 1):
        try:
            out.append(msgspec.convert(entry, Award))
        except msgspec.ValidationError as error:
            raise InputError("achats.marche_mal_ecrit", file=file.name, number=i, problem=str(error)) from error
    return out

"""Needs: functional units shared by all collectivités."""

import msgspec


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What is bought, said by its function and never by a brand.

    unit: the functional unit the quantity is counted in (`point`, `m`, `m2`, `capteur`, `etude`).
    requirements: functional requirements written once for all buyers. digital: has a net footprint of its own.
    """

    id: str
    title: str
    field: str
    unit: str
    requirements: tuple[str, ...] = ()
    digital: bool = False

"""Rooms beside unheated spaces: what must hold of any network, and what a cellar changes."""

import msgspec
import numpy as np

from jumeau.engines.buildings.hourly import convection
from jumeau.engines.buildings.hourly.room import INPUTS, SUNNY, Layer, Room, Surface, Window, faces_of, network
from jumeau.kernels.modal import RoomHours, modes_of, room_loads
from jumeau.kernels.modal_trace import room_trace

BRICK, WOOL, SLAB = Layer(0.2, 0.7, 1600, 900), Layer(0.1, 0.04, 20, 1000), Layer(0.15, 1.6, 2300, 1000)


def house(below: int | None) -> Room:
    walls = [Surface(area=27.0, kind="wall", face=f, layers=(WOOL, BRICK)) for f in ("south", "east", "north", "west")]
    roof = Surface(area=100.0, kind="roof", face="roof", layers=(WOOL, SLAB))
    floor = Surface(area=100.0, kind="floor", face=None, layers=(SLAB,), beyond=below)
    cellar = Room(
        surfaces=(Surface(area=80.0, kind="wall", face=None, layers=(BRICK,)),),
        windows=(),
        volume=220.0,
        floor=100.0,
        air=15.0,
    )
    return Room(
        surfaces=(*walls, roof, floor), windows=(Window(area=8.0, face="south", u=2.0, factor=0.6),), volume=250.0,
        floor=100.0, air=30.0, gain=400.0, unheated=(cellar,) if below is not None else (),
    )  # fmt: skip


def winter() -> RoomHours:
    count = 24 * 60
    outdoor = 3 + 4 * np.sin(np.arange(count) / 24 * 2 * np.pi)
    inputs = np.zeros((count, len(INPUTS)))
    inputs[:, 0], inputs[:, 2] = outdoor, 1.0
    ends, never = np.array([count]), np.full(count, np.inf)
    return RoomHours(
        inputs=inputs, sunny=SUNNY, lit=np.zeros(count, bool), outdoor=outdoor, heat_set=np.full(count, 20.0),
        cool_set=never, watch=never, level=np.zeros(count, np.uint8), stop=ends,
    )  # fmt: skip


def test_nothing_is_lost_between_two_spaces() -> None:
    net = network([house(0)])
    k = net.conductance[0]
    np.testing.assert_allclose(k, k.T)
    np.testing.assert_allclose(k.sum(axis=1), net.inputs[0, :, 0], atol=1e-9)  # all at one temperature, nothing flows inside
    assert net.inputs[0, :, INPUTS.index("gain")].sum() == 400.0


def test_a_cellar_keeps_some_heat_and_is_between_both() -> None:
    hours = winter()
    bare, kept = (room_loads(modes_of(network([house(b)])), hours).heat.sum() for b in (None, 0))
    assert 0.5 * bare < kept < 0.95 * bare
    _, nodes = room_trace(network([house(0)]), hours)
    cellar = nodes[24 * 30 :, 0, 2].mean()
    assert hours.outdoor.mean() + 1 < cellar < 19


def test_faces_are_where_they_are_said_to_be() -> None:
    """The coefficient of one face moves one line of the network, the one `faces_of` names."""
    room = house(0)
    for k, r in enumerate((room, room.unheated[0])):
        for i in range(len(r.surfaces)):
            changed = [msgspec.structs.replace(s, inside=9.0) if j == i else s for j, s in enumerate(r.surfaces)]
            other = msgspec.structs.replace(r, surfaces=tuple(changed))
            other = other if k == 0 else msgspec.structs.replace(room, unheated=(other,))
            moved = np.abs(network([other]).conductance - network([room]).conductance)[0].sum(axis=1)
            assert moved[faces_of(room)[k][1][i]] > 0
            assert moved[faces_of(room)[k][0]] > 0


def test_coefficients_of_a_year_are_near_usual_ones() -> None:
    """ISO 6946 takes 2.5 W/(m²·K) for walls, 5.0 upwards and 0.7 downwards."""
    found = {s.kind: s.inside for s in convection.settled(house(0), winter()).surfaces}
    assert 1.0 < found["wall"] < 3.0
    assert 0.3 < found["floor"] < found["roof"] < 5.0
    assert convection.natural("wall", np.array([-8.0, 8.0])).tolist() == [2.62, 2.62]

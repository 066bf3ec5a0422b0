"""Several processes on one twin: who looked at an older head is told so in French, a long read sees one state."""

from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kills import context
from writer import edit, open_place, table

from jumeau.errors import ConflictError, JumeauError


@pytest.fixture(params=["embedded", pytest.param("postgis", marks=pytest.mark.postgis)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "embedded":
        return str(tmp_path / "twin")
    return f"{request.getfixturevalue('postgis_server')}#n{uuid4().hex[:8]}"


def rival(pipe: Connection, place: str, number: int) -> None:
    """Reads the head, waits for the others to have read it, then writes on it."""
    store = open_place(place)
    head = store.branches()[0].head
    pipe.send(head)
    pipe.recv()
    try:
        pipe.send(("written", store.commit([edit(number, "code")], author=f"r{number}", message="x", expect=head).id))
    except ConflictError as error:
        pipe.send(("conflict", str(error)))
    except JumeauError as error:
        pipe.send(("error", str(error)))
    store.close()


def test_of_several_writers_on_one_head_one_wins_and_the_others_are_told(place: str) -> None:
    store = open_place(place)
    store.commit([table(1)], author="a", message="x")
    pairs = [context().Pipe() for _ in range(4)]
    workers = [context().Process(target=rival, args=(other, place, i)) for i, (_, other) in enumerate(pairs)]
    for worker in workers:
        worker.start()
    heads = {mine.recv() for mine, _ in pairs}
    assert heads == {1}
    for mine, _ in pairs:
        mine.send("go")
    said = [mine.recv() for mine, _ in pairs]
    for worker in workers:
        worker.join()
    assert sorted(kind for kind, _ in said) == ["conflict", "conflict", "conflict", "written"]
    for kind, text in said:
        assert kind != "conflict" or "a reçu une autre écriture (commit 2) depuis votre lecture (commit 1)" in text
    assert len(store.commits()) == 2
    assert store.check() == []
    store.close()


def busy(pipe: Connection, place: str) -> None:
    """Writes and tidies until told to stop."""
    store = open_place(place)
    number = 1000
    while not pipe.poll():
        store.commit([table(number)], author="b", message="x")
        store.compact()
        number += 1
        pipe.send(number)
    store.close()


def test_a_long_read_sees_one_state_while_others_write_and_tidy(place: str) -> None:
    store: Any = open_place(place)
    store.commit([table(7)], author="a", message="x")
    pieces = store.batches("luminaire", columns=["lamp_power_w"], rows=5)
    seen = [next(pieces)]
    mine, other = context().Pipe()
    worker = context().Process(target=busy, args=(other, place))
    worker.start()
    for _ in range(3):
        mine.recv()
        seen.append(next(pieces))
    seen += list(pieces)
    mine.send("stop")
    while worker.is_alive():
        if mine.poll(0.1):
            mine.recv()
    assert {v for piece in seen for v in piece["lamp_power_w"].to_pylist()} == {7.0}
    assert sum(piece.num_rows for piece in seen) == 50
    now = set(store.read("luminaire")["lamp_power_w"].to_pylist())
    assert len(now) == 1
    assert now != {7.0}
    assert store.check() == []
    store.close()

"""French numbers, held to the usages of the Lexique des règles typographiques en usage à l'Imprimerie nationale."""

from datetime import date

import msgspec
import pytest
from tests.documents.sample import sample

from jumeau.documents.blocks import Table
from jumeau.documents.context import EffectLine, Range
from jumeau.documents.essentials import summary
from jumeau.documents.numbers import about, day, interval, number, precise_share, rounded, share, total, with_unit
from jumeau.documents.programme import gap_sentence
from jumeau.documents.typography import drawable, typeset_text


@pytest.mark.parametrize(("value", "decimals", "wanted"), [
    (1234567.0, 0, "1\u202f234\u202f567"), (0.5, 2, "0,50"), (-3.2, 1, "\u22123,2"), (-0.01, 1, "0,0"), (0.0, 0, "0"),
    (None, 0, "inconnu"), (float("nan"), 0, "inconnu"), (float("inf"), 0, "inconnu"),
])  # fmt: skip
def test_number(value: float | None, decimals: int, wanted: str) -> None:
    assert number(value, decimals) == wanted


@pytest.mark.parametrize(("ratio", "wanted"), [
    (0.0, "0\u00a0%"), (0.001, "<\u00a01\u00a0%"), (0.999, ">\u00a099\u00a0%"), (1.0, "100\u00a0%"), (0.256, "26\u00a0%"),
    (None, "inconnu"),
])  # fmt: skip
def test_share_never_hides_a_remainder(ratio: float | None, wanted: str) -> None:
    assert share(ratio) == wanted


def test_precision_of_speech_is_that_of_the_mean() -> None:
    assert about(Range(12_345_678, 8_641_974.6, 17_283_949.2)) == Range(12_300_000, 8_600_000, 17_300_000)
    assert about(Range()) == Range()
    assert rounded(0.0) == 0.0
    assert rounded(123_456.0) == 123_000.0


def test_interval_of_the_unknown_is_silent() -> None:
    assert interval(Range()) == ""
    assert interval(Range(2.0, 1.0, 3.0), 1) == "de 1,0 à 3,0"
    assert with_unit(None, "€") == "inconnu"
    assert with_unit(2.0, "€") == "2\u00a0€"


def test_total_with_an_unknown_is_unknown() -> None:
    assert total([1.0, 2.0]) == 3.0
    assert total([1.0, None]) is None


def test_days() -> None:
    assert day(date(2026, 8, 1)) == "1er\u00a0août\u00a02026"
    assert day(date(2026, 12, 31)) == "31\u00a0décembre\u00a02026"


def test_gap_in_plain_words() -> None:
    assert "0,37" in gap_sentence(0.0037)
    assert "aucun autre choix" in gap_sentence(0.0)
    assert "n'a pas pu prouver" in gap_sentence(None)
    assert precise_share(0.0037) == "0,37\u00a0%"


def test_units_that_are_words_take_their_plural() -> None:
    assert with_unit(1260.0, "actif") == "1\u202f260\u00a0actifs"
    assert with_unit(1.0, "actif") == "1\u00a0actif"
    assert [with_unit(2.0, unit).split("\u00a0")[1] for unit in ("kWh/an", "lm", "kW", "m²", "points")] == [
        "kWh/an", "lm", "kW", "m²", "points",
    ]  # fmt: skip


def test_the_first_page_groups_works_and_says_the_field_of_each_effect() -> None:
    effects = tuple(
        EffectLine(title=title, field=field, unit="kWh/an", decimals=0, range=Range(value, value, value))
        for title, field, value in (("Énergie", "lighting", -5.0), ("Rien", "lighting", 0.0), ("Énergie", "buildings", -7.0))
    )
    found = sample().programme
    assert found is not None
    named = [msgspec.structs.replace(a, title=f"{a.title} {i}", kind="Lanterne LED") for i, a in enumerate(found.actions)]
    context = sample(programme=msgspec.structs.replace(found, actions=tuple(named), totals=effects))
    tables = [block for block in summary(context) if isinstance(block, Table)]
    assert tables[0].rows == (("Lanterne LED", "14", tables[0].rows[0][2]),)
    assert [row[0] for row in tables[1].rows] == ["Éclairage, énergie", "Bâtiments, énergie"]
    assert "chapitre du programme" in tables[1].note


def test_typography() -> None:
    assert typeset_text("l'eau : « bien » ; oui ?") == "l’eau\u00a0: «\u00a0bien\u00a0»\u202f; oui\u202f?"
    assert typeset_text("'q' a:b") == "'q' a:b"


def test_what_cannot_be_drawn_is_shown_and_the_rest_kept() -> None:
    assert drawable("L\u2019Haÿ-les-Roses œuvre n\u0303 5\u202fm² ≥ 3 €") == "L\u2019Haÿ-les-Roses œuvre ñ 5\u202fm² ≥ 3 €"
    assert drawable("日本 😀\x00\u202e\u00adfin") == "?? ?   fin"

"""A file that is wrong is refused in French, with the file and the line, and nothing of it is kept."""

from pathlib import Path

import pytest

from jumeau.errors import InputError, RuleError
from jumeau.rules.cases import read_cases
from jumeau.rules.given import read_fact
from jumeau.rules.loader import catalogue, check_catalogue, read_rule, read_rule_document
from jumeau.rules.reading import read_document
from jumeau.rules.show import check_lines

GOOD = (Path(__file__).parent / "essai.txt").read_text(encoding="utf-8")
HALF = "{share: 0.5, share_of: {fact: cost_ht_eur}}"

WRONG = [
    ("status: open", "status: open\nstatus: closed", 8, "la clé « status » est écrite deux fois"),
    ('{fact: population}, ">', '{fait: population}, ">', 25, "mot.s. inconnu.s. « fait »"),
    ('{fact: population}, ">', '{fact: populasion}, ">', 25, "le fait « populasion » n'existe pas"),
    ("{value: seuil}", "{value: seul}", 25, "la valeur « seul » n'est pas déclarée"),
    ("bracket: bareme", "bracket: barem", 27, "« barem »"),
    ("authority: État", "autority: État", 4, "« autority » n'est pas un champ admis ici"),
    ("title: Seuil\n", "titre: Seuil\n", 11, "« titre » n'est pas un champ admis ici"),
    ("    unit: hab\n", "", 11, "le champ « unit » manque"),
    ("confidence: sourced\nvalues", "confidence: sure\nvalues", 8, "ne peut pas valoir « sure » .admis : sourced"),
    ("20, confidence: recalled", "20, confidence: sure", 15, "ne peut pas valoir « sure »"),
    ("kind: aid", "kind: cadeau", 3, "cadeau"),
    (
        "to: 2024-12-31",
        "to: 2025-06-30",
        15,
        "se chevauchent : une ligne commence le 2025-01-01 et la précédente finit le 2025-06",
    ),
    (", to: 2024-12-31", "", 15, "la précédente n'a pas de fin"),
    ("to: 2024-12-31", "to: 2019-12-31", 14, "inversées .du 2020-01-01 au 2019-12-31"),
    ("to: 2024-12-31", "to: 2024-02-31", 14, "« 2024-02-31 » n'est pas un jour du calendrier"),
    ("value: 10,", "value: .nan,", 14, "n'est pas un nombre fini"),
    ("unit: hab", "unit: ratio", 25, "« population » est en hab et la valeur « seuil » en ratio"),
    ("value: 10,", "value: dix,", 14, "« dix » n'est pas une réponse au fait « population » .attendu : un nombre"),
    ('">="', '"=>"', 25, "un opérateur"),
    (
        '[{fact: population}, ">=", {value: seuil}]',
        '[{fact: owner_type}, "=", comune]',
        25,
        "« comune » n'est pas une réponse au fait",
    ),
    ('[{fact: population}, ">=", {value: seuil}]', '[{fact: overseas}, "=", oui]', 25, "attendu : true ou false"),
    (
        "{bracket: bareme, of: {fact: population}}",
        "{lookup: table, key: {fact: owner_type}}",
        23,
        "« village » n'est pas une réponse",
    ),
    ("{bracket: bareme, of: {fact: population}}", "{lookup: bareme, key: {fact: owner_type}}", 17, "doit être une table"),
    (HALF, "{share: 0.5}", 28, "mot"),
    ("{maximum: [", "{difference: [1, ", 28, "exactement deux termes"),
    ("formula: {bracket: bareme, of: {fact: population}}", "formula: null", 27, "vocabulaire"),
    ("when: {compare: [", "when: {sum: [1, ", 25, "ni vrai ni faux|vocabulaire"),
    ("last_checked_on: 2026-01-15", "last_checked_on: hier", 6, "« last_checked_on » attend une date"),
    ("id: essai", "id: [essai", 2, "ne peut pas être lu : .*manque"),
    ("title: Essai", "title: Essai : un", 2, "entre guillemets|mal placé"),
    ("title: Essai", "\ttitle: Essai", 2, "tabulation"),
    ("title: Essai", "title: !!python/object/apply:os.system [true]", 2, "étiquette"),
    ("title: Essai", 'title: "Essai', 5, "n'est pas fermé|mal"),
]


def with_(old: str = "", new: str = "") -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_the_good_one_is_read() -> None:
    assert read_rule(GOOD, "essai.yaml").id == "essai"
    assert check_lines([("ici/essai.yaml", GOOD)]) == [
        "essai.yaml : la règle « essai » se lit ; 1 condition(s), 3 valeur(s), 2 montant(s)."
    ]


@pytest.mark.parametrize(("old", "new", "line", "message"), WRONG, ids=lambda x: str(x)[:40])
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        read_rule(with_(old, new), "essai.yaml")
    said = str(caught.value)
    assert said.startswith("essai.yaml, ligne ")
    assert caught.value.where["row"] == line, said
    assert not any(word in said for word in ("Expected", "expected", "found", "Object", "got"))


def test_every_line_of_a_rule_that_is_cut_or_doubled_is_refused_or_read() -> None:
    lines = GOOD.splitlines()
    for i in range(len(lines)):
        for kept in (lines[:i] + lines[i + 1 :], lines[: i + 1] + lines[i:]):
            try:
                said = read_rule("\n".join(kept), "essai.yaml").file + ", ligne "
            except RuleError as error:
                said = str(error)
            assert said.startswith("essai.yaml, ligne ")


def test_an_alias_that_unfolds_or_goes_round_is_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [" + ", ".join([f"*{before}"] * 9) + "]\n"
    for text in (bomb, "a: &a\n  b: *a\n"):
        with pytest.raises(RuleError, match=r"bombe\.yaml, ligne 1 : les ancres"):
            read_document(text, "bombe.yaml")
    for deep in ("[" * 50_000, "a: " * 3 + "{a: " * 20_000):
        with pytest.raises(RuleError, match="ne peut pas être lu"):
            read_document(deep, "bombe.yaml")


def test_a_reference_to_nothing_or_in_a_circle_is_named_with_its_line() -> None:
    absent, text = read_rule_document(with_(HALF, "{rule: autre, amount: aide}"), "essai.yaml")
    with pytest.raises(RuleError, match=r"essai\.yaml, ligne 28 : .* « autre\.aide » n'existe pas"):
        check_catalogue({"essai": absent}, {"essai": text})
    circle, text = read_rule_document(with_(HALF, "{rule: essai, amount: prix}"), "essai.yaml")
    with pytest.raises(RuleError, match=r"essai\.yaml, ligne 28 : .*cercle .essai\.prix -> essai\.prix"):
        check_catalogue({"essai": circle}, {"essai": text})
    with pytest.raises(RuleError, match="cercle"):
        check_lines([("essai.yaml", with_(HALF, "{rule: essai, amount: prix}"))])
    assert "essai" not in catalogue()


CASE = """- name: un
  rule: fctva
  date: 2026-01-01
  source: x
  facts: {owner_type: commune}
  expect: {amounts: {lag_years: 2}}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("rule: fctva", "rule: fctav", 2, "cas « un ». La règle « fctav » n'existe pas. Pensiez-vous à : fctva"),
        ("owner_type: commune", "owner_tipe: commune", 5, "« owner_tipe » n'existe pas. Pensiez-vous à : owner_type"),
        ("owner_type: commune", "population: beaucoup", 5, "attendu : un nombre"),
        ("lag_years", "lag", 6, "n'a pas de montant « lag ». Montants connus : rate, refund_eur, lag_years"),
        ("2026-01-01", "2026-13-01", 3, "calendrier"),
        ("  source: x\n", "", 1, "« source » manque"),
        ("expect: {amounts", "expect: {montants", 6, "« montants » n'est pas un champ admis"),
        (CASE, "bonjour", 1, "un fichier de cas est une liste"),
        (CASE, "", 1, "un fichier de cas est une liste"),
    ],
)
def test_a_wrong_case_is_named_with_its_line(old: str, new: str, line: int, message: str) -> None:
    assert len(read_cases(CASE, "cas.yaml")) == 1
    with pytest.raises(RuleError, match=message) as caught:
        read_cases(CASE.replace(old, new, 1), "cas.yaml")
    assert str(caught.value).startswith(f"cas.yaml, ligne {line} :")


def test_a_share_typed_as_a_percentage_is_understood_and_35_is_refused() -> None:
    assert read_fact("final_energy_gain", "35 %") == read_fact("final_energy_gain", "0,35") == 0.35
    assert read_fact("population", "12\u202f500") == 12_500
    with pytest.raises(InputError, match=r"35, hors de ce qui est possible .* 35 %"):
        read_fact("final_energy_gain", "35")
    with pytest.raises(InputError):
        read_fact("population", "35 %")
    with pytest.raises(InputError):
        read_fact("off_from_h", "25")

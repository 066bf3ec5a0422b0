"""Every code of the field dictionary has a French label on the page."""

import re
from pathlib import Path

from jumeau.model.dictionary import builtin_layers

TEXTS = Path(__file__).resolve().parents[2] / "ui" / "src" / "texts.ts"
_PUBLISHED = re.compile(r"^[A-Z]\d?$")
"""Classes that the standards themselves name by a letter: A to G, M1 to P6."""


def test_every_choice_has_a_label() -> None:
    body = TEXTS.read_text(encoding="utf-8")
    start = body.index("  choices: {")
    labelled = set(re.findall(r"^    (\w+): ", body[start : body.index("  } as", start)], re.MULTILINE))
    codes = {choice for layer in builtin_layers().values() for field in layer.fields for choice in field.constraint.choices}
    assert len(codes) > 80
    assert sorted(code for code in codes - labelled if not _PUBLISHED.match(code)) == []

"""Room `rules`: law as dated data, read from YAML, evaluated with a closed vocabulary."""

from jumeau.rules.evaluate import Verdict, compute, explain, is_stale, stale
from jumeau.rules.loader import Rule, catalogue, rule

__all__ = ["Rule", "Verdict", "catalogue", "compute", "explain", "is_stale", "rule", "stale"]

"""Room `strategy`: see docs/carte.md."""

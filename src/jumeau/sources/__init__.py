"""Room `sources`: see docs/carte.md."""

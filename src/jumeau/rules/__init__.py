"""Room `rules`: see docs/carte.md."""

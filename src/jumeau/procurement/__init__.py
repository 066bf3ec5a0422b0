"""Room `procurement`: see docs/carte.md."""

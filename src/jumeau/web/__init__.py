"""Room `web`: see docs/carte.md."""

"""Room `funding`: see docs/carte.md."""

"""Room `sharing`: see docs/carte.md."""

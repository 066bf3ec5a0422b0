"""Room `assistance`: see docs/carte.md."""

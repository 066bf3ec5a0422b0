"""Room `live`: see docs/carte.md."""

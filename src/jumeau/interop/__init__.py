"""Room `interop`: see docs/carte.md."""

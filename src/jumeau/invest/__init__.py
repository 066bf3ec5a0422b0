"""Room `invest`: see docs/carte.md."""

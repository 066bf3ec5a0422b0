"""Room `documents`: see docs/carte.md."""

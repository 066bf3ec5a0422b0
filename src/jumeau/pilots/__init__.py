"""Room `pilots`: see docs/carte.md."""

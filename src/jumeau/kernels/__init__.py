"""Room `kernels`: see docs/carte.md."""

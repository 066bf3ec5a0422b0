"""Seam 2: where partitions are computed."""

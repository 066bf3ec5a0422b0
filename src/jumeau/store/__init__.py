"""Seam 1: the twin's memory behind one port."""

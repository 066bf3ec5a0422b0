"""Buildings hour by hour: sun, shade, glass, walls, people, plant, comfort; the loops themselves are in `kernels`."""

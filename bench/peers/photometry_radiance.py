"""Radiance's rtrace on one span: illuminance of its points from its lanterns. Prints processor
seconds a span, without its start."""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pyradiance

HOME = Path(pyradiance.__file__).parent
LAMP = """void brightdata dist
5 corr lamp.dat source.cal src_phi src_theta
0
1 1
dist light lamp
0
0
3 1e4 1e4 1e4
"""


def used() -> float:
    """Processor seconds of the processes run so far."""
    done = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.ru_utime + done.ru_stime


def main() -> None:
    """Arguments: points, lanterns, spans."""
    points, lanterns, spans = map(int, sys.argv[1:4])
    env = os.environ | {"RAYPATH": f"{HOME / 'lib'}:."}
    with tempfile.TemporaryDirectory() as folder:
        values = " ".join("100" for _ in range(73 * 73))
        (Path(folder) / "lamp.dat").write_text(f"2\n0 360 73\n0 180 73\n{values}\n")
        lamps = [f"lamp sphere s{i}\n0\n0\n4 {20 * (i // 2)} {7 * (i % 2)} 9 0.01" for i in range(lanterns)]
        ground = "void plastic road\n0\n0\n5 .2 .2 .2 0 0\nroad polygon g\n0\n0\n12 -99 -99 0 999 -99 0 999 99 0 -99 99 0\n"
        (Path(folder) / "s.rad").write_text(ground + LAMP + "\n".join(lamps))
        tree = subprocess.run([HOME / "bin" / "oconv", "s.rad"], cwd=folder, env=env, capture_output=True, check=True).stdout
        (Path(folder) / "s.oct").write_bytes(tree)
        ray = "\n".join(f"{90 + 2 * (i % 10)} {0.6 + (i // 10)} 1e-4 0 0 1" for i in range(points))
        took = []
        for count in (1, spans + 1):
            start = used()
            options = ["-h", "-I", "-ab", "0", "-dt", "0", "-dj", "0", "-ds", "0", "s.oct"]
            given = "\n".join([ray] * count).encode()
            rtrace = [HOME / "bin" / "rtrace", *options]
            subprocess.run(rtrace, cwd=folder, env=env, input=given, capture_output=True, check=True)
            took.append(used() - start)
        print((took[1] - took[0]) / spans)


if __name__ == "__main__":
    main()

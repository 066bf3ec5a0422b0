"""Compiles the C kernels beside this file into one shared library; without a compiler the NumPy versions serve.

It imports nothing of jumeau, so that the package's build step can run it before the package exists.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STRICT = ("-std=gnu11", "-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
FLAGS = (*STRICT, "-fPIC", "-shared", "-Wall", "-Wextra")


def sources() -> list[Path]:
    """The C files, in order."""
    return sorted(HERE.glob("*.c"))


def library_name() -> str:
    """File name of the library these sources give: a stale library is never loaded."""
    digest = hashlib.blake2b(" ".join(FLAGS).encode(), digest_size=6)
    for file in sources():
        digest.update(file.name.encode() + file.read_bytes())
    return f"_kernels_{digest.hexdigest()}.so"


def compiler() -> str | None:
    """Path of the C compiler: the one named by CC, else gcc or cc."""
    wanted = [os.environ["CC"]] if os.environ.get("CC") else ["gcc", "cc"]
    return next((found for name in wanted if (found := shutil.which(name))), None)


def build(folder: Path = HERE) -> Path | None:
    """Compile the library into `folder` and give its path; None when no compiler works here."""
    target, tool = folder / library_name(), compiler()
    if target.exists():
        return target
    if tool is None:
        return None
    partial = folder / f".{target.name}.{os.getpid()}"
    command = [tool, *FLAGS, "-o", str(partial), *map(str, sources()), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        partial.unlink(missing_ok=True)
        sys.stderr.write(done.stderr)
        return None
    partial.replace(target)
    for old in folder.glob("_kernels_*.so"):
        if old != target:
            old.unlink(missing_ok=True)
    return target


def main() -> None:
    """Build in place and say what happened."""
    from jumeau.texts import t

    made = build()
    print(t("noyaux.compiles", file=made.name) if made else t("noyaux.repli"))


if __name__ == "__main__":
    main()

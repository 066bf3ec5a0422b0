"""Build step of the package: compiles the C kernels when a compiler is there, and says so when it is not."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelHook(BuildHookInterface[Any]):
    """Runs `src/jumeau/kernels/build.py` beside the sources; a missing compiler leaves the NumPy fallback."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        script = Path(self.root) / "src" / "jumeau" / "kernels" / "build.py"
        if script.exists():
            runpy.run_path(str(script))["build"]()

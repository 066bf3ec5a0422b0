"""Shared fixtures. Tests marked `data` use the open data folder and fail instead of skipping in CI."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def find_data() -> Path | None:
    """The open data folder: JUMEAU_DATA, or ../shared beside the checkout."""
    for place in (os.environ.get("JUMEAU_DATA"), ROOT.parent / "shared" / "data"):
        if place and Path(place).is_dir():
            path = Path(place)
            return path / "data" if (path / "data").is_dir() else path
    return None


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real open data; the test skips with a reason when it is not there."""
    found = find_data()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("open data folder missing in CI: set JUMEAU_DATA")
        pytest.skip("no open data folder: set JUMEAU_DATA")
    return found

"""The 190 official DPE, read once; a third of them was kept aside while the engine was written."""

import hashlib
import tarfile
from pathlib import Path

import pytest

from jumeau.model.dpe import DpeBatch
from jumeau.sources.dpe_xml import read_dpe


@pytest.fixture(scope="session")
def official(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> DpeBatch:
    folder = tmp_path_factory.mktemp("dpe")
    with tarfile.open(data_dir / "batiments" / "dpe-xml-open3cl" / "dpe-xml.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return read_dpe(sorted(folder.rglob("*.xml")))


def kept_aside(number: str) -> bool:
    """One DPE in three, by its number."""
    return int(hashlib.sha1(number.encode()).hexdigest(), 16) % 3 == 0

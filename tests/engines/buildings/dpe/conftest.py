"""The 190 official DPE, read once."""

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

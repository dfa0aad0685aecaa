from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def shared():
    """Data that are not part of the project; tests that need them are skipped where they are absent."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("needs ../shared")
    return folder


@pytest.fixture(scope="session")
def data():
    return Path(__file__).parent / "data"


@pytest.fixture
def rng():
    return np.random.default_rng(20240521)

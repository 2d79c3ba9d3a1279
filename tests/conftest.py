"""What tests of several packages share."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def assets() -> Path:
    """Folder of real networks and photographs; tests that need it carry the marker `assets`."""
    named = os.environ.get("AUDIT_ASSETS")
    if not named:
        pytest.skip("AUDIT_ASSETS is not set")
    folder = Path(named)
    assert folder.is_dir(), f"AUDIT_ASSETS names {folder}, which is not a folder"
    return folder

from __future__ import annotations

import pytest

from engine.project import Project
from tests.helpers.projects import trained_digits


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A trained project of the built-in digits; tests copy it (`with_steps`)."""
    return trained_digits(tmp_path_factory.mktemp("trained"))

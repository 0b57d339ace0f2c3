"""What the scenarios' own tests share: each folder reports for itself."""

from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Keep a scenario's earlier report; it would be replaced, and its tests not counted."""
    if report := config.option.xmlpath:
        folder = Path(config.args[0]).resolve().parent.name
        config.option.xmlpath = f"{report.removesuffix('.xml')}-{folder}.xml"

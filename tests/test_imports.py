"""What a request does not need is not loaded with the application: files of other formats, sign-in elsewhere, heavy numerics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from academy.config import ROOT

LAZY = {"markdown_it", "scipy", "reportlab", "xlsxwriter", "authlib", "requests", "joserfc", "pypdf", "granian", "smtplib"}
SCRIPT = """
import sys
from academy.app import create_app
from academy.config import read_settings
from academy.services import registry
from academy.services.site import open_site
from academy.store import schema
settings = read_settings({"ACADEMY_DATA": sys.argv[1], "ACADEMY_SECRET": "s" * 40})
site = open_site(settings)
schema.migrate(site.database)
create_app(settings, site)
site.database.dispose()
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_the_application_loads_only_what_requests_need(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"flask", "sqlmodel", "markdown"} <= loaded
    assert loaded & LAZY == set()

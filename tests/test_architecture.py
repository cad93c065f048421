"""The layers hold, and a violation planted in each place is caught."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLANTED = {
    "field_app/domain/planted.py": "import field_app.storage.store\n",
    "field_app/storage/planted.py": "import field_app.documents\n",
    "field_app/actions/planted.py": "import PySide6.QtCore\n",
    "field_app/ui/planted.py": "import field_app.storage.store\n",
    "field_app/documents/planted.py": "import sqlalchemy\n",
    "field_app/packages/planted.py": "import cryptography\n",
    "field_app/sync/planted.py": "import field_app.headquarters\n",
    "field_app/headquarters/planted.py": "import field_app.actions.context\n",
    "field_app/unplaced.py": '"""A module without a place in the layers."""\n',
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    env = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run([tool, "--no-cache"], cwd=folder, env=env, capture_output=True,
                          text=True, check=False)


def test_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("place", PLANTED)
def test_planted_violation_is_caught(tmp_path: Path, place: str) -> None:
    shutil.copytree(ROOT / "field_app", tmp_path / "field_app",
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    (tmp_path / place).write_text(PLANTED[place], "utf-8")
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "field_app" in done.stdout
    assert "planted" in done.stdout or "unplaced" in done.stdout


def test_data_folders_hold_no_code() -> None:
    for folder in ("forms", "document_templates", "resources"):
        assert list((ROOT / folder).rglob("*.py")) == []


def test_every_module_begins_with_a_sentence() -> None:
    for path in (ROOT / "field_app").rglob("*.py"):
        text = path.read_text("utf-8")
        first = text.lstrip().splitlines()[0] if text.strip() else ""
        assert first.startswith('"""') and len(first) > 12, path

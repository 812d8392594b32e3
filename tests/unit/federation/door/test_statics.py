"""The door's files, with and without the page where guests meet."""

import gzip
import shutil
from importlib.resources import as_file
from pathlib import Path

import pytest

from federation.door.statics import JOIN, SHIPPED, assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files as a checkout has them that built nothing."""
    with as_file(SHIPPED) as path:
        return Path(
            shutil.copytree(path, tmp_path / "static", ignore=shutil.ignore_patterns("web"))
        )


def test_without_the_build_everything_else_is_there(folder: Path):
    found = assets(folder)
    assert not found.joins
    wanted = {"door.css", "join.css", "host.css", "wait.js", "inside.js", "host.js", "icon.svg"}
    assert set(found.paths) == wanted


def test_what_was_built_keeps_its_names_and_is_packed(folder: Path):
    built = folder / "web"
    built.mkdir()
    (built / "manifest.json").write_text(f'{{"{JOIN}": {{"file": "first.0a1b.js"}}}}')
    (built / "first.0a1b.js").write_text("let a;" * 1000)
    found = assets(folder)
    assert found.joins
    assert found.paths[JOIN] == "/static/first.0a1b.js"
    asset = found.files["first.0a1b.js"]
    assert asset.packed is not None
    assert len(asset.packed) < len(asset.body)
    assert gzip.decompress(asset.packed) == asset.body
    assert asset.type == "text/javascript; charset=utf-8"

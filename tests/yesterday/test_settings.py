"""Settings of before are read as they are, or refused with the line to write now."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.program.values import policy_of
from bridge.domain.admission import LIVEKIT
from config.errors import SettingsError
from config.load import load
from tests.yesterday.installation import put_back, read


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The recorded files, as they were."""
    put_back(tmp_path)
    return tmp_path


def test_they_are_read(home: Path) -> None:
    settings = read(home)
    assert settings.profile == "tchap-prod"
    assert settings.matrix.agents == ("parvis.test",)
    assert settings.door.public_url == "https://externes.parvis.test"
    assert settings.store.url.get_secret_value() == f"sqlite:///{home}/data/parvis.db"
    assert settings.keys.folder == home / "data" / "keys"
    assert settings.matrix.store == home / "data" / "matrix"
    policy = policy_of(settings)
    assert policy.mode is LIVEKIT
    assert policy.graces.after == timedelta(minutes=1)
    assert policy.forget_after == timedelta(days=7)


REFUSED = {
    "prefix": ('"!visio"', '"/visio"', "matrix.prefix: écrivez un mot sans espace"),
    "homeserver": (
        '"https://matrix.parvis.test"',
        '"matrix.parvis.test"',
        "matrix.homeserver: écrivez une adresse comme https://hote",
    ),
    "database": (
        '"sqlite:///data/parvis.db"',
        '"sqlite://"',
        "store.url: écrivez sqlite:///dossier/parvis.db ou",
    ),
    "secret": (
        '"parvis"\nsecret = "',
        '"parvis"\nsecret = "abababababababababababababababababab" # "',
        "media.secret: toujours le même morceau ; faites-en un autre : openssl rand -hex 32",
    ),
    "longest": (
        'longest = "12h"',
        'longest = "400d"',
        "meetings: longest + grace_after ne doit pas dépasser keep",
    ),
}
"""Settings that the earlier program accepted: their form, and today's complaint."""


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_refused_now_is_told(home: Path, which: str) -> None:
    before, now, told = REFUSED[which]
    file = home / "parvis.toml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, now))
    with pytest.raises(SettingsError) as refused:
        load(file)
    lines = refused.value.lines("fr")
    assert [line for line in lines if line.startswith(told)], lines


def test_a_file_that_others_can_read_is_refused(home: Path) -> None:
    file = home / "parvis.toml"
    file.chmod(0o644)
    with pytest.raises(SettingsError, match=r"chmod 400"):
        load(file)

"""The box of answers is wired where the settings have one, and nowhere else."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.program.wiring import build
from bridge.domain.agenda import Kind
from config.errors import SettingsError
from config.load import load
from tests.unit.bot.test_cli import write

BOX = """\
[inbox]
host = "imap.example.org"
user = "visio"
password = "Kx83-qq0v-PPz1-m4Tu"
every = "10s"
"""
SERVER = 'authserv_id = "mx.example.org"\n'


async def test_one_process_looks_into_it_for_all(tmp_path: Path):
    settings = load(write(tmp_path, more=BOX + SERVER))
    async with build(settings) as core:
        (look,) = [one for one in core.work.periodic if one.name == "inbox"]
        assert (look.shared, look.every) == (True, timedelta(seconds=10))
        letters = core.work.handlers[Kind.MAIL].__self__  # type: ignore[attr-defined]
        assert letters.answers_to == settings.mail.sender


async def test_without_one_nobody_looks(tmp_path: Path):
    async with build(load(write(tmp_path))) as core:
        assert [one for one in core.work.periodic if one.name == "inbox"] == []
        letters = core.work.handlers[Kind.MAIL].__self__  # type: ignore[attr-defined]
        assert letters.answers_to is None


def test_it_is_never_read_without_a_name_to_believe(tmp_path: Path):
    with pytest.raises(SettingsError, match=r"inbox\.authserv_id"):
        load(write(tmp_path, more=BOX))

"""The command line, in this process and on a real database."""

import asyncio
import gc
import json
import os
import re
import secrets
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from bot.matrix.crosssigning import new_seeds
from bot.program import operations
from bot.program.access import StoredSeeds
from bot.program.app import ProcessRole
from bot.program.cli import ROLES, app
from bot.program.console import loading
from bot.program.wiring import build, open_database
from bridge.clock import SystemClock
from bridge.domain.invitation import Invitation
from bridge.domain.meeting import AccessLevel, Meeting, MeetingState, Occurrence
from bridge.domain.scope import OneOccurrence
from bridge.ids import (
    EventId,
    InvitationId,
    MeetingId,
    OccurrenceId,
    SalonId,
    UserId,
    uuid7,
)
from config.load import load
from config.settings import Settings
from tests.spaces import as_typed

pytestmark = pytest.mark.slow

BOT = "@visio:localhost"
SALON = SalonId("!salon:localhost")
ALICE = UserId("@alice:localhost")
PHRASE = "correct horse battery"
DETAILS = "Details for the maintainers: PARVIS_LOGS__LEVEL=debug"


pytestmark = pytest.mark.usefixtures("undone")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


@pytest.fixture
def ready(home: Path, set_up: Callable[[Path], None]) -> Path:
    """A home after `parvis migrate`."""
    set_up(home)
    return home


def write(home: Path, name: str = "parvis", more: str = "") -> Path:
    path = home / f"{name}.toml"
    path.write_text(
        f"""
[store]
url = "sqlite:///{home}/{name}.db"
[keys]
folder = "{home}/keys"
[matrix]
homeserver = "http://localhost:1"
user = "{BOT}"
store = "{home}/matrix"
[visio]
url = "http://localhost:1"
client_id = "parvis"
secret = "s3cr3t-canary-of-visio"
[door]
public_url = "http://localhost:1"
[mail]
sender = "parvis@localhost"
port = 1
{more}"""
    )
    return path


def parvis(home: Path, *arguments: str, typed: str = "", name: str = "parvis") -> Result:
    file = ["--config", str(home / f"{name}.toml")]
    return CliRunner().invoke(app, [*arguments, *file], input=typed)


def settings(home: Path) -> Settings:
    return load(home / "parvis.toml")


# --- settings and roles ---------------------------------------------------------------------


def test_it_says_its_version() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "parvis 0.1.0\n")


@pytest.mark.parametrize(
    "command", [["run"], ["check"], ["migrate"], ["invitations", "revoke", "x"]]
)
def test_wrong_settings_are_told_line_by_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "parvis.toml").write_text('[logs]\nlevl = "canary"\n')
    result = parvis(tmp_path, *command)
    assert result.exit_code == 2
    assert "parvis: logs.levl: unknown key, did you mean level?\n" in result.stderr
    assert "parvis: matrix.user: missing\n" in result.stderr
    assert "canary" not in result.output
    assert "Traceback" not in result.output


def test_operators_are_spoken_to_in_their_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parvis.toml").write_text('[logs]\nlevl = "x"\n')
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert "clé inconnue, vouliez-vous dire level ?" in as_typed(parvis(tmp_path, "check").stderr)


def test_there_are_the_roles_of_the_program() -> None:
    assert set(ROLES) == set(ProcessRole)


@pytest.mark.parametrize(
    ("roles", "line"),
    [
        (["cook"], "cook: unknown role; there are bot, door, worker, federation"),
        (["federation"], "federation: set federation.issuer first"),
        (["door"], "with SQLite one process has all roles"),
        (["door", "worker"], "with SQLite one process has all roles"),
        ([], "the bot needs matrix.password"),
        (["bot", "door", "worker"], "the bot needs matrix.password"),
    ],
)
def test_roles_that_would_not_work_are_refused(roles: list[str], line: str, home: Path) -> None:
    result = parvis(home, "run", *(word for role in roles for word in ("--role", role)))
    assert result.exit_code == 2
    assert line in result.stderr


# --- the database ---------------------------------------------------------------------------


def test_a_database_is_migrated_once(home: Path) -> None:
    assert parvis(home, "migrate").stdout.startswith("Database: empty → 0")
    again = parvis(home, "migrate")
    before, _, after = again.stdout.strip().removeprefix("Database: ").partition(" → ")
    assert (again.exit_code, before) == (0, after)


def test_another_running_process_is_told(home: Path) -> None:
    write(home, more='[logs]\nlevel = "error"\n')
    text = (
        (home / "parvis.toml")
        .read_text()
        .replace("store =", 'password = "another of a dozen"\nstore =', 1)
    )
    (home / "parvis.toml").write_text(text)
    with asyncio.Runner() as runner:
        held = open_database(settings(home), alone=True)
        runner.run(held.__aenter__())
        result = parvis(home, "run")
        runner.run(held.__aexit__(None, None, None))
    assert result.exit_code == 1
    assert result.stderr.startswith("parvis: another process is at work")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", [["migrate"], ["invitations", "list"]])
def test_a_database_away_is_told(
    command: list[str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_STORE__URL", "postgresql://parvis:canary@127.0.0.1:1/parvis")
    result = parvis(home, *command)
    assert result.exit_code == 1
    assert result.stderr.startswith("parvis: the database")
    assert "canary" not in result.output


def test_a_missing_key_is_told(ready: Path) -> None:
    (ready / "keys" / "rows-0001.key").unlink()
    result = parvis(ready, "invitations", "list")
    assert result.exit_code == 2
    assert result.stderr.startswith("parvis: missing key file: ")


def test_a_fault_of_ours_is_one_line(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Settings) -> None:
        tasks = [KeyError("one"), KeyError("one"), LookupError("jean@partenaire.example")]
        raise ExceptionGroup("tasks", [ExceptionGroup("inner", tasks)])

    monkeypatch.setattr(operations, "migrated", broken)
    result = parvis(home, "migrate")
    lines = [line for line in result.stderr.splitlines() if line.startswith("parvis: ")]
    assert lines == [
        f"parvis: unexpected error, KeyError: 'one'. {DETAILS}",
        f"parvis: unexpected error, LookupError: [hidden]. {DETAILS}",
    ]
    assert "Traceback" not in result.output


def test_a_check_says_what_is_wrong_and_fails(home: Path) -> None:
    result = parvis(home, "check", "--json")
    assert result.exit_code == 1
    assert {row["check"]: row["outcome"] for row in json.loads(result.stdout)} == {
        "keys": "warn",
        "disk": "ok",
        "database": "warn",
        "homeserver": "fail",
        "clock": "warn",
        "account": "warn",
        "device": "warn",
        "visio": "fail",
        "mail": "fail",
        "door": "fail",
        "way": "warn",
        "names": "warn",
        "proof": "ok",
    }
    text = parvis(home, "check").stdout
    assert "failed     Homeserver: http://localhost:1 can’t be reached" in text
    assert "canary" not in text


# --- invitations ----------------------------------------------------------------------------


def invited(home: Path) -> InvitationId:
    async def fill() -> InvitationId:
        now = SystemClock().now()
        async with build(settings(home)) as core, core.store() as work:
            meeting = Meeting(
                id=MeetingId(uuid7(now)),
                salon=SALON,
                organiser=ALICE,
                title="Comité",
                source=EventId(f"${secrets.token_hex(4)}"),
                level=AccessLevel.TRUSTED,
                state=MeetingState.ASKED,
                created_at=now,
            )
            occurrence = Occurrence(
                id=OccurrenceId(uuid7(now)),
                meeting=meeting.id,
                start=now + timedelta(hours=1),
                end=now + timedelta(hours=2),
                zone="Europe/Paris",
            )
            await work.meetings.add(meeting, occurrence)
            invitation = Invitation(
                id=InvitationId(uuid7(now)),
                meeting=meeting.id,
                scope=OneOccurrence(occurrence.id),
                invited_by=ALICE,
                created_at=now,
                digest=secrets.token_bytes(32),
                key="0001",
                name="Jean Dupont",
                email="jean@partenaire.example",
            )
            await work.invitations.add(invitation)
            return invitation.id

    return asyncio.run(fill())


def test_invitations_are_found_by_what_an_operator_knows(ready: Path) -> None:
    identifier = invited(ready)
    write(ready, more='[identity.map]\n"@alice:localhost" = "alice@beta.example"')
    for of in (
        [],
        ["--guest", "JEAN@partenaire"],
        ["--guest", "dupont"],
        ["--salon", "!salon"],
        ["--organiser", "@alice"],
        ["--organiser", "alice@beta.example"],
        ["--guest", "jean", "--salon", SALON, "--organiser", ALICE],
    ):
        meeting, invitation = parvis(ready, "invitations", "list", *of).stdout.splitlines()
        assert meeting.startswith("Comité, ")
        assert meeting.endswith(f"salon {SALON}, organised by {ALICE}")
        assert invitation.strip().startswith(
            f"{identifier}  Jean Dupont <jean@partenaire.example>  link not followed yet, link valid"
        )


@pytest.mark.parametrize(
    "of",
    [
        ["--guest", "lea"],
        ["--salon", "!other"],
        ["--organiser", "bob"],
        ["--guest", "jean", "--salon", "x"],
    ],
)
def test_where_nobody_is_found_that_is_said(of: list[str], ready: Path) -> None:
    invited(ready)
    result = parvis(ready, "invitations", "list", *of)
    assert (result.exit_code, result.stdout) == (
        0,
        "No such invitation to a meeting that is not over.\n",
    )


def test_a_long_list_ends_and_says_so(ready: Path) -> None:
    for _ in range(3):
        invited(ready)
    lines = parvis(ready, "invitations", "list", "--limit", "2").stdout.splitlines()
    assert len([line for line in lines if "Jean Dupont" in line]) == 2
    assert lines[-1] == "Shown: 2 of 3. Narrow the search, or raise --limit."


def test_a_guest_who_is_gone_or_refused_does_not_wait(ready: Path) -> None:
    """In `livekit` the door knows who waits now; a link that was followed once says nothing of it."""
    identifier = invited(ready)

    async def follow() -> None:
        async with build(settings(ready)) as core, core.store() as work:
            invitation = await work.invitations.get(identifier)
            assert invitation is not None
            await work.invitations.waits(invitation, SystemClock().now())

    asyncio.run(follow())
    media = f'url = "ws://localhost:1"\nkey = "p"\nsecret = "{secrets.token_hex(20)}"'
    write(ready, more=f'[media]\nway = "livekit"\n{media}')
    shown = parvis(ready, "invitations", "list").stdout
    assert "followed their link, link valid until" in shown
    assert "wait" not in shown


def test_an_invitation_is_revoked_once(ready: Path) -> None:
    identifier = str(invited(ready))
    result = parvis(ready, "invitations", "revoke", identifier)
    assert (result.exit_code, result.stdout) == (
        0,
        f"{identifier}: revoked, the link no longer works\n",
    )
    listed = parvis(ready, "invitations", "list", "--salon", SALON).stdout
    assert listed.rstrip().endswith("<jean@partenaire.example>  link withdrawn")
    result = parvis(ready, "invitations", "revoke", identifier)
    assert (result.exit_code, result.stdout) == (0, f"{identifier}: was revoked already\n")


def test_unknown_invitations_are_told_and_the_others_revoked(ready: Path) -> None:
    identifier = str(invited(ready))
    result = parvis(ready, "invitations", "revoke", "nonsense", str(UUID(int=1)), identifier)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "nonsense: no such invitation",
        f"{UUID(int=1)}: no such invitation",
        f"{identifier}: revoked, the link no longer works",
    ]


# --- the bot's identity ---------------------------------------------------------------------


def kept(home: Path, seeds: Mapping[str, bytes] | None = None) -> Mapping[str, bytes] | None:
    """Keep seeds as the bot would, or return what is kept."""

    async def reach() -> Mapping[str, bytes] | None:
        async with open_database(settings(home)) as store:
            stored = StoredSeeds(store.secrets, UserId(BOT))
            if seeds is not None:
                await stored.save(seeds)
            return await stored.load()

    return asyncio.run(reach())


def test_an_identity_travels_from_one_machine_to_another(
    ready: Path, tmp_path: Path, set_up: Callable[[Path], None]
) -> None:
    seeds = new_seeds()
    kept(ready, seeds)
    file = tmp_path / "identity"
    result = parvis(ready, "keys", "export-seeds", str(file), typed=f"{PHRASE}\n{PHRASE}\n")
    assert result.exit_code == 0, result.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(seed.hex() in file.read_text() for seed in seeds.values())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(elsewhere)
    set_up(elsewhere)
    result = parvis(elsewhere, "keys", "import-seeds", str(file), typed=f"{PHRASE}\n")
    assert result.exit_code == 0, result.output
    assert kept(elsewhere) == seeds
    result = parvis(elsewhere, "keys", "import-seeds", str(file), typed=f"{PHRASE}\n")
    assert result.exit_code == 0, "the same again changes nothing"


def exported(home: Path) -> Path:
    kept(home, new_seeds())
    (home / "phrase").write_text(PHRASE + "\n")
    file = home / "identity"
    result = parvis(
        home, "keys", "export-seeds", str(file), "--passphrase-file", str(home / "phrase")
    )
    assert result.exit_code == 0, result.output
    return file


def test_another_identity_is_not_lost_by_mistake(ready: Path) -> None:
    file, old = exported(ready), kept(ready)
    other = new_seeds()
    kept(ready, other)
    arguments = ["keys", "import-seeds", str(file), "--passphrase-file", str(ready / "phrase")]
    result = parvis(ready, *arguments)
    assert (result.exit_code, kept(ready)) == (1, other)
    assert "--replace" in result.stderr
    assert parvis(ready, *arguments, "--replace").exit_code == 0
    assert kept(ready) == old


NO_KEY = ("is no key of 32 bytes", "n’est pas une clé de 32 octets")
WEAK = ("is not random", "n’est pas aléatoire")
OPEN = ("other accounts", "d’autres comptes")


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [
        ("zz", 0o400, NO_KEY),
        ("", 0o400, NO_KEY),
        ("00" * 32, 0o400, WEAK),
        ("6f1c0e9b5ad24738" * 4, 0o400, WEAK),
        ("8a17c3f05e9d4b621f7e0c94b85a3d26e6095cb1f7d2483a49a0d3e87b1c6f52", 0o444, OPEN),
    ],
)
def test_a_key_file_that_is_none_is_told_without_a_traceback(
    content: str, mode: int, said: tuple[str, str], ready: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ready / "keys" / "rows-0001.key"
    key.unlink()
    key.write_text(content)
    key.chmod(mode)
    for language, sentence in zip(("en_GB.UTF-8", "fr_FR.UTF-8"), said, strict=True):
        monkeypatch.setenv("LC_ALL", language)
        result = parvis(ready, "keys", "reseal")
        assert result.exit_code == 2
        assert sentence in result.stderr
        assert str(key) in result.stderr
        assert "Traceback" not in result.stderr
        assert not content or content not in result.stderr


def test_the_key_of_the_rows_is_replaced(ready: Path) -> None:
    seeds = new_seeds()
    kept(ready, seeds)
    key = ready / "keys" / "rows-0002.key"
    key.write_text(secrets.token_hex(32))
    key.chmod(0o400)
    assert parvis(ready, "keys", "reseal").stdout.startswith("Values encrypted again: 3. ")
    (ready / "keys" / "rows-0001.key").unlink()
    assert kept(ready) == seeds
    assert parvis(ready, "keys", "reseal").stdout.startswith("Values encrypted again: 0. ")


def test_and_not_beside_a_process_that_may_not_know_the_new_one(ready: Path) -> None:
    with asyncio.Runner() as runner:
        held = open_database(settings(ready), alone=True)
        runner.run(held.__aenter__())
        result = parvis(ready, "keys", "reseal")
        runner.run(held.__aexit__(None, None, None))
    assert result.exit_code == 1
    assert result.stderr.startswith("parvis: another process is at work, stop it first")


@pytest.mark.parametrize(
    ("spoil", "phrase", "line"),
    [
        (lambda text: text, "another phrase", "the passphrase does not open this file"),
        (lambda text: text[:-6] + "AAAA==", PHRASE, "the passphrase does not open this file"),
        (lambda text: text[:40], PHRASE, "this file holds no identity"),
        (lambda _: "é", PHRASE, "this file holds no identity"),
    ],
)
def test_a_file_that_does_not_open_is_told(
    spoil: object, phrase: str, line: str, ready: Path
) -> None:
    file = exported(ready)
    assert callable(spoil)
    file.chmod(0o600)
    file.write_text(spoil(file.read_text().strip()))
    result = parvis(ready, "keys", "import-seeds", str(file), typed=f"{phrase}\n")
    assert result.exit_code == 1
    assert f"parvis: {line}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_is_not_overwritten(ready: Path) -> None:
    file = exported(ready)
    before = file.read_text()
    result = parvis(ready, "keys", "export-seeds", str(file), typed=f"{PHRASE}\n{PHRASE}\n")
    assert (result.exit_code, file.read_text()) == (1, before)
    assert "File exists" in result.stderr


def test_a_short_passphrase_is_refused(ready: Path, tmp_path: Path) -> None:
    result = parvis(ready, "keys", "export-seeds", str(tmp_path / "x"), typed="short\nshort\n")
    assert result.exit_code == 2
    assert "at least 12 characters" in result.stderr


def test_a_bot_that_never_started_has_no_identity(ready: Path, tmp_path: Path) -> None:
    result = parvis(ready, "keys", "export-seeds", str(tmp_path / "x"), typed=f"{PHRASE}\n" * 2)
    assert result.exit_code == 1
    assert "start it once" in result.stderr


def test_the_ring_is_made_and_then_rotated_once_a_day(ready: Path) -> None:
    made = parvis(ready, "keys", "rotate")
    assert made.exit_code == 0, made.stderr
    current, following = ids_in(made.stdout)
    refused = parvis(ready, "keys", "rotate")
    assert refused.exit_code == 1
    assert "too new to sign" in refused.stderr
    for path in (ready / "keys" / "federation").glob("key-*.pem"):
        aged = path.stat().st_mtime - timedelta(days=1).total_seconds()
        os.utime(path, (aged, aged))
    assert ids_in(parvis(ready, "keys", "rotate").stdout)[0] == following
    leaked = ids_in(parvis(ready, "keys", "rotate", "--compromised").stdout)
    assert current not in leaked
    assert following not in leaked


def ids_in(said: str) -> tuple[str, str]:
    found = re.fullmatch(r"Signs now: ([\w-]{43}); next: ([\w-]{43})\.\n", said)
    assert found is not None, said
    return found[1], found[2]


def test_garbage_is_looked_for_again_whatever_came_of_loading() -> None:
    with suppress(ImportError), loading():
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled()

"""Commands before the first start, and beside the service: what they need, and what they make."""

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.program.check import run
from bot.program.checks import profile
from bot.program.checks.findings import Severity
from bot.program.cli import app
from config.load import load
from tests.guide import GUIDE
from tests.unit.bot.test_breakages import SETTINGS, TCHAP, _restored, parvis, told, written

__all__ = ["_restored"]

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "packaging/parvis.service"
CTL = ROOT / "packaging/parvis-ctl"
PHRASE = "correct horse battery"
IDENTITY = "00000000-0000-0000-0000-000000000001"


def left(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


# --- nothing is made --------------------------------------------------------------------------

COMMANDS: list[tuple[list[str], int]] = [
    (["check"], 1),
    (["check", "--json"], 1),
    (["invitations", "list"], 1),
    (["invitations", "revoke", IDENTITY], 1),
    (["keys", "export-seeds", "seeds"], 1),
    (["keys", "import-seeds", "parvis.toml"], 1),
    (["keys", "reseal"], 1),
    (["keys", "rotate"], 1),
    (["keys", "rotate", "--compromised"], 1),
]


@pytest.mark.parametrize(("line", "code"), COMMANDS, ids=[" ".join(line) for line, _ in COMMANDS])
def test_a_command_makes_nothing(
    line: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    home = tmp_path / "home"
    home.mkdir()
    file = written(home, SETTINGS)
    typed = f"{PHRASE}\n{PHRASE}\n"
    line = [str(file) if word == "parvis.toml" else word for word in line]
    result = parvis(home, *line, typed=typed)
    told(result, code)
    assert left(home) == {"parvis.toml"}
    assert left(elsewhere) == set()
    if line[0] != "check" and "import-seeds" not in line:
        assert str(home) in result.stderr, "where it looked"


@pytest.mark.parametrize("line", [["--version"], ["--help"], ["check", "--help"]])
def test_nor_does_what_only_tells(
    line: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, line).exit_code == 0
    assert left(tmp_path) == set()


def test_migrate_makes_what_the_other_commands_need(tmp_path: Path) -> None:
    written(tmp_path, SETTINGS)
    assert parvis(tmp_path, "migrate").exit_code == 0
    assert {"parvis.db", "keys/links-0001.key", "keys/rows-0001.key"} <= left(tmp_path)
    before = left(tmp_path)
    result = parvis(tmp_path, "invitations", "list")
    assert (result.exit_code, result.stdout) == (
        0,
        "Aucune invitation de ce genre aux réunions non terminées.\n",
    )
    assert left(tmp_path) == before
    (tmp_path / "keys/links-0001.key").unlink()
    told(parvis(tmp_path, "invitations", "revoke", IDENTITY), 2, "links-0001.key")
    assert not (tmp_path / "keys/links-0001.key").exists()


# --- where paths start ------------------------------------------------------------------------


def test_relative_paths_start_at_the_settings_files_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    text = SETTINGS.replace('secret = "s3cr3t-canary-of-visio"', 'secret_file = "secret"')
    file = written(home, text + '[identity]\nmap_file = "people.toml"')
    (home / "people.toml").write_text('"@a:b" = "a@b.c"\n')
    (home / "secret").write_text("s3cr3t-of-visio")
    (home / "secret").chmod(0o400)
    monkeypatch.chdir(home)
    inside = load(Path("parvis.toml"))
    monkeypatch.chdir(tmp_path)
    for settings in (inside, load(file), load(Path("home/parvis.toml"))):
        assert settings.store.url.get_secret_value() == f"sqlite:///{home}/parvis.db"
        assert settings.keys.folder == home / "keys"
        assert settings.matrix.store == home / "matrix"
        assert settings.visio.secret.get_secret_value() == "s3cr3t-of-visio"
        assert settings.identity.map == {"@a:b": "a@b.c"}


def test_state_starts_where_systemd_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SETTINGS.replace('url = "sqlite:///parvis.db"', "").replace('folder = "keys"', "")
    file = written(tmp_path, text)
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/parvis:/var/lib/other")
    settings = load(file)
    assert settings.store.url.get_secret_value() == "sqlite:////var/lib/parvis/data/parvis.db"
    assert settings.keys.folder == Path("/var/lib/parvis/data/keys")
    assert settings.matrix.store == Path("/var/lib/parvis/matrix")


def test_without_a_settings_file_they_start_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "MATRIX__HOMESERVER": "http://localhost:1",
        "MATRIX__USER": "@visio:localhost",
        "VISIO__URL": "http://localhost:1",
        "VISIO__CLIENT_ID": "parvis",
        "VISIO__SECRET": "s3cr3t-canary-of-visio",
        "DOOR__PUBLIC_URL": "http://localhost:1",
        "MAIL__SENDER": "parvis@localhost",
        "KEYS__FOLDER": str(tmp_path / "keys"),
    }.items():
        monkeypatch.setenv(f"PARVIS_{name}", value)
    result = CliRunner().invoke(app, ["check"])
    told(
        result, 2, "store.url: écrivez un chemin complet", "matrix.store: écrivez un chemin complet"
    )
    assert "keys.folder" not in result.stderr
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    assert load().matrix.store == tmp_path / "data/matrix"
    assert left(tmp_path) == set()


# --- without the secrets ----------------------------------------------------------------------

CREDENTIALS = "/run/credentials/parvis.service"


def secretless(folder: str) -> str:
    return (
        SETTINGS.replace('password = "another of a dozen"', f'password_file = "{folder}/matrix"')
        .replace('secret = "s3cr3t-canary-of-visio"', f'secret_file = "{folder}/visio"')
        .replace(
            "port = 1\n", f'port = 1\nuser = "x"\ntls = "tls"\npassword_file = "{folder}/mail"\n'
        )
    )


def test_a_check_goes_on_without_the_units_secrets_and_says_what_it_did_not_try(
    tmp_path: Path,
) -> None:
    written(tmp_path, secretless(CREDENTIALS))
    result = parvis(tmp_path, "check", "--json")
    told(
        result,
        1,  # nothing answers in this test
        f"visio.secret_file: {CREDENTIALS}/visio est illisible",
        "Pas essayé : Visio",
        "parvis-ctl check",
        "Serveur Matrix : http://localhost:1 est injoignable",
        "n’accepte pas de mail",
    )
    rows = json.loads(result.stdout)
    secrets = [row for row in rows if row["check"] == "secrets"]
    assert [(row["outcome"], row["found"]) for row in secrets] == [("warn", "in-service")] * 3
    assert "visio" not in {row["check"] for row in rows}


def test_a_secret_that_the_service_would_not_find_either_is_a_failure(tmp_path: Path) -> None:
    written(tmp_path, secretless("/nowhere"))
    rows = json.loads(parvis(tmp_path, "check", "--json").stdout)
    assert {row["outcome"] for row in rows if row["check"] == "secrets"} == {"fail"}
    told(parvis(tmp_path, "run"), 2, "visio.secret_file: /nowhere/visio est illisible")


def test_other_commands_do_without_them(tmp_path: Path, set_up: Callable[[Path], None]) -> None:
    written(tmp_path, secretless(CREDENTIALS))
    set_up(tmp_path)
    assert parvis(tmp_path, "migrate").exit_code == 0
    assert parvis(tmp_path, "invitations", "list").exit_code == 0
    told(parvis(tmp_path, "invitations", "revoke", IDENTITY), 1, "invitation inconnue")


def test_but_not_without_the_databases_address(tmp_path: Path) -> None:
    text = SETTINGS.replace('url = "sqlite:///parvis.db"', f'url_file = "{CREDENTIALS}/database"')
    written(tmp_path, text)
    for line in (["migrate"], ["invitations", "list"], ["keys", "reseal"]):
        told(parvis(tmp_path, *line), 2, f"store.url_file: {CREDENTIALS}/database est illisible")
    told(parvis(tmp_path, "check"), 1, "Pas essayé : Base de données")


def test_credentials_are_found_where_systemd_put_them_this_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`systemd-run` loads them for a unit of another name than the service's."""
    for name in ("matrix", "visio", "mail"):
        (tmp_path / name).write_text(f"a secret of {name} that is good")
        (tmp_path / name).chmod(0o400)
    file = written(tmp_path, secretless(CREDENTIALS))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load(file).visio.secret.get_secret_value() == "a secret of visio that is good"


# --- the unit, and the command beside it ------------------------------------------------------


def test_the_guide_shows_the_unit_that_is_there() -> None:
    assert f"```ini\n{UNIT.read_text('utf-8')}```" in GUIDE


def ran(tmp_path: Path, unit: str, *line: str, **environ: str) -> tuple[int, Sequence[str]]:
    """Run parvis-ctl; return its exit code, and what it had systemd do."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (tmp_path / "unit").write_text(unit)
    systemctl = f'[ "$*" = "cat parvis.service" ] && cat {tmp_path}/unit'
    for name, does in {
        "systemctl": systemctl,
        "systemd-run": f'printf "%s\\n" "$@" >{tmp_path}/asked; exit 7',
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        [CTL, *line], env={"PATH": path, **environ}, check=False, timeout=60, capture_output=True
    )
    return done.returncode, (tmp_path / "asked").read_text().splitlines()


def test_a_command_runs_as_the_service_would(tmp_path: Path) -> None:
    code, asked = ran(
        tmp_path, UNIT.read_text("utf-8"), "invitations", "list", "--guest", "Jean Dupont",
        LANG="fr_FR.UTF-8",
    )  # fmt: skip
    assert code == 7, "the command's own"
    assert asked[-5:] == ["/opt/parvis/bin/parvis", "invitations", "list", "--guest", "Jean Dupont"]
    for option in (
        "--wait", "--pipe", "--setenv=LC_ALL=fr_FR.UTF-8",
        "--setenv=PARVIS_CONFIG=/etc/parvis/parvis.toml",
        "--property=User=parvis", "--property=StateDirectory=parvis",
        "--property=LoadCredential=matrix:/etc/parvis/secrets/matrix",
        "--property=LoadCredential=visio:/etc/parvis/secrets/visio",
    ):  # fmt: skip
        assert option in asked
    assert not any("Restart" in word or "ExecStart" in word for word in asked)


def test_and_what_a_drop_in_adds_is_kept(tmp_path: Path) -> None:
    drop_in = (
        "\n# /etc/systemd/system/parvis.service.d/more.conf\n[Service]\n"
        "LoadCredential=livekit:/etc/parvis/secrets/livekit\nExecStart=\n"
        "ExecStart=/srv/parvis/bin/parvis run --from-now --config /srv/parvis.toml\n"
        "Environment=PARVIS_LOGS__LEVEL=debug PARVIS_LANGUAGE=en\n"
    )
    _, asked = ran(tmp_path, UNIT.read_text("utf-8") + drop_in, "check")
    assert asked[-2:] == ["/srv/parvis/bin/parvis", "check"]
    assert "--property=LoadCredential=livekit:/etc/parvis/secrets/livekit" in asked
    assert "--property=Environment=PARVIS_LOGS__LEVEL=debug PARVIS_LANGUAGE=en" in asked
    assert "--setenv=PARVIS_CONFIG=/srv/parvis.toml" in asked


# --- what a profile implies -------------------------------------------------------------------

NOTICES = """
[identity]
map = {"@a:b" = "a@b.c"}
"""


async def test_a_profile_warns_of_what_it_implies(tmp_path: Path) -> None:
    text = 'profile = "tchap-dev"\n' + TCHAP.replace(
        "visio:localhost", "v:agent.dinum.tchap.gouv.fr"
    )
    found = await profile.check(load(written(tmp_path, text)))
    assert [one.found for one in found] == ["elsewhere", "notices", "nobody"]
    assert {one.outcome for one in found} == {Severity.WARN}
    assert found[1].parameters["keys"] == (
        "door.organisation, door.contact, door.legal_url, door.privacy_url, door.accessibility_url"
    )


async def test_and_is_silent_where_all_is_there(tmp_path: Path) -> None:
    text = 'profile = "tchap-prod"\n' + TCHAP.replace(
        "visio:localhost", "v:agent.dinum.tchap.gouv.fr"
    )
    urls = "".join(
        f'{name}_url = "https://a.example/{name}"\n'
        for name in ("legal", "privacy", "accessibility")
    )
    text = text.replace("[door]\n", f'[door]\norganisation = "A"\ncontact = "a@b.c"\n{urls}')
    assert await profile.check(load(written(tmp_path, text + NOTICES))) == []
    assert await profile.check(load(written(tmp_path, SETTINGS))) == []
    assert "profile" in {
        one.check for one in await run(load(written(tmp_path, 'profile = "tchap-dev"\n' + TCHAP)))
    }

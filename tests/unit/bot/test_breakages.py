"""Operators' mistakes, and the complaints: the key, the remedy, and no traceback."""

import asyncio
import errno
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.program import console
from bot.program.check import as_text, run
from bot.program.cli import app
from bot.program.listening import PortReserved, listening
from bridge.i18n import Language, catalogues
from config.load import load
from tests.doubles.visio import VisioDouble
from tests.servers.smtp import mail_server
from tests.spaces import as_typed
from tests.unit.bot.test_check import says, serving

ROOT = Path(__file__).parents[3]
NOBODY = 65534
SETTINGS = """
[store]
url = "sqlite:///parvis.db"
[keys]
folder = "keys"
[matrix]
homeserver = "http://localhost:1"
user = "@visio:localhost"
password = "another of a dozen"
store = "matrix"
[visio]
url = "http://localhost:1"
client_id = "parvis"
secret = "s3cr3t-canary-of-visio"
[door]
public_url = "http://localhost:1"
port = 0
[admin]
port = 0
[mail]
sender = "parvis@localhost"
port = 1
"""
TCHAP = SETTINGS.replace("http://localhost:1", "https://visio.example.org")


@pytest.fixture(autouse=True)
def _restored(undone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak French."""
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")


def written(home: Path, text: str) -> Path:
    path = home / "parvis.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def parvis(home: Path, *arguments: str, typed: str | None = None) -> Result:
    file = ["--config", str(home / "parvis.toml")]
    return CliRunner().invoke(app, [*arguments, *file], input=typed)


def told(result: Result, code: int, *parts: str) -> None:
    """The line says each part, in French, with the exit code that scripts look at."""
    said = as_typed(result.output)
    for part in parts:
        assert part in said, said
    assert result.exit_code == code, said
    assert "Traceback" not in result.output
    assert "canary" not in result.output


# --- settings ---------------------------------------------------------------------------------

Change = tuple[str, str] | str
"""Replaced text with its replacement, or text added at the end."""
WRONG: list[tuple[str, Change, Sequence[str]]] = [
    ("key misspelt", ("port = 1\n", "prot = 1\n"), ["mail.prot", "vouliez-vous dire port ?"]),
    (
        "section misspelt",
        ("[visio]", "[vizio]"),
        ["vizio: clé inconnue", "vouliez-vous dire visio"],
    ),
    (
        "two at once",
        ("[mail]", '[mail]\nprot = 2\n[logs]\nlevel = "loud"'),
        ["mail.prot", "logs.level"],
    ),
    ("no TOML", ("[mail]", "[mail"), ["ce n’est pas un fichier TOML (ligne 2"]),
    ("TOML that stops short", "x = '", ["ce n’est pas un fichier TOML (ligne"]),
    (
        "a text for a number",
        ("port = 1\n", 'port = "smtp"\n'),
        ["mail.port: écrivez un nombre entier"],
    ),
    (
        "a number for a text",
        ('client_id = "parvis"', "client_id = 7"),
        ["visio.client_id: écrivez un texte"],
    ),
    (
        "a value for a section",
        ("[admin]", "limits = 3\n[admin]"),
        ["door.limits: c’est une section"],
    ),
    (
        "a text for a list",
        ('user = "@', 'agents = "a.b"\nuser = "@'),
        ["matrix.agents: écrivez une liste"],
    ),
    (
        "profile",
        ("[store]", 'profile = "tchap-production"\n[store]'),
        ["profile: doit valoir", "'tchap-prod'"],
    ),
    (
        "duration",
        "[meetings]\nduration = 60",
        ["meetings.duration: écrivez une durée avec son unité"],
    ),
    ("zone", '[meetings]\nzone = "Paris"', ["meetings.zone: écrivez un fuseau horaire"]),
    ("Matrix id", ("@visio:localhost", "visio"), ["matrix.user: écrivez un identifiant Matrix"]),
    (
        "sender",
        ("parvis@localhost", "Parvis <parvis@localhost>"),
        ["mail.sender: écrivez une adresse mail"],
    ),
    (
        "day",
        ('user = "@', 'account_expires = "soon"\nuser = "@'),
        ["matrix.account_expires: écrivez un jour"],
    ),
    (
        "a secret everybody knows",
        ("s3cr3t-canary-of-visio", "correct horse battery staple"),
        ["visio.secret: ce secret est connu"],
    ),
    (
        "media without a key",
        '[media]\nway = "livekit"',
        ["media: il faut aussi media.url, media.key, media.secret"],
    ),
    (
        "a short media secret",
        '[media]\nsecret = "canary of 17 chars"',
        ["media.secret: écrivez au moins 32 caractères"],
    ),
    (
        "mail without a password",
        ("port = 1\n", 'port = 1\nuser = "x"\n'),
        ["mail: il faut aussi mail.password"],
    ),
    (
        "an address with a path",
        ('public_url = "http://localhost:1"', 'public_url = "https://a.b/c"'),
        ["door.public_url: écrivez une adresse sans chemin"],
    ),
    ("a port beyond", ("port = 1\n", "port = 70000\n"), ["mail.port: au plus 65535"]),
    ("too long", "[limits]\nrooms = 0", ["limits.rooms: au moins 1"]),
    (
        "network",
        ("port = 0\n[admin]", 'trusted_proxies = ["x"]\n[admin]'),
        ["door.trusted_proxies (1): écrivez une adresse"],
    ),
    (
        "no database",
        ("sqlite:///parvis.db", "mysql://canary@a/b"),
        ["store.url: écrivez sqlite:///"],
    ),
    (
        "a database without a file",
        ("sqlite:///parvis.db", "sqlite://data/parvis.db"),
        ["store.url: écrivez sqlite:///"],
    ),
    (
        "a database in memory",
        ("sqlite:///parvis.db", "sqlite:///:memory:"),
        ["store.url: écrivez sqlite:///"],
    ),
    (
        "no such authority",
        ('user = "@', 'ca_file = "/nope.pem"\nuser = "@'),
        ["matrix.ca_file: /nope.pem est illisible (ce fichier ou ce dossier n’existe pas)"],
    ),
    (
        "an authority that is none",
        ("client_id", 'ca_file = "parvis.toml"\nclient_id'),
        ["visio.ca_file: ", "parvis.toml ne contient aucune autorité"],
    ),
    ("a folder for an authority", ("[mail]", '[mail]\nca_file = "/tmp"'), ["mail.ca_file: /tmp"]),
    (
        "no such table of people",
        '[identity]\nmap_file = "people.toml"',
        ["identity.map_file: ", "people.toml est illisible"],
    ),
    (
        "an entry of the map",
        '[identity]\nmap = {"@a:b" = "x", "@c:d" = "c@d.e"}',
        ["identity.map (1): écrivez une adresse mail"],
    ),
    ("a map that is none", '[identity]\nmap = "x"', ["identity.map: écrivez une table"]),
]


@pytest.mark.parametrize(
    ("change", "parts"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_wrong_settings_name_the_key_and_the_mend(
    change: Change, parts: Sequence[str], tmp_path: Path
) -> None:
    text = SETTINGS + change if isinstance(change, str) else SETTINGS.replace(*change, 1)
    assert text != SETTINGS
    written(tmp_path, text)
    told(parvis(tmp_path, "run"), 2, *parts)


def test_what_people_are_in_a_file_of_their_own_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text('"@a:b" = "a@b.c"\n"canary" = "c@d.e"\n')
    written(tmp_path, SETTINGS + '[identity]\nmap_file = "people.toml"')
    line = f"identity.map_file ({tmp_path}/people.toml, 2): écrivez un identifiant Matrix"
    told(parvis(tmp_path, "run"), 2, line)


TCHAP_WRONG = [
    (
        "http",
        ('public_url = "https:', 'public_url = "http:'),
        "door.public_url: le profil tchap-prod exige https",
    ),
    (
        "homeserver in http",
        ('homeserver = "https:', 'homeserver = "http:'),
        "matrix.homeserver: le profil tchap-prod exige https",
    ),
    ("placeholder", ("s3cr3t-canary-of-visio", "change me in prod"), "visio.secret: "),
    (
        "rules",
        '[[identity.rules]]\nserver = "a.b"\nemail = "{localpart}@b.c"',
        "identity.rules: le profil tchap-prod refuse les règles",
    ),
]


@pytest.mark.parametrize(
    ("change", "part"), [row[1:] for row in TCHAP_WRONG], ids=[row[0] for row in TCHAP_WRONG]
)
def test_what_tchap_refuses_is_told(change: Change, part: str, tmp_path: Path) -> None:
    text = 'profile = "tchap-prod"\n' + TCHAP
    written(tmp_path, text + change if isinstance(change, str) else text.replace(*change, 1))
    told(parvis(tmp_path, "run"), 2, part)


def test_a_misspelt_profile_is_all_that_is_told_of_it(tmp_path: Path) -> None:
    text = 'profile = "tchap-production"\n' + SETTINGS.replace(
        'homeserver = "http://localhost:1"\n', ""
    )
    written(tmp_path, text)
    result = parvis(tmp_path, "run")
    told(result, 2, "profile: doit valoir")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        (
            "PARVIS_MAIL__PRT",
            "25",
            "PARVIS_MAIL__PRT: clé inconnue, vouliez-vous dire PARVIS_MAIL__PORT ?",
        ),
        ("PARVIS_MAIL__PORT", "smtp", "PARVIS_MAIL__PORT: écrivez un nombre entier"),
        ("PARVIS_MATRIX__AGENTS", "[canary", "PARVIS_MATRIX__AGENTS: écrivez une liste"),
        ("PARVIS_IDENTITY__MAP", "{canary", "PARVIS_IDENTITY__MAP: écrivez une table"),
        ("PARVIS_VISIO__SECRET_FILE", "/nope", "PARVIS_VISIO__SECRET_FILE: /nope est illisible"),
    ],
)
def test_wrong_variables_are_told(
    name: str, value: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    written(tmp_path, SETTINGS)
    told(parvis(tmp_path, "run"), 2, part)


def test_a_settings_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "parvis.toml").mkdir()
    told(parvis(tmp_path, "run"), 2, "parvis.toml est illisible (c’est un dossier)")
    (tmp_path / "parvis.toml").rmdir()
    told(
        parvis(tmp_path, "run"),
        2,
        "parvis.toml est illisible (ce fichier ou ce dossier n’existe pas)",
    )
    (tmp_path / "parvis.toml").write_bytes(b"\xff")
    told(parvis(tmp_path, "run"), 2, "parvis.toml n’est pas un texte en UTF-8")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be an account that may read little, where we are one that may read all."""
    if os.geteuid():
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_settings_file_of_another_account_is_told(tmp_path: Path) -> None:
    written(tmp_path, SETTINGS)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        home.chmod(0o755)
        told(parvis(home, "run"), 2, "n’existe pas")  # all that is needed is loaded now
        written(home, SETTINGS).chmod(0)
        with as_nobody():
            result = parvis(home, "run")
        told(result, 2, f"parvis: {home}/parvis.toml est illisible (permission refusée)")


# --- lines ------------------------------------------------------------------------------------

LINES = [
    (["chek"], "chek : commande inconnue, vouliez-vous dire check ?"),
    (["zzz"], "zzz : commande inconnue ; il y a run, check,"),
    (["invitations", "lst"], "vouliez-vous dire list ?"),
    (["check", "--jsn"], "--jsn : option inconnue, vouliez-vous dire --json ?"),
    (["check", "--zzzzzzz"], "--zzzzzzz : option inconnue."),
    (["check", "extra"], "extra : en trop."),
    (["check", "--agent"], "--agent : il manque sa valeur."),
    (["check", "--json=yes"], "--json : cette option ne prend pas de valeur."),
    (["invitations", "revoke"], "invitation : à indiquer."),
    (["invitations", "list", "--limit", "0"], "--limit : écrivez un nombre entier, 1 ou plus."),
    (["invitations", "list", "--limit", "x"], "--limit : écrivez un nombre entier, 1 ou plus."),
]


@pytest.mark.parametrize(("line", "part"), LINES, ids=[" ".join(line) for line, _ in LINES])
def test_lines_that_can_not_be_read_are_told_with_their_help(line: list[str], part: str) -> None:
    result = CliRunner().invoke(app, line)
    told(result, 2, part, "Aide : ")
    assert result.stdout == ""


@pytest.mark.parametrize(
    "line",
    [
        [],
        ["run"],
        ["check"],
        ["invitations"],
        ["invitations", "list"],
        ["invitations", "revoke"],
        ["keys", "rotate"],
    ],
)
def test_help_is_in_the_operators_language(
    line: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    shown = as_typed(CliRunner().invoke(app, [*line, "--help"]).stdout)
    assert "Usage : " in shown.splitlines()[0]
    assert "Afficher cette aide." in shown
    for english in ("Usage: ", "Show this", "[required]", "[default:", "Arguments:", "Commands:"):
        assert english not in shown, shown


# --- this machine -----------------------------------------------------------------------------


def test_a_port_that_is_taken_is_told_with_its_settings(
    tmp_path: Path, set_up: Callable[[Path], None]
) -> None:
    set_up(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        written(tmp_path, SETTINGS.replace("[admin]\nport = 0", f"[admin]\nport = {port}"))
        result = parvis(tmp_path, "run")
        told(
            result,
            1,
            f"admin.host, admin.port: 127.0.0.1:{port} : impossible d’écouter là (adresse",
        )
    (tmp_path / "parvis.toml").write_text(
        SETTINGS.replace("port = 0\n[admin]", 'port = 0\nhost = "192.0.2.1"\n[admin]')
    )
    told(parvis(tmp_path, "run"), 1, "door.host, door.port: 192.0.2.1:0", "n’a pas cette adresse")


async def test_a_port_for_root_alone_is_told() -> None:
    @asynccontextmanager
    async def refused(error: OSError | None) -> AsyncIterator[int]:
        if error is not None:
            raise error
        yield 80

    denied = PermissionError(errno.EACCES, "Permission denied")
    with pytest.raises(PortReserved) as caught:
        async with listening("door", refused(denied), "127.0.0.1", 80):
            pass
    assert "door.host, door.port: 127.0.0.1:80" in console.told(caught.value)
    assert "Prenez un port à partir de 1024" in as_typed(console.told(caught.value))


def test_what_is_wrong_with_the_keys_that_sign_is_told(
    tmp_path: Path, set_up: Callable[[Path], None]
) -> None:
    set_up(tmp_path)
    written(tmp_path, SETTINGS)
    told(parvis(tmp_path, "keys", "rotate"), 0, "Signe maintenant")
    told(parvis(tmp_path, "keys", "rotate"), 1, "ajoutez --compromised")
    ring = tmp_path / "keys" / "federation"
    ring.chmod(0o777)
    told(parvis(tmp_path, "keys", "rotate"), 1, f"peuvent écrire dans {ring} : chmod 0700")
    ring.chmod(0o700)
    next(ring.glob("key-*")).chmod(0o444)
    told(parvis(tmp_path, "keys", "rotate"), 1, "pour son propriétaire seul : chmod 0400")


PLACES = [
    ("sqlite:///parvis.db", "sqlite:////proc/x/parvis.db", "store.url: /proc/x : ce dossier"),
    ('folder = "keys"', 'folder = "/proc/x"', "keys.folder: /proc/x : ce dossier"),
    ('folder = "keys"', 'folder = "parvis.toml"', "ce n’est pas un dossier"),
    ('store = "matrix"', 'store = "/proc/x"', "matrix.store: /proc/x : ce dossier"),
]


@pytest.mark.parametrize(("old", "new", "part"), PLACES)
def test_a_folder_that_can_not_be_made_is_told(
    old: str, new: str, part: str, tmp_path: Path, set_up: Callable[[Path], None]
) -> None:
    if "store =" in old:
        set_up(tmp_path)
    written(tmp_path, SETTINGS.replace(old, new))
    told(parvis(tmp_path, "run"), 1, part)


def test_and_by_check_before(tmp_path: Path) -> None:
    text = SETTINGS
    for old, new, _ in (PLACES[0], PLACES[1], PLACES[3]):
        text = text.replace(old, new)
    written(tmp_path, text)
    told(
        parvis(tmp_path, "check"),
        1,
        "Base de données : /proc/x/parvis.db ne peut pas être créé",
        "Donnez dans store.url",
        "Clés : /proc/x ne peut pas être créé",
        "Donnez dans keys.folder",
        "Appareil du robot : rien ne peut être écrit dans /proc/x",
        "Donnez dans matrix.store",
    )


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    written(tmp_path, SETTINGS)
    (tmp_path / "parvis.db").write_bytes(b"no database at all, but long enough to be one" * 99)
    told(parvis(tmp_path, "invitations", "list"), 2, "parvis.db est abîmé")


def test_what_is_asked_without_anybody_to_answer_is_told(tmp_path: Path) -> None:
    written(tmp_path, SETTINGS)
    told(parvis(tmp_path, "keys", "export-seeds", "x", typed=""), 1, "donnez --passphrase-file")


@pytest.mark.long
@pytest.mark.parametrize("streams", ["<&-", "<&- >&-", "</dev/null"])
def test_and_so_it_is_without_the_streams(streams: str, tmp_path: Path) -> None:
    file = written(tmp_path, SETTINGS)
    line = f"{sys.executable} -m bot.program.cli keys export-seeds x --config {file} {streams}"
    done = subprocess.run(
        line, shell=True, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert done.returncode == 1
    assert "donnez --passphrase-file" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_who_reads_half_of_it_sees_no_traceback() -> None:
    line = f"set -o pipefail; {sys.executable} -m bot.program.cli --help | true"
    done = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (
            ["keys", "export-seeds", "x", "--passphrase-file", "/nope"],
            "/nope est illisible (ce fichier",
        ),
        (
            ["keys", "recover-identity", "--recovery-key-file", "/nope"],
            "/nope est illisible (ce fichier",
        ),
        (
            ["keys", "import-seeds", "/nope", "--passphrase-file", "{home}/parvis.toml"],
            "/nope est illisible",
        ),
        (
            ["keys", "import-seeds", "/tmp", "--passphrase-file", "{home}/parvis.toml"],
            "/tmp est illisible (c’est un dossier)",
        ),
    ],
)
def test_files_of_the_line_are_told(line: list[str], part: str, tmp_path: Path) -> None:
    written(tmp_path, SETTINGS)
    told(parvis(tmp_path, *(word.format(home=tmp_path) for word in line)), 1, part)


@pytest.mark.parametrize("language", list(Language))
def test_every_fault_has_a_sentence_in_both_languages(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", f"{language}_XX.UTF-8")
    for name in console._SENTENCES:
        said = console.told(type(name, (Exception,), {})("detail of it"))
        assert said
        assert "{" not in said


# --- the others -------------------------------------------------------------------------------


async def checked(text: str, home: Path) -> str:
    found = await run(load(written(home, text)), agent="agent@interieur.gouv.fr")
    return as_text(found, catalogues()[Language.FR])


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The findings of `check` if nobody answers, and the account has expired."""
    text = SETTINGS.replace("sqlite:///parvis.db", "postgresql://parvis:canary@127.0.0.1:1/parvis")
    text = text.replace('user = "@', 'account_expires = "2020-01-01"\nuser = "@')
    return asyncio.run(checked(text, tmp_path_factory.mktemp("away")))


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The findings of `check` if the wrong servers answer, or do not know us."""
    home = tmp_path_factory.mktemp("others")

    async def look() -> str:
        async with AsyncExitStack() as stack:
            page = says("<h1>a page</h1>", kind="text/html")
            site = await stack.enter_async_context(serving({"/{any:.*}": page}))
            refusing = await stack.enter_async_context(serving({"/{any:.*}": says({}, status=401)}))
            visio = await stack.enter_async_context(VisioDouble())
            mail = await stack.enter_async_context(mail_server())
            text = SETTINGS.replace('homeserver = "http://localhost:1"', f'homeserver = "{site}"')
            text = text.replace('public_url = "http://localhost:1"', f'public_url = "{site}"')
            text = text.replace('url = "http://localhost:1"', f'url = "{visio.url}"')
            text = text.replace(
                "port = 1\n", f'port = {mail.port}\nhost = "127.0.0.1"\ntls = "starttls"\n'
            )
            text += f'[media]\nway = "livekit"\nkey = "parvis"\nsecret = "{os.urandom(20).hex()}"\n'
            text += f'url = "{refusing.replace("http", "ws")}"\n'
            return await checked(text, home)

    return asyncio.run(look())


@pytest.mark.parametrize(
    ("world", "key", "part"),
    [
        (
            "away",
            "matrix.homeserver",
            "Serveur Matrix : http://localhost:1 est injoignable (connexion refusée)",
        ),
        ("away", "visio.url", "Visio : injoignable (connexion refusée)"),
        ("away", "mail.host", "localhost:1 n’accepte pas de mail (connexion refusée)"),
        ("away", "store.url", "Base de données : injoignable (connexion refusée)"),
        ("away", "door.public_url", "http://localhost:1 ne répond pas (connexion refusée)"),
        ("away", "matrix.account_expires", "expir"),
        ("others", "matrix.homeserver", "n’en est pas un"),
        ("others", "visio.client_id", "Visio"),
        ("others", "mail.tls", "n’accepte pas de mail"),
        ("others", "media.secret", "Serveur média"),
        ("others", "door.host:door.port", "n’est pas Parvis"),
    ],
)
def test_what_others_do_is_told_with_the_settings_to_look_at(
    world: str, key: str, part: str, request: pytest.FixtureRequest
) -> None:
    shown: str = request.getfixturevalue(world)
    lines = as_typed(shown).splitlines()
    assert any(part in line for line in lines), shown
    assert any(key in line for line in lines), shown
    assert "canary" not in shown

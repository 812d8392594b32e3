import os
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.errors import SettingsError
from config.load import load
from config.rules import require_account
from config.settings import Settings
from config.tree import fields, section
from config.words import EN, FR

LEAST = """
[matrix]
homeserver = "http://localhost:8008"
user = "@visio:localhost"
[visio]
url = "http://localhost:8071/"
client_id = "parvis"
secret = "s3cr3t-of-visio"
[door]
public_url = "http://localhost:8080"
[mail]
sender = "parvis@localhost"
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(text: str) -> Path:
        path = tmp_path / "parvis.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return _write


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("PARVIS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refused(path: Path, language: str = "en") -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return caught.value.lines(language)


def test_the_least_file_is_enough(write: Write) -> None:
    settings = load(write(LEAST))
    assert settings.visio.url == "http://localhost:8071"
    assert settings.visio.people_url == settings.visio.url
    assert settings.matrix.client_url == "http://localhost:8008"
    assert settings.meetings.grace_before == timedelta(minutes=10)
    assert settings.language == "fr"


def test_settings_are_frozen(write: Write) -> None:
    settings = load(write(LEAST))
    with pytest.raises(ValidationError):
        settings.door.port = 1
    with pytest.raises(ValidationError):
        settings.language = "en"


def test_secrets_are_not_shown(write: Write) -> None:
    settings = load(write(LEAST))
    assert settings.visio.secret.get_secret_value() == "s3cr3t-of-visio"
    assert "s3cr3t" not in repr(settings) + str(settings) + settings.model_dump_json()


def test_the_environment_comes_before_the_file(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_VISIO__CLIENT_ID", "other")
    monkeypatch.setenv("PARVIS_LANGUAGE", "en")
    monkeypatch.setenv("PARVIS_MEETINGS__GRACE_AFTER", "1h30m")
    monkeypatch.setenv("PARVIS_MATRIX__AGENTS", "One.example.org, two.example.org")
    monkeypatch.setenv("PARVIS_DOOR__TRUSTED_PROXIES", '["10.0.0.0/8", "fd00::/8"]')
    monkeypatch.setenv("PARVIS_DOOR__LIMITS__FORMS", "7")
    monkeypatch.setenv("PARVIS_MAIL__HOST", "")
    settings = load(write(LEAST))
    assert settings.visio.client_id == "other"
    assert settings.language == "en"
    assert settings.meetings.grace_after == timedelta(minutes=90)
    assert settings.matrix.agents == ("one.example.org", "two.example.org")
    assert settings.door.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.door.limits.forms == 7
    assert settings.mail.host == "localhost"


@pytest.mark.parametrize("way", ["argument", "variable", "place", "environment alone"])
def test_the_file_may_be_found_in_several_ways(
    way: str, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/parvis")
    path = write(LEAST)
    file = path if way == "argument" else None
    if way != "place":
        path = path.rename(tmp_path / "elsewhere.toml")
        file = path if way == "argument" else None
    if way == "variable":
        monkeypatch.setenv("PARVIS_CONFIG", str(path))
    if way == "environment alone":
        for name, value in {
            "MATRIX__HOMESERVER": "http://localhost:8008",
            "MATRIX__USER": "@visio:localhost",
            "VISIO__URL": "http://localhost:8071",
            "VISIO__CLIENT_ID": "parvis",
            "VISIO__SECRET": "s3cr3t-of-visio",
            "DOOR__PUBLIC_URL": "http://localhost:8080",
            "MAIL__SENDER": "parvis@localhost",
        }.items():
            monkeypatch.setenv(f"PARVIS_{name}", value)
    assert load(file).matrix.user == "@visio:localhost"


def kept(path: Path, content: bytes, mode: int = 0o400) -> None:
    path.write_bytes(content)
    path.chmod(mode)


@pytest.mark.parametrize("mode", [0o404, 0o440, 0o444, 0o644, 0o620])
def test_a_secret_that_others_can_read_or_change_is_refused(
    mode: int, write: Write, tmp_path: Path
) -> None:
    kept(tmp_path / "secret", b"from the file\n", mode)
    path = write(LEAST.replace('secret = "s3cr3t-of-visio"', 'secret_file = "secret"'))
    assert refused(path) == [
        (
            f"visio.secret_file: other accounts can read {tmp_path}/secret: chmod 400, and give it"
            " to Parvis’s account"
        )
    ]


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("ThisIsAnExampleKeyForDevPurposeOnly", "everybody knows this secret"),
        ("this-is-an-example-key-for-dev-purpose-only", "everybody knows this secret"),
        ("my_very_long_and_safe_secret_key", "everybody knows this secret"),
        ("Secret", "everybody knows this secret"),
        ("12345678901234567890123456789012", "the same piece over and over"),
        ("a" * 32, "the same piece over and over"),
        (" " * 32, "the same piece over and over"),
        ("0123456789abcdef" * 2, "the same piece over and over"),
        ("aabbccddeeffgghh", "fewer than 10 different characters"),
    ],
)
@pytest.mark.parametrize(
    "key", ["visio.secret", "media.secret", "matrix.password", "mail.password"]
)
def test_a_secret_that_can_be_guessed_is_refused_and_not_shown(
    key: str, secret: str, why: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In all places, with every profile and with none."""
    variable = f"PARVIS_{key.replace('.', '__').upper()}"
    monkeypatch.setenv(variable, secret)
    told = refused(write(LEAST))
    assert f"{variable}: {why}; make another: openssl rand -hex 32" in told
    assert secret == "Secret" or secret not in " ".join(told)


def test_a_secret_comes_from_a_file_named_in_toml(write: Write, tmp_path: Path) -> None:
    kept(tmp_path / "secret", b"from the file\n")
    path = write(LEAST.replace('secret = "s3cr3t-of-visio"', 'secret_file = "secret"'))
    assert load(path).visio.secret.get_secret_value() == "from the file"


def test_a_file_named_by_the_environment_comes_first(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept(tmp_path / "secret", b"from the file\n")
    monkeypatch.setenv("PARVIS_VISIO__SECRET_FILE", str(tmp_path / "secret"))
    assert load(write(LEAST)).visio.secret.get_secret_value() == "from the file"


def test_a_variable_replaces_a_file_named_in_toml(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_VISIO__SECRET", "from the variable")
    path = write(LEAST.replace('secret = "s3cr3t-of-visio"', 'secret_file = "/nowhere"'))
    assert load(path).visio.secret.get_secret_value() == "from the variable"


def test_a_secret_given_twice_in_one_place_is_refused(write: Write) -> None:
    text = LEAST.replace("[door]", 'secret_file = "/nowhere"\n[door]')
    assert "visio.secret: given here and as visio.secret_file: keep one" in refused(write(text))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (None, "visio.secret_file: {file} can't be read (No such file or directory)"),
        (b"", "visio.secret_file: {file} is empty"),
        (b"\xff\xfe", "visio.secret_file: {file} is no text in UTF-8"),
    ],
)
def test_a_bad_secret_file_is_told(
    content: bytes | None, line: str, write: Write, tmp_path: Path
) -> None:
    if content is not None:
        kept(tmp_path / "secret", content)
    path = write(LEAST.replace('secret = "s3cr3t-of-visio"', 'secret_file = "secret"'))
    assert refused(path) == [line.format(file=tmp_path / "secret")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[meetings]\ngrace_befor = '1m'",
            "meetings.grace_befor: unknown key, did you mean grace_before?",
        ),
        (
            "[logs]\ngrace_befor = '1m'",
            "logs.grace_befor: unknown key, did you mean meetings.grace_before?",
        ),
        ("[dor]\nport = 1", "dor: unknown key, did you mean door?"),
        ("[logs]\nxylophone = 1", "logs.xylophone: unknown key"),
        (
            "[meetings]\ngrace_before = 10",
            "meetings.grace_before: write a duration with its unit: 30s, 10m, 2h, 7d",
        ),
        (
            "[meetings]\ngrace_before = '10m or so'",
            "meetings.grace_before: write a duration with its unit: 30s, 10m, 2h, 7d",
        ),
        ("[meetings]\nduration = '13h'", "meetings: duration must not be longer than longest"),
        ("[meetings]\nzone = 'Paris'", "meetings.zone: write a time zone like Europe/Paris"),
        ("[logs]\nlevel = 'loud'", "logs.level: must be 'debug', 'info', 'warning' or 'error'"),
        (
            "[store]\nurl = 'mysql://x'",
            "store.url: write sqlite:///folder/parvis.db or postgresql://user@host/parvis",
        ),
        ("[admin]\nport = 70000", "admin.port: must be 65535 or less"),
        (
            "[identity.map]\n'@a:b' = 'nobody'",
            "identity.map (1): write an e-mail address alone: parvis@example.org",
        ),
        ("[media]\nway = 'knock'", "media: needs media.url as well"),
        (
            "[media]\nway = 'knock'\nurl = 'wss://media.example'\nkey = 'parvis'",
            "media: needs media.secret as well",
        ),
        (
            "[media]\nway = 'knock'\nurl = 'wss://media.example'\nsecret = '0d1a9c4b7e5f82635c41b7a90e8d2f63'",
            "media: needs media.key as well",
        ),
        (
            "[[identity.rules]]\nserver='a'\nemail='a@b'",
            'identity.rules.email (1): write "{localpart}@" and a domain',
        ),
    ],
)
def test_mistakes_are_told_with_their_path(text: str, line: str, write: Write) -> None:
    assert refused(write(LEAST + text)) == [line]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            '"http://localhost:8080"',
            '"localhost"',
            "door.public_url: write an address without a path: https://host",
        ),
        (
            '"http://localhost:8080"',
            '"https://u:p@host"',
            "door.public_url: write an address without a path: https://host",
        ),
        (
            '"http://localhost:8080"',
            '"https://host:99999"',
            "door.public_url: write an address without a path: https://host",
        ),
        (
            '"http://localhost:8080"',
            '"https://host/path?x"',
            "door.public_url: write an address without a path: https://host",
        ),
        (
            '"http://localhost:8008"',
            '"matrix.{server}"',
            "matrix.homeserver: write an address like https://host or https://host:port/path",
        ),
        ('"@visio:localhost"', '"visio"', "matrix.user: write a Matrix id like @visio:example.org"),
        (
            '"parvis@localhost"',
            '"Parvis <a@b>"',
            "mail.sender: write an e-mail address alone: parvis@example.org",
        ),
        ("sender =", 'user = "x"\nsender =', "mail: needs mail.password as well"),
        (
            "sender =",
            'user = "x"\npassword = "another of a dozen"\nsender =',
            "mail: a password would travel in clear: set mail.tls",
        ),
        ("user =", 'token = "syt_abcdef"\nuser =', "matrix: needs matrix.device as well"),
        (
            "user =",
            'proxy = "socks://x"\nuser =',
            "matrix.proxy: write a proxy like http://proxy.example.org:3128",
        ),
        (
            "user =",
            'agents = ["https://x/"]\nuser =',
            "matrix.agents (1): write a homeserver's name like agent.example.org",
        ),
        (
            "user =",
            'prefix = "/visio"\nuser =',
            "matrix.prefix: write a word without spaces that begins with no slash, like !visio",
        ),
        (
            "user =",
            'prefix = "! visio"\nuser =',
            "matrix.prefix: write a word without spaces that begins with no slash, like !visio",
        ),
        (
            "[door]",
            '[door]\ntrusted_proxies = ["10.0.0.1/8"]',
            (
                "door.trusted_proxies (1): write an address like 10.1.0.7, or a network like 10.1.0.0/16,"
                " with zeros after its prefix"
            ),
        ),
    ],
)
def test_impossible_values_are_told(old: str, new: str, line: str, write: Write) -> None:
    assert refused(write(LEAST.replace(old, new, 1))) == [line]


def test_a_wrong_variable_is_named_as_such(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_DOR__PORT", "1")
    monkeypatch.setenv("PARVIS_GRACE_BEFORE", "1m")
    monkeypatch.setenv("PARVIS_XYZZY", "1")
    monkeypatch.setenv("PARVIS_MATRIX_USER", "@visio:localhost")
    monkeypatch.setenv("PARVIS_VISIO_SECRETS_FILE", "/run/secrets/visio")
    monkeypatch.setenv("PARVIS_ADMIN__PROT", "1")
    monkeypatch.setenv("PARVIS_ADMIN__PORT", "one")
    assert sorted(refused(write(LEAST))) == [
        "PARVIS_ADMIN__PORT: write a whole number",
        "PARVIS_ADMIN__PROT: unknown key, did you mean PARVIS_ADMIN__PORT?",
        "PARVIS_DOR__PORT: unknown variable, did you mean PARVIS_DOOR__PORT?",
        "PARVIS_GRACE_BEFORE: unknown variable, did you mean PARVIS_MEETINGS__GRACE_BEFORE?",
        "PARVIS_MATRIX_USER: unknown variable, did you mean PARVIS_MATRIX__USER?",
        "PARVIS_VISIO_SECRETS_FILE: unknown variable, did you mean PARVIS_VISIO__SECRET_FILE?",
        "PARVIS_XYZZY: unknown variable",
    ]


def test_a_variable_that_is_not_json_is_told_without_its_value(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_VISIO", '{"secret": "canary')
    (line,) = refused(write(LEAST))
    assert line == "PARVIS_VISIO: is a section: give its keys one by one"
    assert "canary" not in line


def test_everything_is_told_at_once_and_no_value_is_repeated(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_DOR__X", "canary-1")
    text = """
profile = "canary-2"
[matrix]
user = "canary-3"
password = ["canary-4"]
[visio]
url = "https://canary-5@v"
secret = 12345
[mail]
port = "canary-6"
"""
    lines = refused(write(text))
    assert [line.partition(":")[0] for line in lines] == [
        "PARVIS_DOR__X",
        "profile",  # which would have told matrix.homeserver
        "matrix.user",
        "matrix.password",
        "visio.url",
        "visio.client_id",
        "visio.secret",
        "door.public_url",
        "mail.port",
        "mail.sender",
    ]
    assert "canary" not in "".join(lines + refused(write(text), "fr"))
    assert "12345" not in "".join(lines)


def test_french_operators_read_french(write: Write) -> None:
    text = LEAST.replace("[door]", "[door]\nport = 70000\nprot = 1\ntrusted_proxies = 1")
    lines = refused(write(text + '[logs]\nlevel = "fort"\n'), "fr")
    assert lines == [
        "door.port: au plus 65535",
        'door.trusted_proxies: écrivez une liste : ["un", "deux"]',
        "door.prot: clé inconnue, vouliez-vous dire port ?",
        "logs.level: doit valoir 'debug', 'info', 'warning' ou 'error'",
    ]


@pytest.mark.parametrize("text", ["[matrix", b"\xff".decode("latin-1") + "="])
def test_a_file_that_is_no_toml_is_told(text: str, write: Write) -> None:
    path = write(text)
    assert refused(path)[0].startswith(f"{path}: not a TOML file (")


def test_marks_that_some_editors_put_before_a_text_are_not_part_of_it(
    write: Write, tmp_path: Path
) -> None:
    kept(tmp_path / "secret", "\N{ZERO WIDTH NO-BREAK SPACE}from the file\r\n".encode())
    text = LEAST.replace('secret = "s3cr3t-of-visio"', 'secret_file = "secret"')
    path = write("\N{ZERO WIDTH NO-BREAK SPACE}" + text.replace("\n", "\r\n"))
    assert load(path).visio.secret.get_secret_value() == "from the file"


def test_the_table_of_people_may_be_a_file(write: Write, tmp_path: Path) -> None:
    people = tmp_path / "people.toml"
    people.write_text('"@a:b" = "a@example.org"\n"@c:d" = "c@example.org"\n')
    text = LEAST + '[identity]\nmap_file = "people.toml"\nmap = {"@a:b" = "other@example.org"}\n'
    assert load(write(text)).identity.map == {"@a:b": "other@example.org", "@c:d": "c@example.org"}


def test_a_table_that_is_no_table_is_told(write: Write, tmp_path: Path) -> None:
    text = LEAST + '[identity]\nmap_file = "people.toml"\n'
    assert refused(write(text)) == [
        f"identity.map_file: {tmp_path}/people.toml can't be read (No such file or directory)"
    ]
    (tmp_path / "people.toml").write_text("a b")
    assert refused(write(text))[0].startswith("identity.map_file: not a TOML file (")


@pytest.mark.parametrize("host", ["127.0.0.1:1", "[::1]", "door.localhost:8080", "localhost"])
def test_this_machine_may_be_visited_without_tls(host: str, write: Write) -> None:
    path = write(LEAST.replace("http://localhost:8080", f"http://{host}"))
    assert load(path).door.public_url == f"http://{host}"


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "missing.toml"
    assert refused(path) == [f"{path} can't be read (No such file or directory)"]


def test_without_any_file_its_places_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as caught:
        load()
    first, second, *_ = caught.value.lines()
    assert first == (
        "parvis.toml: there is none, nor /etc/parvis/parvis.toml: "
        "name one with --config or PARVIS_CONFIG"
    )
    assert second == "matrix.homeserver: missing"


TCHAP = """
profile = "tchap-prod"
[matrix]
user = "@visio-dinum.gouv.fr:agent.dinum.tchap.gouv.fr"
password = "correct horse battery"
[visio]
url = "https://visio.numerique.gouv.fr"
client_id = "parvis"
secret = "5c2f17a29bd74a11"
[door]
public_url = "https://invitations.example.gouv.fr"
[mail]
sender = "visio@example.gouv.fr"
"""


def test_a_tchap_profile_wants_secrets_where_nobody_else_reads(write: Write) -> None:
    path = write(TCHAP)
    path.chmod(0o644)
    line = f"other accounts can read {path}: chmod 400, and give it to Parvis’s account"
    assert refused(path) == [line]
    path.chmod(0o600)
    assert load(path).profile == "tchap-prod"


def test_but_minds_nobody_who_reads_a_file_without_secrets(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_VISIO__SECRET", "5c2f17a29bd74a11")
    text = TCHAP.replace('secret = "5c2f17a29bd74a11"', "").replace(
        'password = "correct horse battery"', ""
    )
    path = write(text + '[store]\nurl = "sqlite:///data/parvis.db"\n')
    path.chmod(0o644)
    assert load(path).profile == "tchap-prod"
    path.chmod(0o600)
    path = write(text + '[store]\nurl = "postgresql://parvis:canary@db/parvis"\n')
    path.chmod(0o644)
    assert len(refused(path)) == 1


def test_a_tchap_profile_knows_the_homeservers_and_the_pace(write: Write) -> None:
    matrix = load(write(TCHAP)).matrix
    assert matrix.client_url == "https://matrix.agent.dinum.tchap.gouv.fr"
    assert "agent.dinum.tchap.gouv.fr" in matrix.agents
    assert "agent.externe.tchap.gouv.fr" not in matrix.agents
    assert len(matrix.agents) == 16
    assert (matrix.rate, matrix.burst) == (1.0, 10)


def test_the_file_comes_before_the_profile(write: Write) -> None:
    text = TCHAP.replace("[matrix]", '[matrix]\nhomeserver = "https://other.example.org"')
    assert load(write(text)).matrix.client_url == "https://other.example.org"


def test_the_inter_ministry_network_has_addresses_of_its_own(write: Write) -> None:
    matrix = load(write(TCHAP.replace("tchap-prod", "tchap-rie"))).matrix
    assert matrix.client_url == "https://matrix.agent.dinum.tchap.rie.gouv.fr"
    assert "agent.dinum.tchap.gouv.fr" in matrix.agents


@pytest.mark.parametrize("profile", ["tchap-dev", "tchap-preprod"])
def test_the_other_tchap_profiles_load(profile: str, write: Write) -> None:
    settings = load(write(TCHAP.replace("tchap-prod", profile)))
    assert settings.matrix.agents
    assert settings.matrix.rate == 1.0


def test_the_profile_may_come_from_the_environment(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARVIS_PROFILE", "sandbox")
    settings: Settings = load(write(LEAST))
    assert settings.matrix.rate == 0
    assert settings.logs.format == "console"


def test_a_tchap_profile_refuses_what_only_a_sandbox_may_do(write: Write) -> None:
    text = TCHAP.replace("5c2f17a29bd74a11", "change-me-please").replace("https:", "http:")
    text = text.replace("correct horse battery", "parvis-1234")
    text = text.replace("invitations.example.gouv.fr", "localhost")
    rule = '[[identity.rules]]\nserver = "agent.dinum.tchap.gouv.fr"\nemail = "{localpart}@b.fr"'
    assert refused(write(text + rule)) == [
        "visio.url: the profile tchap-prod demands https",
        "door.public_url: the profile tchap-prod demands https",
        "matrix.password: the profile tchap-prod refuses this value: too short, or an example's",
        "visio.secret: the profile tchap-prod refuses this value: too short, or an example's",
        "identity.rules: the profile tchap-prod refuses rules: different addresses can give the same Matrix id",
    ]


def test_only_the_bot_needs_an_account(write: Write) -> None:
    settings = load(write(LEAST))
    with pytest.raises(SettingsError, match="the bot needs"):
        require_account(settings)
    require_account(load(write(LEAST.replace("user =", 'password = "another of a dozen"\nuser ='))))


@pytest.mark.parametrize(
    "value",
    [
        True,
        1,
        -1,
        1.5,
        float("nan"),
        10**9,
        "",
        "x",
        "x" * 2000,
        [],
        ["x"],
        [1],
        {},
        {"x": 1},
        None,
    ],
    ids=lambda value: repr(value)[:12],
)
def test_whatever_is_written_is_refused_in_words_of_both_languages(value: object) -> None:
    """None of pydantic's own sentences reaches an operator: each key is given the same value."""
    given: dict[str, Any] = {}
    for path, field in fields():
        if section(field) is None:
            table = given
            for parent in path[:-1]:
                table = table.setdefault(parent, {})
            table[path[-1]] = value
    kinds = set()
    for wrong in (given, dict.fromkeys(Settings.model_fields, value)):
        try:
            Settings(**wrong)
        except ValidationError as error:
            kinds |= {one["type"] for one in error.errors()}
    assert kinds
    told = {kind for kind in kinds if kind != "extra_forbidden"}
    assert told <= FR.keys()
    # What we raise ourselves says it in English already.
    ours = {"address", "database", "domain", "duration", "here", "host", "mailbox", "media"}
    ours |= {"network", "origin", "proxy", "rule", "server", "text", "user", "zone"}
    assert told - ours <= EN.keys()

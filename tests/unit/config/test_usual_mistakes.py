"""Operators' usual mistakes: refused before anything starts, in a sentence with the remedy."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from config.errors import SettingsError
from config.load import load

GIVEN = {
    "store": {"url": '"sqlite:///parvis.db"'},
    "matrix": {"homeserver": '"http://localhost:1"', "user": '"@visio:localhost"'},
    "visio": {
        "url": '"http://localhost:1"',
        "client_id": '"parvis"',
        "secret": '"s3cr3t-canary-of-visio"',
    },
    "door": {"public_url": '"http://localhost:1"'},
    "mail": {"sender": '"parvis@localhost"'},
}

HOST = "écrivez le nom ou l’adresse IP de la machine, sans port, sans crochets et sans « :// »"
ADDRESS = "écrivez une adresse comme https://hote ou https://hote:port/chemin"
PLAIN = "écrivez l’adresse sans identifiants, sans « ? » et sans « # »"
DOMAIN = "écrivez un domaine de mail seul, sans « @ » ni « * » : interieur.gouv.fr"
DURATION = "écrivez une durée avec son unité : 30s, 10m, 2h, 7d"
TEXT = "écrivez un texte d’une ligne, qui ne soit pas vide"
PATH = "écrivez un chemin, entre guillemets"
DATABASE = (
    "écrivez sqlite:///dossier/parvis.db ou postgresql://utilisateur@hote/parvis ; dans un mot de"
    " passe, %40 pour « @ », %2F pour « / », %23 pour « # »"
)
SQLITE = "écrivez sqlite:///dossier/parvis.db ou postgresql://utilisateur@hote/parvis"


def complaints(
    section: str, key: str, value: str, home: Path, given: Mapping[str, Mapping[str, str]] = GIVEN
) -> list[str]:
    """Return the French complaint about settings with one wrong value."""
    tables = {name: dict(table) for name, table in given.items()}
    tables.setdefault(section, {})[key] = value
    head = tables.pop("", {})
    text = "".join(f"{name} = {written}\n" for name, written in head.items())
    for name, table in tables.items():
        text += f"[{name}]\n" + "".join(f"{one} = {written}\n" for one, written in table.items())
    file = home / "parvis.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file)
    except SettingsError as error:
        return error.lines("fr")
    return []


@pytest.mark.parametrize(
    ("section", "key", "value", "line"),
    [
        ("mail", "host", '"smtp.example.org:587"', f"mail.host: {HOST}"),
        ("mail", "host", '"smtp://smtp.example.org"', f"mail.host: {HOST}"),
        ("mail", "host", '"smtp.example.org "', f"mail.host: {HOST}"),
        ("mail", "host", '""', f"mail.host: {HOST}"),
        ("door", "host", '"*"', f"door.host: {HOST}"),
        ("door", "host", '"[::]"', f"door.host: {HOST}"),
        ("admin", "host", '"0.0.0.0:9090"', f"admin.host: {HOST}"),
        ("matrix", "homeserver", '"https://{sever}"', f"matrix.homeserver: {ADDRESS}"),
        ("matrix", "homeserver", '"https://a.b "', f"matrix.homeserver: {ADDRESS}"),
        (
            "matrix",
            "homeserver",
            '"https://a.b/_matrix/client"',
            "matrix.homeserver: écrivez l’adresse sans /_matrix, que Parvis ajoute",
        ),
        (
            "visio",
            "url",
            '"https://a.b/external-api/v1.0"',
            "visio.url: écrivez l’adresse sans /external-api, que Parvis ajoute",
        ),
        ("visio", "url", '"https://vi sio.org"', f"visio.url: {ADDRESS}"),
        ("visio", "url", '"https://[::1"', f"visio.url: {ADDRESS}"),
        ("visio", "url", '"https://me:canary@a.b"', f"visio.url: {PLAIN}"),
        ("visio", "url", '"https://a.b/?x=1"', f"visio.url: {PLAIN}"),
        ("door", "legal_url", '"https://a.b/ c"', f"door.legal_url: {ADDRESS}"),
        ("media", "url", '"ws://a.b"', "media.url: wss est obligatoire, sauf sur cette machine"),
        (
            "media",
            "url",
            '"wss://a.b/rtc"',
            "media.url: écrivez une adresse sans chemin : wss://hote",
        ),
        (
            "visio",
            "proxy",
            '"http://a.b:port"',
            "visio.proxy: écrivez un proxy comme http://proxy.example.org:3128",
        ),
        ("identity", "domains", '["*.gouv.fr"]', f"identity.domains (1): {DOMAIN}"),
        ("identity", "domains", '["a.b", "jean@a.b"]', f"identity.domains (2): {DOMAIN}"),
        ("identity", "domains", '["a.b, c.d"]', f"identity.domains (1): {DOMAIN}"),
        ("identity", "domains", '["https://a.b"]', f"identity.domains (1): {DOMAIN}"),
        ("meetings", "denied_domains", '[""]', f"meetings.denied_domains (1): {DOMAIN}"),
        (
            "door",
            "trusted_proxies",
            '["10.0.0.10/8"]',
            (
                "door.trusted_proxies (1): écrivez une adresse comme 10.1.0.7, ou un réseau comme"
                " 10.1.0.0/16, avec des zéros après son préfixe"
            ),
        ),
        ("store", "url", '"postgresql://u:canary@h:abc/parvis"', f"store.url: {DATABASE}"),
        ("store", "url", '"postgresql://u:canary@h:99999/parvis"', f"store.url: {DATABASE}"),
        ("store", "url", '"postgresql://u:ca@nary@h/parvis"', f"store.url: {DATABASE}"),
        ("store", "url", '"postgresql://u:can/ary@h/parvis"', f"store.url: {DATABASE}"),
        ("store", "url", '"postgresql://u:can#ary@h/parvis"', f"store.url: {DATABASE}"),
        (
            "store",
            "url",
            '"postgresql://u:canary@h/parvis?foo=bar"',
            "store.url: après « ? », écrivez sslmode=…, host=… ou port=…, et rien d’autre",
        ),
        (
            "store",
            "url",
            '"postgresql://u:canary@h/parvis?sslmode=on"',
            (
                "store.url: sslmode doit valoir disable, allow, prefer, require, verify-ca ou"
                " verify-full"
            ),
        ),
        ("store", "url", '"sqlite:///data/"', f"store.url: {SQLITE}"),
        ("store", "url", '"sqlite:///parvis.db?mode=ro"', f"store.url: {SQLITE}"),
        (
            "visio",
            "total_timeout",
            '"0s"',
            "visio.total_timeout: écrivez une durée plus longue que 0s",
        ),
        ("mail", "timeout", '"0s"', "mail.timeout: écrivez une durée plus longue que 0s"),
        ("meetings", "duration", '"0s"', "meetings.duration: écrivez une durée plus longue que 0s"),
        ("meetings", "prolong_by", '"0s"', "meetings.prolong_by: au moins 1m"),
        ("meetings", "prolong_by", '"13h"', "meetings.prolong_by: au plus 12h"),
        ("meetings", "keep", '"99999999999d"', "meetings.keep: au plus 36500d"),
        (
            "meetings",
            "longest",
            '"9999d"',
            "meetings: longest + grace_after ne doit pas dépasser keep",
        ),
        (
            "visio",
            "connect_timeout",
            '"20s"',
            "visio: connect_timeout ne doit pas dépasser total_timeout",
        ),
        (
            "identity",
            "rules",
            '["{localpart}@b.c"]',
            'identity.rules (1): écrivez les clés d’une entrée : {server = "…", email = "…"}',
        ),
        ("matrix", "rate", "-1", "matrix.rate: au moins 0"),
        ("matrix", "device", '" "', f"matrix.device: {TEXT}"),
        ("matrix", "display_name", '""', f"matrix.display_name: {TEXT}"),
        ("visio", "client_id", '""', f"visio.client_id: {TEXT}"),
        ("media", "key", '"a\\nb"', f"media.key: {TEXT}"),
        ("mail", "sender_name", '"a\\nb"', "mail.sender_name: écrivez un texte d’une ligne"),
        ("door", "organisation", '"a\\nb"', "door.organisation: écrivez un texte d’une ligne"),
        ("door", "port", "true", "door.port: écrivez un nombre entier"),
        ("matrix", "rate", "true", "matrix.rate: écrivez un nombre"),
        ("keys", "folder", "7", f"keys.folder: {PATH}"),
        ("keys", "folder", '["a"]', f"keys.folder: {PATH}"),
        ("matrix", "store", '" "', f"matrix.store: {PATH}"),
        ("matrix", "ca_file", "true", f"matrix.ca_file: {PATH}"),
        ("identity", "map_file", "[]", f"identity.map_file: {PATH}"),
        ("visio", "secret_file", "7", f"visio.secret_file: {PATH}"),
        ("visio", "secret_file", '""', f"visio.secret_file: {PATH}"),
        (
            "keys",
            "folder",
            '"~/keys"',
            "keys.folder: écrivez le chemin en entier : « ~ » et « $ » n’y sont pas remplacés",
        ),
        (
            "visio",
            "secret_file",
            '"$CREDENTIALS_DIRECTORY/visio"',
            "visio.secret_file: écrivez le chemin en entier : « ~ » et « $ » n’y sont pas remplacés",
        ),
        (
            "media",
            "secret",
            '"canary of 17 chars"',
            "media.secret: écrivez au moins 32 caractères ; faites-en un : openssl rand -hex 32",
        ),
        (
            "identity",
            "rules",
            '[{server = "a.b", email = "{localpart}@b.c", mail = "x"}]',
            "identity.rules.mail (1): clé inconnue, vouliez-vous dire email ?",
        ),
    ],
)
def test_a_wrong_value_is_told_once_with_how_to_write_it(
    section: str, key: str, value: str, line: str, tmp_path: Path
) -> None:
    given = {**GIVEN, "visio": {**GIVEN["visio"]}}
    if key == "secret_file":
        del given["visio"]["secret"]
    assert complaints(section, key, value, tmp_path, given) == [line]


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("door", "legal_url", '"https://a.b/legal?lang=fr#door"'),
        ("door", "host", '"::"'),
        ("door", "host", '"0.0.0.0"'),
        ("mail", "host", '"smtp_relay"'),
        ("mail", "host", '"messagerie.préfecture.fr"'),
        ("identity", "domains", '["@interieur.gouv.fr", " INTERIEUR.gouv.fr"]'),
        ("store", "url", '"postgresql:///parvis?host=/run/postgresql"'),
        ("store", "url", '"postgresql://u:ca%40nary@[::1]:5432/parvis?sslmode=verify-full"'),
        ("meetings", "warn_before", '"5m"'),
        ("meetings", "keep_trying", '"0s"'),
        ("visio", "url", '"https://a.b/visio/"'),
        ("visio", "proxy", '"http://me:canary@[::1]:3128"'),
    ],
)
def test_what_is_right_is_taken(section: str, key: str, value: str, tmp_path: Path) -> None:
    assert complaints(section, key, value, tmp_path) == []


@pytest.mark.parametrize(
    ("section", "key", "likely"),
    [
        ("mail", "from", "sender"),
        ("mail", "server", "host"),
        ("mail", "smtp_host", "host"),
        ("mail", "username", "user"),
        ("mail", "starttls", "tls"),
        ("mail", "password_path", "password_file"),
        ("matrix", "url", "homeserver"),
        ("matrix", "username", "user"),
        ("matrix", "access_token", "token"),
        ("visio", "application_id", "client_id"),
        ("visio", "client_secret", "secret"),
        ("visio", "client_secret_file", "secret_file"),
        ("visio", "base_url", "url"),
        ("media", "api_key", "key"),
        ("media", "api_secret", "secret"),
        ("media", "mode", "way"),
        ("door", "url", "public_url"),
        ("door", "listen", "host"),
        ("door", "proxies", "trusted_proxies"),
        ("store", "path", "url"),
        ("meetings", "timezone", "zone"),
        ("meetings", "default_duration", "duration"),
        ("meetings", "max_duration", "longest"),
        ("meetings", "max_guests", "guests_per_meeting"),
        ("identity", "people", "map"),
        ("limits", "guests", "meetings.guests_per_meeting"),
        ("smtp", "host", "mail"),
        ("livekit", "key", "media"),
        ("database", "url", "store"),
        ("logging", "level", "logs"),
        ("", "timezone", "meetings.zone"),
        ("", "locale", "language"),
        ("", "sender", "mail.sender"),
        ("", "url", "store.url, visio.url, media.url"),
        ("", "host", "door.host, admin.host, mail.host, inbox.host, federation.host"),
    ],
)
def test_the_key_that_others_call_so_is_named(
    section: str, key: str, likely: str, tmp_path: Path
) -> None:
    lines = complaints(section, key, '"x"', tmp_path)
    assert [line for line in lines if line.endswith(f"clé inconnue, vouliez-vous dire {likely} ?")]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        (
            "PARVIS_MAIL__HOST",
            '"smtp.example.org"',
            "PARVIS_MAIL__HOST: ôtez les guillemets : ils sont lus avec la valeur",
        ),
        ("PARVIS_MAIL__HOST", "a:1", f"PARVIS_MAIL__HOST: {HOST}"),
        ("parvis_mail__port", "x", "parvis_mail__port: écrivez un nombre entier"),
        ("PARVIS_VISIO__SECRET", "canary", "PARVIS_VISIO__SECRET: moins de 10 caractères"),
        ("PARVIS_VISIO__SECRET_FILE", "/nope", "PARVIS_VISIO__SECRET_FILE: /nope est illisible"),
        ("PARVIS_MATRIX__CA_FILE", "/nope", "PARVIS_MATRIX__CA_FILE: /nope est illisible"),
        ("PARVIS_IDENTITY__MAP_FILE", "/nope", "PARVIS_IDENTITY__MAP_FILE: /nope est illisible"),
        (
            "PARVIS_DOOR__TRUSTED_PROXIES",
            "10.0.0.1, x",
            "PARVIS_DOOR__TRUSTED_PROXIES (2): écrivez une adresse",
        ),
        (
            "PARVIS_DOOR__LIMIT__REQUESTS",
            "1",
            "PARVIS_DOOR__LIMIT: clé inconnue, vouliez-vous dire PARVIS_DOOR__LIMITS ?",
        ),
        (
            "PARVIS_DOOR__TRUSTED_PROXIES__0",
            "10.0.0.1",
            "PARVIS_DOOR__TRUSTED_PROXIES: écrivez une liste à virgules : un,deux",
        ),
        (
            "PARVIS_IDENTITY__MAP",
            "@a:b=canary",
            'PARVIS_IDENTITY__MAP: écrivez une table en JSON : {"un": "deux"}',
        ),
        (
            "PARVIS_MAIL__SERVER",
            "a",
            "PARVIS_MAIL__SERVER: clé inconnue, vouliez-vous dire PARVIS_MAIL__HOST ?",
        ),
        (
            "PARVIS_SMTP_HOST",
            "a",
            "PARVIS_SMTP_HOST: variable inconnue, vouliez-vous dire PARVIS_MAIL__HOST ?",
        ),
        (
            "PARVIS_DATABASE_URL",
            "a",
            "PARVIS_DATABASE_URL: variable inconnue, vouliez-vous dire PARVIS_STORE__URL ?",
        ),
        ("PARVIS_CONF", "a", "PARVIS_CONF: variable inconnue, vouliez-vous dire PARVIS_CONFIG ?"),
        (
            "PARVIS_LANG",
            "fr",
            "PARVIS_LANG: variable inconnue, vouliez-vous dire PARVIS_LANGUAGE ?",
        ),
    ],
)
def test_a_wrong_variable_is_told_by_its_own_name(
    name: str, value: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    lines = complaints("logs", "level", '"info"', tmp_path)
    assert len(lines) == 1
    assert lines[0].startswith(line)
    assert "canary" not in lines[0]

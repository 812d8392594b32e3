"""Addresses of databases."""

from pathlib import Path

import pytest

from bridge.store.engine import UnknownDatabase, parse


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_the_address_of_a_server_names_our_driver(scheme: str):
    address = parse(f"{scheme}://parvis:s3cret@db.example:5433/parvis?sslmode=verify-full")
    assert address.drivername == "postgresql+asyncpg"
    assert (address.host, address.port, address.database) == ("db.example", 5433, "parvis")
    assert address.query == {"ssl": "verify-full"}


def test_the_address_of_a_file_is_absolute():
    here = str(Path("data/parvis.db").resolve())
    assert parse("sqlite:///data/parvis.db").database == here
    assert parse("sqlite:////var/lib/parvis.db").database == "/var/lib/parvis.db"
    assert parse("sqlite:///parvis.db").drivername == "sqlite"


@pytest.mark.parametrize(
    "url",
    [
        "mysql://parvis:s3cret@db.example/parvis",
        "postgresql://parvis:s3cret@db.example/parvis?sslrootcert=/ca.pem",
        "sqlite://",
        "sqlite:///:memory:",
        "parvis:s3cret",
        "",
    ],
)
def test_others_are_refused_without_a_word_of_the_password(url: str):
    with pytest.raises(UnknownDatabase) as caught:
        parse(url)
    assert "s3cret" not in str(caught.value)

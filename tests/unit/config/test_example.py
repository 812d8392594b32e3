import tomllib

import pytest

from config.example import TARGET, render
from config.settings import Settings
from config.tree import SECRETS, fields, section
from config.words import EN, FR


def test_the_example_is_the_model() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run python -m config.example"


def test_the_example_shows_every_key() -> None:
    lines = [line.removeprefix("# ") for line in render().splitlines()]
    for path, field in fields():
        name = f"[{'.'.join(path)}]" if section(field) else f"{path[-1]} = "
        secret = f"{path[-1]}_file = "
        assert any(line.startswith((name, secret)) for line in lines), path


def test_every_key_is_explained() -> None:
    for path, field in fields():
        inner = section(field)
        assert inner.__doc__ if inner else field.description, path


def _uncommented() -> str:
    """The example with each default as if it had been set; prose is left in its comments."""
    names = {path[-1] for path, _ in fields()} | {f"{path[-1]}_file" for path in SECRETS}
    lines = []
    for line in render().splitlines():
        name = line.removeprefix("# ").partition(" = ")[0]
        lines.append(line.removeprefix("# ") if name in names else line)
    return "\n".join(lines)


def test_the_defaults_it_shows_are_the_defaults() -> None:
    shown = tomllib.loads(_uncommented())
    for table in shown.values():
        if isinstance(table, dict):
            for name in [name for name in table if name.endswith(("_file", "profile"))]:
                del table[name]
    for table, name in [("matrix", "device"), ("mail", "user"), ("inbox", "host")]:
        del shown[table][name]
    shown["visio"]["secret"] = "a secret"
    shown.pop("profile")
    required = {
        "matrix": {"homeserver": "https://matrix.example.org", "user": "@visio:example.org"},
        "visio": {"url": "https://visio.example.org", "client_id": "parvis", "secret": "a secret"},
        "door": {"public_url": "https://invites.example.org"},
        "mail": {"sender": "visio@example.org"},
    }
    alone, whole = Settings(**required), Settings(**shown)  # type: ignore[arg-type]
    for path, field in fields():
        if not section(field) and not (field.examples or field.is_required()):
            first, second = alone, whole
            for name in path:
                first, second = getattr(first, name), getattr(second, name)
            assert first == second, path


@pytest.mark.parametrize("kind", sorted(EN))
def test_both_languages_have_the_sentence(kind: str) -> None:
    assert kind in FR

"""`parvis partners`: agreements as the operator keeps them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.bot.test_cli import parvis, write

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("undone")]
AGREEMENT = """
partner = "https://invites.b.example"
label = "Ministère B"
direction = ["inbound"]
methods = ["bridge"]
valid = { from = 2020-01-01, until = 2099-12-31 }
"""


@pytest.fixture
def home(tmp_path: Path, set_up: Callable[[Path], None]) -> Path:
    write(tmp_path, more='[federation]\nissuer = "https://invites.a.example"\n')
    set_up(tmp_path)
    return tmp_path


def agreement(home: Path, text: str = AGREEMENT) -> str:
    (home / "b.toml").write_text(text)
    return str(home / "b.toml")


def test_an_agreement_is_added_changed_shown_and_switched(home: Path):
    added = parvis(home, "partners", "add", agreement(home))
    assert (added.exit_code, "agreement recorded" in added.stdout) == (0, True)
    assert "nothing has changed" in parvis(home, "partners", "add", agreement(home)).stdout
    changed = agreement(home, AGREEMENT + "[limits]\nguests_per_meeting = 7\n")
    told = parvis(home, "partners", "add", changed).stdout
    assert "limits.guests_per_meeting: 20 → 7" in told
    (listed,) = json.loads(parvis(home, "partners", "list", "--json").stdout)
    assert (listed["label"], listed["state"]) == ("Ministère B", "in-force")
    shown = parvis(home, "partners", "show", "ministère b").stdout
    assert "limits.guests_per_meeting: 7" in shown
    off = parvis(home, "partners", "disable", "https://invites.b.example")
    assert (off.exit_code, "is suspended" in off.stdout) == (0, True)
    assert "suspended" in parvis(home, "partners", "list").stdout
    assert "resumes" in parvis(home, "partners", "enable", "Ministère B").stdout


def test_the_redirect_address_to_register_at_a_partner_s_provider(home: Path):
    provider = '[oidc]\nissuer = "https://sso.b.example:1/realms/b"\nclient_id = "parvis"\n'
    text = AGREEMENT + provider + 'client_secret = "s3cret"\n'
    assert parvis(home, "partners", "add", agreement(home, text)).exit_code == 0
    shown = parvis(home, "partners", "show", "Ministère B").stdout
    assert "provider: https://sso.b.example:1/realms/b\n" in shown
    assert re.search(
        r"^provider.redirect: https?://[^/]+/sign-in/[0-9a-f]{16}$", shown, re.MULTILINE
    )
    assert "s3cret" not in shown
    tested = parvis(home, "partners", "test", "Ministère B")
    assert (tested.exit_code, "(port not allowed)" in tested.stdout) == (1, True)
    half = parvis(home, "partners", "add", agreement(home, text + 'tenant = "b"\n'))
    assert (half.exit_code, "tenant_claim" in half.stderr) == (2, True)
    open_http = provider.replace("https:", "http:")
    plain = parvis(home, "partners", "add", agreement(home, AGREEMENT + open_http))
    assert (plain.exit_code, "oidc.issuer" in plain.stderr) == (2, True)


def test_what_is_wrong_in_a_file_is_told(home: Path):
    wrong = parvis(home, "partners", "add", agreement(home, AGREEMENT + "bogus = 1\n"))
    assert (wrong.exit_code, "bogus: unknown key" in wrong.stderr) == (2, True)
    lost = parvis(home, "partners", "add", str(home / "nothing.toml"))
    assert lost.exit_code == 2
    broken = parvis(home, "partners", "add", agreement(home, "partner = "))
    assert broken.exit_code == 2


def test_our_own_instance_is_no_partner(home: Path):
    ours = AGREEMENT.replace("invites.b", "invites.a")
    refused = parvis(home, "partners", "add", agreement(home, ours))
    assert (refused.exit_code, "our own instance" in refused.stderr) == (1, True)


def test_a_promise_to_forget_earlier_than_we_do_is_refused(home: Path):
    early = AGREEMENT + "[data]\nretain_days = 3\n"
    refused = parvis(home, "partners", "add", agreement(home, early))
    assert (refused.exit_code, "meetings.forget_after" in refused.stderr) == (1, True)


def test_an_unknown_partner_and_one_without_an_instance(home: Path):
    assert parvis(home, "partners", "show", "Ministère C").exit_code == 1
    parvis(home, "partners", "add", agreement(home))
    tested = parvis(home, "partners", "test", "Ministère B")
    assert (tested.exit_code, "no federation_key" in tested.stdout) == (1, True)


def test_the_thumbprint_to_read_to_a_partner(home: Path):
    shown = parvis(home, "keys", "show")
    again = parvis(home, "keys", "show")
    assert shown.stdout.startswith("Federation key: sha256:")
    assert shown.stdout == again.stdout

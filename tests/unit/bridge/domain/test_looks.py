"""How others see a guest: the mark in front, the colour, what of it is not as it should be."""

import re
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.looks import LONGEST, Look, color_of, marked

VISIO_COLOR = re.compile(r"hsl\((?:[0-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|360), [5-7][0-9]%, (?:[2-5][0-9]|60)%\)")  # fmt: skip
"""The colours that Visio's page accepts; it shows violet instead of anything else."""
NARROW = 22
"""Characters that Visio's narrow columns hold."""


def test_the_mark_stands_where_no_column_cuts_it() -> None:
    assert marked("Karim Benali", "partenaire.example") == "ext. Karim Benali (partenaire.example)"
    assert marked("Jean Dupont", "") == "ext. Jean Dupont"
    assert marked("Karim Le Très-Long-Prénom", "partenaire.example")[:NARROW].startswith("ext. K")


@given(st.text(max_size=64), st.text(max_size=253))
def test_the_media_server_takes_every_name(name: str, organisation: str) -> None:
    shown = marked(name, organisation)
    assert len(shown.encode()) <= LONGEST
    assert shown.startswith("ext. ")


def test_a_name_is_cut_only_where_the_media_server_takes_no_more() -> None:
    fits = "a" * (LONGEST - len("ext. "))
    assert marked(fits, "") == f"ext. {fits}"
    assert marked(f"{fits}a", "") == f"ext. {fits[:-3]}…"
    domain = "d" * 100
    assert marked("Jean", domain) == f"ext. Jean ({domain})"


def test_of_a_domain_that_is_too_long_the_end_says_whose_it_is() -> None:
    domain = f"agence.gouv.fr.{'a' * 120}.evil.example"
    shown = marked("漢" * 64, domain)
    assert shown.endswith(".evil.example)")
    assert "(…" in shown
    assert len(shown.encode()) > LONGEST - len("漢".encode()), "no more is cut than must be"
    assert "agence" not in shown
    assert shown.startswith("ext. 漢漢")


def test_a_colour_is_one_that_visio_s_page_takes_and_stays_the_same() -> None:
    colors = {color_of(f"guest-{uuid4()}") for _ in range(2000)}
    assert all(VISIO_COLOR.fullmatch(one) for one in colors)
    assert len(colors) > 1900
    known = "guest-2f5c0c61-3b4f-4a39-8d0b-4d9f6c7a1a11"
    assert color_of(known) == "hsl(267, 55%, 21%)", "in every process"


WANTED = Look("Jean", {"room_role": "", "is_authenticated": "false"})


@pytest.mark.parametrize(
    ("seen", "amended"),
    [
        (Look("Jean", {"is_authenticated": "false"}), None),
        (Look("Jean", {"is_authenticated": "false", "handRaisedAt": "now"}), None),
        (Look("Bob", {"is_authenticated": "false"}), Look("Jean")),
        (Look("Jean", {}), Look(None, {"is_authenticated": "false"})),
        (
            Look("Bob", {"is_authenticated": "true", "room_role": "owner"}),
            Look("Jean", {"is_authenticated": "false", "room_role": ""}),
        ),
    ],
)
def test_what_is_wrong_is_amended_and_nothing_else(seen: Look, amended: Look | None) -> None:
    assert WANTED.amends(seen) == amended


def test_a_name_that_nobody_kept_is_left_alone() -> None:
    assert Look(None, WANTED.attributes).amends(Look("Bob", WANTED.attributes)) is None

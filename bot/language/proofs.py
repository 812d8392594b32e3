"""`avec code`, `with a PIN`: what guests must show besides their link, wherever it stands."""

import re
from dataclasses import replace

from bot.language.line import Line
from bot.language.refusals import Here
from bridge.domain.proof import Proof

_PROOF = re.compile(
    r"\b(?:avec|with)\s+(?:(?:un|a|le|the)\s+)?(code\s+(?:de\s+)?pin|pin\s+code|code|pin)\b"
)
_ENDS = re.compile(r"[\s,;.!)]*(?:\Z|(?:avec|with|et|and|svp|stp|please)\b|\S*@)")
"""Words that may follow among people: `avec code source` is about something else."""


def read_proof(line: Line, here: Here) -> tuple[Proof | None, Line, Here]:
    """Return the proof that a line demands of guests, and the rest of it."""
    return _without(line, _PROOF.search(line.shadow), here)


def proof_beside(line: Line, here: Here) -> tuple[Proof | None, Line, Here]:
    """Return the proof that a meeting's line demands of the guests in it, and its rest."""
    asked = (one for one in _PROOF.finditer(line.shadow) if _ENDS.match(line.shadow, one.end()))
    return _without(line, next(asked, None), here)


def _without(
    line: Line, found: re.Match[str] | None, here: Here
) -> tuple[Proof | None, Line, Here]:
    if found is None:
        return None, line, here
    start, end = found.span()
    asked = " ".join(line.text[start:end].split())
    if line.text[:start].rstrip().endswith("(") and line.text[end:].lstrip().startswith(")"):
        start, end = line.text.rindex("(", 0, start), line.text.index(")", end) + 1
    text = f"{line.text[:start]}{' ' * (end - start)}{line.text[end:]}"
    proof = Proof.PIN if "pin" in found[1] else Proof.MAIL
    return proof, Line.of(text, line.mentions), replace(here, tail=asked)

"""An organiser's name from the Matrix id alone, where nobody knows better."""

import re

from bridge.ids import UserId


class LocalParts:
    """Turns `@jean.dupont-beta.gouv.fr:…` into "Jean Dupont".

    Tchap writes an address as a local part with `-` for `@`, so where the name ends and the
    domain begins is a guess: the family name is taken up to its first hyphen. A compound name
    loses its second half rather than a stranger learning the domain.
    """

    async def name(self, user: UserId) -> str:
        """Return a name to show, the local part's first word at least."""
        local = user.removeprefix("@").partition(":")[0]
        first, dot, rest = local.partition(".")
        family = re.split(r"[-.]", rest, maxsplit=1)[0] if dot else ""
        given = first if dot else first.partition("-")[0]
        return " ".join(_capital(word) for word in (given, family) if word)


def _capital(word: str) -> str:
    return "-".join(part.capitalize() for part in re.split(r"[-_]", word))

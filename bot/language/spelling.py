"""Spellings of text messages: `cn u cancel plz`, `ya des réus 2main ?`.

We read a line with its words spelt out, and only offer the result: nobody gets a title that they
did not type.
"""

import re
from collections.abc import Mapping

from bot.language.line import Line, Word, WordKind
from bot.language.text import word_set


def _pairs(text: str) -> Mapping[str, str]:
    return {
        short: whole.strip()
        for row in text.strip().splitlines()
        for shorts, _, whole in [row.partition("=")]
        for short in shorts.split()
    }


_POLITE = frozenset({"plz", "plzz", "plez", "pleez", "pliz", "pleaz", "plse"})
_ANYWHERE = _pairs(
    """
    2main 2m1 2min1 dem1 dm1 dmain 2mains = demain
    ajd ojd auj ajdh = aujourd'hui
    2moro 2morow 2morrow 2mrw 2mro tmrw tmr tmrow tomoz tmoro = tomorrow
    2day tdy = today
    2nite 2night 2nit tonite = tonight
    """
)
"""Words of time: these spellings mean nothing else."""
_FIRST = _pairs(
    """
    whos = who's
    whats wats wots = what's
    wheres = where's
    whens = when's
    hows = how's
    wen = when
    wat wot = what
    ya = y a
    yaura = y aura
    yavait = y avait
    yatil yatil-il = y a-t-il
    ki kiki = qui
    koi kwa = quoi
    kan kand qd = quand
    kel = quel
    kelle = quelle
    kels = quels
    pk pkoi prkoi pourkoi prk = pourquoi
    cmt coment koment = comment
    keske keskil = qu'est-ce que
    jpeux jpe jpeu = je peux
    jveux jve = je veux
    jvoudrais = je voudrais
    jsuis chui chuis = je suis
    jai = j'ai
    jarrive = j'arrive
    ty = thank you
    cest cé = c'est
    gimme = give me
    lemme = let me
    bjr = bonjour
    slt = salut
    mrc = merci
    dsl = désolé
    thnx tnx tks = thanks
    """
)
"""Words in front of a line, in small letters."""
_AT_AN_HOUR = re.compile(
    r"(?<=[a-z])@(?=[0-9]{1,2}(?::[0-9]{2}|h[0-9]{0,2}|(?::[0-9]{2})?\s?[ap]m)(?![\w.]))"
)
"""`tomorrow@2pm`"""
_NAMED = re.compile(r"<[^<>\s]+@")
"""`pls <pls@partenaire.example>` is a person."""
_ASKING = word_set("whos whats wheres whens hows ya yaura jpeux jveux jai keske cest")
"""These with a capital too."""
_BEGINS = (
    (re.compile(r"(?:cn|can|cud|cld|could|wud|wld|would|will?)\s(?:u|ya|yu)(?![\w'-])"), "can you"),
    (re.compile(r"(?:r|are)\su(?![\w'-])"), "are you"),
    (re.compile(r"(?:du|do|did)\su(?![\w'-])"), "do you"),
    (re.compile(r"(?:tu\spe|tpe|tpeux|tpeu|tu\speu)(?![\w'-])"), "tu peux"),
    (re.compile(r"c(?=\s(?:[qk]u?oi|[qk]u?i|[qk]u?and?|ou|possible|bon)(?![\w'-]))"), "c'est"),
    (re.compile(r"c\sa\s(?:kell?e?|quelle)\s(?=heure)"), "c'est à quelle "),
    (re.compile(r"tt\sde\ssuite(?![\w'-])"), "tout de suite"),
    (re.compile(r"prolonger?(?=[0-9])"), "prolonger "),
    (re.compile(r"extend(?=[0-9])"), "extend "),
    (re.compile(r"ill(?=\s(?:be|come|join|not|miss)(?![\w'-]))"), "i'll"),
    (re.compile(r"g(?=\s(?:besoin|un|plus|pas|perdu)(?![\w'-]))"), "j'ai"),
    (re.compile(r"t(?=\s(?:la|ou|qui|ki)(?![\w'-]))"), "tu es"),
)  # fmt: skip
"""Two words together in front; one alone means nothing."""


def pleading(line: Line) -> Line:
    """Return a line with every short "please" spelt out."""
    return _with(line, {word: "please" for word in line.words if word.text in _POLITE})


def spelt_out(line: Line) -> Line | None:
    """Return a line with the words of text messages spelt out; `None` if it has none."""
    whole = {word: _ANYWHERE[word.text.lower()] for word in line.words if _short(word, _ANYWHERE)}
    better = _beginning(_with(line, whole))
    if _AT_AN_HOUR.search(better.text) and not better.mentions:
        better = Line.of(_AT_AN_HOUR.sub(" @", better.text))
    return None if better.text == line.text else better


def _beginning(line: Line) -> Line:
    for pattern, whole in _BEGINS:
        found = pattern.match(line.shadow, _start(line))
        if found is not None and line.text[found.start()].islower():
            text = f"{line.text[: found.start()]}{whole}{line.text[found.end() :]}"
            second = Line.of(text).words[len(whole.split()) :][:1]
            return _with(
                Line.of(text), {word: _FIRST[word.text] for word in second if _short(word, _FIRST)}
            )
    first = line.words[:1]
    return _with(line, {word: _FIRST[word.text.lower()] for word in first if _short(word, _FIRST)})


def _start(line: Line) -> int:
    return line.words[0].start if line.words else 0


def _short(word: Word, known: Mapping[str, str]) -> bool:
    typed = word.text
    small = not typed[:1].isupper() or (known is _FIRST and typed.lower() in _ASKING)
    return word.kind is WordKind.BARE and small and typed.lower() in known


def _with(line: Line, whole: Mapping[Word, str]) -> Line:
    """Return a line with other words; mentions and named people stay unchanged."""
    if not whole or line.mentions or _NAMED.search(line.text):
        return line
    text = line.text
    for word in sorted(whole, key=lambda one: -one.start):
        text = text[: word.start] + whole[word] + text[word.end :]
    return Line.of(text)

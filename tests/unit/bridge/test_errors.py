"""The errors that people are told of: their tree, their codes, their advice."""

import re

import bridge.errors
from bridge.errors import ParvisError

BRANCH = re.compile(r"^ {4}([│ ├└─]*)(\w+)(?: {2,}(.+))?$", re.MULTILINE)


def classes(of: type[ParvisError]) -> list[type[ParvisError]]:
    """Return a class and all below it."""
    return [of, *(one for below in of.__subclasses__() for one in classes(below))]


def test_the_tree_shows_every_error_below_its_base():
    assert bridge.errors.__doc__
    shown, path = {}, [""]
    for indent, name, _ in BRANCH.findall(bridge.errors.__doc__):
        depth = len(indent) // 4
        path[depth:] = [name]
        shown[name] = path[depth - 1] if depth else "Exception"
    there = {one.__name__: one.__base__.__name__ for one in classes(ParvisError) if one.__base__}
    ours = {name: base for name, base in there.items() if name in bridge.errors.__all__}
    assert shown == ours


def test_each_code_is_one_errors_alone():
    codes = [one.code for one in classes(ParvisError)[1:]]
    assert len(codes) == len(set(codes))
    assert {"visio-unknown-agent", "media-away", "no-meeting"} <= set(codes)


def test_each_error_advises_its_reader():
    assert all(one.__doc__ for one in classes(ParvisError))

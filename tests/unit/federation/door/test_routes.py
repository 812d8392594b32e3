"""No part of the door hides another's route."""

import pytest
from aiohttp import web

from federation.door.app import _refuse_twice


async def view(_: web.Request) -> web.Response:
    return web.Response()


def app(*routes: web.RouteDef) -> web.Application:
    made = web.Application()
    made.add_routes(routes)
    return made


def test_the_same_route_of_two_parts_is_refused():
    """aiohttp refuses neighbours alone, and serves the first of others."""
    twice = app(web.post("/a", view), web.post("/b", view), web.post("/a", view))
    with pytest.raises(ValueError, match="/a"):
        _refuse_twice(twice)


def test_two_methods_of_one_place_are_two_routes():
    _refuse_twice(app(web.get("/a", view, allow_head=False), web.post("/a", view)))

"""The sandbox's own meeting page for agents: Visio's is not here, and its double has no media.

It is a plain page on the client library that the door's page uses too. It is no part of Parvis.
"""

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path

from aiohttp import web

from tests.doubles.visio import Room, VisioDouble
from tests.servers.livekit import LiveKit

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "federation/web/node_modules/livekit-client/dist/livekit-client.umd.js"


def meets_here(visio: VisioDouble, server: LiveKit, agents: Mapping[str, str]) -> None:
    """Make the double's rooms rooms of `server`, and its pages ours; `agents`: name by key."""
    options = visio.options
    options.livekit_url, options.livekit_key = server.ws_url, server.visio.key
    options.livekit_secret = server.visio.secret.get_secret_value()
    options.livekit_api = server.url

    def shown(room: Room, request: web.Request) -> web.Response:
        return _shown(visio, agents, room, request)

    visio.room_page = shown
    visio.scripts["livekit-client.js"] = CLIENT
    visio.scripts["agent.js"] = HERE / "agent.js"


def _shown(
    visio: VisioDouble, agents: Mapping[str, str], room: Room, request: web.Request
) -> web.Response:
    who = request.query.get("agent", "")
    name = agents.get(who)
    if name is None:
        links = "".join(
            f'<li><a href="?agent={escape(key)}">{escape(each)}</a></li>'
            for key, each in agents.items()
        )
        return _page(f"<p>Qui êtes-vous ?</p><ul>{links}</ul>")
    given = visio.world.livekit(room, identity=f"sandbox-{who}", name=name)
    return _page(
        f'<p>Vous êtes {escape(name)}. <span id="state">Connexion…</span></p>'
        '<p><button id="microphone">Micro</button> <button id="camera">Caméra</button>'
        ' <button id="leave">Quitter</button></p><ul id="people"></ul><div id="faces"></div>'
        f'<script type="application/json" id="given">{json.dumps(given)}</script>'
        '<script src="/sandbox/livekit-client.js"></script><script src="/sandbox/agent.js"></script>'
    )


def _page(body: str) -> web.Response:
    text = (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Bac à sable : réunion</title>'
        "<style>body{font:1rem sans-serif;margin:1rem}video{width:20rem;background:#222}</style>"
        "</head><body><h1>Bac à sable : la réunion, côté agent</h1>"
        "<p>Cette page remplace celle de Visio, qui n’est pas ici.</p>"
        f"{body}</body></html>\n"
    )
    return web.Response(text=text, content_type="text/html")

"""Proxies that don't tell who their clients are are counted each time, and logged once."""

from ipaddress import ip_network

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from federation.door.doubts import Doubts
from federation.door.gate import HOOKS, SIGNALLING, Gate
from federation.door.metrics import DoorMetrics
from tests.defaults import door_options

SETTINGS = door_options(
    public_url="https://porte.example",
    visio_origin="https://visio.example",
    trusted_proxies=(ip_network("10.9.0.0/16"),),
)


def asked(peer: str, path: str = "/", forwarded: str = "203.0.113.1") -> web.Request:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return make_mocked_request("GET", path, headers=headers).clone(remote=peer)


def test_what_clients_can_make_up_fills_no_log():
    registry = CollectorRegistry()
    doubts = Doubts(SETTINGS, Gate(SETTINGS), DoorMetrics(registry))
    with capture_logs() as logs:
        for _ in range(2):
            for n in range(100):
                doubts.look(asked(f"192.0.{n}.7"))
        doubts.look(asked("10.9.0.1"))
        doubts.look(asked("10.9.0.1", forwarded=""))
        for path in (HOOKS, SIGNALLING):
            doubts.look(asked("192.0.2.7", path))
    assert len(logs) == 16
    assert len({one["proxy"] for one in logs}) == 16
    counted = registry.get_sample_value("parvis_door_unnamed_total", {"reason": "undeclared"})
    assert counted == 200

"""The operator's guide names settings, metrics and commands that exist."""

import re
import tomllib
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bot.program.cli import app
from bridge.metrics import Metrics
from config.load import load
from config.tree import SECRETS, fields
from federation.door.metrics import BoundaryMetrics, DoorMetrics
from tests.guide import block, followed

GUIDE = (Path(__file__).parents[3] / "docs" / "operator.md").read_text(encoding="utf-8")


def test_its_settings_exist() -> None:
    known = {".".join(path) for path, _ in fields()}
    known |= {".".join(path) + "_file" for path in SECRETS}
    sections = {name.partition(".")[0] for name in known}
    pattern = rf"`((?:{'|'.join(sorted(sections))})\.[a-z_.]+)(?:`| =)"
    named = set(re.findall(pattern, GUIDE))
    assert len(named) > 15
    events = {
        "mail.sent",
        "door.answered",
        "door.pass.failed",
        "door.proxy.doubted",
        "store.log_kept",
        "store.begun_from_now",
        "matrix.position_ahead",
        "matrix.identity_unknown",
    }
    assert named - known - events == set(), "neither a setting nor an event of the log"


def test_its_variables_exist() -> None:
    known = {"PARVIS_" + "__".join(path).upper() for path, _ in fields()}
    known |= {f"PARVIS_{'__'.join(path).upper()}_FILE" for path in SECRETS}
    named = set(re.findall(r"\bPARVIS_[A-Z_]+", GUIDE))
    assert named
    assert named <= known


def test_its_metrics_exist_and_all_are_there() -> None:
    metrics, registry = Metrics("x"), CollectorRegistry()
    DoorMetrics(registry)
    BoundaryMetrics(registry, of="federation", title="role federation")
    real = set()
    for collector in (metrics.registry, registry):
        for metric in collector.collect():
            real.add(metric.name + ("_total" if metric.type == "counter" else ""))
    named = set(re.findall(r"\bparvis_[a-z_]+", GUIDE))
    ours = {name for name in real if name.startswith("parvis_")}
    assert named == ours - {"parvis_build_info"}


def test_its_commands_exist() -> None:
    known = {str(command.name or command.callback.__name__) for command in app.registered_commands if command.callback}  # fmt: skip
    known |= {str(group.name) for group in app.registered_groups}
    named = set(re.findall(r"(?:`|^|/)parvis ([a-z]+)", GUIDE, re.MULTILINE))
    assert named == known


def test_its_settings_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    people = tmp_path / "people.toml"
    people.write_text(blocks[1], encoding="utf-8")
    text = blocks[0].replace("/etc/parvis/people.toml", str(people))
    for name in ("matrix", "visio"):
        (tmp_path / name).write_text("5c2f17a29bd74a11")
        (tmp_path / name).chmod(0o400)
        text = text.replace(f"/run/credentials/parvis.service/{name}", str(tmp_path / name))
    (tmp_path / "parvis.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    settings = load(tmp_path / "parvis.toml")
    assert settings.identity.map == tomllib.loads(blocks[1])
    assert settings.matrix.account_expires is not None


def test_the_installation_makes_what_the_unit_reads(tmp_path: Path) -> None:
    """And only root reads the secrets, which systemd loads for the service."""
    unit = re.search(r"```ini\n(.*?)```", GUIDE, re.DOTALL)
    assert unit is not None
    wanted = re.findall(r"^LoadCredential=\w+:(\S+)$", unit[1], re.MULTILINE)
    wanted += re.findall(r"^ExecStart=.* --config (\S+)$", unit[1], re.MULTILINE)
    for folder in ("etc/systemd/system", "usr/local/sbin"):
        (tmp_path / folder).mkdir(parents=True)
    followed(block("useradd"), {"/etc": tmp_path / "etc", "/usr/local": tmp_path / "usr/local"})
    modes = {path: oct((tmp_path / path[1:]).stat().st_mode & 0o777) for path in wanted}
    assert modes == {
        "/etc/parvis/secrets/matrix": "0o600",
        "/etc/parvis/secrets/visio": "0o600",
        "/etc/parvis/parvis.toml": "0o644",
    }
    assert (tmp_path / "etc/parvis/secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "usr/local/sbin/parvis-ctl").stat().st_mode & 0o777 == 0o755


def test_the_start_after_a_restore_is_the_usual_one_and_once(tmp_path: Path) -> None:
    """The part that systemd would start at that moment, and the rest for the next start."""
    (usual,) = re.findall(r"^ExecStart=(/opt\S+ run .*)$", GUIDE, re.MULTILINE)
    file = tmp_path / "parvis.service.d" / "from-now.conf"
    shown = followed(
        block("from-now.conf"),
        {"/run/systemd/system": tmp_path},
        systemctl=f'if [ "$1" = start ]; then cat {file}; fi',
    )
    started = usual.replace(" run ", " run --from-now ")
    assert shown == f"[Service]\nExecStart=\nExecStart={started}\n"
    assert not file.exists()

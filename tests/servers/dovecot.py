"""A Dovecot in a temporary folder, on loopback, with one account and TLS."""

import grp
import imaplib
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.certificates import write_self_signed
from tests.servers.ports import free_ports, wait_until_open
from tests.servers.processes import bound_to_us, running

USER, PASSWORD = "visio@parvis.example", "clé de la boîte"
_VERSION = "2.3."
"""Later ones read another form of settings."""
_CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
ssl_dh =
mail_location = maildir:{folder}/mail/box
default_internal_user = {me}
default_internal_group = {group}
default_login_user = {me}
first_valid_uid = 1
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail allow_all_users=yes
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""


def missing() -> str | None:
    """Return what the machine lacks for it."""
    program = _program()
    if program is None:
        return "Dovecot is not installed (apt-get install dovecot-imapd)"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return None if said.startswith(_VERSION) else f"Dovecot is {said.split()[0]}, not {_VERSION}x"


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass(frozen=True, slots=True)
class Dovecot:
    """Its ports, and its account."""

    port: int
    """With TLS from the beginning."""
    plain: int
    """With STARTTLS."""
    certificate: Path
    host: str = "127.0.0.1"
    password: str = field(default=PASSWORD, repr=False)

    @contextmanager
    def session(self) -> Iterator[imaplib.IMAP4]:
        """Sign in as a mail reader does."""
        trust = ssl.create_default_context(cafile=self.certificate)
        with imaplib.IMAP4_SSL(self.host, self.port, ssl_context=trust, timeout=10) as client:
            client.authenticate(
                "PLAIN",
                lambda _: f"\0{USER}\0{PASSWORD}".encode(),  # what LOGIN can't spell
            )
            yield client

    def receive(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Put mails into the box."""
        with self.session() as client:
            for one in mails:
                assert client.append(folder, "", "", one)[0] == "OK"

    def flags(self, folder: str = "INBOX") -> list[set[str]]:
        """Return the flags of all mails, in their order."""
        with self.session() as client:
            client.select(folder, readonly=True)
            rows = client.fetch("1:*", "(FLAGS)")[1]
        known = [imaplib.ParseFlags(row) for row in rows if isinstance(row, bytes)]
        return [{one.decode() for one in flags} - {"\\Recent"} for flags in known]

    def clear(self, folder: str = "INBOX") -> None:
        """Empty the folder."""
        with self.session() as client:
            if int(client.select(folder)[1][0] or 0):
                client.store("1:*", "+FLAGS", "\\Deleted")
                client.expunge()


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run a Dovecot until the block ends."""
    program = _program()
    assert program is not None
    port, plain = free_ports(2)
    # As root it reads mail as another user, who must come through all folders above.
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    me = pwd.getpwuid(os.geteuid())
    with tempfile.TemporaryDirectory(prefix="dovecot-", dir="/tmp") as made:
        folder = Path(made)
        folder.chmod(0o755)
        write_self_signed(folder / "cert.pem", folder / "key.pem")
        (folder / "mail").mkdir()
        os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
        users = folder / "users"
        users.write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        os.chown(users, owner.pw_uid, owner.pw_gid)
        config = folder / "dovecot.conf"
        config.write_text(
            _CONFIG.format(
                folder=folder,
                me=owner.pw_name if root else me.pw_name,
                group=grp.getgrgid(owner.pw_gid).gr_name,
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                port=port,
                plain=plain,
            )
        )
        argv: list[str | Path] = [*bound_to_us(), program, "-F", "-c", config]
        with running(argv, mark="starting up"):
            wait_until_open(port)
            wait_until_open(plain)
            yield Dovecot(port, plain, folder / "cert.pem")

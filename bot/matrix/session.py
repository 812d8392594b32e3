"""The login: once, and then for years.

Tchap asks bots never to log in at each start. An issued access token with its device id is best; a
password serves for the first login and to repair what can't be repaired otherwise. The session
survives refresh tokens and soft logouts; a hard logout ends the bot with advice, and a password
repairs it.
"""

import asyncio
import secrets
import string
from dataclasses import replace

import nio
import structlog
from nio.crypto import Olm, OlmAccount
from peewee import DatabaseError
from pydantic import SecretStr

from bot.matrix.errors import (
    AccountUnusable,
    LoggedOut,
    LoginRefused,
    MatrixTrouble,
    Refusal,
    SessionEnded,
    StoreLocked,
    StoreLost,
)
from bot.matrix.raw import route, table, text
from bot.matrix.settings import Access, Credentials, MatrixOptions
from bot.matrix.store import CryptoStore
from bot.matrix.wire import TOKEN_ERRORS, MatrixWire
from bridge.store.sqlite import keep_private

log = structlog.get_logger()


class Session:
    """The login of one account and the keys of its device."""

    def __init__(
        self,
        client: nio.AsyncClient,
        wire: MatrixWire,
        settings: MatrixOptions,
        credentials: Credentials,
    ) -> None:
        self._client = client
        self._wire = wire
        self._settings = settings
        self._credentials = credentials
        self._access: Access | None = None
        self._renewing = asyncio.Lock()
        # The same at each try: a lost answer must not leave a device behind.
        self._new_device = _random_device()

    async def open(self) -> CryptoStore:
        """Log in or resume, and open the device's keys. Raises MatrixTrouble."""
        access = await self._resume() or await self._log_in(self._new_device)
        self._wire.renew = self.renew
        keys = self._open_store(access.device_id)
        try:
            if keys is None or not await self._keys_match(keys):
                access = await self._replace(access)
                keys = self._open_store(access.device_id)
            if keys is None:
                raise StoreLost("a new store could not be opened")
            return self._load(keys)
        except MatrixTrouble:
            if keys is not None:
                keys.close()  # the next try opens it again
            raise

    async def renew(self, refused: str, soft: bool) -> None:
        """Get another access token for the same device. Raises LoggedOut if there is no way."""
        async with self._renewing:
            if self._client.access_token != refused:
                return  # another caller just did
            access = self._access
            if access is None or not (
                await self._refresh(access) or await self._log_back_in(access, soft)
            ):
                mendable = self._settings.password is not None
                ended = SessionEnded if mendable else LoggedOut
                raise ended("the access token was refused and cannot be renewed")

    async def _resume(self) -> Access | None:
        """Return the first known access that works, None if only a login is left."""
        refused: AccountUnusable | None = None
        for access in await self._known():
            try:
                return await self._try(access)
            except LoggedOut as error:
                log.warning("matrix.access_refused", device=access.device_id)
                refused = error
        if refused is not None and self._settings.password is None:
            raise refused
        return None

    async def _known(self) -> list[Access]:
        """Return the accesses to try, saved before configured: a refresh may have replaced those.

        A configured device that differs from the saved one means that the operator moved on.
        """
        saved = await self._credentials.load()
        token = self._settings.access_token
        if token is None:
            return [saved] if saved else []
        configured = Access(access_token=token, device_id=self._settings.device_id or "")
        if saved and configured.device_id in ("", saved.device_id):
            return [saved, configured]
        return [configured]

    async def _try(self, access: Access) -> Access:
        self._use(access)
        try:
            answer = await self._wire.once("GET", route("account", "whoami"))
        except Refusal as refusal:
            if refusal.errcode not in TOKEN_ERRORS:
                raise
            soft = refusal.answer.get("soft_logout") is True
            await self.renew(access.access_token.get_secret_value(), soft)
            answer = await self._wire.once("GET", route("account", "whoami"))
        if text(answer, "user_id") != self._settings.user:
            raise LoginRefused(f"the access token is not {self._settings.user}'s")
        device = text(answer, "device_id")
        if not device or access.device_id not in ("", device):
            raise LoginRefused("the access token belongs to no device, or to another one")
        assert self._access is not None
        current = replace(self._access, device_id=device)
        if current != await self._credentials.load():
            await self._keep(current)
        return current

    async def _log_in(self, device: str) -> Access:
        password = self._settings.password
        if password is None:
            raise LoginRefused("neither an access token nor a password is configured")
        self._client.access_token = ""
        try:
            answer = await self._wire.once(
                "POST", route("login"), _login(self._settings, password, device)
            )
        except Refusal as refusal:
            if refusal.passing:
                raise
            raise LoginRefused(refusal.errcode) from refusal
        access = _access(answer, device)
        await self._keep(access)
        log.info("matrix.logged_in", user=self._settings.user, device=access.device_id)
        return access

    async def _refresh(self, access: Access) -> bool:
        if access.refresh_token is None:
            return False
        body = {"refresh_token": access.refresh_token.get_secret_value()}
        try:
            answer = await self._wire.once("POST", route("refresh"), body)
        except Refusal as refusal:
            if refusal.passing:
                raise
            log.warning("matrix.refresh_refused", errcode=refusal.errcode)
            return False
        refresh = text(answer, "refresh_token") or access.refresh_token.get_secret_value()
        renewed = Access(
            access_token=SecretStr(text(answer, "access_token")),
            device_id=access.device_id,
            refresh_token=SecretStr(refresh),
        )
        await self._keep(renewed)
        return True

    async def _log_back_in(self, access: Access, soft: bool) -> bool:
        """Log in again after a soft logout: the device and its keys are still ours."""
        if not soft or self._settings.password is None:
            return False
        await self._log_in(access.device_id)
        return True

    async def _keep(self, access: Access) -> None:
        """Save before the first use: the server forgets the old refresh token at that moment."""
        await self._credentials.save(access)
        self._use(access)

    def _use(self, access: Access) -> None:
        self._access = access
        self._client.user_id = self._settings.user
        self._client.device_id = access.device_id
        self._client.access_token = access.access_token.get_secret_value()

    async def _keys_match(self, store: CryptoStore) -> bool:
        """Return whether the homeserver's keys for this device, if any, are ours."""
        device = store.device_id
        body = {"device_keys": {self._settings.user: [device]}}
        answer = await self._wire.post(route("keys", "query"), body)
        published = table(answer, "device_keys", self._settings.user, device, "keys")
        if not published:
            return True
        account = _account(store)
        if account is not None:
            ours = str(account.identity_keys["ed25519"])
            if text(published, f"ed25519:{device}") == ours:
                return True
        store.close()
        return False

    async def _replace(self, lost: Access) -> Access:
        """Log in on a new device; the old one could never be repaired."""
        if self._settings.password is None:
            raise StoreLost(f"the keys of device {lost.device_id} are lost")
        log.warning("matrix.store_lost", device=lost.device_id)
        access = await self._log_in(_random_device())
        await self._end(lost)
        return access

    async def _end(self, lost: Access) -> None:
        """Log the lost device out, so that nobody encrypts for it any more."""
        current = self._client.access_token
        self._client.access_token = lost.access_token.get_secret_value()
        try:
            await self._wire.once("POST", route("logout"), {})
        except Refusal as refusal:
            log.warning("matrix.lost_device_kept", device=lost.device_id, errcode=refusal.errcode)
        finally:
            self._client.access_token = current

    def _open_store(self, device: str) -> CryptoStore | None:
        """Return the store, new if there is none; None if the file is beyond reading.

        Raises StoreBusy if it may be read another time: its keys are not lost.
        """
        folder = self._settings.store
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = _file_name(device)
        keep_private(folder / name)
        secret = self._settings.pickle_secret.get_secret_value()
        try:
            return CryptoStore(self._settings.user, device, str(folder), secret, name)
        except DatabaseError as error:
            log.warning("matrix.store_unreadable", device=device, error=type(error).__name__)
            return None

    def _load(self, store: CryptoStore) -> CryptoStore:
        _account(store)  # a wrong secret must not look like anything else
        self._client.store = store
        self._client.olm = Olm(self._settings.user, store.device_id, store)
        self._client.encrypted_rooms = store.load_encrypted_rooms()
        return store


def _account(store: CryptoStore) -> OlmAccount | None:
    try:
        return store.load_account()
    except ValueError as error:  # vodozemac's PickleException and LibolmPickleException
        raise StoreLocked("the secret does not open the keys") from error


def _login(settings: MatrixOptions, password: SecretStr, device: str) -> dict[str, object]:
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.user},
        "password": password.get_secret_value(),
        "device_id": device,
        "initial_device_display_name": settings.device_name,
        "refresh_token": True,
    }


def _access(answer: dict[str, object], device: str) -> Access:
    refresh = text(answer, "refresh_token")
    return Access(
        access_token=SecretStr(text(answer, "access_token")),
        device_id=text(answer, "device_id") or device,
        refresh_token=SecretStr(refresh) if refresh else None,
    )


def _random_device() -> str:
    """Return a random name: peers skip a device with the name of one of theirs."""
    return "".join(secrets.choice(string.ascii_uppercase) for _ in range(10))


def _file_name(device: str) -> str:
    safe = "".join(each if each.isalnum() or each in "-_" else "_" for each in device)
    return f"keys-{safe}.db"

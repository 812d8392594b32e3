// A person's Matrix client, driven by JSON lines: {"id", "call", "with"} in, {"id", "result" | "error"}
// and {"event"} out. What it decides (keys, shields, isolation, notifications) is matrix-js-sdk's own
// doing, as in Element; nothing here knows Parvis.
import "fake-indexeddb/auto";
import { createInterface } from "node:readline";

// Standard output belongs to the protocol; the SDK logs to the console.
for (const level of ["log", "info", "debug", "warn", "error", "trace"]) {
  console[level] = (...words) => process.stderr.write(`${level} ${words.map(String).join(" ")}\n`);
}
const sdk = await import("matrix-js-sdk");
const api = await import("matrix-js-sdk/lib/crypto-api/index.js");

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const nameOf = (names, value) => (value === null || value === undefined ? null : names[value]);
let client;
let me;
let login;
const opening = new Map(); // what opens the account's secret storage, by its id

// Tell what a person would see of an event; again whenever that changes (a key that arrives late).
async function report(event) {
  if (!event.getId()?.startsWith("$")) return; // our own, not yet sent
  const info = event.isEncrypted() ? await client.getCrypto().getEncryptionInfoForEvent(event) : null;
  const push = event.isDecryptionFailure() ? null : client.getPushActionsForEvent(event);
  say({
    event: {
      event: event.getId(),
      salon: event.getRoomId(),
      sender: event.getSender(),
      kind: event.getType(),
      sent_as: event.getWireType(),
      state_key: event.isState() ? event.getStateKey() : null,
      content: event.isDecryptionFailure() ? {} : event.getOriginalContent(),
      relates_to: event.getWireContent()["m.relates_to"] ?? event.getContent()["m.relates_to"] ?? {},
      failure: event.decryptionFailureReason,
      shield: nameOf(api.EventShieldColour, info?.shieldColour),
      shield_reason: nameOf(api.EventShieldReason, info?.shieldReason),
      notify: Boolean(push?.notify),
      highlight: Boolean(push?.tweaks?.highlight),
    },
  });
}

function listen() {
  client.on(sdk.RoomEvent.Timeline, (event) => {
    // An encrypted event is worth telling once it is decrypted, or has failed to be.
    if (!event.isEncrypted() || event.getClearContent() || event.isDecryptionFailure()) report(event);
  });
  client.on(sdk.MatrixEventEvent.Decrypted, report);
  client.on(sdk.RoomEvent.LocalEchoUpdated, (event) => event.status === null && report(event));
  client.on(sdk.RoomEvent.MyMembership, (room, membership) => {
    if (membership === "invite") client.joinRoom(room.roomId).catch(console.error);
  });
}

// Wait until `test` holds, looking again at each thing the client hears; the driver has the time limit.
function until(test) {
  return new Promise((resolve) => {
    const look = () => {
      if (!test()) return;
      for (const heard of [sdk.ClientEvent.Sync, sdk.RoomStateEvent.Update]) client.off(heard, look);
      resolve();
    };
    for (const heard of [sdk.ClientEvent.Sync, sdk.RoomStateEvent.Update]) client.on(heard, look);
    look();
  });
}

// Sending before the sync told of our own join fails ("Cannot encrypt event in unconfigured room").
const joined = (id) => until(() => client.getRoom(id)?.getMyMembership() === "join");

const calls = {
  async start({ url, user, password, isolate, sign }) {
    const identifier = { type: "m.id.user", user };
    login = { type: "m.login.password", identifier, password };
    const session = await sdk.createClient({ baseUrl: url }).loginRequest(login);
    me = session.user_id;
    client = sdk.createClient({
      baseUrl: url,
      accessToken: session.access_token,
      userId: me,
      deviceId: session.device_id,
      cryptoCallbacks: {
        cacheSecretStorageKey: (id, _info, key) => opening.set(id, key),
        async getSecretStorageKey({ keys }) {
          const id = Object.keys(keys).find((one) => opening.has(one));
          return id === undefined ? null : [id, opening.get(id)];
        },
      },
    });
    await client.initRustCrypto({ useIndexedDB: false });
    const crypto = client.getCrypto();
    if (isolate) crypto.setDeviceIsolationMode(new api.OnlySignedDevicesIsolationMode());
    if (sign) await calls.identify({ anew: false });
    listen();
    await client.startClient({ initialSyncLimit: 30 });
    await until(() => client.isInitialSyncComplete());
    return { user: me, device: session.device_id };
  },
  async identify({ anew }) {
    const authUploadDeviceSigningKeys = (upload) => upload(login).then(() => undefined);
    const setupNewCrossSigning = anew;
    await client
      .getCrypto()
      .bootstrapCrossSigning({ authUploadDeviceSigningKeys, setupNewCrossSigning });
  },
  async secure() {
    const crypto = client.getCrypto();
    const key = await crypto.createRecoveryKeyFromPassphrase();
    await crypto.bootstrapSecretStorage({
      createSecretStorageKey: async () => key,
      setupNewSecretStorage: true,
    });
    return key.encodedPrivateKey;
  },
  async create({ name, invite, encrypted, options }) {
    const encryption = {
      type: "m.room.encryption",
      state_key: "",
      content: { algorithm: "m.megolm.v1.aes-sha2" },
    };
    const initial_state = encrypted ? [encryption] : [];
    const { room_id } = await client.createRoom({ name, invite, initial_state, ...options });
    await joined(room_id);
    await until(() => !encrypted || client.getRoom(room_id).hasEncryptionStateEvent());
    return room_id;
  },
  async joined({ salon, user }) {
    await joined(salon);
    await until(() => client.getRoom(salon).getMember(user)?.membership === "join");
  },
  async join({ salon, via }) {
    await client.joinRoom(salon, { viaServers: via });
    await joined(salon);
  },
  async send({ salon, kind, content }) {
    await joined(salon);
    return (await client.sendEvent(salon, kind, content)).event_id;
  },
  async state({ salon, kind, key, content }) {
    return (await client.sendStateEvent(salon, kind, content, key)).event_id;
  },
  async redact({ salon, event }) {
    return (await client.redactEvent(salon, event)).event_id;
  },
  leave: ({ salon }) => client.leave(salon),
  kick: ({ salon, user, reason }) => client.kick(salon, user, reason),
  invite: ({ salon, user }) => client.invite(salon, user),
  async devices({ user }) {
    const crypto = client.getCrypto();
    const devices = (await crypto.getUserDeviceInfo([user], true)).get(user) ?? new Map();
    const identity = await crypto.getUserVerificationStatus(user);
    const rows = [...devices.keys()].map(async (device) => {
      const status = await crypto.getDeviceVerificationStatus(user, device);
      return {
        device,
        signed_by_owner: status?.signedByOwner ?? false,
        verified: status?.crossSigningVerified ?? false,
        needs_approval: identity.needsUserApproval,
      };
    });
    return Promise.all(rows);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, call, with: given } = JSON.parse(line);
  Promise.resolve()
    .then(() => calls[call](given))
    .then((result) => say({ id, result: result ?? null }))
    .catch((error) => say({ id, error: `${error?.errcode ?? error?.name}: ${error?.message}` }));
}
process.exit(0); // whoever drove us is gone

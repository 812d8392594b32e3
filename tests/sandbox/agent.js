// Joins the room that the page names, shows who is there, and sends microphone and camera on demand.
const { Room, RoomEvent } = LivekitClient;
const at = (id) => document.getElementById(id);
const { url, token } = JSON.parse(at("given").textContent);
const room = new Room();

const say = (text) => { at("state").textContent = text; };

function people() {
  const names = [...room.remoteParticipants.values()].map((one) => one.name || one.identity);
  at("people").replaceChildren(...names.map((name) => {
    const row = document.createElement("li");
    row.textContent = name;
    return row;
  }));
}

function shows(track) {
  const face = track.attach();
  if (track.kind === "video") face.muted = true;
  at("faces").append(face);
}

function switches(id, get, set) {
  at(id).onclick = async () => {
    try {
      await set(!get());
    } catch (error) {
      say(`${at(id).textContent.split(" ")[0]} : ${error.message}`);
      return;
    }
    at(id).textContent = `${at(id).textContent.split(" ")[0]}${get() ? " (en marche)" : ""}`;
  };
}

const me = room.localParticipant;
switches("microphone", () => me.isMicrophoneEnabled, (on) => me.setMicrophoneEnabled(on));
switches("camera", () => me.isCameraEnabled, (on) => me.setCameraEnabled(on));
at("leave").onclick = () => room.disconnect();

room
  .on(RoomEvent.ParticipantConnected, people)
  .on(RoomEvent.ParticipantDisconnected, people)
  .on(RoomEvent.ParticipantNameChanged, people)
  .on(RoomEvent.TrackSubscribed, shows)
  .on(RoomEvent.TrackUnsubscribed, (track) => track.detach().forEach((face) => face.remove()))
  .on(RoomEvent.LocalTrackPublished, ({ track }) => track.kind === "video" && shows(track))
  .on(RoomEvent.LocalTrackUnpublished, ({ track }) => track?.detach().forEach((face) => face.remove()))
  .on(RoomEvent.Disconnected, () => { say("Vous avez quitté la réunion."); people(); });

room.connect(url, token).then(
  () => { say("Vous êtes dans la réunion."); people(); },
  (error) => say(`Connexion impossible : ${error.message}`),
);

/* Keeps a waiting page up to date: asks the door from time to time, and at the very moment it
   opens. Without this script the page still reloads by itself, only less often. */
(() => {
  "use strict";
  const wait = document.getElementById("wait");
  if (!wait) return;
  const live = document.getElementById("live");
  const address = location.pathname + "/status";
  const CALM = [[3600, 60], [600, 30], [0, 15]]; // seconds left, seconds between two requests
  const LONGEST = 2 ** 31 - 1;
  let opensAt = performance.now() + Number(wait.dataset.opensIn) * 1000;
  let failures = 0;
  let timer = 0;
  let asking = false;
  let again = false; // another request was asked for while one was under way

  function plan(atLeast = 0) {
    const left = Math.max(0, opensAt - performance.now());
    const calm = (Number(wait.dataset.every) || CALM.find(([from]) => left / 1000 >= from)[1]) * 1000;
    const usual = Math.min(calm * 2 ** Math.min(failures, 3), 120000) * (0.9 + Math.random() / 5);
    // The opening counts only while it is ahead and the door answers.
    const next = left > 0 && failures === 0 ? Math.min(usual, left) : usual;
    clearTimeout(timer);
    timer = setTimeout(ask, Math.min(Math.max(next, atLeast), LONGEST));
  }

  function say(text) {
    if (live.textContent !== text) live.textContent = text;
  }

  function change() {
    say(wait.dataset.opening);
    location.reload();
  }

  async function ask() {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    again = false;
    let atLeast = 0;
    const stop = new AbortController(); // `AbortSignal.timeout` is younger than some browsers
    const patience = setTimeout(() => stop.abort(), 10000);
    try {
      const answer = await fetch(address, {
        cache: "no-store", credentials: "same-origin", redirect: "error",
        signal: stop.signal,
      });
      if (answer.status === 403) return change();
      if (answer.status === 429) atLeast = Number(answer.headers.get("Retry-After")) * 1000 || 60000;
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (told.stamp !== wait.dataset.stamp) return change();
      opensAt = performance.now() + told.opens_in * 1000;
      failures = 0;
      say("");
    } catch {
      failures += 1;
      if (failures > 1) say(wait.dataset.offline);
    } finally {
      clearTimeout(patience);
      asking = false;
    }
    if (again && !atLeast) return ask();
    plan(atLeast);
  }

  function local() {
    const shown = document.querySelector("#wait time");
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!shown || !here) return;
    const opens = new Date(shown.dateTime);
    const english = document.documentElement.lang === "en";
    const parts = (zone) => Object.fromEntries(
      new Intl.DateTimeFormat(english ? "en-GB" : "fr-FR", {
        weekday: "long", day: "numeric", month: "long", year: "numeric",
        hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone, timeZoneName: "long",
      }).formatToParts(opens).map((part) => [part.type, part.value]),
    );
    // In the same form as the page writes the meeting's own time.
    const written = (of) => english
      ? `${of.weekday}, ${of.day} ${of.month} ${of.year}, ${of.hour}:${of.minute}`
      : `${of.weekday} ${of.day === "1" ? "1er" : of.day} ${of.month} ${of.year}, ${of.hour}h${of.minute}`;
    const theirs = parts(here);
    if (written(theirs) === written(parts(wait.dataset.zone))) return;
    document.getElementById("local-time").textContent = `${written(theirs)} (${theirs.timeZoneName})`;
    document.getElementById("local").hidden = false;
  }

  try { local(); } catch { /* an unknown zone: the meeting's own is on the page */ }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  addEventListener("pageshow", (event) => { if (event.persisted) ask(); });
  addEventListener("online", ask);
  addEventListener("offline", () => say(wait.dataset.offline));
  plan();
})();

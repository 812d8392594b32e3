/* Keeps the host's page up to date: a stream reports who came or went, and the script loads the
   page's new content into it. Without this script the page reloads itself from time to time. */
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const live = document.getElementById("live");
  const place = location.pathname;
  let fetching = false;
  let again = false;
  let asking = 0;

  function say(text) {
    if (live.textContent !== text) live.textContent = text;
  }

  // Not DOMParser: it takes text, which our policy lets no script turn into a page.
  function load() {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("GET", `${place}?lang=${document.documentElement.lang}`);
      request.responseType = "document";
      request.timeout = 10000;
      request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(request));
      request.onerror = request.ontimeout = () => reject(request);
      request.send();
    });
  }

  async function renew() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    again = false;
    try {
      const fresh = (await load()).getElementById("desk");
      const held = document.activeElement && desk.contains(document.activeElement) ? document.activeElement.id : "";
      desk.replaceChildren(...fresh.childNodes);
      desk.dataset.stamp = fresh.dataset.stamp;
      if (held) (document.getElementById(held) || document.getElementById("main")).focus({ preventScroll: true });
      say(desk.dataset.news);
    } catch (request) {
      if (request.status === 403) return location.reload();
      say(desk.dataset.offline);
    } finally {
      fetching = false;
    }
    if (again) renew();
  }

  function hear(told) {
    if (told.stamp !== desk.dataset.stamp) renew();
    else if (live.textContent === desk.dataset.offline) say("");
  }

  async function ask() {
    try {
      const answer = await fetch(`${place}/status`, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(10000) });
      if (answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      hear(await answer.json());
    } catch {
      say(desk.dataset.offline);
    }
    clearTimeout(asking);
    asking = setTimeout(ask, 5000);
  }

  const stream = new EventSource(`${place}/events`);
  stream.onmessage = (event) => {
    clearTimeout(asking);
    hear(JSON.parse(event.data));
  };
  stream.onerror = () => {
    // A stream that broke reconnects by itself; one that was refused does not.
    if (stream.readyState === EventSource.CLOSED) ask();
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && stream.readyState !== EventSource.OPEN) ask();
  });
})();

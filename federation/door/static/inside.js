/* Tells a guest who opened the link inside another app, a mail app mostly, to open it in their
   browser: there, cameras often don't work, and the visit's cookie is often lost. */
(() => {
  "use strict";
  const { userAgent } = navigator;
  const named = /\b(FBAN|FBAV|Instagram|LinkedInApp|Outlook-(iOS|Android))\b|; wv\)/.test(userAgent);
  // On an iPhone every browser says Safari; an app's own view does not.
  const bare = /\b(iPhone|iPad|iPod)\b/.test(userAgent) && !/\bSafari\//.test(userAgent);
  const notice = document.getElementById("inside");
  if (notice && (named || bare)) notice.hidden = false;
})();

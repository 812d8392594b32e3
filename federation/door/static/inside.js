/* Tells whoever opened the link inside another app, a mail app mostly, to open it in their browser:
   cameras, and the visit's cookie, are seldom to be had or kept there. */
(() => {
  "use strict";
  const { userAgent } = navigator;
  const named = /\b(FBAN|FBAV|Instagram|LinkedInApp|Outlook-(iOS|Android))\b|; wv\)/.test(userAgent);
  // On an iPhone every browser says Safari; what an app shows by itself does not.
  const bare = /\b(iPhone|iPad|iPod)\b/.test(userAgent) && !/\bSafari\//.test(userAgent);
  const notice = document.getElementById("inside");
  if (notice && (named || bare)) notice.hidden = false;
})();

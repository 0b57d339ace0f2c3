// The page works without this; it only answers faster and mends itself.
"use strict";

const form = document.querySelector("form");
const figure = document.getElementById("monster");
const picture = figure.querySelector("img");
const notice = figure.querySelector(".asleep");
const source = picture.src;
const SLEEPER = "/static/asleep.svg";
const FIRST_RETRY = 2000;
const LAST_RETRY = 30000;

// A name that was sent can be bookmarked, shared and reloaded.
if ("sent" in figure.dataset) {
  history.replaceState(null, "", figure.dataset.address);
}

form.addEventListener("submit", () => document.body.classList.add("busy"));

// Coming back with the browser's button shows the page as it was.
addEventListener("pageshow", () => document.body.classList.remove("busy"));

function sleepAndRetry(delay) {
  notice.textContent = figure.dataset.asleep;
  picture.src = SLEEPER;
  setTimeout(() => {
    const attempt = new Image();
    attempt.addEventListener("load", () => {
      picture.src = source;
      notice.textContent = "";
    });
    attempt.addEventListener("error", () => sleepAndRetry(Math.min(delay * 2, LAST_RETRY)));
    attempt.src = source;
  }, delay);
}

if (picture.complete && picture.naturalWidth === 0) {
  sleepAndRetry(FIRST_RETRY);
} else {
  picture.addEventListener("error", () => sleepAndRetry(FIRST_RETRY), { once: true });
}

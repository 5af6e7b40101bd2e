// Waits and countdowns go on between two looks at the server, on the server's clock.

const SECOND = 1_000_000;
let ahead = 0; // microseconds by which the server is ahead of this computer

/** Set the clock by what a fragment says. */
export function setClock(now) {
  if (now) ahead = Number(now) - Date.now() * 1000;
}
setClock(document.body.dataset.now);

export const serverNow = () => Date.now() * 1000 + ahead;

function words(length) {
  const seconds = Math.max(0, Math.floor(length / SECOND));
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Show all of them as they are at this moment. */
export function tick() {
  const now = serverNow();
  for (const time of document.querySelectorAll("time.ticks")) {
    const { since, until } = time.dataset;
    const said = words(since ? now - Number(since) : Number(until) - now);
    if (time.textContent !== said) time.textContent = said;
  }
}
setInterval(tick, 250);
document.addEventListener("htmx:after:swap", tick);
tick();

// The connection to the server's events: hints come in, fragments look again, and a page that has lost it says so.

const QUIET_MS = 40_000; // the server beats every 15 s
const PATIENCE_MS = 2_000; // a short gap is nobody's worry
const AGAIN_MS = 3_000;

const body = document.body;
let source, lastHeard = Date.now(), lostAt = null, seen = body.dataset.seq;

/** Tell the fragments that listen for `live:<what>` to look again. */
export function lookAgain(...topics) {
  for (const topic of topics) body.dispatchEvent(new CustomEvent(`live:${topic}`));
}

/** Listen for good. `handlers` are called by event name with its data; `all` are the topics to catch up with. */
export function connect(handlers, all) {
  source?.close();
  source = new EventSource("/console/events");
  const heard = (name, act) => source.addEventListener(name, (event) => {
    lastHeard = Date.now();
    found();
    if (event.lastEventId) seen = event.lastEventId;
    act(JSON.parse(event.data));
  });
  source.addEventListener("hello", (event) => {
    lastHeard = Date.now();
    found();
    if (event.lastEventId !== seen) {
      seen = event.lastEventId;
      lookAgain(...all);
      handlers.missed?.();
    }
  });
  heard("beat", () => {});
  for (const topic of ["waiting", "floor", "alarms", "concerns", "broadcast"]) heard(topic, () => lookAgain(topic));
  for (const [name, act] of Object.entries(handlers)) if (name !== "missed") heard(name, act);
  heard("signed_out", () => { document.getElementById("signed-out").hidden = false; });
  source.onerror = () => {
    lostAt ??= Date.now();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => connect(handlers, all), AGAIN_MS);
  };
  watch.handlers = handlers;
  watch.all = all;
}

function found() {
  lostAt = null;
  document.getElementById("stale").hidden = true;
  document.getElementById("signed-out").hidden = true;
}

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status === 401) document.getElementById("signed-out").hidden = false;
});

function watch() {
  if (!source) return;
  const now = Date.now();
  if (now - lastHeard > QUIET_MS) {
    lostAt ??= now;
    lastHeard = now;
    connect(watch.handlers, watch.all);
  }
  if (lostAt && now - lostAt > PATIENCE_MS) document.getElementById("stale").hidden = false;
}
setInterval(watch, 500);

// A field that somebody is typing in is never taken away. News for its fragment waits until the person leaves it.
const held = new Map();
const TEXT = "input:not([type=hidden]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

/** The fields under `root` that hold something typed, or that have the focus. */
export function inUse(root) {
  return [...root.querySelectorAll(TEXT)].filter(
    (field) => field === document.activeElement || (field.matches("input, textarea") && field.value !== field.defaultValue));
}

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (!ctx || !tasks) return;
  const mine = ctx.request?.method === "POST"; // the person's own act replaces its fragment
  for (const task of tasks) {
    const target = typeof task.target === "string" ? document.querySelector(task.target) : task.target;
    if (!target || mine || task.swapSpec?.style === "delete") continue;
    const lost = inUse(target).filter((field) => !field.id || !task.fragment.querySelector(`#${CSS.escape(field.id)}`));
    if (lost.length) {
      event.preventDefault();
      held.set(target.id, ctx);
    }
  }
});

document.addEventListener("focusout", () => setTimeout(release));
function release() {
  for (const [id, ctx] of held) {
    const target = document.getElementById(id);
    if (target && inUse(target).length) continue;
    held.delete(id);
    if (target) swapIn(target, ctx.text);
  }
}

/** Put a fragment in the place of `target`, keeping what did not change. */
export function swapIn(target, text) {
  return htmx.swap({ text, target, sourceElement: target, swap: "outerMorph", hx: {} });
}

/** Take a part away for good: what listened in it listens no more. */
export function takeAway(target) {
  return htmx.swap({ text: "", target, sourceElement: target, swap: "delete", hx: {} });
}

// Whoever had the focus in a part that is gone finds it on the heading of what stands there now.
let focusWas = null;
document.addEventListener("htmx:before:swap", (event) => {
  const within = document.activeElement?.closest("#now, #floor, #alarms, #concerns, #record, .head");
  if (within) focusWas = within.id;
});
document.addEventListener("htmx:after:swap", () => {
  if (focusWas && (document.activeElement === body || !document.activeElement)) {
    const heading = document.getElementById(focusWas)?.querySelector("h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }
  focusWas = null;
});

// The child's page with JavaScript. What the child types lives in this page's memory alone: a queue sends it, again and
// again with the same key, until the line has it. Nothing is stored in the browser.
const $ = (id) => document.getElementById(id);
const exit = $("exit"), begin = $("begin"), write = $("write");
let left = false;

function leave() {
  left = true;
  const form = new URLSearchParams(new FormData(exit));
  form.append("replaced", "1");
  if (queue.some((each) => !each.item)) form.append("danger", "1"); // it has not got through yet
  if (!navigator.sendBeacon?.(exit.action, form)) fetch(exit.action, { method: "POST", body: form, keepalive: true }).catch(() => {});
  document.body.textContent = "";
  if (parent !== self) parent.postMessage("chat:left", "*");
  location.replace("/numbers");
}

exit.addEventListener("submit", (event) => { event.preventDefault(); leave(); });
let escaped = -9999;
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") { escaped = -9999; return; }
  if (event.timeStamp - escaped < 1500) leave();
  escaped = event.timeStamp;
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  if (write) { look(); listen(); } else location.reload();
});
addEventListener("load", () => { fetch("/numbers").catch(() => {}); }); // so that leaving needs no connection
for (const one of document.querySelectorAll(".keys")) one.hidden = false;

// The languages: sent once, and the page of languages does not stay behind to be gone back to.
function first() {
  let busy = false;
  begin.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    begin.setAttribute("aria-busy", "true");
    const chosen = document.createElement("input");
    Object.assign(chosen, { type: "hidden", name: button.name, value: button.value });
    begin.append(chosen);
    try {
      const answer = await fetch(begin.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(begin)) });
      if (answer.ok && answer.headers.get("Content-Type").includes("json")) location.replace((await answer.json()).to);
      else begin.submit(); // the answer is a page
    } catch {
      chosen.remove();
      busy = false;
      $("problem").textContent = $("problem").dataset.trouble;
    }
  });
}

// The conversation.
const list = $("texts"), log = $("log"), box = $("body"), net = $("net"), problem = $("problem"), warn = $("danger");
const queue = []; // what is to be sent: {to, key, body, item}
let last = Number(list?.dataset.last), over = write?.hidden, source = null, heard = 0, everHeard = false;
let sending = false, pause = 0, timer = 0, opening = 0, tries = 0;

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
const end = () => { log.scrollTop = log.scrollHeight; };
const number = (item) => Number(item.dataset.n || Infinity);

function place(item) {
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const next = [...list.children].find((other) => other !== item && number(other) > number(item));
  if (item.nextSibling !== (next || null) || !item.parentNode) list.insertBefore(item, next || null);
  if (low || item.className === "child") end();
}

function draw(who, name, body) {
  const item = document.createElement("li"), from = document.createElement("b"), text = document.createElement("p");
  item.className = who;
  from.textContent = name;
  text.dir = "auto";
  text.textContent = body;
  item.append(from, text);
  return item;
}

function state(item, said) {
  const mark = item.querySelector("i") || item.appendChild(document.createElement("i"));
  if (mark.textContent !== said) mark.textContent = said;
}

function settle(item, n) {
  item.querySelector("i")?.remove();
  if (item.dataset.n) return;
  const twin = list.querySelector(`[data-n="${n}"]`);
  item.dataset.n = n;
  if (twin) item.remove(); else place(item);
}

function show(told) {
  for (const text of told.texts) {
    const mine = text.key && list.querySelector(`[data-key="${text.key}"]`);
    if (mine) settle(mine, text.n);
    else if (!list.querySelector(`[data-n="${text.n}"]`)) {
      const item = draw(text.who, text.name, text.body);
      item.dataset.n = text.n;
      place(item);
    }
  }
  last = Math.max(last, told.last);
  if ($("state").textContent !== told.say) $("state").textContent = told.say;
  if (told.danger) $("heard").hidden = false;
  over = told.state === "ended";
  warn.hidden = told.danger || over;
  write.hidden = over;
  $("again").hidden = !over;
  if (over) hush();
}

// What is said of the connection.
function lost(yes) {
  const said = yes ? net.dataset.lost : "";
  if (net.textContent !== said) net.textContent = said;
}

function alive() {
  heard = Date.now();
  everHeard = true;
  tries = 0;
  lost(false);
  if (pause) { pause = 0; send(); }
}

function hush() {
  source?.close();
  source = null;
}

async function ask(to, options = {}) {
  const stop = new AbortController(), late = setTimeout(() => stop.abort(), 20000);
  try {
    const answer = await fetch(to, { ...options, headers: { Accept: "application/json" }, signal: stop.signal });
    return { ok: answer.ok, said: await answer.json() };
  } finally { clearTimeout(late); }
}

async function look() {
  try {
    const { ok, said } = await ask(`/chat/texts?after=${last}`);
    if (left) return;
    if (ok) { lost(false); show(said); }
    else if (!said.retry) location.replace("/chat/talk"); // the conversation is not this page's any more
  } catch { if (!left) lost(true); }
}

function listen() {
  clearTimeout(opening);
  hush();
  if (over || left) return;
  if (!self.EventSource) { look(); opening = setTimeout(listen, 5000); return; }
  heard = Date.now();
  source = new EventSource(`/chat/events?after=${last}`);
  source.onmessage = (event) => { alive(); show(JSON.parse(event.data)); };
  source.addEventListener("beat", alive);
  source.addEventListener("gone", look);
  source.onerror = () => { hush(); again(); };
}

function again() {
  if (over || left) return;
  clearTimeout(opening);
  if (tries || !navigator.onLine) lost(true);
  if (tries) look();
  opening = setTimeout(listen, Math.min(500 * 2 ** tries++, 8000));
}

async function send() {
  clearTimeout(timer);
  const next = queue[0];
  if (!next || sending || left) return;
  sending = true;
  try {
    const { ok, said } = await ask(next.to, { method: "POST", body: new URLSearchParams({ page: write.elements.page.value, key: next.key, body: next.body }) });
    if (ok || !said.retry) {
      queue.shift();
      if (ok) taken(next, said); else refused(next, said);
      pause = 0;
    } else throw said;
  } catch {
    pause = Math.min((pause || 500) * 2, 10000);
    if (next.item) state(next.item, write.dataset.kept);
    if (!navigator.onLine) lost(true);
  }
  sending = false;
  timer = setTimeout(send, pause);
}

function taken(sent, said) {
  if (said.danger) { $("heard").hidden = false; warn.hidden = true; return; }
  settle(sent.item, said.n);
  if (!source) { over = false; listen(); } // to write after the end may open the conversation again
}

// What can never be taken is given back to the child, who decides.
function refused(sent, said) {
  over = over || said.code === "visit_ended";
  if (said.code === "visit_unknown") { location.replace("/chat/talk"); return; }
  if (sent.item) {
    if (box.value || over) state(sent.item, said.say); else { sent.item.remove(); box.value = sent.body; }
  } else warn.querySelector("button").disabled = false;
  problem.textContent = said.say || write.dataset.trouble;
  if (over) look();
}

function typed() {
  const body = box.value.replace(/^\s+|\s+$/g, "");
  if (!body) return;
  const key = write.elements.key.value, item = draw("child", write.dataset.you, body);
  write.elements.key.value = newKey();
  item.dataset.key = key;
  state(item, write.dataset.sending);
  place(item);
  box.value = "";
  problem.textContent = "";
  queue.push({ to: write.action, key, body, item });
  send();
}

function talk() {
  // A stream that says nothing, not even a beat, is dead, or something on the way holds it back.
  setInterval(() => {
    if (over || left || Date.now() - heard < 40000) return;
    if (everHeard) listen(); else { heard = Date.now() - 35000; look(); }
  }, 5000);
  addEventListener("online", () => { pause = 0; tries = 0; send(); listen(); });
  addEventListener("offline", () => lost(true));
  write.addEventListener("submit", (event) => { event.preventDefault(); typed(); box.focus(); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    typed();
  });
  warn.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = warn.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    button.textContent = write.dataset.sending;
    queue.splice(sending ? 1 : 0, 0, { to: warn.action, key: newKey(), body: "" });
    pause = 0;
    send();
  });
  end();
  listen();
}

if (begin) first();
if (write) talk();

// The practice phones: one picture of everything arrives on each change, and the cards are brought up to it.

import { drawTexts, writes } from "./texts.js";

const WORDS = {
  queued: "is being called", ringing: "ringing", "in-progress": "in a call", completed: "ended", busy: "was busy",
  "no-answer": "not answered", failed: "could not be reached", canceled: "called off",
};
const cards = new Map();
const byId = (id) => document.getElementById(id);

async function send(path, body, method = "POST") {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error || "That did not work.");
  return said;
}

async function attempt(place, work) {
  place.textContent = "";
  try { return await work(); } catch (problem) { place.textContent = problem.message; return null; }
}

function makeCard(call) {
  const card = byId("call").content.firstElementChild.cloneNode(true);
  const problem = card.querySelector(".problem");
  const act = (what, body = {}) => attempt(problem, () => send(`/practice/calls/${call.sid}/${what}`, body));
  const press = (digit) => {
    const button = card.querySelector(`[data-key="${digit}"]`);
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 160);
    return act("keys", { digits: digit });
  };
  card.querySelector(".number").textContent = call.phone;
  card.setAttribute("aria-label", `Phone ${call.phone}`);
  card.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.key) press(button.dataset.key);
    if (button.dataset.do) act(button.dataset.do);
  });
  card.querySelector(".keypad").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (/^[0-9*#]$/.test(event.key)) { event.preventDefault(); press(event.key); }
  });
  card.querySelector(".say").addEventListener("submit", async (event) => {
    event.preventDefault();
    const box = event.target.elements.text;
    const text = box.value.trim();
    if (!text || !await act("say", { text })) return;
    const item = document.createElement("li");
    item.textContent = text;
    item.className = "own";
    item.dir = "auto";
    add(card.querySelector(".heard ol"), item);
    box.value = "";
  });
  const entry = { card, last: -1, state: "", call };
  cards.set(call.sid, entry);
  return entry;
}

function add(list, item) {
  list.append(item);
  while (list.children.length > 40) list.firstElementChild.remove();
  list.parentElement.scrollTop = list.parentElement.scrollHeight;
}

function hear(entry, call) {
  const list = entry.card.querySelector(".heard ol");
  const audio = entry.card.querySelector(".sound");
  const late = entry.last === -1 && call.over;
  for (const caption of call.captions) {
    if (caption.n <= entry.last) continue;
    entry.last = caption.n;
    const item = document.createElement("li");
    item.textContent = caption.text;
    item.dir = caption.dir;
    item.className = caption.kind;
    if (caption.lang) item.lang = caption.lang;
    add(list, item);
    if (caption.kind === "beep" || late) continue;
    if (caption.audio) { audio.src = caption.audio; audio.hidden = false; audio.play().catch(() => {}); } else audio.pause();
  }
}

function connection(call) {
  if (call.application_error) return "The helpline failed: the carrier apologised.";
  if (call.over) return call.dropped ? "The connection dropped." : "";
  if (call.direction === "in" && call.state === "ringing") return `Called by ${call.from}.`;
  if (call.held) return "On hold.";
  if (call.with.length) return `You are connected with the phone ${new Intl.ListFormat("en").format(call.with)}.`;
  if (call.conference) return "In the conference, waiting for somebody.";
  if (call.recording) return "Being recorded: say something.";
  return call.listening ? "The line listens for keys." : "";
}

function show(entry, call) {
  const { card } = entry;
  const talking = call.state === "in-progress" || (call.direction === "out" && !call.over);
  const ringing = call.direction === "in" && !call.over && !talking;
  if (entry.state !== call.state) {
    const words = WORDS[call.state] || call.state;
    card.querySelector(".state").textContent = call.state === "completed" && call.dropped ? "dropped" : words;
    byId("announcer").textContent = `${call.phone}: ${words}`;
    if (entry.state && call.over && card.contains(document.activeElement)) card.focus();
    entry.state = call.state;
  }
  card.dataset.state = call.over ? "over" : ringing ? "ringing" : call.with.length ? "connected" : "live";
  const words = connection(call);
  const line = card.querySelector(".with");
  if (line.textContent !== words) line.textContent = words;
  card.querySelector(".ringing").hidden = !ringing;
  card.querySelector(".talking").hidden = !talking;
  if (call.over) { const audio = card.querySelector(".sound"); audio.pause(); audio.hidden = true; }
  hear(entry, call);
}

function place(call, entry) {
  const side = call.direction;
  const home = call.over ? byId(`past-${side}`).querySelector(".calls") : byId(`calls-${side}`);
  const lastSeen = call.over && entry.card.parentElement === byId(`calls-${side}`) && newest[side] === call.sid;
  if (lastSeen || entry.card.parentElement === home) return;
  home.prepend(entry.card);
}

let newest = {};

function draw(state) {
  byId("link").textContent = state.errors
    ? `Connected. The carrier has noted ${state.errors} ${state.errors === 1 ? "error" : "errors"} of the helpline.`
    : "Connected to the practice carrier.";
  newest = {};
  for (const call of state.calls) newest[call.direction] ??= call.sid;
  for (const call of [...state.calls].reverse()) {
    const entry = cards.get(call.sid) || makeCard(call);
    const fresh = !entry.card.parentElement;
    show(entry, call);
    place(call, entry);
    if (fresh && call.direction === "out" && !call.over) entry.card.querySelector(".keypad").focus({ preventScroll: true });
  }
  for (const [sid, entry] of cards) {
    if (!state.calls.some((call) => call.sid === sid)) { entry.card.remove(); cards.delete(sid); }
  }
  for (const side of ["in", "out"]) byId(`past-${side}`).hidden = !byId(`past-${side}`).querySelector(".call");
  byId("quiet").hidden = Boolean(byId("calls-in").children.length);
  drawTexts(state.phones);
  const rows = state.phones.map((phone) => {
    const item = document.createElement("li");
    const words = byId("answers").querySelector(`[value="${phone.answers}"]`).textContent;
    item.textContent = `${phone.number} — ${words}`;
    return item;
  });
  byId("phones").replaceChildren(...rows);
  byId("known").replaceChildren(...state.phones.map((phone) => new Option(phone.number, phone.number)));
}

byId("dial").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.elements;
  attempt(byId("dial-problem"), () => send("/practice/calls", { from: form.from.value, to: form.to.value, withheld: form.withheld.checked }));
});

byId("manner").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target.elements;
  attempt(byId("dial-problem"), () => send("/practice/phones", { number: form.number.value, answers: form.answers.value }, "PUT"));
});

writes((said) => attempt(byId("write-problem"), () => send("/practice/texts", said)));

const events = new EventSource("/practice/events");
events.addEventListener("state", (event) => draw(JSON.parse(event.data)));
events.addEventListener("error", () => { byId("link").textContent = "The practice carrier does not answer. Trying again …"; });

// The desk: it rings, one key accepts and one declines; conversations are chosen by key, and the record goes with them.

import { connect, lookAgain, swapIn, takeAway } from "./live.js";
import { adorn, byNumber, items, showList } from "./list.js";
import { flush, hasUnsaved, watchRecord } from "./record.js";
import { chime, offerSound, ring } from "./sound.js";
import { catchUp, choose, chosen, clear, panelOf, panels, refreshHead, toEnd } from "./talk.js";
import { setClock } from "./time.js";
import { holdsText } from "./write.js";

const SHOWN_MS = 250; // an offer that has only just appeared was not meant by the key or the finger
const title = document.title;
const now = () => document.getElementById("now");
const offer = () => document.getElementById("offer");
const say = (id, text) => { const region = document.getElementById(id); if (region.textContent !== text) region.textContent = text; };

let announced = null, taking = null, unread = 0, told = 0;
const heard = new Map(); // contact -> the number of the last text by another, and whether the child is in danger
document.documentElement.classList.add("scripted");

// Offers.

function showOffers() {
  setClock(now().dataset.now);
  const ringing = offer();
  if (ringing && ringing.dataset.offer !== announced) {
    announced = ringing.dataset.offer;
    delete ringing.dataset.shown;
    setTimeout(() => { ringing.dataset.shown = "yes"; }, SHOWN_MS);
    const marks = [...ringing.querySelectorAll(".eyebrow, h2, .mark")].map((mark) => mark.textContent);
    say("loud", marks.join(". "));
    if (!typing(document.activeElement)) ringing.scrollIntoView({ block: "nearest" });
  }
  if (!ringing) {
    announced = null;
    say("loud", "");
  }
  const danger = document.querySelector(".offer.in-danger");
  ring(ringing ? (danger ? "danger" : "ring") : null);
  showTitle();
}

function showTitle() {
  const ringing = offer() ? `☎ ${document.body.dataset.ringing} – ` : "";
  document.title = `${ringing}${unread ? `(${unread}) ` : ""}${title}`;
}

// Conversations.

function tell(data) {
  swapIn(now(), data.html);
  showList(data.list);
  hear(data.conversations);
  keepPanels(data);
}

function hear(conversations) {
  unread = conversations.reduce((sum, one) => sum + one.unread, 0);
  for (const one of conversations) {
    const before = heard.get(one.contact);
    if (before && (one.heard_seq > before.seq || (one.danger && !before.danger))) {
      const { newText, inDanger } = document.body.dataset;
      chime();
      say("heard", (one.danger && !before.danger ? inDanger : newText).replace("{name}", one.pseudonym));
      setTimeout(say, 3_000, "heard", "");
    }
    heard.set(one.contact, { seq: one.heard_seq, danger: one.danger });
  }
  showTitle();
}

async function keepPanels({ conversations, heads }) {
  const open = new Set(conversations.map((one) => one.contact));
  for (const panel of panels()) if (!open.has(panel.dataset.contact)) leave(panel);
  for (const one of conversations) {
    const panel = panelOf(one.contact);
    if (!panel) continue;
    if (one.latest_seq > Number(panel.dataset.last)) catchUp(one.contact);
    if (heads[one.contact] !== panel.dataset.head) refreshHead(one.contact, heads[one.contact]);
    panel.classList.toggle("in-danger", one.danger);
  }
  if (taking && open.has(taking)) {
    const taken = taking;
    taking = null;
    await choose(taken, { go: typing(document.activeElement) ? null : "title" });
  } else if (!chosen() || !panelOf(chosen())) {
    await choose(items()[0]?.dataset.contact);
  }
  if (!panels().length && !items().length && chosen()) clear();
  keepRecord();
}

/** A conversation that is with somebody else, or over. What was typed in it stays to be seen. */
function leave(panel) {
  const { contact } = panel.dataset;
  heard.delete(contact);
  if (holdsText(contact)) {
    const problem = panel.querySelector(".write .problem, .whisper .problem");
    if (problem && !problem.textContent) problem.textContent = document.body.dataset.gone;
    panel.classList.add("gone");
    return;
  }
  const focused = panel.contains(document.activeElement);
  takeAway(panel);
  lookAgain("owed");
  if (focused) document.getElementById("main").focus({ preventScroll: true });
}

/** Ask how things are. What the stream has told meanwhile is newer than the answer. */
async function refresh() {
  const before = told;
  try {
    const answer = await fetch("/console/desk/live");
    const data = answer.ok ? await answer.json() : null;
    if (data && told === before) tell(data);
  } catch { /* the page says that it has no connection, and looks again when it has one */ }
}

// The record of the conversation that is shown.

let fetching = false;
async function keepRecord() {
  const contact = chosen(), record = document.getElementById("record");
  if (!contact || contact === record.dataset.contact || fetching) return;
  fetching = true;
  try {
    await flush();
    if (!hasUnsaved()) await htmx.ajax("GET", `/console/desk/record?c=${contact}`, { target: "#record", swap: "outerHTML" });
  } finally {
    fetching = false;
  }
  if (chosen() !== contact) keepRecord();
}
document.addEventListener("talk:chosen", keepRecord);

// Keys.

function typing(element) {
  return element?.closest?.("input, textarea, select, [contenteditable], [role=textbox], dialog");
}

function step(by) {
  const all = items();
  const at = all.findIndex((item) => item.dataset.contact === chosen());
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return;
  next.querySelector("a").focus();
  choose(next.dataset.contact);
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (typing(event.target) || typing(document.activeElement)) return;
  // By its letter, and on a keyboard without Latin letters by its place.
  const latin = /^[a-z]$/i.test(event.key);
  const pressed = (letter) => (latin ? event.key.toLowerCase() === letter : event.code === `Key${letter.toUpperCase()}`);
  const inList = event.target.closest?.("#conversations");
  const number = /^[1-9]$/.test(event.key) ? byNumber(Number(event.key)) : null;
  if (number) choose(number, { go: "write" });
  else if (pressed("j") || (inList && event.key === "ArrowDown")) step(1);
  else if (pressed("k") || (inList && event.key === "ArrowUp")) step(-1);
  else if (pressed("a") && offer()?.dataset.shown) document.getElementById("accept")?.click();
  else if (pressed("d") && offer()?.dataset.shown) document.getElementById("decline")?.click();
  else if (pressed("f") && chosen()) flagConcern(chosen());
  else return;
  event.preventDefault();
});

/** Open the panel of kinds of the conversation that is shown, with the first under the finger. */
function flagConcern(contact) {
  const panel = document.getElementById(`concern-${contact}`);
  if (!panel) return;
  panel.open = true;
  panel.querySelector(".kinds button").focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#conversations a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  const { contact } = link.closest("li").dataset;
  choose(contact, { go: event.detail === 0 ? "write" : "title" }).then((shown) => { if (!shown && chosen() !== contact) location.href = link.href; });
});

document.addEventListener("submit", (event) => {
  const { confirm: question, takes } = event.target.dataset;
  const ringing = event.target.closest("#offer");
  if ((question && !window.confirm(question)) || (ringing && !ringing.dataset.shown)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  } else if (takes && event.submitter?.value !== "decline") taking = takes;
}, true);

document.addEventListener("htmx:after:swap", (event) => {
  showOffers();
  if (event.detail.ctx?.request?.method === "POST") refresh();
});
watchRecord();
offerSound();
connect({
  desk: (data) => { told += 1; tell(data); },
  text: ({ contact }) => catchUp(contact),
  missed: () => {
    refresh();
    for (const panel of panels()) catchUp(panel.dataset.contact);
  },
}, ["waiting", "owed"]);
showOffers();
adorn();
if (chosen()) toEnd(chosen());

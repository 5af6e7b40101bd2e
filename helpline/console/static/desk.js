// The desk: it rings, one key accepts and one declines, and the record stays with its contact.

import { connect, lookAgain, swapIn } from "./live.js";
import { flush, hasUnsaved, watchRecord } from "./record.js";
import { offerSound, ring } from "./sound.js";
import { setClock } from "./time.js";

const SHOWN_MS = 250; // an offer that has only just appeared was not meant by the key
const title = document.title;
const now = () => document.getElementById("now");
const offer = () => document.getElementById("offer");

let announced = null, lastContact = now().dataset.contact;

function show() {
  setClock(now().dataset.now);
  const ringing = offer();
  if (ringing && ringing.dataset.offer !== announced) {
    announced = ringing.dataset.offer;
    delete ringing.dataset.shown;
    setTimeout(() => { ringing.dataset.shown = "yes"; }, SHOWN_MS);
    const marks = [...ringing.querySelectorAll(".mark")].map((mark) => mark.textContent);
    const text = [document.body.dataset.ringing, ringing.querySelector("h2").textContent, ...marks].join(". ");
    document.getElementById("loud").textContent = text;
    ringing.scrollIntoView({ block: "nearest" });
  }
  if (!ringing) {
    announced = null;
    document.getElementById("loud").textContent = "";
  }
  document.title = ringing ? `☎ ${document.body.dataset.ringing} – ${title}` : title;
  ring(ringing ? (ringing.classList.contains("in-danger") ? "danger" : "ring") : null);
  keepRecordWithContact();
  if (now().dataset.contact !== lastContact) lookAgain("owed");
  lastContact = now().dataset.contact;
}

let fetching = false;
async function keepRecordWithContact() {
  const contact = now().dataset.contact, record = document.getElementById("record");
  if (!contact || contact === record.dataset.contact || fetching) return;
  fetching = true;
  try {
    await flush();
    if (!hasUnsaved()) await htmx.ajax("GET", "/console/desk/record", { target: "#record", swap: "outerHTML" });
  } finally {
    fetching = false;
  }
}

const typing = (element) => element?.closest?.("input, textarea, select, [contenteditable], [role=textbox], dialog");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (typing(event.target) || typing(document.activeElement)) return;
  if (!offer()?.dataset.shown) return;
  // By its letter, and on a keyboard without Latin letters by its place.
  const latin = /^[a-z]$/i.test(event.key);
  const pressed = (letter) => (latin ? event.key.toLowerCase() === letter : event.code === `Key${letter.toUpperCase()}`);
  const id = pressed("a") ? "accept" : pressed("d") ? "decline" : null;
  if (!id) return;
  event.preventDefault();
  document.getElementById(id)?.click();
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

document.addEventListener("htmx:after:swap", show);
watchRecord();
offerSound();
connect({
  desk: (data) => swapIn(now(), data.html),
  missed: () => htmx.ajax("GET", "/console/desk/now", { target: "#now", swap: "outerMorph" }),
}, ["waiting", "owed"]);
show();

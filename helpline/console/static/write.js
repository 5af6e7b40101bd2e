// Writing: a queue for each conversation sends what was written, again and again with the same key until the server has
// it. What is typed and not sent is kept on the server, sealed; nothing is stored in the browser.

import { catchUp, chosen, fieldOf, panelOf, panels, toEnd } from "./talk.js";

const PAUSE_MS = 600;
const PATIENCE_MS = 20_000;
const LATER_MS = [1_000, 2_000, 4_000, 8_000, 15_000];
const word = document.body.dataset;
const lanes = new Map(); // contact -> what is to be sent, in its order
const drafts = new Map(); // contact -> {timer, saving, dirty}

const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
const formOf = (contact) => document.getElementById(`write-${contact}`);
const problem = (form, text) => { form.querySelector(".problem").textContent = text; };

/** Whether a conversation holds something typed that is neither sent nor given up. */
export const holdsText = (contact) => Boolean(fieldOf(contact)?.value.trim() || lanes.get(contact)?.length
  || document.getElementById(`note-${contact}`)?.value.trim() || panelOf(contact)?.querySelector(".pending"));

async function post(action, values) {
  const send = () => fetch(action, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(values), signal: AbortSignal.timeout(PATIENCE_MS),
  });
  values.csrf = document.querySelector("input[name=csrf]").value;
  let answer = await send(), told = await answer.json();
  if (told.code === "page_too_old") {
    values.csrf = await newToken();
    answer = await send();
    told = await answer.json();
  }
  return { status: answer.status, told };
}

/** After a new sign-in in another window the forms here carry the token of the old one. */
async function newToken() {
  const { csrf } = await (await fetch("/console/desk/state")).json();
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = csrf;
  return csrf;
}

// Sending.

function send(form) {
  const contact = form.dataset.write, field = fieldOf(contact), body = field.value.trim();
  if (!body) return field.focus();
  const { draft_at, renders, for: whom } = form.elements;
  const item = { contact, body, key: newKey(), draft_at: draft_at.value, renders: renders?.value, whom: whom?.value, shown: pending(contact, body) };
  item.shown.dataset.key = item.key;
  field.value = field.defaultValue = "";
  forget(contact);
  problem(form, "");
  if (item.renders) {
    item.shown.dataset.renders = item.renders;
    chooseNext(contact);
  }
  if (!lanes.has(contact)) lanes.set(contact, []);
  lanes.get(contact).push(item);
  if (lanes.get(contact).length === 1) run(contact);
}

function pending(contact, body) {
  const item = document.createElement("li"), by = document.createElement("p"), text = document.createElement("p");
  item.className = "worker mine pending";
  by.className = "by";
  by.append(Object.assign(document.createElement("strong"), { textContent: word.you }), " ",
    Object.assign(document.createElement("span"), { className: "delivery", textContent: word.sending }));
  Object.assign(text, { className: "body", dir: "auto", textContent: body });
  item.append(by, text);
  document.getElementById(`texts-${contact}`).append(item);
  toEnd(contact);
  return item;
}

const say = (item, text) => { const mark = item.shown.querySelector(".delivery"); if (mark) mark.textContent = text; };

async function run(contact) {
  const lane = lanes.get(contact);
  for (let tries = 0; lane.length; ) {
    const item = lane[0], { body, key, draft_at, renders, whom } = item;
    const more = { ...(renders && { renders }), ...(whom && { for: whom }) };
    let outcome = null;
    try {
      outcome = await post(`/console/contacts/${contact}/say`, { body, draft_at, client_key: key, ...more });
    } catch { /* no connection, or no answer that is one of ours */ }
    if (outcome?.status === 200) {
      lane.shift();
      tries = 0;
      arrived(item, outcome.told);
    } else if (outcome && outcome.status >= 400 && outcome.status < 500 && outcome.status !== 401 && outcome.status !== 429) {
      lane.shift();
      tries = 0;
      refused(item, outcome.told.text ?? outcome.told.code);
    } else {
      say(item, outcome?.status === 401 ? word.out : word.waits);
      if (outcome?.status === 401) document.getElementById("signed-out").hidden = false;
      await pause(LATER_MS[Math.min(tries++, LATER_MS.length - 1)]);
    }
  }
}

function pause(length) {
  return new Promise((done) => {
    setTimeout(done, length);
    window.addEventListener("online", done, { once: true });
  });
}

function arrived(item, told) {
  item.shown.dataset.seq ||= told.seq;
  item.shown.dataset.state = "";
  const twins = document.querySelectorAll(`#texts-${item.contact} [data-seq="${told.seq}"]`);
  if (twins.length > 1) item.shown.remove();
  catchUp(item.contact);
}

/** It comes back into the field it came from; if something new stands there, it waits beside it. */
function refused(item, why) {
  const form = formOf(item.contact), field = fieldOf(item.contact);
  problem(form, `${word.notSent} ${why}`);
  if (!field.value) {
    item.shown.remove();
    const was = radios(form, "renders").find((one) => one.value === item.renders);
    if (was) was.checked = true;
    put(field, item.body);
    return showWhere(form);
  }
  say(item, word.notSent);
  delete item.shown.dataset.renders;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: word.putBack });
  button.addEventListener("click", () => { item.shown.remove(); put(field, item.body); field.focus(); });
  item.shown.append(button);
}

/** After what is typed, as if it were typed. */
function put(field, text) {
  field.value = [field.value.trimEnd(), text].filter(Boolean).join("\n");
  field.setSelectionRange(field.value.length, field.value.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// Where it goes: a rendering is of one text, and the text says for whom it is.

const radios = (form, name) => [...form.elements].filter((one) => one.type === "radio" && one.name === name);

/** What is chosen far above stands beside the field too. */
function showWhere(form) {
  const goes = document.getElementById(`goes-${form.dataset.write}`);
  const chosenOne = [...radios(form, "renders"), ...radios(form, "for")].find((one) => one.checked);
  const parts = [chosenOne?.closest("fieldset")?.querySelector("legend"), chosenOne?.closest("label")];
  const text = parts.filter(Boolean).map((one) => one.textContent.trim()).join(" ");
  if (goes && goes.textContent !== text) goes.textContent = text;
}

/** The oldest text without a rendering; none when all have theirs. */
function chooseNext(contact) {
  const done = new Set([...document.querySelectorAll(`#texts-${contact} [data-renders]`)].map((one) => one.dataset.renders));
  const form = formOf(contact), all = radios(form, "renders");
  for (const one of all) one.checked = false;
  const next = all.find((one) => !done.has(one.value));
  if (next) next.checked = true;
  showWhere(form);
}

function lookWhere(contact) {
  const form = formOf(contact);
  if (!form) return;
  const all = radios(form, "renders");
  if (all.length && !all.some((one) => one.checked) && !fieldOf(contact).value) chooseNext(contact);
  else showWhere(form);
}

const lookEverywhere = () => { for (const panel of panels()) lookWhere(panel.dataset.contact); };
document.addEventListener("talk:texts", (event) => lookWhere(event.detail));
document.addEventListener("talk:chosen", lookEverywhere);
document.addEventListener("htmx:after:swap", lookEverywhere);
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.dataset.write && (event.target.name === "renders" || event.target.name === "for")) showWhere(form);
});
lookEverywhere();

// Drafts.

const draftOf = (contact) => drafts.get(contact) ?? drafts.set(contact, { timer: 0, saving: false, dirty: false }).get(contact);
const kept = (contact, text) => { const mark = document.getElementById(`kept-${contact}`); if (mark && mark.textContent !== text) mark.textContent = text; };

function forget(contact) {
  const draft = draftOf(contact);
  clearTimeout(draft.timer);
  draft.dirty = false;
  kept(contact, "");
}

function typed(contact) {
  const draft = draftOf(contact);
  draft.dirty = true;
  clearTimeout(draft.timer);
  draft.timer = setTimeout(keep, PAUSE_MS, contact);
}

async function keep(contact) {
  const draft = draftOf(contact), form = formOf(contact);
  if (!form || !draft.dirty || draft.saving) return;
  draft.saving = true;
  draft.dirty = false;
  const body = fieldOf(contact).value;
  try {
    const { status, told } = await post(form.dataset.draft, { body, draft_at: form.elements.draft_at.value });
    if (status === 200) {
      form.elements.draft_at.value = told.draft_at;
      if (!draft.dirty) kept(contact, body ? word.draftKept : "");
      if (told.other) showOther(form, told.other);
    } else if (status === 401 || status >= 500) draft.dirty = true;
  } catch {
    draft.dirty = true;
  } finally {
    draft.saving = false;
  }
  if (draft.dirty) {
    kept(contact, word.draftWaits);
    draft.timer = setTimeout(keep, 2_000, contact);
  }
}

/** What another window of the same person holds: beside, never written over unseen. */
function showOther(form, text) {
  const box = form.querySelector(".other-draft");
  box.hidden = false;
  box.querySelector("span").textContent = text;
  box.querySelector("button").onclick = () => { box.hidden = true; put(fieldOf(form.dataset.write), text); };
}

// What the person does.

async function whisper(form) {
  const contact = form.dataset.whisper, field = form.elements.body, body = field.value, key = form.elements.client_key;
  if (!body.trim()) return field.focus();
  try {
    const { status, told } = await post(form.action, { body, client_key: key.value });
    if (status !== 200) return problem(form, `${word.notSent} ${told.text ?? told.code}`);
    if (field.value === body) field.value = "";
    key.value = newKey();
    problem(form, "");
    catchUp(contact);
  } catch {
    problem(form, `${word.notSent} ${document.getElementById("stale").textContent.trim()}`);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target, does = event.submitter;
  if (form.dataset.whisper) {
    event.preventDefault();
    whisper(form);
  } else if (form.dataset.write) {
    event.preventDefault();
    const field = fieldOf(form.dataset.write);
    if (does?.name === "reply") put(field, does.dataset.text);
    else if (does?.name === "again") put(field, does.closest("li").querySelector(".body").textContent);
    else return send(form);
    field.focus();
  }
});

document.addEventListener("input", (event) => {
  const contact = event.target.form?.dataset.write;
  if (contact && event.target === fieldOf(contact)) typed(contact);
});

document.addEventListener("keydown", (event) => {
  const form = event.target.form, contact = form?.dataset.write;
  if (!contact || event.target !== fieldOf(contact) || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!event.repeat) send(form);
  } else if (event.key === "Escape") {
    document.getElementById(`choose-${chosen()}`)?.focus();
  }
});

function keepAll() {
  for (const panel of panels()) keep(panel.dataset.contact);
}
document.addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });
window.addEventListener("pagehide", keepAll);
window.addEventListener("online", keepAll);
window.addEventListener("beforeunload", (event) => {
  const owes = [...lanes.values()].some((lane) => lane.length) || [...drafts.values()].some((draft) => draft.dirty);
  if (owes) {
    keepAll();
    event.preventDefault();
  }
});

// The record is saved as it is typed. Nothing personal is kept in the browser but the page itself.

import { swapIn } from "./live.js";

const PAUSE_MS = 700;
const RETRY_MS = 5_000;

let timer = null, sending = null, dirty = false;

const form = () => document.getElementById("record-form");
const say = (text) => {
  const status = document.getElementById("saved");
  if (status && status.textContent !== text) status.textContent = text;
};

/** Whether something typed has not reached the server. */
export const hasUnsaved = () => dirty || sending !== null;

function post(of, accept, extra = {}) {
  const values = new URLSearchParams(new FormData(of));
  for (const [name, value] of Object.entries(extra)) values.set(name, value);
  const headers = { Accept: accept };
  if (accept === "text/html") headers["HX-Request"] = "true";
  return fetch(of.action, { method: "POST", body: values, headers, keepalive: values.toString().length < 60_000 });
}

/** After a new sign-in in another window the forms here carry the token of the old one. */
async function takeNewToken() {
  const answer = await fetch("/console/desk/state", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("signed out");
  const { csrf } = await answer.json();
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = csrf;
}

async function save() {
  const of = form();
  if (!of || of.dataset.conflict) return;
  dirty = false;
  say(of.dataset.saving);
  try {
    let response = await post(of, "application/json", { do: "save" });
    let answer = await response.json();
    if (answer.code === "page_too_old") {
      await takeNewToken();
      response = await post(of, "application/json", { do: "save" });
      answer = await response.json();
    }
    if (response.status === 401) throw new Error("signed out");
    if (response.ok) {
      of.elements.base_version.value = answer.version;
      const at = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
      if (!dirty) say(`${of.dataset.saved} ${at}`);
    } else if (answer.code === "record_changed") {
      await showTheOther(of);
    } else {
      dirty = response.status >= 500;
      say(`${of.dataset.mend} ${answer.text ?? answer.code}`);
      if (dirty) later(RETRY_MS);
    }
  } catch (error) {
    dirty = true;
    say(error.message === "signed out" ? of.dataset.out : of.dataset.lost);
    later(RETRY_MS);
  }
}

/** What another window wrote stands beside what is typed here; saving by itself stops until a person has chosen. */
async function showTheOther(of) {
  of.dataset.conflict = "1";
  const response = await post(of, "text/html", { do: "save" });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const theirs = page.getElementById("conflict"), version = page.querySelector("[name=base_version]");
  if (!theirs || !version) return;
  of.querySelector("#conflict").replaceChildren(...theirs.childNodes);
  of.elements.base_version.value = version.value;
  say(of.querySelector("#conflict p")?.textContent ?? "");
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
}

/** Save what is not saved yet; one at a time, so that versions follow each other. */
export async function flush() {
  clearTimeout(timer);
  while (sending) await sending;
  if (!dirty) return;
  sending = save().finally(() => { sending = null; });
  await sending;
}

async function submit(of, button) {
  clearTimeout(timer);
  while (sending) await sending;
  const does = button?.value ?? "save";
  let response;
  try {
    response = await post(of, "text/html", { do: does });
  } catch {
    dirty = true;
    say(of.dataset.lost);
    return later(RETRY_MS);
  }
  const onward = response.headers.get("HX-Redirect");
  if (response.status === 401) return say(of.dataset.out);
  if (response.status >= 500) { // no form is in that answer, and what is typed here is kept nowhere else
    dirty = true;
    say(of.dataset.lost);
    return later(RETRY_MS);
  }
  dirty = false;
  if (onward) return void (location.href = onward);
  await swapIn(document.getElementById("record"), await response.text());
  const wrong = document.querySelector("#record [role=alert]");
  if (wrong) {
    wrong.setAttribute("tabindex", "-1");
    wrong.focus();
  } else if (does === "add_child") {
    document.querySelector("#record .child:last-of-type input")?.focus();
  }
}

/** Watch the form that is on the page now, and any that takes its place. */
export function watchRecord() {
  const typed = (event) => {
    if (event.target.form !== form() || !form()) return;
    dirty = true;
    later(PAUSE_MS);
  };
  document.addEventListener("input", typed);
  document.addEventListener("change", typed);
  document.addEventListener("submit", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    submit(event.target, event.submitter);
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
  window.addEventListener("pagehide", () => flush());
  window.addEventListener("beforeunload", (event) => { if (dirty && !form()?.dataset.conflict) { flush(); event.preventDefault(); } });
}

if (document.body.dataset.page === "record") watchRecord();

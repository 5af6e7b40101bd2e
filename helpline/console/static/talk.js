// The conversations: a panel for each, and one of them is shown. A panel stays as it is while others are shown, so that
// what is typed in it stays there. Texts are put in their places by their numbers: nothing is shown twice.

import { swapIn } from "./live.js";

const AGAIN_MS = 3_000;
const talks = document.getElementById("talks");
const busy = new Map(); // contact -> whether to look again after this look

export const chosen = () => talks.dataset.chosen;
export const panelOf = (contact) => document.getElementById(`talk-${contact}`);
export const panels = () => [...talks.children];
export const fieldOf = (contact) => document.getElementById(`body-${contact}`);
const listOf = (contact) => document.getElementById(`texts-${contact}`);

export function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

export async function fragment(path) {
  const answer = await fetch(path, { headers: { "HX-Request": "true" } });
  if (answer.status === 401) document.getElementById("signed-out").hidden = false;
  return answer.ok ? answer.text() : null;
}

/** Show a conversation; what was shown stays as it was, out of sight. Says whether it could be shown.
 *
 * `go`: where the person goes with it, to "write" or to its "title"; without, the focus stays where it is. */
export async function choose(contact, { go = null } = {}) {
  if (!contact) return false;
  talks.dataset.wanted = contact;
  if (!panelOf(contact)) {
    const html = await fragment(`/console/contacts/${contact}/talk`).catch(() => null);
    if (html === null) return false;
    if (!panelOf(contact)) {
      const panel = parsed(html).querySelector("article");
      panel.hidden = true;
      talks.append(panel);
      htmx.process(panel);
    }
  }
  if (talks.dataset.wanted !== contact) return false; // another was chosen meanwhile
  for (const panel of panels()) panel.hidden = panel.dataset.contact !== contact;
  talks.dataset.chosen = contact;
  for (const link of document.querySelectorAll("#conversations a")) mark(link, link.id === `choose-${contact}`);
  history.replaceState(null, "", `/console/desk?c=${contact}`);
  toEnd(contact);
  const heading = document.getElementById(`held-title-${contact}`);
  if (go === "write") (fieldOf(contact) ?? heading)?.focus();
  else if (go) arrive(contact, heading);
  document.dispatchEvent(new CustomEvent("talk:chosen"));
  catchUp(contact);
  return true;
}

/** With the heading for those who hear the page, and with the last words and the field before the eyes. */
function arrive(contact, heading) {
  heading?.focus();
  panelOf(contact).querySelector(".write .send")?.scrollIntoView({ block: "end" });
}

function mark(link, current) {
  if (current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

/** Nothing is shown any more. */
export function clear() {
  talks.dataset.chosen = talks.dataset.wanted = "";
  history.replaceState(null, "", "/console/desk");
  document.dispatchEvent(new CustomEvent("talk:chosen"));
}

export function toEnd(contact) {
  const log = document.getElementById(`log-${contact}`);
  if (log) log.scrollTop = log.scrollHeight;
}

/** Fetch the texts after the last one here, and how far those before it have come. One look at a time. */
export async function catchUp(contact) {
  const panel = panelOf(contact);
  if (!panel) return;
  if (busy.has(contact)) return void busy.set(contact, true);
  busy.set(contact, false);
  const seen = contact === chosen() && !document.hidden ? "&seen=1" : "";
  try {
    const html = await fragment(`/console/contacts/${contact}/texts?after=${panel.dataset.last}${seen}`);
    if (html !== null) merge(panel, parsed(html));
  } catch {
    setTimeout(() => catchUp(contact), AGAIN_MS);
  } finally {
    const again = busy.get(contact);
    busy.delete(contact);
    if (again) catchUp(contact);
  }
}

function merge(panel, found) {
  const list = listOf(panel.dataset.contact), log = list.parentElement;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  for (const item of [...found.querySelectorAll("li[data-seq]")]) {
    const { seq, key, state } = item.dataset;
    const there = list.querySelector(`[data-seq="${seq}"]`) ?? (key ? list.querySelector(`.pending[data-key="${key}"]`) : null);
    if (!there) list.insertBefore(item, [...list.children].find((one) => Number(one.dataset.seq ?? Infinity) > Number(seq)) ?? null);
    else if (there.dataset.state !== state || !there.dataset.seq) replace(there, item);
    panel.dataset.last = Math.max(Number(panel.dataset.last), Number(seq));
  }
  if (atEnd) toEnd(panel.dataset.contact);
  document.dispatchEvent(new CustomEvent("talk:texts", { detail: panel.dataset.contact }));
}

function replace(there, item) {
  const focused = there.contains(document.activeElement);
  there.replaceWith(item);
  if (focused) (item.querySelector("button") ?? item.closest(".log"))?.focus();
}

/** What stands above a conversation, as it is now. */
export async function refreshHead(contact, markedAs) {
  const html = await fragment(`/console/contacts/${contact}/head`).catch(() => null);
  const head = document.getElementById(`head-${contact}`);
  if (html === null || !head) return;
  panelOf(contact).dataset.head = markedAs;
  await swapIn(head, html);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && chosen()) catchUp(chosen()); });

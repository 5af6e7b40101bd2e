// The list of conversations. Whose child waits longest stands first; what has the focus is never moved: the others move
// around it. Each keeps its number for as long as it is open, whatever its place.

import { chosen, parsed } from "./talk.js";
import { tick } from "./time.js";

const numbers = new Map(); // contact -> the key that chooses it
const list = () => document.getElementById("conversations");

export const items = () => [...list().children];
export const byNumber = (number) => [...numbers].find(([, one]) => one === number)?.[0];

function number(contact) {
  if (!numbers.has(contact)) {
    let free = 1;
    while ([...numbers.values()].includes(free)) free += 1;
    numbers.set(contact, free);
  }
  return numbers.get(contact);
}

/** Bring the list to what the server says. */
export function showList(html) {
  const nav = parsed(html).querySelector("nav"), wanted = [...nav.querySelectorAll("li")];
  document.getElementById("list").hidden = nav.hidden;
  const ids = new Set(wanted.map((item) => item.id));
  for (const item of items()) if (!ids.has(item.id)) item.remove();
  for (const item of wanted) renew(item);
  order(wanted.map((item) => document.getElementById(item.id)));
  adorn();
}

function renew(item) {
  const there = document.getElementById(item.id);
  if (!there) return void list().append(item);
  there.className = item.className;
  there.querySelector("a").replaceChildren(...item.querySelector("a").childNodes);
}

function order(sequence) {
  const focused = sequence.find((item) => item.contains(document.activeElement));
  let after = false;
  for (const item of sequence) {
    if (item === focused) after = true;
    else if (focused && !after) list().insertBefore(item, focused);
    else list().append(item);
  }
}

/** The keys, and which one is shown. */
export function adorn() {
  const open = new Set(items().map((item) => item.dataset.contact));
  for (const contact of numbers.keys()) if (!open.has(contact)) numbers.delete(contact);
  for (const item of items()) {
    const link = item.querySelector("a"), { contact } = item.dataset, key = number(contact);
    if (key <= 9 && !link.querySelector("kbd")) {
      link.prepend(Object.assign(document.createElement("kbd"), { textContent: key }));
      link.setAttribute("aria-keyshortcuts", key);
    }
    if (contact === chosen()) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  tick();
}

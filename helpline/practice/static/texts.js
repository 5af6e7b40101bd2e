// Someone writes: the texts of the phone whose number stands in the form, as bubbles, each with how far it has come.

const STATES = {
  sending: "sending …", taken: "taken by the helpline", lost: "lost: the helpline did not answer",
  queued: "on its way to the phone", sent: "on its way to the phone", delivered: "delivered", read: "read",
  undelivered: "did not arrive",
};
const CHANNELS = { sms: "SMS", whatsapp: "WhatsApp" };
const byId = (id) => document.getElementById(id);
const form = byId("write");
const bubbles = new Map();
let phones = [];

function bubble(text) {
  const item = document.createElement("li"), body = document.createElement("p"), about = document.createElement("p");
  item.className = text.sent ? "own" : "theirs";
  body.dir = "auto"; // each text in the direction of its own script
  body.className = "body";
  body.textContent = text.body;
  about.className = "about";
  item.append(body, about);
  return item;
}

function show(text) {
  const item = bubbles.get(text.sid) || bubble(text);
  bubbles.set(text.sid, item);
  const at = new Date(text.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const words = `${text.sent ? "" : "The helpline, "}${CHANNELS[text.channel]}, ${at}, ${STATES[text.state] || text.state}`;
  const about = item.lastElementChild;
  if (about.textContent !== words) about.textContent = words;
  item.dataset.state = text.state;
  return item;
}

/** Bring the conversation up to what the phones hold now. */
export function drawTexts(news = phones) {
  phones = news;
  const number = form.elements.from.value.trim().replace(/^whatsapp:/, "");
  const texts = phones.find((phone) => phone.number === number)?.texts || [];
  const list = byId("texts"), log = list.parentElement;
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  const items = texts.map(show), kept = items.filter((item) => item.isConnected);
  // What is there stays where it is, so that only what is new is read out.
  for (const item of [...list.children]) if (!kept.includes(item)) item.remove();
  for (const item of items) if (!item.isConnected) list.append(item);
  for (const [sid, item] of bubbles) if (!item.isConnected) bubbles.delete(sid);
  byId("no-texts").hidden = items.length > 0;
  if (low) log.scrollTop = log.scrollHeight;
}

/** `send` takes {from, to, body} and gives what became of it, or null. */
export function writes(send) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { from, to, channel, body } = form.elements, typed = body.value;
    if (!typed.trim()) return;
    body.value = ""; // at once: the helpline may take its time, and a second key is no second text
    body.focus();
    const sent = await send({ from: from.value.trim().replace(/^whatsapp:/, ""), to: channel.value + to.value, body: typed });
    if (!sent && !body.value) body.value = typed;
  });
  form.elements.body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.elements.from.addEventListener("input", () => drawTexts());
  form.addEventListener("change", (event) => {
    if (event.target.name !== "channel") return;
    const { to, channel } = form.elements; // WhatsApp knows whole numbers only
    for (const option of to.options) option.disabled = channel.value !== "" && !option.value.startsWith("+");
    if (to.selectedOptions[0]?.disabled) to.value = [...to.options].find((option) => !option.disabled)?.value || "";
  });
}

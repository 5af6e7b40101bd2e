// One line in a partner's page:  <script src="https://.../chat/embed.js" data-line="children"></script>
// makes a button that opens the chat: in a frame where the line allows this site, in a window of its own elsewhere.
(() => {
  const given = __DATA__;
  const here = document.currentScript, home = new URL(here.src).origin;
  const line = given.lines[here.dataset.line] ? here.dataset.line : Object.keys(given.lines)[0];
  const language = (here.dataset.language || document.documentElement.lang || "en").split("-")[0];
  const say = (word) => given[word][language] || given[word].en;
  const label = here.dataset.label || say("embed");
  const address = `${home}/chat?line=${encodeURIComponent(line)}`;
  const make = (name, style, more) => { const made = Object.assign(document.createElement(name), more); Object.assign(made.style, style); return made; };
  const look = { font: "600 1rem/1.4 system-ui, sans-serif", padding: ".6rem 1.1rem", minHeight: "2.75rem", color: "#fff", background: "#0b6e64", border: "0", borderRadius: ".6rem", cursor: "pointer", textDecoration: "none", display: "inline-block" };
  const put = (made) => { if (here.closest("body")) here.after(made); else addEventListener("DOMContentLoaded", () => document.body.append(made)); };
  const away = { href: address, target: "_blank", rel: "noopener noreferrer", referrerPolicy: "no-referrer" };
  if (!(given.lines[line] || []).includes(location.origin)) {
    put(make("a", look, { ...away, textContent: label }));
    return;
  }
  const button = make("button", look, { type: "button", textContent: label });
  button.setAttribute("aria-expanded", "false");
  let panel = null, frame = null;
  const close = () => {
    panel?.remove();
    panel = null;
    button.setAttribute("aria-expanded", "false");
    button.focus();
  };
  button.addEventListener("click", () => {
    if (panel) { close(); return; }
    panel = make("div", { position: "fixed", insetInlineEnd: "1rem", bottom: "1rem", width: "min(24rem, calc(100vw - 2rem))", height: "min(40rem, calc(100vh - 2rem))", display: "flex", flexDirection: "column", background: "#fff", border: "1px solid #55636a", borderRadius: ".6rem", overflow: "hidden", zIndex: "2147483647", boxShadow: "0 .5rem 2rem rgba(0,0,0,.3)" });
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", label);
    const bar = make("div", { display: "flex", justifyContent: "space-between", gap: ".5rem", padding: ".25rem .5rem", font: "1rem/2 system-ui, sans-serif", background: "#f4f3ef" });
    const shut = make("button", { ...look, padding: "0 .8rem" }, { type: "button", textContent: say("close") });
    shut.addEventListener("click", close);
    bar.append(make("a", { color: "#0b6e64" }, { ...away, textContent: say("window") }), shut);
    frame = make("iframe", { border: "0", flex: "1", width: "100%" }, { title: label, src: `${address}&framed=1`, referrerPolicy: "no-referrer" });
    panel.append(bar, frame);
    document.body.append(panel);
    button.setAttribute("aria-expanded", "true");
    shut.focus();
  });
  addEventListener("message", (event) => {
    if (panel && event.origin === home && event.source === frame.contentWindow && event.data === "chat:left") close();
  });
  put(button);
})();

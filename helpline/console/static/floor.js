// The floor: alarms are loud until somebody takes them, and they stay in the title so that another tab shows them.

import { connect, lookAgain } from "./live.js";
import { offerSound, ring } from "./sound.js";
import "./time.js";

const title = document.title;
let announced = 0;

function show() {
  const board = document.getElementById("alarms");
  const open = Number(board.dataset.open), danger = Number(board.dataset.danger);
  document.title = open ? `(${open}) ${title}` : title;
  ring(danger ? "danger" : null);
  if (open > announced) {
    const newest = [...board.querySelectorAll(".untaken h3")].map((heading) => heading.textContent);
    document.getElementById("loud").textContent = newest.join(". ");
  }
  announced = open;
}

document.addEventListener("htmx:after:swap", show);
offerSound();
connect({ missed: () => {} }, ["floor", "alarms"]);
setInterval(() => lookAgain("floor"), 30_000);
show();

// The board of concerns: loud until somebody has taken what waits, sharper when a deadline has passed, and in the title.

import { connect, lookAgain } from "./live.js";
import { offerSound, ring } from "./sound.js";
import "./time.js";

const title = document.title;
let announced = 0;

function show() {
  const board = document.getElementById("concerns");
  const open = Number(board.dataset.open), late = Number(board.dataset.late);
  document.title = open || late ? `(${Math.max(open, late)}) ${title}` : title;
  ring(late ? "danger" : open ? "ring" : null);
  if (open > announced) {
    const newest = [...board.querySelectorAll(".untaken h3")].map((heading) => heading.textContent);
    document.getElementById("loud").textContent = newest.join(". ");
  }
  announced = open;
}

document.addEventListener("htmx:after:swap", show);
offerSound();
connect({ missed: () => {} }, ["concerns"]);
setInterval(() => lookAgain("concerns"), 15_000);
show();

// The screen on the wall: it looks again when something changes, and by itself.

import { connect, lookAgain } from "./live.js";
import "./time.js";

connect({ missed: () => {} }, ["floor"]);
setInterval(() => lookAgain("floor"), 15_000);

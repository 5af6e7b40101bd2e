// Reading along: new texts come by themselves. A look costs little, and one page in the house does it.

import { connect, lookAgain } from "./live.js";
import "./time.js";

connect({ missed: () => {}, floor: () => lookAgain("reading"), text: () => lookAgain("reading") }, ["reading"]);
setInterval(() => lookAgain("reading"), 5_000);

// Sounds made here, so that nothing is fetched when it must ring: a calm ring for an offer, a sharp one for danger.

let context = null;

function audio() {
  context ??= new AudioContext();
  return context;
}

function tone(at, frequency, length, loudness) {
  const voice = context.createOscillator(), volume = context.createGain();
  voice.frequency.value = frequency;
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(loudness, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, at + length);
  voice.connect(volume).connect(context.destination);
  voice.start(at);
  voice.stop(at + length);
}

const PATTERNS = {
  ring: [[0, 587, 0.5, 0.25], [0.25, 784, 0.7, 0.25]],
  danger: [[0, 880, 0.25, 0.35], [0.3, 660, 0.25, 0.35], [0.6, 880, 0.25, 0.35], [0.9, 660, 0.35, 0.35]],
};

const CHIME = [[0, 988, 0.18, 0.12], [0.12, 1319, 0.3, 0.12]];
const CHIME_EVERY_MS = 1_500;
let chimed = 0;

/** A text has come. Many at once are one sound. */
export function chime() {
  if (Date.now() - chimed < CHIME_EVERY_MS || audio().state !== "running") return;
  chimed = Date.now();
  for (const [at, ...rest] of CHIME) tone(context.currentTime + at, ...rest);
}

let playing = null, timer = null;

function play() {
  if (audio().state === "running") for (const [at, ...rest] of PATTERNS[playing]) tone(context.currentTime + at, ...rest);
}

/** Ring ("ring" or "danger") until told otherwise; null is silence. */
export function ring(pattern) {
  if (pattern === playing) return;
  clearInterval(timer);
  playing = pattern;
  if (pattern) {
    play();
    timer = setInterval(play, 2_000);
  }
}

/** Browsers keep a page silent until it was touched: say so, and let one press mend it. */
export function offerSound() {
  const note = document.getElementById("sound-off");
  const show = () => { note.hidden = audio().state === "running"; };
  const wake = () => audio().resume().then(show, show);
  document.getElementById("allow-sound").addEventListener("click", wake);
  // After the click, not when it begins: the note goes away, and nothing may move under a finger that is down.
  document.addEventListener("click", wake, { once: true });
  document.addEventListener("keydown", wake, { once: true });
  audio().addEventListener("statechange", show);
  setTimeout(show, 300);
}

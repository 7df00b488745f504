// Says how much of a timed quiz is left, and at half, five minutes and one minute tells whoever cannot see it. The server decides:
// without JavaScript the page says what was left when it was opened, and when the time is over.
const { left, all, one, many, half, over } = document.getElementById("timer").dataset;
const shown = document.getElementById("time-left");
const told = document.getElementById("time-told");
const opened = performance.now(); // no clock of the device is trusted
const MOMENTS = [Number(all) / 2, 300, 60]; // seconds left
let before = Number(left);

const words = (text, seconds) => text.replace("{n}", Math.max(1, Math.ceil(seconds / 60)));
const say = (seconds) => (seconds <= 60 ? one : words(many, seconds));

function look() {
  const now = Math.max(0, Number(left) - (performance.now() - opened) / 1000);
  const passed = MOMENTS.filter((moment) => now <= moment && moment < before);
  if (now === 0) {
    told.textContent = shown.textContent = over;
    return;
  }
  if (passed.length) {
    told.textContent = passed.includes(MOMENTS[0]) && MOMENTS[0] > 300 ? words(half, now) : say(now);
  }
  if (shown.textContent !== say(now)) {
    shown.textContent = say(now);
  }
  before = now;
  setTimeout(look, 1000);
}

for (const time of document.querySelectorAll("#time time")) {
  time.textContent = new Date(time.dateTime).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
}
look();

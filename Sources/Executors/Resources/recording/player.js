"use strict";
const { job, frames, captions, dropped } = JSON.parse(document.getElementById("data").textContent);
const part = (id) => document.getElementById(id);
const [frame, time, play] = [part("frame"), part("time"), part("play")];
const end = frames.at(-1).time + 500;
let last = null;

/** The latest of a list at a time; the first before that. */
const at = (list, now) => list.findLast((each) => each.time <= now) ?? list[0];
const clock = (ms) => `${Math.floor(ms / 60000)}:${String((ms % 60000) / 1000 | 0).padStart(2, "0")}.${(ms % 1000) / 100 | 0}`;

function show(now) {
  const shown = at(frames, now);
  const address = `data:image/jpeg;base64,${shown.jpeg}`;
  if (frame.src !== address) frame.src = address;
  frame.dataset.number = frames.indexOf(shown);
  part("caption").textContent = at(captions, now)?.text ?? "";
  part("clock").textContent = `${clock(now)} / ${clock(end)}`;
  time.value = now;
}

function step(moment) {
  if (last === null) return;
  const now = Number(time.value) + (moment - last) * Number(part("speed").value);
  last = moment;
  show(Math.min(now, end));
  if (now < end) requestAnimationFrame(step);
  else stop();
}

function stop() {
  last = null;
  play.textContent = "Play";
}

play.onclick = () => {
  if (last !== null) return stop();
  if (Number(time.value) >= end) show(0);
  play.textContent = "Pause";
  last = performance.now();
  requestAnimationFrame(step);
};
time.oninput = () => {
  stop();
  show(Number(time.value));
};
time.max = end;
part("title").textContent = `Recording of ${job}`;
part("facts").textContent = `${frames.length} pictures in ${clock(end)}${dropped ? `; ${dropped} more were left out to keep it small` : ""}`;
show(frames[0].time);

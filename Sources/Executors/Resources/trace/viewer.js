"use strict";
// Shows one trace: a timeline and a list of steps, what the page looked like before and after, and what happened meanwhile.
// What the page said is only ever put into text nodes and sandboxed frames.

const trace = JSON.parse(document.getElementById("data").textContent);
const byID = (id) => document.getElementById(id);
let chosen = 0;
let view = "after";
let list = "log";

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element[name] = value;
    else if (name === "className") element.className = value;
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60_000)} min ${Math.round(ms / 1000) % 60} s`);
const size = (bytes) => (bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

// MARK: The whole

function showHead() {
  const failed = trace.steps.filter((step) => step.status === "failed");
  document.title = `Trace of ${trace.job}`;
  byID("title").append(`Job ${trace.job}`, " ", make("span", { className: failed.length ? "word failed" : "word" }, failed.length ? "failed" : "done"));
  const length = Math.max(0, ...trace.steps.map((step) => step.start + step.duration));
  byID("facts").append(`${trace.steps.length} steps · ${seconds(length)} · ${new Date(trace.started).toLocaleString()}`);
  if (trace.droppedSteps || trace.droppedSnapshots) {
    byID("facts").append(` · left out to stay small: ${trace.droppedSteps} steps, ${trace.droppedSnapshots} snapshots, the oldest`);
  }
  const last = failed.at(-1);
  if (last) byID("verdict").append(make("b", {}, `${last.id}: ${last.reason}`), "  ", last.message.split("\n")[0]);
}

function showTimeline() {
  const end = Math.max(1, ...trace.steps.map((step) => step.start + step.duration));
  trace.steps.forEach((step, index) => {
    const bar = make("button", { title: `${step.id} · ${step.action} · ${seconds(step.duration)}`, onclick: () => choose(index), className: step.status });
    bar.style.left = `${(step.start / end) * 100}%`;
    bar.style.width = `${(step.duration / end) * 100}%`;
    byID("timeline").append(bar);
  });
}

function showSteps() {
  trace.steps.forEach((step, index) => {
    byID("steps").append(
      make("li", { role: "option", className: step.status, onclick: () => choose(index), title: step.selector ?? step.touched },
        make("span", { className: "mark" }, step.status === "failed" ? "✕" : "✓"),
        make("span", {}, make("b", {}, step.action), step.id === step.action ? "" : `  ${step.id}`),
        make("span", { className: "time" }, seconds(step.duration)),
        make("span", { className: "on" }, step.touched || step.selector || step.url || " ")));
  });
}

// MARK: One step

function choose(index) {
  chosen = Math.min(Math.max(index, 0), trace.steps.length - 1);
  [...byID("steps").children].forEach((item, number) => item.setAttribute("aria-selected", number === chosen));
  [...byID("timeline").children].forEach((item, number) => item.setAttribute("aria-current", number === chosen));
  byID("steps").children[chosen]?.scrollIntoView({ block: "nearest" });
  showView();
  showList();
}

function tabs(place, names, current, pick) {
  byID(place).replaceChildren(...names.map(([name, label, isThere]) =>
    make("button", { role: "tab", "aria-selected": name === current, onclick: () => pick(name), ...(isThere ? {} : { disabled: "" }) }, label)));
}

function showView() {
  const step = trace.steps[chosen];
  const there = { before: step.before in trace.snapshots, after: step.after in trace.snapshots, picture: Boolean(step.picture) };
  const current = there[view] ? view : ["after", "picture", "before"].find((name) => there[name]) ?? view;
  tabs("views", [["before", "Before", there.before], ["after", "After", there.after], ["picture", "Picture", there.picture]], current, (name) => {
    view = name;
    showView();
  });
  const sheet = byID("sheet");
  sheet.className = "";
  sheet.removeAttribute("style");
  if (!there[current]) {
    sheet.className = "empty";
    sheet.replaceChildren(step.page ? "There is no snapshot of this moment." : "This step had no page.");
    byID("address").textContent = step.url ?? "";
  } else if (current === "picture") {
    sheet.replaceChildren(make("img", { src: step.picture, alt: "the page as it was painted" }));
    byID("address").textContent = step.url ?? "";
  } else {
    showSnapshot(sheet, trace.snapshots[step[current]]);
  }
}

/** Puts the style sheets where they belong, also in frames, whose documents stand escaped in an attribute. */
function withSheets(html) {
  const sheet = (name) => (trace.styles[name] ?? "").replaceAll("</", "<\\/");
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
  return html
    .replace(/<style data-sheet="([^"]+)"([^>]*)><\/style>/g, (whole, name, rest) => `<style${rest}>${sheet(name)}</style>`)
    .replace(/&lt;style data-sheet=&quot;([^&]+)&quot;(.*?)&gt;&lt;\/style&gt;/g, (whole, name, rest) => `&lt;style${rest}&gt;${escaped(sheet(name))}&lt;/style&gt;`);
}

function showSnapshot(sheet, snapshot) {
  const width = Math.max(snapshot.width, 320);
  const height = Math.max(snapshot.height, 200);
  const stage = byID("stage");
  const factor = Math.min(1, (stage.clientWidth - 26) / width);
  const frame = make("iframe", { sandbox: "", title: "the page", tabindex: "-1" });
  frame.srcdoc = withSheets(snapshot.html)
    + "<style>[data-picture]{background:repeating-linear-gradient(45deg,#8883 0 6px,#8881 6px 12px)}</style>";
  frame.style.width = `${width}px`;
  frame.style.height = `${height}px`;
  frame.style.transform = `scale(${factor})`;
  sheet.style.width = `${width * factor}px`;
  sheet.style.height = `${height * factor}px`;
  sheet.replaceChildren(frame);
  stage.scrollTop = snapshot.y * factor;
  byID("address").textContent = `${snapshot.url}${snapshot.cut ? " (cut: the document is large)" : ""}`;
}

// MARK: What happened

function showList() {
  const step = trace.steps[chosen];
  const requests = trace.requests[step.page]?.filter((request) => request.number > step.requestsFrom && request.number <= step.requestsTo) ?? [];
  const failing = (step.console ?? []).filter((line) => line.level === "error").length;
  tabs("lists", [
    ["log", step.status === "failed" ? "Error and log" : "Log", true],
    ["console", `Console ${step.console.length || ""}${failing ? " !" : ""}`, true],
    ["network", `Network ${requests.length || ""}`, true],
  ], list, (name) => {
    list = name;
    showList();
  });
  const content = { log: () => logOf(step), console: () => consoleOf(step), network: () => networkOf(step, requests) }[list]();
  byID("details").replaceChildren(...content);
}

function logOf(step) {
  const facts = [
    ["step", `${step.id} (${step.action})`], ["page", step.page], ["selector", step.selector], ["touched", step.touched],
    ["address", step.url], ["began after", seconds(step.start)], ["took", seconds(step.duration)],
  ].filter(([, value]) => value);
  return [
    step.status === "failed" ? make("pre", { className: "error" }, `${step.reason}: ${step.message}\n\n`) : null,
    make("dl", {}, ...facts.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])),
    step.log.length ? make("pre", {}, step.log.join("\n")) : null,
  ].filter(Boolean);
}

function consoleOf(step) {
  if (step.console.length === 0) return [make("p", { className: "none" }, "The page wrote nothing to its console.")];
  return [make("table", {}, ...step.console.map((line) =>
    make("tr", { className: line.level },
      make("td", {}, line.level), make("td", {}, line.text), make("td", {}, line.url ? `${line.url.split("/").at(-1)}:${line.line ?? ""}` : ""))))];
}

function networkOf(step, requests) {
  if (!trace.networkObserved) {
    return [make("p", { className: "none" }, "Requests are written down with trace: on. What did not load stands in the console.")];
  }
  if (requests.length === 0) return [make("p", { className: "none" }, "The page asked for nothing.")];
  const head = make("tr", {}, ...["", "status", "address", "type", "time", "size"].map((name) => make("th", {}, name)));
  return [make("table", {}, head, ...requests.map((request) =>
    make("tr", { className: request.failure || request.status >= 400 ? "error" : "" },
      make("td", {}, request.method), make("td", {}, request.failure ?? String(request.status ?? "…")), make("td", {}, request.url),
      make("td", {}, request.type), make("td", {}, request.time === undefined ? "" : seconds(request.time)), make("td", {}, request.bytes ? size(request.bytes) : ""))))];
}

// MARK: Begin

showHead();
showTimeline();
showSteps();
const firstFailed = trace.steps.findIndex((step) => step.status === "failed");
choose(firstFailed >= 0 ? firstFailed : trace.steps.length - 1);
byID("steps").focus({ preventScroll: true });
addEventListener("resize", showView);
addEventListener("keydown", (event) => {
  const move = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
  if (move) {
    event.preventDefault();
    choose(chosen + move);
  }
  const name = { b: "before", a: "after", p: "picture" }[event.key];
  if (name) {
    view = name;
    showView();
  }
});

// Preparing pictures: a still caret, finished animations, blanked secrets, the box of an element; and scrolling.

let restore = [];

const STILL = "*, *::before, *::after { caret-color: transparent !important; }";
const SECRETS = "input[type=password], input[autocomplete~=one-time-code], input[autocomplete~=current-password], input[autocomplete~=new-password], input[autocomplete|=cc]";

/** Makes the page ready for a picture; `unstill` undoes all of it. */
function still(args) {
  unstill();
  for (const each of reachableDocuments()) {
    if (!each.documentElement) continue;
    forget();
    for (const root of treeRoots(each)) addSheet(root, `${STILL} ${SECRETS} { color: transparent !important; -webkit-text-fill-color: transparent !important; }`);
    for (const field of selectAll(each, "input, textarea, [contenteditable]")) if (secretFields.has(field)) blank(field);
    if (args.animations === "stop") each.getAnimations().forEach(stop);
  }
  for (const selector of args.mask ?? []) query(selector).forEach(blank);
  return {};
}

/** Puts the page back as it was. */
function unstill() {
  for (const undo of restore.splice(0)) undo();
  return {};
}

function addSheet(root, css) {
  const view = (root.ownerDocument ?? root).defaultView;
  if (!view) return;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  restore.push(() => {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets].filter((each) => each !== sheet);
  });
}

function blank(element) {
  const [value, priority] = [element.style.getPropertyValue("opacity"), element.style.getPropertyPriority("opacity")];
  element.style.setProperty("opacity", "0", "important");
  restore.push(() => element.style.setProperty("opacity", value, priority));
}

/** A finite animation jumps to its end; an endless one to its beginning, and goes on afterwards. */
function stop(animation) {
  if (!animation.effect || animation.playState === "finished" || animation.playbackRate === 0) return;
  if (animation.effect.getComputedTiming().endTime !== Infinity) {
    animation.finish();
    return;
  }
  const time = animation.currentTime;
  animation.cancel();
  restore.push(() => {
    animation.play();
    animation.currentTime = time;
  });
}

/** Waits until an element is visible and at rest, scrolls it into view; its box in page coordinates, whole pixels. */
async function boxForShot(args) {
  return untilDone(args, async (log) => {
    const element = required(args);
    requireVisible(element);
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    await requireStable(element);
    log.add(`resolved to ${preview(element)}`);
    const box = boxOf(element);
    const corner = toPage(element, { x: box.left, y: box.top });
    const [left, top] = [Math.floor(corner.x + scrollX), Math.floor(corner.y + scrollY)];
    return {
      touched: phrase(element), x: left, y: top,
      width: Math.ceil(corner.x + scrollX + box.width) - left, height: Math.ceil(corner.y + scrollY + box.height) - top,
    };
  });
}

/** Scrolls an element into view, or the page (or the element's own content) to an end or by pixels. */
async function scroll(args) {
  return untilDone(args, async () => {
    const element = args.selector ? required(args) : null;
    if (element && !args.to && args.x === undefined && args.y === undefined) {
      element.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
      await nextFrame();
      return { touched: phrase(element) };
    }
    const scroller = element ?? document.scrollingElement ?? document.documentElement;
    const ends = { top: { top: 0 }, bottom: { top: scroller.scrollHeight }, left: { left: 0 }, right: { left: scroller.scrollWidth } };
    if (args.to) scroller.scrollTo({ ...ends[args.to], behavior: "instant" });
    else scroller.scrollBy({ left: args.x ?? 0, top: args.y ?? 0, behavior: "instant" });
    await nextFrame();
    return { touched: element ? phrase(element) : "page", top: scroller.scrollTop, left: scroller.scrollLeft };
  });
}

/** What the page keeps for its origin, for storage_state. */
function localState() {
  let items = [];
  try {
    items = Object.entries({ ...localStorage }).map(([name, value]) => ({ name, value }));
  } catch {
    // Pages without an origin have no storage.
  }
  return { origin: location.origin, localStorage: items };
}

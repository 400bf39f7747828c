// Life of a pointer action. Two trips between host and page, whatever the page does:
//
//  1. prepare: until the deadline, whenever the page changes: resolve the selector, strictly; visible, enabled; while
//     animations run, note the box and look again after a frame: has it stopped moving? scroll it into view; pick a point
//     inside it that is inside the viewport; ask the browser what would be hit there. If it is our element (or inside
//     it), arm the guard and give the host {x, y, token}.
//  2. The host sends mouse moved, pressed, released and finish(token) in one write. The guard listens in the capture
//     phase, before the page: at the first trusted event it repeats the hit test where the event really is. If the
//     page has moved meanwhile and somebody else was hit, the guard swallows this and all following events, finish says
//     `missed`, and the host starts again at 1: nobody was clicked by mistake.
//
// finish answers when the event that ends the gesture came through; a frame after the button went up otherwise (the page
// may remove the element in mousedown, then there is no click); or after a moment without any event (the browser sends
// none to disabled controls).

const SCROLLS = ["nearest", "end", "center", "start"];

/** Looks for a point to press; its refusals say why there is none yet. */
async function pointOf(element, args, tries) {
  if (args.force !== true) {
    requireVisible(element);
    requireEnabled(element);
    if (args.stability !== "none") await requireStable(element, args.stability);
  }
  let point = visiblePoint(element, args.position);
  // In view but covered means a sticky header or the like: other alignments get out from under it.
  const covered = point && args.force !== true && tries > 0 && hitMiss(element, point);
  if (!point || covered) {
    element.scrollIntoView({ block: SCROLLS[tries % SCROLLS.length], inline: SCROLLS[tries % SCROLLS.length], behavior: "instant" });
    point = visiblePoint(element, args.position);
  }
  if (!point) {
    throw retryLater("outside_viewport", `${preview(element)} cannot be scrolled into view. Make the viewport larger (browser.viewport).`,
      [`resolved to ${preview(element)}`, "element is outside of the viewport"]);
  }
  return point;
}

/**
 * Fails while the element moves. Without animations one look is enough: the guard looks again at the event itself.
 *
 * An animation that is still pending has not moved anything yet, so it gets a second frame.
 */
async function requireStable(element, mode = "auto") {
  const animations = animationsOf(element);
  if (mode === "auto" && animations.length === 0) return;
  const frames = animations.some((each) => each.pending) ? 2 : 1;
  for (let frame = 0; frame < frames; frame += 1) {
    const before = placeOf(element);
    // Between two frames nothing moves, however long that takes on a busy machine.
    await nextFrame(1000);
    if (!element.isConnected) throw retryLater("detached", `${preview(element)} was removed from the page.`, ["element was detached, looking again"]);
    if (placeOf(element) !== before) {
      throw retryLater("unstable", `${preview(element)} does not stop moving.`, [`resolved to ${preview(element)}`, "element is moving"]);
    }
  }
}

/** Animations and transitions that run on the element or around it. */
function animationsOf(element) {
  const chain = [...composedAncestors(element), ...frameChain(element.ownerDocument).flatMap((frame) => [...composedAncestors(frame)])];
  return chain.flatMap((at) => at.getAnimations()).filter((each) => each.pending || each.playState === "running");
}

/** The middle of the first visible piece of the element (or the wanted position), in its own viewport; null when none is in view. */
function visiblePoint(element, position) {
  const view = viewOf(element);
  const box = boxOf(element);
  const inView = (point) => frameChain(element.ownerDocument).every((frame) => {
    point = outOfFrame(frame, point);
    return isInside(point, viewOf(frame));
  });
  if (position) {
    const point = { x: box.left + element.clientLeft + position.x, y: box.top + element.clientTop + position.y };
    return isInside(point, view) && inView(point) ? point : null;
  }
  const pieces = element.getClientRects().length ? [...element.getClientRects()] : [box];
  for (const piece of pieces) {
    const left = Math.max(0, piece.left), right = Math.min(view.innerWidth, piece.right);
    const top = Math.max(0, piece.top), bottom = Math.min(view.innerHeight, piece.bottom);
    if (right - left <= 0.99 || bottom - top <= 0.99) continue;
    const point = { x: (left + right) / 2, y: (top + bottom) / 2 };
    // What looks clipped may be positioned out of its container: then it is hit all the same.
    if (inView(point) && (!isClipped(element, point) || !hitMiss(element, point))) return point;
  }
  return null;
}

const isInside = (point, view) => point.x >= 0 && point.y >= 0 && point.x < view.innerWidth && point.y < view.innerHeight;

/** Whether a scroll container between element and viewport hides the point. */
function isClipped(element, point) {
  for (let at = composedParent(element); at && at !== element.ownerDocument.documentElement; at = composedParent(at)) {
    if (at === element.ownerDocument.body) continue;
    const { overflowX, overflowY, position } = styleOf(at);
    if (overflowX === "visible" && overflowY === "visible") {
      if (position === "fixed") return false;
      continue;
    }
    const box = at.getBoundingClientRect();
    if (point.x < box.left || point.x > box.right || point.y < box.top || point.y > box.bottom) return true;
  }
  return false;
}

/** What would be hit at a point: null when it is the target or inside it, else the element in the way. */
function hitMiss(target, point) {
  const wanted = retarget(target, { followLabel: false });
  const hit = hitAt(wanted, point);
  if (hit && containsPainted(wanted, hit)) return frameMiss(target.ownerDocument, point);
  // The label's text works its control as well as the control itself.
  const label = hit?.closest?.("label");
  if (label && label.control === wanted) return null;
  return hit ?? target.ownerDocument.documentElement;
}

/** The frontmost element at a point, looked up through the roots the target is in, so that closed ones count too. */
function hitAt(target, point) {
  const roots = [];
  for (let root = target.getRootNode(); root; root = root.host?.getRootNode()) roots.unshift(root);
  let hit = null;
  for (const [index, root] of roots.entries()) {
    const inner = root.elementFromPoint?.(point.x, point.y);
    if (!inner) break;
    hit = inner;
    if (index + 1 < roots.length && inner !== roots[index + 1].host) break;
  }
  // Below the target's own root there may be open ones.
  while (hit?.shadowRoot && hit !== target) {
    const inner = hit.shadowRoot.elementFromPoint(point.x, point.y);
    if (!inner || inner === hit) break;
    hit = inner;
  }
  return hit;
}

/** Whether something outside covers a frame at a point of it. */
function frameMiss(document_, point) {
  for (const frame of frameChain(document_)) {
    point = outOfFrame(frame, point);
    const hit = hitAt(frame, point);
    if (hit !== frame) return hit ?? frame.ownerDocument.documentElement;
  }
  return null;
}

/** `<div id="cookie"> from <dialog open> subtree`: what is in the way and what it belongs to. */
function describeBlocker(blocker, target) {
  let root = blocker;
  for (let at = blocker; at && !containsPainted(at, target); at = paintedParent(at)) root = at;
  return root === blocker ? preview(blocker) : `${preview(blocker)} from ${preview(root)} subtree`;
}

let guard = null;
let tokens = 0;
const GUARDED = ["pointerdown", "mousedown", "pointerup", "mouseup", "click", "auxclick", "dblclick", "contextmenu"];

/** Watches the coming gesture; an earlier guard is lifted. */
function armGuard(target, kind) {
  guard?.disarm();
  tokens += 1;
  const armed = { token: tokens, target, seen: new Set(), blocker: undefined, onEvent: () => {} };
  const types = kind === "hover" ? ["pointermove", "mousemove"] : GUARDED;
  const windows = [viewOf(target), ...frameChain(target.ownerDocument).map(viewOf)];
  const listener = (event) => {
    if (!event.isTrusted) return;
    if (armed.blocker === undefined) armed.blocker = blockerOf(target, event);
    armed.seen.add(event.type);
    if (armed.blocker !== null) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    armed.onEvent();
  };
  for (const each of windows) for (const type of types) each.addEventListener(type, listener, { capture: true, passive: false });
  armed.disarm = () => {
    for (const each of windows) for (const type of types) each.removeEventListener(type, listener, { capture: true });
    if (guard === armed) guard = null;
  };
  guard = armed;
  return armed.token;
}

/** null when the event goes where it should, else a description of who got it. */
function blockerOf(target, event) {
  const hit = event.composedPath()[0];
  if (!target.isConnected) return "the element was removed from the page";
  if (event.view !== viewOf(target)) return hit?.nodeType === Node.ELEMENT_NODE ? describeBlocker(hit, target) : "the page around the frame";
  const miss = hitMiss(target, { x: event.clientX, y: event.clientY });
  return miss ? describeBlocker(miss, target) : null;
}

/** What ends the gesture of an action. */
const LAST_EVENT = { click: "click", middle: "auxclick", right: "contextmenu", dblclick: "dblclick", hover: "mousemove" };

/** Waits for the guarded gesture: `{missed}` or `{}`. */
async function gestureEnd(armed, kind) {
  await new Promise((resolve) => {
    const silence = setTimeout(resolve, 250);
    const check = () => {
      if (armed.seen.has(LAST_EVENT[kind] ?? "click")) settle();
      else if (armed.seen.has("mouseup") && kind !== "dblclick") requestAnimationFrame(() => setTimeout(settle));
    };
    function settle() {
      clearTimeout(silence);
      resolve();
    }
    armed.onEvent = check;
    check();
  });
  await settled();
  armed.disarm();
  return armed.blocker ? { missed: armed.blocker } : {};
}

/** Wave 1 of pointer actions. */
async function prepare(args) {
  let tries = -1;
  return untilDone(args, async (log) => {
    tries += 1;
    const found = required(args);
    const touched = phrase(found);
    if (args.checked !== undefined) {
      const state = checkedState(found);
      if (state === args.checked) return { done: true, touched };
      if (args.checked === false && isRadio(found)) {
        throw new Refusal("invalid_input", `${preview(found)} is a radio button: it is unchecked only by checking another one of its group.`);
      }
    }
    const element = args.checked === undefined ? found : visibleStandIn(found);
    const point = await pointOf(element, args, tries);
    if (args.force !== true) {
      const blocker = hitMiss(element, point);
      if (blocker) {
        const who = describeBlocker(blocker, element);
        throw retryLater("covered_by", `${preview(element)} is covered by ${who}. Close what covers it, or wait until it is gone.`,
          [`resolved to ${preview(element)}`, `${who} intercepts pointer events`]);
      }
    }
    log.add(`resolved to ${preview(element)}`);
    const at = toPage(element, point);
    const place = { x: round(at.x), y: round(at.y), touched };
    if (args.kind === "drag") watchDrag();
    if (args.trial || args.unguarded) return { ...place, done: args.trial === true };
    const token = armGuard(element, args.kind);
    Object.assign(guard, { control: found, unguardedHit: args.force === true });
    if (args.force === true) guard.blocker = null;
    return { ...place, token };
  });
}

const round = (number) => Math.floor(number * 100) / 100;

/** A hidden checkbox is worked by its visible label. */
function visibleStandIn(control) {
  if (isVisible(control)) return control;
  return [...(control.labels ?? [])].find(isVisible) ?? control;
}

const isRadio = (element) => element.matches("input[type=radio]") || roleOf(element) === "radio";

function checkedState(element) {
  const control = retarget(element, { followLabel: true });
  if (!control.matches("input[type=checkbox], input[type=radio]") && !["checkbox", "radio", "switch", "menuitemcheckbox", "menuitemradio", "option"].includes(roleOf(control))) {
    throw new Refusal("invalid_input", `${preview(element)} is neither a checkbox nor a radio button.`);
  }
  return ARIA_STATES.checked(control);
}

/** Wave 2 of pointer actions: waits for the end of the gesture, checks what it should have changed. */
async function finish(args) {
  const armed = guard;
  // Another document, or a newer prepare: the page went on, which is what clicks are for.
  if (!armed || armed.token !== args.token) return {};
  const end = await gestureEnd(armed, args.kind);
  if (end.missed || args.checked === undefined) return end;
  forget();
  if (checkedState(armed.control) !== args.checked) await nextFrame();
  if (armed.control.isConnected && checkedState(armed.control) !== args.checked) {
    throw new Refusal("expectation_failed", `Clicking ${preview(armed.control)} did not change its state to ${args.checked ? "checked" : "unchecked"}.`);
  }
  return {};
}

let dragStart = null;

/** Notes the dragstart to come; the target of a drag is prepared when it may have come already. */
function watchDrag() {
  for (const each of reachableDocuments()) {
    each.defaultView?.addEventListener("dragstart", (event) => { dragStart = event; }, { capture: true, once: true });
  }
}

/** Confirms the first moves of a drag: whether the page dragged by HTML drag and drop. */
async function dragBegan() {
  await settled();
  const began = dragStart !== null && !dragStart.defaultPrevented;
  dragStart = null;
  return { began };
}

// Life of a pointer action. Two trips between host and page, whatever the page does:
//
//  1. prepare: until the deadline, whenever the page changes: resolve the selector, strictly; visible, enabled; scroll it
//     into view; note its box and look again after a frame: has it stopped moving? (point.js) pick a point inside it that
//     is inside the viewport; ask the browser what would be hit there (hit.js). If it is our element (or inside it), arm
//     the guard (guard.js) and give the host {x, y, token}.
//  2. The host sends mouse moved, pressed, released and finish(token) in one write. The guard listens in the capture
//     phase, before the page: at the first trusted event it repeats the hit test where the event really is. If the
//     page has moved meanwhile and somebody else was hit, the guard swallows this and all following events, finish says
//     `missed`, and the host starts again at 1: nobody was clicked by mistake.
//
// finish answers when the event that ends the gesture came through; a frame after the button went up otherwise (the page
// may remove the element in mousedown, then there is no click); or after a moment without its end, and then once more when
// the browser has confirmed its input: what has not come by then went elsewhere.

/** Wave 1 of pointer actions. */
async function prepare(args) {
  let tries = -1;
  return untilDone(args, async (log) => {
    tries += 1;
    if (args.unless && isSo(args.unless)) return { done: true, touched: "page" };
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
      if (blocker) throw missed(element, blocker);
    }
    log.add(`resolved to ${preview(element)}`);
    const at = toPage(element, point);
    const place = { x: round(at.x), y: round(at.y), touched };
    if (args.kind === "drag") watchDrag();
    if (args.trial || args.kind === "drop") return { ...place, done: args.trial === true };
    const token = armGuard(element, args.kind, args);
    guard.control = found;
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
  const end = await gestureEnd(armed, args.kind, args.isLast === true);
  if (end.missed || end.silent || args.checked === undefined) return end;
  // What a page draws itself may ask its server first.
  const patience = performance.now() + 1000;
  for (forget(); armed.control.isConnected && checkedState(armed.control) !== args.checked && performance.now() < patience; forget()) {
    await nextFrame();
  }
  if (armed.control.isConnected && checkedState(armed.control) !== args.checked) {
    throw new Refusal("expectation_failed", `Clicking ${preview(armed.control)} did not change its state to ${args.checked ? "checked" : "unchecked"}.`);
  }
  return {};
}

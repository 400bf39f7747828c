// The guard of a pointer action: sees the trusted events of the gesture before the page does.

let guard = null;
let tokens = 0;
const GUARDED = ["touchstart", "touchend", "pointerdown", "mousedown", "pointerup", "mouseup", "click", "auxclick", "dblclick", "contextmenu"];

/** Watches the coming gesture; an earlier guard is lifted. A forced one swallows nothing. */
function armGuard(target, kind, { force, watch }) {
  const isForced = force === true;
  guard?.disarm();
  tokens += 1;
  const armed = { token: tokens, target, isForced, seen: new Set(), blocker: isForced ? null : undefined, onEvent: () => {} };
  const types = kind === "hover" ? ["pointermove", "mousemove"] : GUARDED;
  const windows = [viewOf(target), ...frameChain(target.ownerDocument).map(viewOf)];
  const answers = watch ? watchAnswers(target) : null;
  armed.changed = () => answers?.seen() ?? false;
  const listener = (event) => {
    if (!event.isTrusted) return;
    if (event.type === LAST_EVENT[kind]) answers?.begin();
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
    answers?.stop();
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
  const at = event.touches?.[0] ?? event;
  const miss = hitMiss(target, { x: at.clientX, y: at.clientY });
  return miss ? describeBlocker(miss, target) : null;
}

/** What ends the gesture of an action. */
const LAST_EVENT = { click: "click", middle: "auxclick", right: "contextmenu", dblclick: "dblclick", hover: "mousemove", tap: "click" };

/**
 * Waits for the guarded gesture: `{missed}`, `{}`, or `{silent}` when not one event of it has come.
 *
 * Events may still be on their way to a busy page. So the guard stays, and the host asks once more, with `isLast`, when the
 * browser has confirmed its input: what has not come by then went elsewhere.
 */
async function gestureEnd(armed, kind, isLast) {
  await new Promise((resolve) => {
    const silence = setTimeout(resolve, isLast ? 0 : 250);
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
  if (armed.seen.size === 0 && !armed.isForced && kind !== "hover") {
    if (!isLast) return { silent: true };
    armed.blocker = "no event reached the element: something the page cannot see, such as a frame of another site,";
  }
  const changed = armed.changed();
  armed.disarm();
  return armed.blocker ? { missed: armed.blocker } : changed ? { changed } : {};
}

/** Notes changes of the page around the target while it handles the last event of the gesture. */
function watchAnswers(target) {
  const isNear = (record) => record.target.contains(target) || target.contains(record.target);
  let hasBegun = false, hasAnswered = false;
  const note = (records) => { hasAnswered ||= hasBegun && records.some(isNear); };
  const observer = new MutationObserver(note);
  observer.observe(target.getRootNode(), { subtree: true, childList: true, attributes: true, characterData: true });
  return {
    // What was changed before is no answer.
    begin: () => {
      observer.takeRecords();
      hasBegun = true;
    },
    seen: () => {
      note(observer.takeRecords());
      return hasAnswered;
    },
    stop: () => observer.disconnect(),
  };
}

// The guard of a pointer action: sees the trusted events of the gesture before the page does.

let guard = null;
let tokens = 0;
const GUARDED = ["touchstart", "touchend", "pointerdown", "mousedown", "pointerup", "mouseup", "click", "auxclick", "dblclick", "contextmenu"];
const MOVES = ["pointermove", "mousemove"];

/** Who looks at the events of this window: `first(event)` before anything of the page, `last(event)` when it is through. */
let watcher = null;
const lookFirst = (event) => watcher?.first(event);
const lookLast = (event) => watcher?.last(event);

/** From the beginning of the document on, so that no listener of the page comes before; a second time changes nothing. */
function listenFirst() {
  for (const type of [...GUARDED, ...MOVES]) addEventListener(type, lookFirst, { capture: true, passive: false });
  addEventListener("mousedown", lookLast);
}
listenFirst();

/**
 * Puts a watcher on this window, in place of another, or takes one away, if it is still there: that of an earlier guard is not.
 *
 * Documents that were written anew have lost their listeners.
 */
function watchWindow(next, previous) {
  if (!next && watcher !== previous) return;
  listenFirst();
  watcher = next;
}

/** Watches the coming gesture; an earlier guard is lifted. A forced one swallows nothing. */
function armGuard(target, kind, { force, watch }) {
  const isForced = force === true;
  guard?.disarm();
  tokens += 1;
  const armed = { token: tokens, target, isForced, seen: new Set(), blocker: isForced ? null : undefined, onEvent: () => {} };
  const types = kind === "hover" ? MOVES : GUARDED;
  const answers = watch ? watchAnswers(target) : null;
  armed.changed = () => answers?.seen() ?? false;
  const first = (event) => {
    if (!event.isTrusted || !types.includes(event.type)) return;
    if (event.type === LAST_EVENT[kind]) answers?.begin();
    if (armed.blocker === undefined) armed.blocker = blockerOf(target, event);
    else if (armed.blocker === null && event.type === "pointerup") armed.blocker = lossOf(armed, event);
    armed.seen.add(event.type);
    if (armed.blocker !== null) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    armed.onEvent();
  };
  // The page's answer to the press itself is over: what it moves or removes from now on, it does by the clock.
  const last = (event) => {
    if (!event.isTrusted || isForced) return;
    armed.pressed = target.isConnected ? { place: placeOf(target), isHit: !missOf(target, event) } : null;
  };
  // The agents of frames share this world, so their windows can be watched from here: those around the target, and those
  // that may have come under the pointer by the time of the event.
  const views = [...frameChain(target.ownerDocument).map(viewOf), ...reachableDocuments().map((each) => each.defaultView)];
  const doors = [...new Set([viewOf(target), ...views])].filter(Boolean).map((view) => view.cpaAgent?.watchWindow ?? watchLate(view));
  const own = { first, last };
  for (const watchDoor of doors) watchDoor(own);
  armed.disarm = () => {
    for (const watchDoor of doors) watchDoor(null, own);
    answers?.stop();
    if (guard === armed) guard = null;
  };
  guard = armed;
  return armed.token;
}

/** For a window without an agent of its own, such as that of a frame that was just made. */
function watchLate(view) {
  let current = null;
  const look = (event) => current?.first(event);
  return (next) => {
    for (const type of [...GUARDED, ...MOVES]) {
      if (next) view.addEventListener(type, look, { capture: true, passive: false });
      else view.removeEventListener(type, look, { capture: true });
    }
    current = next;
  };
}

/**
 * Why what was pressed cannot be released: replaced, moved away or covered in between, so that the click would be somebody
 * else's, or nobody's; null mostly.
 */
function lossOf({ target, pressed }, event) {
  if (!pressed) return null;
  if (!target.isConnected) return "the element was replaced between press and release: what renders it anew";
  const miss = missOf(target, event);
  // Many buttons move a little when pressed.
  if (!miss) return null;
  if (placeOf(target) !== pressed.place) return "the element moved away between press and release: what moves it";
  // Some pages put something over what is pressed, to follow the pointer.
  return pressed.isHit ? describeBlocker(miss, target) : null;
}

/** Who is hit where an event of the mouse is, if it is not the target. */
function missOf(target, event) {
  if (event.view !== viewOf(target)) return event.composedPath()[0];
  return hitMiss(target, { x: event.clientX, y: event.clientY });
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
const LAST_EVENT = { click: "click", middle: "auxclick", right: "contextmenu", dblclick: "dblclick", hover: "mousemove", tap: "click", drag: "mousedown" };

/**
 * Waits for the guarded gesture: `{missed}`, `{}`, or `{silent}` when its end has not come.
 *
 * Events may still be on their way to a busy page. So the guard stays, and the host asks once more, with `isLast`, when the
 * browser has confirmed its input: what has not come by then went elsewhere.
 */
async function gestureEnd(armed, kind, isLast) {
  const hasEnded = () => armed.seen.has(LAST_EVENT[kind] ?? "click");
  const isReleased = () => armed.seen.has("mouseup");
  await new Promise((resolve) => {
    const silence = setTimeout(resolve, isLast ? 0 : 250);
    const check = () => {
      if (hasEnded()) settle();
      else if (isReleased() && kind !== "dblclick") setTimeout(awaitFrame);
    };
    // A click comes in the task of its mouseup: only where there is none a frame is worth its cost.
    function awaitFrame() {
      if (!hasEnded()) requestAnimationFrame(() => setTimeout(settle));
    }
    function settle() {
      clearTimeout(silence);
      resolve();
    }
    armed.onEvent = check;
    check();
  });
  await settled();
  // A press whose release has not come yet is not over either: without the guard that could end as a click elsewhere.
  if (!hasEnded() && !isReleased() && !armed.isForced && kind !== "hover") {
    if (!isLast) return { silent: true };
    if (armed.seen.size === 0) armed.blocker = "no event reached the element: something the page cannot see, such as a frame of another site,";
  }
  const changed = armed.changed();
  // The release of a press that was swallowed is swallowed too; without a press it would be a click.
  if (kind !== "drag" || !armed.blocker) armed.disarm();
  return armed.blocker ? { missed: armed.blocker } : changed ? { changed } : {};
}

/** Notes changes of the page around the target while it handles the last event of the gesture. */
function watchAnswers(target) {
  // What is put into the body or taken out of it comes and goes by itself.
  const isNear = ({ target: at, type }) =>
    target.contains(at) || (at.contains(target) && (type === "attributes" || at !== target.ownerDocument.body));
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

// Where to point: the element brought into view and at rest, a point of it that is in view.

const SCROLLS = ["nearest", "end", "center", "start"];

/** Looks for a point to press; its refusals say why there is none yet. `tries` counts the attempts before. */
async function pointOf(element, args, tries) {
  if (args.force !== true) {
    requireVisible(boxOwner(element));
    requireEnabled(element);
  }
  let point = aim(element, args, tries);
  const blocker = point && args.force !== true && tries > 0 && hitMiss(element, point);
  if (!point || args.reveal) {
    bringIntoView(element, args.position, tries + (args.reveal ?? 0));
  } else if (blocker && (tries <= 2 * SCROLLS.length || tries % 32 < SCROLLS.length) && !coversAll(blocker)) {
    // In view but covered means a sticky header or the like: other alignments get out from under it. Later less often: a
    // page that scrolls up and down without end is of no use to anybody.
    bringIntoView(element, args.position, tries);
  }
  // After scrolling: one frame later the page has reacted to that too.
  if (args.force !== true) await requireStable(element, args.stability);
  point = aim(element, args, tries);
  if (!point) {
    throw retryLater("outside_viewport", `${preview(element)} cannot be scrolled into view. Make the viewport larger (browser.viewport).`,
      [`resolved to ${preview(element)}`, "element is outside of the viewport"]);
  }
  return point;
}

/** Whether scrolling gets nothing out from under it: it is fixed and as large as the viewport. */
function coversAll(blocker) {
  const view = viewOf(blocker);
  for (let at = blocker; at; at = composedParent(at)) {
    if (styleOf(at)?.position !== "fixed" && !at.matches("dialog:modal")) continue;
    const box = at.getBoundingClientRect();
    if (box.width >= view.innerWidth * 0.95 && box.height >= view.innerHeight * 0.95) return true;
  }
  return false;
}

function bringIntoView(element, position, tries) {
  const align = SCROLLS[tries % SCROLLS.length];
  boxOwner(element).scrollIntoView({ block: align, inline: align, behavior: "instant" });
  if (position) scrollToPosition(element, position);
}

/** Scrolls what is around the element until a place in it that is larger than the viewport is in view. */
function scrollToPosition(element, position) {
  for (let at = composedParent(element); at; at = composedParent(at)) {
    const isPage = at === element.ownerDocument.scrollingElement;
    const style = styleOf(at);
    if (!isPage && style.overflowX === "visible" && style.overflowY === "visible") continue;
    const box = boxOf(element), view = viewOf(element), port = at.getBoundingClientRect();
    const [left, top] = isPage ? [0, 0] : [port.left + at.clientLeft, port.top + at.clientTop];
    const [width, height] = isPage ? [view.innerWidth, view.innerHeight] : [at.clientWidth, at.clientHeight];
    const x = box.left + element.clientLeft + position.x - left, y = box.top + element.clientTop + position.y - top;
    if (x < 0 || x >= width) at.scrollBy({ left: x - width / 2, behavior: "instant" });
    if (y < 0 || y >= height) at.scrollBy({ top: y - height / 2, behavior: "instant" });
  }
}

/**
 * Fails while the element moves: its box now and in the next frame must be the same. `none` leaves it to the guard, which
 * looks again at the event itself; `strict` compares two frames, as what moves between them may rest before the first.
 *
 * An animation that is still pending has not moved anything yet, so it gets a second frame too.
 */
async function requireStable(element, mode = "frame") {
  if (mode === "none") return;
  // Between two frames nothing moves, however long that takes on a busy machine.
  if (mode === "strict") await nextFrame(1000);
  const pending = animationsOf(element).filter((each) => each.pending);
  // What is about to move stands still until its animation is ready, which takes a frame, or several on a busy machine.
  if (pending.length > 0) {
    await Promise.race([Promise.allSettled(pending.map((each) => each.ready)), new Promise((done) => setTimeout(done, 1000))]);
  }
  const frames = pending.length > 0 ? 2 : 1;
  for (let frame = 0; frame < frames; frame += 1) {
    const { timeline } = element.ownerDocument, moment = timeline.currentTime;
    const before = placeOf(element);
    let isPainted = await nextFrame(1000);
    // Called between the beginning of a frame and its callbacks, as after a load, the next one shows the same moment again.
    if (isPainted && timeline.currentTime - moment < 2) isPainted = await nextFrame(1000);
    if (!element.isConnected) throw retryLater("detached", `${preview(element)} was removed from the page.`, ["element was detached, looking again"]);
    // Without a frame an animation stands still too: a busy machine may take longer for one than we wait.
    const mayMove = !isPainted && animationsOf(element).length > 0;
    if (mayMove || placeOf(element) !== before) {
      throw retryLater("unstable", `${preview(element)} does not stop moving.`, [`resolved to ${preview(element)}`, "waiting for element to be stable: it is moving"]);
    }
  }
}

/** Animations and transitions that run on the element or around it. */
function animationsOf(element) {
  const chain = [...composedAncestors(element), ...frameChain(element.ownerDocument).flatMap((frame) => [...composedAncestors(frame)])];
  return chain.flatMap((at) => at.getAnimations()).filter((each) => each.pending || each.playState === "running");
}

/** The point to press now: the middle of the first visible piece, or the wanted position; null when none is in view. */
function aim(element, args, tries) {
  if (args.position) return positionIn(element, args.position);
  const pieces = visiblePieces(element);
  const middles = pieces.map((piece) => spot(piece, 1 / 2, 1 / 2));
  const first = middles.find((point) => !isClipped(element, point) || !hitMiss(element, point));
  const gridOf = () => pieces.flatMap((piece) => PARTS.flatMap((x) => PARTS.map((y) => spot(piece, x, y))));
  if (first && straysInLabel(element, first)) {
    return gridOf().find((point) => !hitMiss(element, point) && !straysInLabel(element, point)) ?? first;
  }
  // A ring, a line or a polygon is not where its middle is; the middle of anything may stay covered.
  if (!first || args.force === true || (!isShape(element) && tries < SCROLLS.length) || !hitMiss(element, first)) return first ?? null;
  return gridOf().find((point) => !hitMiss(element, point)) ?? first;
}

/** Whether a point of a label belongs to a link or a control in it that is not the label's own: that would work, not the box. */
function straysInLabel(element, point) {
  if (tagOf(element) !== "label") return false;
  const inner = hitAt(element, point)?.closest("a[href], button, input, select, textarea, [role=button], [role=link]");
  return !!inner && inner !== element.control && element.contains(inner);
}

const PARTS = [1 / 2, 1 / 4, 3 / 4, 1 / 16, 15 / 16, 1 / 64, 63 / 64];

const spot = (piece, x, y) => ({ x: piece.left + (piece.right - piece.left) * x, y: piece.top + (piece.bottom - piece.top) * y });

const isShape = (element) => element.namespaceURI === "http://www.w3.org/2000/svg" || tagOf(element) === "area";

/** A place in the padding box, in the element's own pixels, however its surroundings are scaled. */
function positionIn(element, position) {
  const box = boxOf(element);
  const [scaleX, scaleY] = [box.width / element.offsetWidth || 1, box.height / element.offsetHeight || 1];
  const point = { x: box.left + (element.clientLeft + position.x) * scaleX, y: box.top + (element.clientTop + position.y) * scaleY };
  return isInView(element, point) ? point : null;
}

/** The parts of the element's boxes that are in its viewport and those around; text over two lines has two boxes. */
function visiblePieces(element) {
  const view = viewOf(element);
  const owner = boxOwner(element);
  const boxes = tagOf(owner) !== "area" && owner.getClientRects().length ? [...owner.getClientRects()] : [boxOf(owner)];
  const pieces = boxes.map((box) => ({
    left: Math.max(0, box.left), right: Math.min(view.innerWidth, box.right),
    top: Math.max(0, box.top), bottom: Math.min(view.innerHeight, box.bottom),
  }));
  return pieces.filter((piece) =>
    piece.right - piece.left > 0.99 && piece.bottom - piece.top > 0.99 && isInView(element, spot(piece, 1 / 2, 1 / 2)));
}

const isInside = (point, view) => point.x >= 0 && point.y >= 0 && point.x < view.innerWidth && point.y < view.innerHeight;

/** Whether a point of the element's viewport is in view, there and in the viewports around. */
function isInView(element, point) {
  return isInside(point, viewOf(element)) && frameChain(element.ownerDocument).every((frame) => {
    point = outOfFrame(frame, point);
    return isInside(point, viewOf(frame));
  });
}

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

/** Whose box a pointer is aimed at: its own, or that of content which hangs out of an empty one (floats in a link). */
function boxOwner(element) {
  const box = boxOf(element);
  if ((box.width > 0 && box.height > 0) || !element.isConnected) return element;
  const { overflowX, overflowY } = styleOf(element);
  if (overflowX !== "visible" || overflowY !== "visible") return element;
  return [...element.querySelectorAll("*")].slice(0, 50).find(isVisible) ?? element;
}

// Frames. Those of the same origin are walked from here. Others have an agent of their own: a selector that leads into
// one stops there with `Elsewhere`, the host goes on with the rest of it in that frame's agent, and for pointer actions
// comes back with the point it got: `through` says where that is in this document, and whether something covers it.

/** Thrown where a selector enters a frame that cannot be reached from here; `next` is its first part inside. */
class Elsewhere {
  constructor(frame, parts, next) {
    Object.assign(this, { frame, parts, next });
  }
}

/** Frame elements the host was given numbers for; the oldest are forgotten. */
const numbered = [];
let frameCount = 0;

/** A number for a frame element and what it shows; an element that was moved in the page is another frame. */
function numberOf(frame) {
  const known = numbered.find((each) => each.frame === frame && each.content === frame.contentWindow);
  if (known) return known.number;
  frameCount += 1;
  numbered.push({ number: frameCount, frame, content: frame.contentWindow });
  if (numbered.length > 64) numbered.shift();
  return frameCount;
}

function frameNumbered(number) {
  const known = numbered.find((each) => each.number === number);
  return known && known.frame.isConnected && known.frame.contentWindow === known.content ? known.frame : null;
}

/** The frame element of a number, as an object for the host. */
const frameElement = (number) => frameNumbered(number);

/** What the host needs to go on inside: the frame, and where the rest of the selector begins. */
function enter({ frame, parts, next }, name, args) {
  if (parts !== args.selector?.parts) {
    throw new Refusal("invalid_input", "A frame of another site can be entered by a part of the selector itself, not inside of has=, and=, or=.");
  }
  // Chromium draws no frames for what is out of view, and a pointer needs it there anyway.
  if (name === "prepare" || name === "boxForShot") revealFrame(frame);
  return { frame: numberOf(frame), next };
}

function revealFrame(frame) {
  for (const each of [frame, ...frameChain(frame.ownerDocument)]) {
    const box = each.getBoundingClientRect();
    const view = viewOf(each);
    const isSeen = box.bottom > 0 && box.right > 0 && box.top < view.innerHeight && box.left < view.innerWidth;
    if (!isSeen) each.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  }
}

/** The document of a frame, or null when it is another site's. */
function contentOf(frame, trace) {
  if (!frame.matches("iframe, frame")) {
    throw new Refusal("invalid_input", `frame= must name an <iframe>, but it names ${preview(frame)}.`);
  }
  const content = frame.contentDocument;
  if (content && trace) trace.frame = frame;
  // A lazy frame loads when it comes near the view.
  if (content && frame.loading === "lazy" && frame.src && content.URL === "about:blank") revealFrame(frame);
  return content;
}

/**
 * A point of a frame's viewport in the viewport of the frame element's own document, whatever transforms, padding and
 * borders are between.
 *
 * Only the way back is known to scripts: `offsetX` of an event is its place in the target's padding box. So the place is
 * searched: one step when all transforms are affine, a few with perspective. The event's type is nobody's.
 */
function outOfFrame(frame, { x, y }) {
  const style = styleOf(frame);
  const wanted = { x: x + parseFloat(style.paddingLeft), y: y + parseFloat(style.paddingTop) };
  const view = viewOf(frame);
  const missOf = (at) => {
    const probe = new PointerEvent("cpa-place", { clientX: at.x, clientY: at.y, view });
    frame.dispatchEvent(probe);
    return { x: wanted.x - probe.offsetX, y: wanted.y - probe.offsetY };
  };
  const box = frame.getBoundingClientRect();
  let at = { x: box.left, y: box.top };
  for (let step = 0; step < 8; step += 1) {
    const miss = missOf(at);
    if (Math.abs(miss.x) + Math.abs(miss.y) < 0.01) break;
    const [right, down] = [missOf({ x: at.x + 8, y: at.y }), missOf({ x: at.x, y: at.y + 8 })];
    const [a, b, c, d] = [miss.x - right.x, miss.x - down.x, miss.y - right.y, miss.y - down.y].map((each) => each / 8);
    const area = a * d - b * c;
    // Turned away from the viewer: there is no such point.
    if (Math.abs(area) < 1e-9) break;
    at = { x: at.x + (d * miss.x - b * miss.y) / area, y: at.y + (a * miss.y - c * miss.x) / area };
  }
  return at;
}

/** Where a point of a frame of another site is in the page, when none of ours covers it; arms the guard around it. */
async function through(args) {
  return untilDone(args, () => {
    const frame = frameNumbered(args.frame);
    if (!frame) throw new Refusal("detached", "The frame was removed from the page.");
    const point = outOfFrame(frame, args);
    const at = toPage(frame, point);
    if (args.box) return boxThrough(frame, args, at);
    if (args.force !== true) requireUncovered(frame, point);
    const token = args.guarded ? armGuard(frame, args.kind, args) : null;
    return { x: at.x, y: at.y, token };
  });
}

function requireUncovered(frame, point) {
  if (!isInView(frame, point)) {
    throw new Refusal("outside_viewport", `The element inside ${preview(frame)} cannot be scrolled into view. Make the viewport larger (browser.viewport).`);
  }
  const blocker = hitMiss(frame, point);
  if (!blocker) return;
  const who = describeBlocker(blocker, frame);
  throw retryLater("covered_by", `The element inside ${preview(frame)} is covered by ${who}. Close what covers it, or wait until it is gone.`,
    [`${who} intercepts pointer events`]);
}

/** The box of an element inside, in the page's coordinates when this is the page's own document. */
function boxThrough(frame, { x, y, box }, at) {
  const corners = [[0, 0], [box.width, 0], [0, box.height], [box.width, box.height]]
    .map(([right, down]) => toPage(frame, outOfFrame(frame, { x: x + right, y: y + down })));
  const [left, top] = [Math.min(...corners.map((each) => each.x)), Math.min(...corners.map((each) => each.y))];
  const origin = pageOrigin();
  return {
    x: left + origin.x, y: top + origin.y,
    width: Math.max(...corners.map((each) => each.x)) - left, height: Math.max(...corners.map((each) => each.y)) - top,
  };
}

/** How far the page is scrolled; a frame's agent leaves that to the page's own. */
const pageOrigin = () => (window === top ? { x: scrollX, y: scrollY } : { x: 0, y: 0 });

/** After a gesture meant for a frame of another site: what of ours got it instead. */
async function passed(args) {
  const armed = guard;
  if (!armed || armed.token !== args.token) return {};
  await settled();
  armed.disarm();
  return armed.blocker ? { missed: armed.blocker } : {};
}

/** What names a frame element in its document. */
function frameName(frame) {
  if (selectAll(frame.ownerDocument, "iframe, frame").length === 1) return tagOf(frame);
  if (frame.id) return `#${CSS.escape(frame.id)}`;
  return frame.name ? `[name=${quote(frame.name)}]` : pathOf(frame).at(-1).source.slice(4);
}

/** Frames of other sites, for the host to look into when nothing was found: people do not see frames. */
function framesElsewhere() {
  forget();
  return reachableDocuments()
    .flatMap((each) => (each.documentElement ? selectAll(each, "iframe, frame") : []))
    .filter((frame) => !frame.contentDocument)
    .slice(0, 20)
    .map((frame) => ({
      frame: numberOf(frame), preview: preview(frame),
      path: [...frameChain(frame.ownerDocument).reverse(), frame].map((each) => `frame=${frameName(each)}`).join(" >> "),
    }));
}

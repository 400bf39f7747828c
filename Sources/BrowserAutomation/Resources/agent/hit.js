// What the browser would hit at a point, and what to say about it.

/** What would be hit at a point: null when it is the target or inside it, else the element in the way. */
function hitMiss(target, point) {
  const wanted = retarget(target, { followLabel: false });
  const hit = hitAt(wanted, point);
  if (hit && containsPainted(wanted, hit)) return frameMiss(target.ownerDocument, point);
  // The label's text works its control as well as the control itself.
  const label = hit?.closest?.("label");
  if (label && label.control === wanted) return null;
  // An image map's areas are hit as such, or as their image.
  if (tagOf(wanted) === "area" && hit && hit === imageOf(wanted)) return null;
  return hit ?? target.ownerDocument.documentElement;
}

/** The refusal for an element that would not be hit: mostly something covers it, sometimes it takes no input itself. */
function missed(element, blocker) {
  const wanted = retarget(element, { followLabel: false });
  const inert = [...composedAncestors(wanted)].find((at) => at.inert);
  if (inert) {
    const where = inert === wanted ? "is inert" : `is inside ${preview(inert)}, which is inert`;
    return retryLater("not_enabled", `${preview(element)} ${where}: the page takes no input there now. Close the dialog in front of it, or wait.`,
      [`resolved to ${preview(element)}`, "element is inert"]);
  }
  if (styleOf(wanted)?.pointerEvents === "none" ) {
    return retryLater("covered_by", `${preview(element)} takes no clicks: its style says pointer-events: none, so that ${preview(blocker)} behind it would get them. Wait until the page lets it, or choose an element around it.`,
      [`resolved to ${preview(element)}`, "element has pointer-events: none"]);
  }
  const who = describeBlocker(blocker, element);
  return retryLater("covered_by", `${preview(element)} is covered by ${who}. Close what covers it (the scenario's overlays do so whenever it comes), or wait until it is gone.`,
    [`resolved to ${preview(element)}`, `${who} intercepts pointer events`]);
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
  // Below the target's own root there may be others.
  while (hit && hit !== target && shadowOf(hit)) {
    const inner = shadowOf(hit).elementFromPoint(point.x, point.y);
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
  // What covers a frame belongs to the document around it.
  target = frameChain(target.ownerDocument).find((frame) => frame.ownerDocument === blocker.ownerDocument) ?? target;
  for (let at = blocker; at && !containsPainted(at, target); at = paintedParent(at)) root = at;
  return root === blocker ? preview(blocker) : `${preview(blocker)} from ${preview(root)} subtree`;
}

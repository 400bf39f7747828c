// What covers pages at any time: cookie banners, newsletters, chat bubbles. The host registers them and closes them by
// the same actions as everything else; here they are only noticed, before each try of an action.

/** The first overlay that is there now, as {overlay: its index, words}; null when none is. */
function overlayMet(overlays) {
  for (const { index, selector } of overlays ?? []) {
    const element = query(selector).find(takesRoom);
    if (element) return { overlay: index, words: preview(element) };
  }
  return null;
}

/** Whether it is in view and takes clicks; what has faded out often stays, but lets them through. */
function takesRoom(element) {
  if (!isVisible(element)) return false;
  const pieces = visiblePieces(element);
  if (pieces.length === 0) return false;
  if (styleOf(element).pointerEvents !== "none") return true;
  return pieces.some((piece) => PARTS.some((x) => PARTS.some((y) => {
    const hit = hitAt(element, spot(piece, x, y));
    return hit !== null && containsPainted(element, hit);
  })));
}

/** Takes overlays out of sight for good, as far as the page lets them be. */
function hideOverlay(args) {
  const found = query(args.selector).filter(isVisible);
  for (const element of found) element.style.setProperty("display", "none", "important");
  return { hidden: found.length };
}

/** Moves the focus into an overlay, so that it hears the key that closes it, also out of a frame. */
function focusOverlay(args) {
  const element = query(args.selector).find(takesRoom);
  if (!element) return {};
  const isInside = () => containsPainted(element, element.getRootNode().activeElement);
  if (!isInside()) focusOn(element);
  if (!isInside()) selectAll(element, "button, [href], input, select, textarea, [tabindex]").find(isVisible)?.focus();
  return {};
}

/** Waits until an overlay that was closed no longer covers anything. */
async function overlayGone(args) {
  return untilDone(args, () => {
    const element = query(args.selector).find(takesRoom);
    if (!element) return {};
    throw retryLater("timeout", `${preview(element)} is still there.`, [`waiting for ${preview(element)} to go`]);
  });
}

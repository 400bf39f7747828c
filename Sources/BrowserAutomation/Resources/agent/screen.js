// The box of an element for a picture of it; scrolling; what the page keeps.

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
    const origin = pageOrigin();
    const [left, top] = [Math.floor(corner.x + origin.x), Math.floor(corner.y + origin.y)];
    return {
      touched: phrase(element), x: left, y: top,
      width: Math.ceil(corner.x + origin.x + box.width) - left, height: Math.ceil(corner.y + origin.y + box.height) - top,
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

// Drag and drop: whether the page drags by HTML drag and drop or by moves of the mouse; and the focus.

let dragStart = null;

/** Notes the dragstart to come; the target of a drag is prepared when it may have come already. */
function watchDrag() {
  dragStart = null;
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

/** Gives an element the focus, or takes it away where it has it. */
async function setFocus(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const target = retarget(found, { followLabel: true });
    requireVisible(boxOwner(target));
    log.add(`resolved to ${preview(target)}`);
    if (!args.focused) {
      target.blur();
      return { touched: phrase(found) };
    }
    requireEnabled(target);
    focusOn(target);
    if (!target.matches(":focus-within")) {
      throw retryLater("not_enabled", `${preview(target)} does not take the focus.`, [`resolved to ${preview(target)}`, "element does not take the focus"]);
    }
    return { touched: phrase(found) };
  });
}

/** Answers after the next frame. */
async function frame() {
  await nextFrame(1000);
  return {};
}

// Drag and drop: whether the page drags by HTML drag and drop or by moves of the mouse.

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

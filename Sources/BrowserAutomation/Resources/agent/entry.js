// The watch of a fill: text and its confirmation leave the host in one write, but take different ways into the page. So
// the page is watched from the moment the field is ready, and the confirmation waits for what the text does.

let entry = null;

/** Watches the text to come. What would go to another field, because something took the focus meanwhile, is swallowed. */
function watchEntry(field, filling) {
  entry?.stop();
  const watch = { field, filling, hasCome: false, thief: null, onCome: () => {} };
  // A field that gave its focus to another while it was focused means that one.
  const isOurs = hasFocus(field);
  const target = viewOf(field);
  const types = ["beforeinput", "input", "keyup"];
  const listener = (event) => {
    if (!event.isTrusted) return;
    const at = event.composedPath()[0];
    if (event.type === "beforeinput" && isOurs && !isPartOf(at, field)) {
      watch.thief ??= at;
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    watch.hasCome = true;
    watch.hasKey ||= event.type === "keyup";
    watch.onCome();
  };
  for (const type of types) target.addEventListener(type, listener, { capture: true });
  watch.stop = () => {
    for (const type of types) target.removeEventListener(type, listener, { capture: true });
    if (entry === watch) entry = null;
  };
  watch.thiefNow = () => watch.thief ?? (isOurs && !watch.hasCome && field.isConnected && !hasFocus(field) ? field.getRootNode().activeElement : null);
  entry = watch;
}

/** Many pages look at a field when a key goes up, to enable a button or to suggest something; a text has no keys. */
function releaseKey(field, text) {
  const { KeyboardEvent } = viewOf(field);
  field.dispatchEvent(new KeyboardEvent("keyup", { key: [...text].at(-1) ?? "Delete", bubbles: true, composed: true, cancelable: true }));
}

const hasFocus = (field) => field.getRootNode().activeElement === field;

/** Whether text that goes to an element goes to the field: inside closed roots and rich text the event names who holds it. */
const isPartOf = (at, field) => at === field || field.contains(at) || [...composedAncestors(field)].includes(at);

/**
 * Confirms a fill: `{}`, `{missed}` when another field had the focus, `{undone}` when the field did not keep the text, or
 * `{silent}` when nothing has come.
 *
 * It may still be on its way to a busy page: then the host asks once more, with `isLast`, when the browser has taken it.
 */
async function entered(args) {
  const watch = entry;
  // Another document, or a newer prepare: the page went on.
  if (!watch) return {};
  if (!watch.hasCome && !args.isLast) {
    await new Promise((resolve) => {
      const silence = setTimeout(resolve, 250);
      watch.onCome = () => {
        clearTimeout(silence);
        resolve();
      };
    });
  }
  // The page's handlers of the text run first, then those of the key; what both put off has happened at the end.
  await nextTask();
  if (watch.hasCome && !watch.hasKey && watch.field.isConnected) releaseKey(watch.field, watch.filling.text);
  await nextTask();
  if (!watch.hasCome && !args.isLast) return { silent: true };
  watch.stop();
  const thief = watch.thiefNow();
  if (thief) return { missed: preview(thief) };
  // Drawn anew before the text came: it went nowhere.
  if (!watch.hasCome && !watch.field.isConnected) return { missed: "what the page drew in place of the field" };
  return keptBy(fieldNow(watch), watch.filling);
}

/** The field that shows what became of the text: the page may have drawn another in its place when the text came. */
function fieldNow({ field, filling }) {
  if (field.isConnected) return field;
  try {
    const found = queryOne(filling.selector, {});
    const successor = found && retarget(found, { followLabel: true });
    return successor && isEditable(successor) ? successor : field;
  } catch {
    // Several by now: none of them is known to be the one.
    return field;
  }
}

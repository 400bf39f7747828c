// The watch of a fill. A plain field gets its text in the moment it is ready. Elsewhere the text comes from the host, by
// another way into the page than its confirmation: so the page is watched meanwhile, and the confirmation waits for it.

let entry = null;
/** The fill that looks for its field; never rejects. */
let preparing = null;

/**
 * Watches the text to come. What would go to another field, because something took the focus meanwhile, is swallowed.
 *
 * `found` is what was named: it is put in words while the text is on its way, when the page has nothing else to do.
 */
function watchEntry(field, found, filling) {
  entry?.stop();
  const watch = { field, filling, hasCome: false, thief: null, handled: null, onCome: () => {} };
  watch.words = () => (watch.said ??= { touched: phrase(found), log: [`resolved to ${preview(field)}`] });
  watch.came = () => {
    if (watch.hasCome) return;
    watch.hasCome = true;
    watch.handled = handlingOf(watch);
    watch.onCome();
  };
  // A field that gave its focus to another while it was focused means that one.
  const isOurs = hasFocus(field);
  const target = viewOf(field);
  const types = ["beforeinput", "keyup"];
  const listener = (event) => {
    if (!event.isTrusted) return;
    const at = event.composedPath()[0];
    if (event.type === "beforeinput" && isOurs && !isPartOf(at, field)) {
      watch.thief ??= at;
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    watch.came();
  };
  for (const type of types) target.addEventListener(type, listener, { capture: true });
  watch.stop = () => {
    for (const type of types) target.removeEventListener(type, listener, { capture: true });
    if (entry === watch) entry = null;
  };
  watch.thiefNow = () => watch.thief ?? (isOurs && !watch.hasCome && field.isConnected && !hasFocus(field) ? field.getRootNode().activeElement : null);
  entry = watch;
  return watch;
}

/**
 * Enters the text now, when nothing can come between, as input from outside does: `beforeinput`, then the browser's own editing
 * and its `input`; only the first is not trusted. Whether it did.
 *
 * Not for rich text, whose editors live by what the browser tells in `beforeinput`; and not where a handler could take away
 * the frame this runs in, for then nobody would say that the text was entered.
 */
function enterNow(watch) {
  const { field, filling } = watch;
  if (filling.byKeys || window !== window.top || !field.matches("input, textarea") || !hasFocus(field)) return false;
  const { InputEvent } = viewOf(field);
  const announced = { inputType: "insertText", data: filling.text, bubbles: true, composed: true, cancelable: true };
  if (field.dispatchEvent(new InputEvent("beforeinput", announced))) {
    if (!hasFocus(field)) watch.thief = field.getRootNode().activeElement;
    else if (!field.ownerDocument.execCommand("insertText", false, filling.text)) return false;
  }
  watch.came();
  return true;
}

/** The page's handlers of the text run first, then those of the key; what both put off has happened at the end. */
async function handlingOf(watch) {
  await nextTask();
  if (!watch.filling.byKeys && watch.field.isConnected) releaseKey(watch.field, watch.filling.text);
  await nextTask();
}

/** Many pages look at a field when a key goes up, to enable a button or to suggest something; a text has no keys. */
function releaseKey(field, text) {
  const { KeyboardEvent } = viewOf(field);
  field.dispatchEvent(new KeyboardEvent("keyup", { key: [...text].at(-1), bubbles: true, composed: true, cancelable: true }));
}

const hasFocus = (field) => field.getRootNode().activeElement === field;

/** Whether text that goes to an element goes to the field: inside closed roots and rich text the event names who holds it. */
const isPartOf = (at, field) => at === field || field.contains(at) || [...composedAncestors(field)].includes(at);

/**
 * Confirms a fill: `{touched, log}`, with `undone` when the field did not keep the text; `{missed}` when another field had the
 * focus; `{silent}` when nothing has come.
 *
 * Called while the field is still being prepared, so that it is here before a text of the host's. That may be long on its way
 * to a busy page: then the host asks once more, with `isLast`, when the browser has taken it.
 */
async function entered(args) {
  await preparing;
  const watch = entry;
  // Another document, or a newer prepare: the page went on.
  if (!watch) return {};
  watch.words();
  if (!watch.hasCome && !args.isLast) {
    await new Promise((resolve) => {
      const silence = setTimeout(resolve, 250);
      watch.onCome = () => {
        clearTimeout(silence);
        resolve();
      };
    });
    if (!watch.hasCome) return { silent: true };
  }
  // Of keys the first has been handled long ago.
  await (args.isLast ? settled() : watch.handled);
  watch.stop();
  const thief = watch.thiefNow();
  if (thief) return { missed: preview(thief) };
  // Drawn anew before the text came: it went nowhere.
  if (!watch.hasCome && !watch.field.isConnected) return { missed: "what the page drew in place of the field" };
  return { ...watch.words(), ...keptBy(fieldNow(watch), watch.filling) };
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

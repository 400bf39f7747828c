// Closed shadow roots. Scripts cannot see them, but the host can (DOM.describeNode). Where a selector finds nothing and
// elements are there that may hide such a root, the call stops with `Hidden`; the host hands over the roots it finds and
// calls again. Nothing is changed in the page, and pages without such elements cost nothing.

/** The closed roots that are known, by their hosts. */
const closedRoots = new WeakMap();
/** Elements the host was asked about. */
const asked = new WeakSet();
let suspects = [];
let questions = 0;

const shadowOf = (element) => element.shadowRoot ?? closedRoots.get(element) ?? null;

/** Thrown where nothing was found and there are elements to ask the host about. */
class Hidden {}

const MAY_BE_HOST = new Set("article aside blockquote body div footer h1 h2 h3 h4 h5 h6 header main nav p section span".split(" "));

/** Stops the call when there are elements nobody has asked about. */
function lookBehindClosedRoots() {
  // Bounded: a page that makes such elements without end is asked about the first ones.
  if (questions >= 50) return;
  suspects = treeRoots(document).flatMap((root) => matching(root, "*")).filter(mayHideRoot).slice(0, 100);
  if (suspects.length === 0) return;
  questions += 1;
  for (const element of suspects) asked.add(element);
  throw new Hidden();
}

/** A custom element that is defined, or a plain one that shows something though there is nothing in it. */
function mayHideRoot(element) {
  if (asked.has(element) || shadowOf(element)) return false;
  if (tagOf(element).includes("-")) return element.matches(":defined");
  if (!MAY_BE_HOST.has(tagOf(element)) || element.firstElementChild || element.textContent.trim() !== "") return false;
  return element.getBoundingClientRect().height > 0;
}

/** The elements the host is to look at. */
const suspectsNow = () => suspects;

/** Takes a root from the host. */
function adoptRoot(root) {
  closedRoots.set(root.host, root);
}

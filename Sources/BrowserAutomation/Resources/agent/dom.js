// The page as a person sees it: composed tree, frames, boxes, visibility. Element constructors differ between frames,
// so nothing here uses instanceof.

/** The window an element lives in; frames of the same origin have their own. */
const viewOf = (element) => element.ownerDocument.defaultView;

const styleOf = (element) => viewOf(element)?.getComputedStyle(element);

const isDocument = (node) => node.nodeType === Node.DOCUMENT_NODE;

const tagOf = (element) => element.localName;

/** Parent across shadow boundaries, or null at the top of the document. */
function composedParent(element) {
  if (element.parentElement) return element.parentElement;
  return element.parentNode?.nodeType === Node.DOCUMENT_FRAGMENT_NODE ? element.parentNode.host ?? null : null;
}

/** Parent in the tree that is painted and hit-tested: slotted content belongs to its slot. */
const paintedParent = (element) => element.assignedSlot ?? composedParent(element);

/** The element itself and its ancestors, across shadow boundaries. */
function* composedAncestors(element) {
  for (let at = element; at; at = composedParent(at)) yield at;
}

/** Whether `ancestor` is `element` or above it in the painted tree. */
function containsPainted(ancestor, element) {
  for (let at = element; at; at = paintedParent(at)) if (at === ancestor) return true;
  return false;
}

/** What matches in one tree, as an array: a list of nodes is walked four times faster by its index than by its iterator. */
function matching(root, css) {
  const nodes = root.querySelectorAll(css);
  const found = new Array(nodes.length);
  for (let index = 0; index < found.length; index += 1) found[index] = nodes[index];
  return found;
}

/** The child nodes of a node and of its shadow root, as an array. */
function childNodesOf(node) {
  const found = [];
  for (let at = node.firstChild; at; at = at.nextSibling) found.push(at);
  for (let at = shadowOf(node)?.firstChild; at; at = at.nextSibling) found.push(at);
  return found;
}

/** The root itself and every shadow root below it that is open or known, outer ones first. */
function treeRoots(root) {
  const known = memo.roots.get(root);
  if (known) return known;
  const roots = [root];
  const own = isDocument(root) ? null : shadowOf(root);
  if (own) roots.push(own);
  for (let index = 0; index < roots.length; index += 1) {
    for (const element of matching(roots[index], "*")) {
      const inner = shadowOf(element);
      if (inner) roots.push(inner);
    }
  }
  memo.roots.set(root, roots);
  return roots;
}

/** Everything below a root that matches a compound CSS selector, open shadow roots included, in document order. */
function selectAll(root, css) {
  const roots = treeRoots(root);
  if (roots.length === 1) return matching(root, css);
  return inDocumentOrder(roots.flatMap((each) => matching(each, css)));
}

function inDocumentOrder(elements) {
  return elements.sort((left, right) => {
    const [leftPath, rightPath] = [hostPath(left), hostPath(right)];
    for (let index = 0; index < leftPath.length && index < rightPath.length; index += 1) {
      const [a, b] = [leftPath[index], rightPath[index]];
      if (a !== b) return a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
    }
    return leftPath.length - rightPath.length;
  });
}

/** The shadow hosts an element is inside of, outermost first, then the element. */
function hostPath(element) {
  const path = [element];
  for (let root = element.getRootNode(); root.host; root = root.host.getRootNode()) path.unshift(root.host);
  return path;
}

/** The frame elements between the agent's document and this one, innermost first. */
function frameChain(document_) {
  const chain = [];
  for (let at = document_; at && at !== document; at = chain.at(-1).ownerDocument) {
    const frame = at.defaultView?.frameElement;
    if (!frame) break;
    chain.push(frame);
  }
  return chain;
}

/** Documents of the page the agent can reach: its own and same-origin frames, also inside open shadow roots. */
function reachableDocuments() {
  const documents = [document];
  for (let index = 0; index < documents.length && index < 100; index += 1) {
    const view = documents[index].defaultView;
    for (let number = 0; view && number < view.length; number += 1) {
      try {
        documents.push(view[number].document);
      } catch {
        // Another origin: its own session and agent look after it.
      }
    }
  }
  return documents;
}

/** A point of the element's viewport in the page's viewport, where mouse events are dispatched. */
const toPage = (element, point) => frameChain(element.ownerDocument).reduce((at, frame) => outOfFrame(frame, at), point);

/** The page's box of an element as numbers; equal strings mean it did not move. */
function placeOf(element) {
  const box = boxOf(element);
  const corner = toPage(element, { x: box.left, y: box.top });
  return `${corner.x},${corner.y},${box.width},${box.height}`;
}

/** The image an area of an image map belongs to. */
function imageOf(area) {
  const name = area.closest("map")?.name;
  return name ? [...area.getRootNode().querySelectorAll("img[usemap]")].find((image) => image.useMap === `#${name}`) ?? null : null;
}

/** The box of an area of an image map, which the browser does not tell. */
function areaBox(area) {
  const image = imageOf(area);
  if (!image) return new DOMRect();
  const { left, top, width, height } = image.getBoundingClientRect();
  const [scaleX, scaleY] = [width / image.offsetWidth || 1, height / image.offsetHeight || 1];
  const numbers = area.coords.split(",").map(Number);
  let box = [0, 0, image.offsetWidth, image.offsetHeight];
  if (area.shape === "circle") {
    const [x, y, radius] = numbers;
    box = [x - radius, y - radius, x + radius, y + radius];
  } else if (area.shape !== "default") {
    const [xs, ys] = [0, 1].map((odd) => numbers.filter((_, index) => index % 2 === odd));
    box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
  return new DOMRect(left + (image.clientLeft + box[0]) * scaleX, top + (image.clientTop + box[1]) * scaleY, (box[2] - box[0]) * scaleX, (box[3] - box[1]) * scaleY);
}

/** The bounding box; an element with `display: contents` has that of its content. */
function boxOf(element) {
  if (tagOf(element) === "area") return areaBox(element);
  if (styleOf(element)?.display !== "contents") return element.getBoundingClientRect();
  const range = element.ownerDocument.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect();
}

/** Whether it has a box with an area and is not hidden by style; opacity 0 counts as visible. */
function isVisible(element) {
  if (element.checkVisibility({ visibilityProperty: true })) {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  }
  const style = styleOf(element);
  if (!style || !element.isConnected) return false;
  if (tagOf(element) === "area") return imageOf(element) !== null && isVisible(imageOf(element));
  // It has no box of its own.
  return style.display === "contents" && [...element.childNodes].some((child) => isVisibleNode(child, style));
}

/** Whether a child of an element without a box of its own shows. */
function isVisibleNode(node, parentStyle) {
  if (node.nodeType === Node.ELEMENT_NODE) return isVisible(node);
  if (node.nodeType !== Node.TEXT_NODE || parentStyle.visibility !== "visible") return false;
  const range = node.ownerDocument.createRange();
  range.selectNode(node);
  const box = range.getBoundingClientRect();
  return box.width > 0 && box.height > 0;
}

const CONTROL = "input, textarea, select";

/** What a pointer on the element really works: the button or link around it; with `followLabel` also its label's control. */
function retarget(element, { followLabel }) {
  if (element.matches(CONTROL) || element.isContentEditable) return element;
  const climbed = element.closest("button, [role=button], a, [role=link], [role=checkbox], [role=radio], [role=switch]");
  if (climbed) return climbed;
  return (followLabel && element.closest("label")?.control) || element;
}

/** Whether neither it nor what it belongs to is disabled (`:disabled` knows fieldset, legend and optgroup). */
function isEnabled(element) {
  const control = retarget(element, { followLabel: true });
  if (control.matches(":disabled")) return false;
  for (const at of composedAncestors(control)) {
    const stated = at.getAttribute("aria-disabled");
    if (stated) return stated.toLowerCase() !== "true";
  }
  return true;
}

/** Whether text can be entered; null when the element takes no text at all. */
function isEditable(element) {
  if (!element.matches(CONTROL) && !element.isContentEditable) return null;
  return !element.readOnly && element.getAttribute("aria-readonly")?.toLowerCase() !== "true";
}

const shorten = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const HIDDEN_ATTRIBUTES = new Set(["style", "value", "srcset", "d", "nonce", "integrity"]);

/** The element as a short piece of HTML, for people; what was typed never appears. */
function preview(element) {
  const attributes = [...element.attributes]
    .filter(({ name }) => !HIDDEN_ATTRIBUTES.has(name) && !name.startsWith("on"))
    .map(({ name, value }) => (value === "" ? name : `${name}="${shorten(value, 40)}"`));
  const open = shorten([tagOf(element), ...attributes].join(" "), 120);
  const text = element.matches("textarea, select") ? "" : shorten(clean(textOf(element).full), 50);
  return text ? `<${open}>${text}</${tagOf(element)}>` : `<${open}>`;
}

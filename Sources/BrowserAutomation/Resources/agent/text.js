// Text of elements, and matching it.

/** White space as a reader sees it: runs become one blank; soft hyphens and zero-width blanks vanish; ä is one letter. */
function clean(text) {
  let cleaned = text ?? "";
  if (/[^\u0020-\u007e]/.test(cleaned)) cleaned = cleaned.replace(/[\u200b\u00ad\ufeff]/g, "").normalize("NFC");
  return cleaned.replace(/\s+/g, " ").trim();
}

const UNREAD = new Set(["script", "noscript", "style", "head", "template"]);
// Their edges separate words for a reader, though not in textContent.
const BLOCKS = new Set(
  "address article aside blockquote br button dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section select table tbody td textarea tfoot th thead tr ul".split(" "),
);

/** `{full, runs}`: all text below the element and its shadow root, and the pieces directly in it. */
function textOf(element) {
  const known = memo.text.get(element);
  if (known) return known;
  let [full, run] = ["", ""];
  const runs = [];
  const close = () => {
    if (run.trim()) runs.push(clean(run));
    run = "";
  };
  const isButton = tagOf(element) === "input" && ["button", "submit", "reset"].includes(element.type);
  if (isButton) {
    full = run = element.value;
  } else if (!UNREAD.has(tagOf(element))) {
    for (const child of childNodesOf(element)) {
      if (child.nodeType === Node.TEXT_NODE) {
        full += child.nodeValue;
        run += child.nodeValue;
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        close();
        const inner = textOf(child).full;
        full += BLOCKS.has(tagOf(child)) ? ` ${inner} ` : inner;
      }
    }
  }
  close();
  const text = { full, runs };
  memo.text.set(element, text);
  return text;
}

const fold = (text) => clean(text).toLowerCase();

/** A predicate on strings from `{kind: contains | exact | regex, value, flags}`. */
function matcherOf({ kind, value, flags }) {
  if (kind === "regex") {
    const pattern = regexOf(value, flags);
    return (text) => pattern.test(clean(text));
  }
  if (kind === "exact") return (text) => clean(text) === clean(value);
  const wanted = fold(value);
  return (text) => fold(text).includes(wanted);
}

function regexOf(source, flags = "") {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new Refusal("invalid_input", `The regular expression /${source}/${flags} is not valid: ${error.message}`);
  }
}

/** Whether the element as a whole matches; `exact` also takes a piece of text directly in it. */
function hasText(element, spec, matches) {
  const text = textOf(element);
  return matches(text.full) || (spec.kind === "exact" && text.runs.some(matches));
}

/** The smallest elements below a root that match: no child of theirs matches too. */
function smallestWithText(root, spec) {
  const matches = matcherOf(spec);
  // What an element contains its parent contains, so branches without the text can be cut; a regex may be anchored.
  const wanted = fold(spec.value);
  const mayContain = spec.kind === "regex" ? () => true : (element) => fold(textOf(element).full).includes(wanted);
  const found = [];
  const visit = (element) => {
    if (UNREAD.has(tagOf(element)) || !mayContain(element)) return false;
    let inChild = false;
    for (const child of childrenOf(element)) inChild = visit(child) || inChild;
    if (inChild) return true;
    const self = spec.kind === "contains" || hasText(element, spec, matches);
    if (self) found.push(element);
    return self;
  };
  for (const child of childrenOf(root)) visit(child);
  return inDocumentOrder(found);
}

const childrenOf = (node) => childNodesOf(node).filter((child) => child.nodeType === Node.ELEMENT_NODE);

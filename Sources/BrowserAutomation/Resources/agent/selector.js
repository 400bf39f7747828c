// Finding elements: a selector is a list of parts, each maps the elements found so far to the next ones.
// The host parses selectors (Selector/SelectorParser.swift documents the grammar); the agent gets {text, parts}.

/** What one query has worked out; dropped before the next because the page may have changed. */
let memo = {};
const forget = () => {
  memo = { roots: new Map(), text: new Map(), names: new Map(), roles: new Map(), cutOff: new Map() };
};
forget();

/**
 * Page facts an error needs; thrown inside attempts, turned into `{error}` at the edge.
 *
 * A message that is dear to work out is a function, called when nobody tries again.
 */
class Refusal extends Error {
  constructor(reason, message, details = {}) {
    super(typeof message === "string" ? message : reason);
    Object.assign(this, { reason, details, explain: typeof message === "function" ? message : null });
  }
}

const ENGINES = {
  css: (root, css) => selectCSS(root, css),
  xpath: (root, path) => selectXPath(root, path),
  text: (root, spec) => smallestWithText(root, spec),
  role: (root, spec) => selectRole(root, spec),
  label: (root, spec) => {
    const matches = matcherOf(spec);
    return labelled(root).filter((element) => labelsOf(element).some(matches));
  },
  placeholder: (root, spec) => selectAttribute(root, ["placeholder", "aria-placeholder"], spec),
  alt: (root, spec) => selectAttribute(root, ["alt"], spec).filter((element) => element.matches("img, area, input, applet")),
  title: (root, spec) => selectAttribute(root, ["title"], spec),
  testid: (root, spec) => selectAttribute(root, testIDs, spec),
};

/** Attributes `testid=` looks at; a scenario may name its own. */
let testIDs = ["data-testid", "data-test-id", "data-test"];
const useTestID = (name) => {
  testIDs = [name];
};

/** Filters keep what they say true for; `scope` is where the selector began. */
const FILTERS = {
  "has-text": (spec) => withText(spec, true),
  "has-not-text": (spec) => withText(spec, false),
  has: (parts) => (element) => runParts(parts, [element]).length > 0,
  "has-not": (parts) => (element) => runParts(parts, [element]).length === 0,
  visible: (wanted) => (element) => isVisible(element) === wanted,
  and: (parts, scope) => {
    const others = new Set(runParts(parts, scope));
    return (element) => others.has(element);
  },
};

function withText(spec, wanted) {
  const matches = matcherOf(spec);
  // Anywhere inside: an exact text may be that of something within.
  const has = (element) => hasText(element, spec, matches) || (spec.kind === "exact" && smallestWithText(element, spec).length > 0);
  return (element) => has(element) === wanted;
}

/** Controls that can have a label, and whatever is named like one. */
function labelled(root) {
  const css = "input, textarea, select, button, meter, output, progress, [aria-label], [aria-labelledby]";
  const found = selectAll(root, css).filter((element) => tagOf(element) !== "label");
  const custom = selectAll(root, "label").map((label) => label.control).filter((control) => control?.localName.includes("-"));
  return custom.length ? inDocumentOrder([...new Set([...found, ...custom])]) : found;
}

function selectAttribute(root, names, spec) {
  const matches = matcherOf(spec);
  return selectAll(root, names.map((name) => `[${CSS.escape(name)}]`).join(", ")).filter((element) =>
    names.some((name) => element.hasAttribute(name) && matches(element.getAttribute(name))));
}

function selectRole(root, spec) {
  const matches = spec.name && matcherOf(spec.name);
  const states = Object.entries(spec.states ?? {});
  const role = canonical(spec.role);
  return selectAll(root, candidatesOf(role)).filter(
    (element) =>
      roleOf(element) === role &&
      states.every(([state, wanted]) => ARIA_STATES[state](element) === wanted) &&
      // Few have the name; whether an element is hidden is asked of its styles and of all around it.
      (!matches || matches(nameOf(element))) &&
      (spec.hidden || !isHiddenForAria(element)));
}

/** Maps roots through all parts. */
function runParts(parts, roots, trace) {
  let found = roots;
  let scope = roots;
  for (const [index, part] of parts.entries()) {
    const [engine, body] = Object.entries(part)[0];
    const before = found;
    if (engine === "frame") {
      const frames = runParts(body, found);
      if (frames.length > 0 || !trace) {
        const frame = strictly(frames, { parts: body, isFrame: true });
        const content = contentOf(frame, trace);
        if (!content) throw new Elsewhere(frame, parts, index + 1);
        scope = found = [content];
      } else {
        found = [];
      }
    } else if (engine === "nth") {
      const nth = found.at(body);
      found = nth && !isDocument(nth) ? [nth] : [];
    } else if (engine === "or") {
      const either = [...found.filter((each) => !isDocument(each)), ...runParts(body, scope)];
      found = inDocumentOrder([...new Set(either)]);
    } else if (engine in FILTERS) {
      const keeps = FILTERS[engine](body, scope);
      found = found.filter((element) => !isDocument(element) && keeps(element));
    } else {
      const sets = found.map((root) => ENGINES[engine](root, body));
      found = sets.length === 1 ? sets[0] : inDocumentOrder([...new Set(sets.flat())]);
    }
    // An `or` to come may still find something.
    if (found.length === 0 && !parts.slice(index + 1).some((later) => "or" in later)) {
      if (trace) Object.assign(trace, { failedPart: index, before, scope });
      return [];
    }
  }
  return found;
}

/** All elements a selector matches now. */
function query(selector, trace) {
  forget();
  const found = runParts(selector.parts, [document], trace);
  if (found.length === 0) lookBehindClosedRoots();
  return found;
}

/** The one element it matches, or null; several are an error that lists them. */
function queryOne(selector, trace) {
  const found = query(selector, trace);
  return found.length === 0 ? null : strictly(found, selector);
}

/** The only element of a list; anything else is refused. */
function strictly(found, selector) {
  if (found.length === 1) return found[0];
  if (found.length === 0) throw new Refusal("not_found", "No frame matches the frame= of the selector.", { retry: true });
  throw ambiguous(found, selector);
}

const quote = (text) => JSON.stringify(text);

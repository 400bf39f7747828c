// Finding elements: a selector is a list of parts, each maps the elements found so far to the next ones.
// The host parses selectors (Selector/SelectorParser.swift documents the grammar); the agent gets {text, parts}.

/** What one query has worked out; dropped before the next because the page may have changed. */
let memo = {};
const forget = () => {
  memo = { roots: new Map(), roles: new Map(), text: new Map(), names: new Map(), cutOff: new Map() };
};
forget();

/** Page facts an error needs; thrown inside attempts, turned into `{error}` at the edge. */
class Refusal extends Error {
  constructor(reason, message, details = {}) {
    super(message);
    Object.assign(this, { reason, details });
  }
}

const ENGINES = {
  css: (root, css) => selectCSS(root, css),
  xpath: (root, path) => selectXPath(root, path),
  text: (root, spec) => smallestWithText(root, spec),
  role: (root, spec) => selectRole(root, spec),
  label: (root, spec) => {
    const matches = matcherOf(spec);
    const css = "input, textarea, select, button, meter, output, progress, [aria-label], [aria-labelledby]";
    return selectAll(root, css).filter((element) => tagOf(element) !== "label" && labelsOf(element).some(matches));
  },
  placeholder: (root, spec) => selectAttribute(root, ["placeholder"], spec),
  alt: (root, spec) => selectAttribute(root, ["alt"], spec),
  title: (root, spec) => selectAttribute(root, ["title"], spec),
  testid: (root, spec) => selectAttribute(root, ["data-testid", "data-test-id", "data-test"], spec),
};

const FILTERS = {
  "has-text": (element, spec) => hasText(element, spec, matcherOf(spec)),
  has: (element, parts) => runParts(parts, [element]).length > 0,
  "has-not": (element, parts) => runParts(parts, [element]).length === 0,
  visible: (element, wanted) => isVisible(element) === wanted,
};

function selectAttribute(root, names, spec) {
  const matches = matcherOf(spec);
  return selectAll(root, names.map((name) => `[${name}]`).join(", ")).filter((element) =>
    names.some((name) => element.hasAttribute(name) && matches(element.getAttribute(name))));
}

function selectXPath(root, path) {
  // A path from the root is meant relative to what was found before: //tr below a table is its rows.
  const relative = !isDocument(root) && path.startsWith("/") ? `.${path}` : path;
  const owner = isDocument(root) ? root : root.ownerDocument;
  let result;
  try {
    result = owner.evaluate(relative, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
  } catch (error) {
    throw new Refusal("invalid_input", `The XPath ${JSON.stringify(path)} is not valid: ${error.message}`);
  }
  const found = Array.from({ length: result.snapshotLength }, (_, index) => result.snapshotItem(index));
  return found.filter((node) => node.nodeType === Node.ELEMENT_NODE);
}

function selectRole(root, spec) {
  const matches = spec.name && matcherOf(spec.name);
  return selectAll(root, candidatesOf(spec.role)).filter(
    (element) =>
      roleOf(element) === spec.role &&
      Object.entries(spec.states ?? {}).every(([state, wanted]) => ARIA_STATES[state](element) === wanted) &&
      // Few have the name; whether an element is hidden is asked of its styles and of all around it.
      (!matches || matches(nameOf(element))) &&
      (spec.hidden || !isHiddenForAria(element)));
}

// CSS across open shadow roots: the browser matches compounds, we walk the combinators over the composed tree.

function selectCSS(root, css) {
  if (treeRoots(root).length === 1) return nativeSelect(root, css);
  const found = new Set();
  for (const steps of splitCSS(css)) {
    const last = steps.at(-1).compound;
    nativeSelect(root, last);
    const candidates = last === ":scope" ? [root] : selectAll(root, last);
    for (const element of candidates) if (matchesSteps(element, steps, steps.length - 1, root)) found.add(element);
  }
  return inDocumentOrder([...found]);
}

function nativeSelect(root, css) {
  try {
    return [...root.querySelectorAll(css)];
  } catch {
    throw new Refusal("invalid_input", `The CSS selector ${JSON.stringify(css)} is not valid. Correct it, or write text=… to search for text.`);
  }
}

function matchesSteps(element, steps, index, root) {
  const { compound, combinator } = steps[index];
  if (compound === ":scope" ? element !== root : !element.matches(compound)) return false;
  if (index === 0) return true;
  const before = (other) => other && matchesSteps(other, steps, index - 1, root);
  switch (combinator) {
    case ">": return before(composedParent(element));
    case "+": return before(element.previousElementSibling);
    case "~":
      for (let at = element.previousElementSibling; at; at = at.previousElementSibling) if (before(at)) return true;
      return false;
    default:
      for (let at = composedParent(element); at; at = composedParent(at)) if (before(at)) return true;
      return false;
  }
}

/** `a > b, c` → [[{a}, {b, ">"}], [{c}]]; strings, brackets and parentheses stay whole. */
function splitCSS(css) {
  const tokens = css.match(/\\[0-9a-f]{1,6}\s?|\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\s+|[^]/gi) ?? [];
  const complex = [[{ compound: "", combinator: " " }]];
  let depth = 0;
  let combinator = null;
  for (const token of tokens) {
    if (token === "(" || token === "[") depth += 1;
    if (token === ")" || token === "]") depth -= 1;
    const steps = complex.at(-1);
    if (depth === 0 && token === ",") {
      complex.push([{ compound: "", combinator: " " }]);
      combinator = null;
    } else if (depth === 0 && /^(\s+|[>+~])$/.test(token)) {
      combinator = token.trim() || combinator || " ";
    } else {
      if (combinator && steps.at(-1).compound) steps.push({ compound: "", combinator });
      combinator = null;
      steps.at(-1).compound += token;
    }
  }
  return complex;
}

/** Maps roots through all parts. */
function runParts(parts, roots, trace) {
  let found = roots;
  for (const [index, part] of parts.entries()) {
    const [engine, body] = Object.entries(part)[0];
    if (engine === "frame") {
      const frames = runParts(body, found);
      if (frames.length > 0 || !trace) {
        const frame = strictly(frames, { parts: body }, "frame");
        const content = contentOf(frame, trace);
        if (!content) throw new Elsewhere(frame, parts, index + 1);
        found = [content];
      } else {
        found = [];
      }
    } else if (engine === "nth") {
      const nth = found.at(body);
      found = nth && !isDocument(nth) ? [nth] : [];
    } else if (engine in FILTERS) {
      found = found.filter((element) => !isDocument(element) && FILTERS[engine](element, body));
    } else {
      const sets = found.map((root) => ENGINES[engine](root, body));
      found = sets.length === 1 ? sets[0] : inDocumentOrder([...new Set(sets.flat())]);
    }
    if (trace && found.length === 0) {
      trace.failedPart ??= index;
      return [];
    }
  }
  return found;
}

/** All elements a selector matches now. */
function query(selector, trace) {
  forget();
  return runParts(selector.parts, [document], trace);
}

/** The one element it matches, or null; several are an error that lists them. */
function queryOne(selector, trace) {
  const found = query(selector, trace);
  return found.length === 0 ? null : strictly(found, selector);
}

/** The only element of a list; anything else is refused. */
function strictly(found, selector, what = "selector") {
  if (found.length === 1) return found[0];
  if (found.length === 0) throw new Refusal("not_found", `No element matches the ${what}.`, { retry: true });
  const matches = found.slice(0, 10).map((element, index) => ({ preview: preview(element), selector: singleOut(element, selector, index) }));
  const lines = matches.map((match, index) => `  ${index + 1}) ${match.preview}  →  ${match.selector}`);
  const rest = found.length > 10 ? `\n  … and ${found.length - 10} more` : "";
  throw new Refusal(
    "ambiguous",
    `${found.length} elements match ${selector.text ?? "the frame selector"}; exactly one is needed. Use one of these:\n${lines.join("\n")}${rest}`,
    { matches });
}

const quote = (text) => JSON.stringify(text);

/** A selector that finds this element alone, as stable as possible. */
function singleOut(element, selector, index) {
  const frames = selector.parts?.findLastIndex((part) => "frame" in part) ?? -1;
  const prefix = (selector.prefix ?? "") + (frames < 0 || !selector.sources ? "" : `${selector.sources.slice(0, frames + 1).join(" >> ")} >> `);
  const root = frames < 0 ? document : element.ownerDocument;
  const finds = (parts) => {
    const found = runParts(parts, [root]);
    return found.length === 1 && found[0] === element;
  };
  const exact = (value) => ({ kind: "exact", value });
  const name = nameOf(element);
  const candidates = [];
  const testID = element.getAttribute("data-testid");
  if (testID) candidates.push([`testid=${quote(testID)}`, [{ testid: exact(testID) }]]);
  if (name && roleOf(element) && name.length <= 60) {
    candidates.push([`role=${roleOf(element)}[name=${quote(name)}][exact]`, [{ role: { role: roleOf(element), name: exact(name) } }]]);
  }
  if (/^[a-z][\w-]*$/i.test(element.id) && !/\d{3}/.test(element.id)) candidates.push([`css=#${element.id}`, [{ css: `#${element.id}` }]]);
  const placeholder = element.getAttribute("placeholder");
  if (placeholder) candidates.push([`placeholder=${quote(placeholder)}`, [{ placeholder: exact(placeholder) }]]);
  const words = clean(textOf(element).full);
  if (words && words.length <= 60) candidates.push([`text=${quote(words)}`, [{ text: exact(words) }]]);
  const good = candidates.find(([, parts]) => finds(parts));
  if (good) return prefix + good[0];
  return selector.text ? `${selector.text} >> nth=${index}` : pathOf(element);
}

function pathOf(element) {
  const path = [];
  for (let at = element; at && tagOf(at) !== "html"; at = at.parentElement) {
    const same = [...(at.parentElement?.children ?? [])].filter((other) => tagOf(other) === tagOf(at));
    path.unshift(same.length > 1 ? `${tagOf(at)}:nth-of-type(${same.indexOf(at) + 1})` : tagOf(at));
  }
  return `css=${path.join(" > ")}`;
}

/** Why nothing matched: which part failed, and what is there instead. */
function explainMissing(selector, trace) {
  const part = selector.parts[trace.failedPart ?? 0] ?? {};
  const source = selector.sources?.[trace.failedPart ?? 0];
  const where = trace.failedPart > 0 ? ` Its part ${source} is what matches nothing; the parts before it match.` : "";
  const hints = frameWith(selector, trace) || nearMisses(part, trace);
  return `No element matches ${selector.text} on ${shorten(location.href, 120)}.${where}${hints}`;
}

/** A frame the selector would match in: people do not see frames. */
function frameWith(selector, trace) {
  forget();
  const root = trace.frame?.contentDocument ?? document;
  const rest = selector.parts.slice(selector.parts.findLastIndex((part) => "frame" in part) + 1);
  for (const frame of selectAll(root, "iframe, frame")) {
    try {
      if (!frame.contentDocument || runParts(rest, [frame.contentDocument]).length === 0) continue;
    } catch {
      continue;
    }
    return ` It is inside the frame ${preview(frame)}: write frame=${frameName(frame)} >> before it.`;
  }
  return "";
}

function nearMisses(part, trace) {
  forget();
  const root = trace.frame?.contentDocument ?? document;
  if (part.role?.name) {
    const names = selectRole(root, { role: part.role.role }).map(nameOf).filter(Boolean);
    return listing(`${part.role.role} elements there are`, names) || ` There is no ${part.role.role} on the page.`;
  }
  if (part.label) return listing("labels there are", selectAll(root, "label").map((label) => clean(textOf(label).full)));
  if (part.placeholder) {
    return listing("placeholders there are", selectAll(root, "[placeholder]").map((each) => each.getAttribute("placeholder")));
  }
  return " Check the selector against the page (see the screenshot), or wait for what makes it appear.";
}

function listing(what, names) {
  const distinct = [...new Set(names.filter(Boolean))];
  if (distinct.length === 0) return "";
  return ` The ${what}: ${distinct.slice(0, 8).map((name) => `"${shorten(name, 40)}"`).join(", ")}${distinct.length > 8 ? ", …" : ""}.`;
}

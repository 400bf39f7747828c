// CSS and XPath. The browser matches what lies in one tree; across open shadow roots it matches compounds, and we walk
// the combinators over the composed tree, also inside :has(), :is(), :where() and :not().

function selectCSS(root, css) {
  const own = matchingInTree(root, css);
  if (treeRoots(root).length === 1) return own;
  const found = new Set();
  for (const steps of parsedCSS(css)) {
    for (const element of candidatesBelow(root, steps.at(-1))) if (matchesSteps(element, steps, steps.length - 1, root)) found.add(element);
  }
  return inDocumentOrder([...found]);
}

/** What matches in the root's own tree, or a refusal of a selector the browser does not know. */
function matchingInTree(root, css) {
  try {
    return matching(root, css);
  } catch {
    throw new Refusal("invalid_input", `The CSS selector ${JSON.stringify(css)} is not valid. Correct it, or write text=… to search for text.`);
  }
}

/** Whether an element matches a selector list across shadow roots; `root` is what :scope stands for. */
function matchesCSS(element, list, root) {
  return list.some((steps) => matchesSteps(element, steps, steps.length - 1, root));
}

const scopeOf = (root) => (isDocument(root) ? root.documentElement : root);

/** What can be the subject of a complex selector below a root. */
function candidatesBelow(root, { native, isScope }) {
  if (isScope) return [scopeOf(root)];
  return selectAll(root, native || "*");
}

function matchesSteps(element, steps, index, root) {
  const { native, isScope, tests, combinator } = steps[index];
  if (isScope && element !== scopeOf(root)) return false;
  if (native && !element.matches(native)) return false;
  if (!tests.every((test) => test(element, root))) return false;
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

const parsed = new Map();

/** A selector list as lists of steps; remembered, for the same selectors come again with every try. */
function parsedCSS(css) {
  let list = parsed.get(css);
  if (!list) {
    if (parsed.size > 200) parsed.clear();
    parsed.set(css, (list = splitCSS(css).map((steps) => steps.map(({ compound, combinator }) => ({ ...parsedCompound(compound), combinator })))));
  }
  return list;
}

/** `a > b, c` → [[{a}, {b, ">"}], [{c}]]; strings, brackets and parentheses stay whole. */
function splitCSS(css) {
  const complex = [[{ compound: "", combinator: " " }]];
  let depth = 0;
  let combinator = null;
  for (const token of tokensOf(css)) {
    if (token === "(" || token === "[") depth += 1;
    if (token === ")" || token === "]") depth -= 1;
    const steps = complex.at(-1);
    if (depth === 0 && token === ",") {
      complex.push([{ compound: "", combinator: " " }]);
      combinator = null;
    } else if (depth === 0 && /^(\s+|[>+~])$/.test(token)) {
      combinator = token.trim() || combinator || " ";
    } else {
      // A selector that begins with a combinator is relative: its first step is the element it is about.
      if (combinator && (steps.at(-1).compound || combinator !== " ")) steps.push({ compound: "", combinator });
      combinator = null;
      steps.at(-1).compound += token;
    }
  }
  return complex;
}

const tokensOf = (css) => css.match(/\\[0-9a-f]{1,6}\s?|\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\s+|[^]/gi) ?? [];

/** A compound as the part the browser matches and the tests it cannot make across shadow roots. */
function parsedCompound(compound) {
  const tests = [];
  let native = "";
  let rest = compound;
  for (let match; (match = /^((?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\[[^\]]*\]|(?!:(?:has|is|where|not)\()[^])*):(has|is|where|not)\(/i.exec(rest)); ) {
    const [before, name] = [match[1], match[2].toLowerCase()];
    const body = balanced(rest.slice(match[0].length));
    const whole = rest.slice(before.length, match[0].length + body.length + 1);
    rest = rest.slice(match[0].length + body.length + 1);
    const isSimple = name !== "has" && splitCSS(body).every((steps) => steps.length === 1) && !/:(has|is|where|not|scope)\b/i.test(body);
    native += isSimple ? before + whole : before;
    if (!isSimple) tests.push(functionalTest(name, body));
  }
  native += rest;
  const isScope = /(^|[^\\]):scope\b/i.test(native);
  if (isScope) native = native.replace(/:scope\b/gi, "");
  return { native, tests, isScope };
}

/** Up to the closing parenthesis of a function whose opening one is gone. */
function balanced(text) {
  let depth = 1;
  let body = "";
  for (const token of tokensOf(text)) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (depth === 0) break;
    body += token;
  }
  return body;
}

function functionalTest(name, body) {
  if (name === "has") return (element) => hasCSS(element, body);
  const list = parsedCSS(body);
  return (element, root) => matchesCSS(element, list, root) === (name !== "not");
}

function hasCSS(element, body) {
  return parsedCSS(body).some((steps) => {
    // `:has(b)` means `:has(:scope b)`; `:has(> b)` begins with an empty step.
    const isRelative = steps[0].native === "" && steps[0].tests.length === 0 && !steps[0].isScope && steps.length > 1;
    const anchor = { native: "", tests: [], isScope: true, combinator: " " };
    const whole = isRelative ? [anchor, ...steps.slice(1)] : [anchor, ...steps];
    const beside = whole[1].combinator === "+" || whole[1].combinator === "~";
    const within = beside ? element.parentNode : element;
    return candidatesBelow(within, whole.at(-1)).some((each) => matchesSteps(each, whole, whole.length - 1, element));
  });
}

/** XPath 1.0; a path from the root is meant relative to what was found before: //tr below a table is its rows. */
function selectXPath(root, path) {
  const owner = isDocument(root) ? root : root.ownerDocument;
  let result;
  try {
    result = owner.evaluate(isDocument(root) ? path : relativePath(path), root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE);
  } catch (error) {
    throw new Refusal("invalid_input", `The XPath ${JSON.stringify(path)} is not valid or names no elements: ${error.message}`);
  }
  const found = Array.from({ length: result.snapshotLength }, (_, index) => result.snapshotItem(index));
  return found.filter((node) => node.nodeType === Node.ELEMENT_NODE);
}

/** `//a | (//b)[1]` → `.//a | (.//b)[1]`: every path that begins at the root begins here. */
function relativePath(path) {
  let [result, depth, begins] = ["", 0, true];
  for (const token of path.match(/"[^"]*"|'[^']*'|[^]/g) ?? []) {
    if (begins && token === "/") result += ".";
    if (token === "[") depth += 1;
    if (token === "]") depth -= 1;
    begins = depth === 0 && (token === "|" || (begins && (token === "(" || /\s/.test(token))));
    result += token;
  }
  return result;
}

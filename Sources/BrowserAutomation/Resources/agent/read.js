// Reading: extract, expect, wait_for. None of it changes the page.

const visibleText = (element) => (element.matches("input, textarea") ? element.value : element.innerText ?? element.textContent);

/** One row of cells as a reader sees them. */
const cellsOf = (row) => [...row.cells ?? row.children].map((cell) => clean(visibleText(cell)));

const READERS = {
  text: (element) => clean(element.textContent),
  inner_text: (element) => visibleText(element).trim(),
  value: (element) => {
    const field = retarget(element, { followLabel: true });
    if (!("value" in field)) throw new Refusal("invalid_input", `${preview(element)} has no value; use what: text.`);
    return field.multiple && field.selectedOptions ? [...field.selectedOptions].map((option) => option.value) : field.value;
  },
  attribute: (element, args) => element.getAttribute(args.attribute),
  html: (element) => element.outerHTML,
  checked: (element) => checkedState(element),
};

/** Reads from the one element; `list`, `table` and `count` read from all. */
async function extract(args) {
  return untilDone(args, () => {
    if (args.what === "count") return { value: query(args.selector).length, touched: args.selector.text };
    if (args.what === "list") {
      const trace = {};
      const found = query(args.selector, trace);
      if (found.length === 0 && !args.optional) throw retryLater("not_found", explainMissing(args.selector, trace), [`waiting for ${args.selector.text}`]);
      return { value: found.map((each) => (args.attribute ? each.getAttribute(args.attribute) : clean(visibleText(each)))), touched: args.selector.text };
    }
    if (args.what === "table") return extractTable(args);
    const element = required(args);
    return { value: READERS[args.what](element, args), touched: phrase(element) };
  });
}

/**
 * A <table> (or one inside the element) as objects keyed by its header, or by `columns`: {key: header | css | css@attribute}.
 *
 * A selector that matches several elements names the rows; then `columns` are CSS below each row.
 */
function extractTable(args) {
  const trace = {};
  const found = query(args.selector, trace);
  if (found.length === 0) throw retryLater("not_found", explainMissing(args.selector, trace), [`waiting for ${args.selector.text}`]);
  const table = found.length === 1 && (found[0].matches("table") ? found[0] : found[0].querySelector("table"));
  if (!table) {
    if (!args.columns) throw new Refusal("invalid_input", `${args.selector.text} names no table. Name one, or name the rows and give columns: {name: css}.`);
    return { value: found.map((row) => readColumns(row, args.columns)), touched: args.selector.text };
  }
  const { keys, rows } = tableParts(table);
  if (!args.columns) return { value: rows.map((row) => byKeys(keys, cellsOf(row))), columns: keys, touched: phrase(table) };
  const places = Object.entries(args.columns).map(([key, column]) => [key, keys.findIndex((each) => each.toLowerCase() === column.toLowerCase()), column]);
  const value = rows.map((row) => {
    const cells = cellsOf(row);
    return Object.fromEntries(places.map(([key, place, column]) => [key, place >= 0 ? cells[place] ?? null : readColumn(row, column)]));
  });
  return { value, columns: places.map(([key]) => key), touched: phrase(table) };
}

/** Header keys and body rows; without a header the keys are column_1, column_2, … */
function tableParts(table) {
  const all = [...table.rows].filter((row) => row.closest("table") === table);
  const head = table.tHead?.rows[table.tHead.rows.length - 1] ?? all.find((row) => row.cells.length && [...row.cells].every((cell) => tagOf(cell) === "th"));
  const rows = all.filter((row) => row !== head && row.parentElement !== table.tHead && row.parentElement !== table.tFoot);
  const width = Math.max(0, ...rows.map((row) => row.cells.length), head?.cells.length ?? 0);
  const names = head ? cellsOf(head) : [];
  const keys = [];
  for (let index = 0; index < width; index += 1) {
    const name = names[index] || `column_${index + 1}`;
    keys.push(keys.includes(name) ? `${name}_${index + 1}` : name);
  }
  return { keys, rows };
}

const byKeys = (keys, cells) => Object.fromEntries(keys.map((key, index) => [key, cells[index] ?? null]));

const readColumns = (row, columns) => Object.fromEntries(Object.entries(columns).map(([key, column]) => [key, readColumn(row, column)]));

function readColumn(row, column) {
  const [, css, attribute] = /^(.*?)(?:@([\w-]+))?$/s.exec(column);
  let at;
  try {
    at = css.trim() ? row.querySelector(css) : row;
  } catch {
    throw new Refusal("invalid_input", `The column ${JSON.stringify(column)} is neither a header of the table nor valid CSS.`);
  }
  if (!at) return null;
  return attribute ? at.getAttribute(attribute) : clean(visibleText(at));
}

/** Compares a text with `{kind, value, flags}`; kind `glob` is for addresses. */
function textMatcher(spec) {
  if (spec.kind !== "glob") return matcherOf(spec);
  const pattern = spec.value.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, (stars) => (stars.length > 1 ? ".*" : "[^/]*")).replace(/\?/g, "\\?");
  const whole = new RegExp(`^${pattern}$`);
  return (text) => whole.test(text);
}

const describeSpec = ({ kind, value }) => ({ contains: `contain ${quote(value)}`, exact: `be ${quote(value)}`, regex: `match /${value}/`, glob: `match ${value}` })[kind];

/** State words of wait_for and expect, as [test, what it means]. */
const STATES = {
  visible: (element) => isVisible(element),
  hidden: (element) => !isVisible(element),
  enabled: (element) => isEnabled(element),
  disabled: (element) => !isEnabled(element),
  editable: (element) => isEditable(retarget(element, { followLabel: true })) === true,
  checked: (element) => checkedState(element) === true,
  unchecked: (element) => checkedState(element) === false,
  focused: (element) => element.getRootNode().activeElement === element,
  empty: (element) => (element.matches(CONTROL) ? element.value === "" : clean(element.textContent) === ""),
  attached: () => true,
};

const ABSENCE_FULFILS = new Set(["hidden", "detached"]);

/** Waits for a state of an element, an address, a load state, a text. */
async function waitFor(args) {
  return untilDone(args, async (log) => {
    if (args.url) return requirePage("address", location.href, args.url);
    if (args.load) return requireLoaded(args.load);
    if (!args.selector) return requireText(args.text);
    const state = args.state ?? "visible";
    const trace = {};
    const found = query(args.selector, trace);
    // Nobody acts on the element, so several are fine where all must be gone, or any will do.
    if (ABSENCE_FULFILS.has(state)) {
      const remaining = state === "detached" ? found[0] : found.find(isVisible);
      if (!remaining) return { touched: args.selector.text };
      throw retryLater("timeout", `${preview(remaining)} is still ${state === "detached" ? "on the page" : "visible"}.`,
        [`resolved to ${preview(remaining)}`, `element is not ${state}`]);
    }
    if (found.length === 0) throw retryLater("not_found", explainMissing(args.selector, trace), [`waiting for ${args.selector.text} to be ${state}`]);
    const element = strictly(found, args.selector);
    if (state === "stable") {
      requireVisible(element);
      await requireStable(element, "frame");
    } else if (!STATES[state](element)) {
      throw retryLater(STATE_REASONS[state] ?? "timeout", `${preview(element)} is not ${state}.`,
        [`resolved to ${preview(element)}`, `element is not ${state}`]);
    }
    if (args.text && !textMatcher(args.text)(visibleText(element))) {
      throw retryLater("timeout", `The text of ${preview(element)} should ${describeSpec(args.text)}.`, [`resolved to ${preview(element)}`, "its text is another"]);
    }
    log.add(`resolved to ${preview(element)}`);
    return { touched: phrase(element) };
  });
}

const STATE_REASONS = { visible: "not_visible", enabled: "not_enabled", editable: "not_editable" };

function requirePage(what, actual, spec, reason = "timeout") {
  if (textMatcher(spec)(actual)) return { touched: shorten(actual, 120) };
  throw retryLater(reason, `The ${what} should ${describeSpec(spec)}, but it is ${shorten(actual, 200)}.`, [`${what} is ${shorten(actual, 120)}`]);
}

function requireLoaded(wanted) {
  const ready = wanted === "load" ? document.readyState === "complete" : document.readyState !== "loading";
  if (ready) return { touched: shorten(location.href, 120) };
  throw retryLater("timeout", `The page is still loading (${document.readyState}), ${wanted} has not happened.`, [`document is ${document.readyState}`]);
}

function requireText(spec) {
  forget();
  const found = reachableDocuments().flatMap((each) => (each.documentElement ? smallestWithText(each, spec) : []));
  if (found.some(isVisible)) return { touched: phrase(found.find(isVisible)) };
  throw retryLater("not_found", `No visible text on ${shorten(location.href, 120)} would ${describeSpec(spec)}.`, [`waiting for text ${quote(spec.value)}`]);
}

/** Assertions: all given ones must hold at the same moment before the deadline. */
async function expect(args) {
  return untilDone(args, () => {
    const failed = (message) => retryLater("expectation_failed", message, [shorten(message, 200)]);
    let touched = "page";
    if (args.url) touched = requirePage("address", location.href, args.url, "expectation_failed").touched;
    if (args.title) requirePage("title", document.title, args.title, "expectation_failed");
    if (!args.selector) {
      if (!args.text) return { touched };
      try {
        return requireText(args.text);
      } catch (refusal) {
        throw failed(refusal.message);
      }
    }
    const trace = {};
    const found = query(args.selector, trace);
    if (args.count !== undefined) {
      if (found.length !== args.count) throw failed(`Expected ${args.count} elements to match ${args.selector.text}, but there are ${found.length}.`);
      return { touched: `${found.length} × ${args.selector.text}` };
    }
    if (ABSENCE_FULFILS.has(args.state)) {
      const remaining = args.state === "detached" ? found[0] : found.find(isVisible);
      if (remaining) throw failed(`Expected ${args.selector.text} to be ${args.state}, but ${preview(remaining)} is there.`);
      return { touched: args.selector.text };
    }
    if (found.length === 0) throw failed(explainMissing(args.selector, trace));
    const element = strictly(found, args.selector);
    touched = phrase(element);
    const checks = [
      [args.text, "text", () => visibleText(element)],
      [args.value, "value", () => String(READERS.value(element))],
      [args.attribute && args.attributeValue, `attribute ${args.attribute}`, () => element.getAttribute(args.attribute) ?? ""],
    ].filter(([spec]) => spec);
    const state = args.state ?? (checks.length ? null : "visible");
    if (state && !STATES[state](element)) throw failed(`Expected ${touched} to be ${state}, but it is not.`);
    for (const [spec, what, read] of checks) {
      const actual = read();
      if (!textMatcher(spec)(actual)) {
        const shown = secretFields.has(element) || element.type === "password" ? "something else" : quote(shorten(clean(actual), 200));
        throw failed(`Expected the ${what} of ${touched} to ${describeSpec(spec)}, but it is ${shown}.`);
      }
    }
    return { touched };
  });
}

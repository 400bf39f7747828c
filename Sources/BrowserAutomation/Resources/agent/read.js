// Reading: extract, expect, wait_for. None of it changes the page.

const visibleText = (element) => (element.matches("input, textarea") ? element.value : element.innerText ?? element.textContent);

/** One row of cells as a reader sees them. */
const cellsOf = (row) => [...row.cells ?? row.children].map((cell) => clean(visibleText(cell)));

/** Text as a reader sees it: lines stay, blanks are normalised. */
const readable = (text) => text.split("\n").map(clean).join("\n").trim();

const READERS = {
  text: (element) => readable(visibleText(element)),
  value: (element) => {
    const field = retarget(element, { followLabel: true });
    if (!("value" in field)) throw new Refusal("invalid_input", `${preview(element)} has no value; read its text instead.`);
    return field.multiple && field.selectedOptions ? [...field.selectedOptions].map((option) => option.value) : field.value;
  },
  attribute: (element, args) => element.getAttribute(args.attribute),
  html: (element) => element.outerHTML,
};

/** The first group of the pattern, or the whole match; null when there is none. */
function cut(value, pattern) {
  if (!pattern || typeof value !== "string") return value;
  const match = regexOf(pattern).exec(value);
  return match ? match[1] ?? match[0] : null;
}

/** Reads from the one element; with `all` an array from all; `count` and `table` see all matches too. */
async function extract(args) {
  return untilDone(args, () => {
    const trace = {};
    const found = query(args.selector, trace);
    if (args.what === "count") return { value: found.length, touched: args.selector.text };
    if (found.length === 0) throw retryLater("not_found", () => explainMissing(args.selector, trace), [`waiting for ${args.selector.text}`]);
    if (args.what === "table") return extractTable(args, found);
    const read = (element) => cut(READERS[args.what](element, args), args.pattern);
    if (args.all) return { value: found.map(read), touched: `${found.length} × ${args.selector.text}` };
    const element = strictly(found, args.selector);
    return { value: read(element), touched: phrase(element) };
  });
}

/**
 * A <table> (or one inside the element) as objects keyed by its header, or by `columns`: {key: header | css | css@attribute}.
 *
 * A selector that matches several elements names the rows; then `columns` are CSS below each row.
 */
function extractTable(args, found) {
  const table = found.length === 1 && (found[0].matches("table") ? found[0] : found[0].querySelector("table"));
  if (!table) {
    if (!args.columns) throw new Refusal("invalid_input", `${args.selector.text} names no table. Name one, or name the rows and give columns: {name: css}.`);
    return { value: found.map((row) => readColumns(row, args.columns)), touched: args.selector.text };
  }
  const { keys, rows } = tableParts(table);
  if (!args.columns) return { value: rows.map((row) => byKeys(keys, cellsOf(row))), columns: keys, touched: phrase(table) };
  const places = Object.entries(args.columns).map(([key, column]) => [key, columnOf(keys, column), column]);
  const lost = places.find(([, place, column]) => place < 0 && rows.length > 0 && rows.every((row) => readColumn(row, column) === null));
  if (lost) {
    throw retryLater("not_found", `${preview(table)} has no column ${JSON.stringify(lost[2])}.${listing("headers there are", keys)}`,
      [`resolved to ${preview(table)}`, `column ${JSON.stringify(lost[2])} is not there`]);
  }
  const value = rows.map((row) => {
    const cells = cellsOf(row);
    return Object.fromEntries(places.map(([key, place, column]) => [key, place >= 0 ? cells[place] ?? null : readColumn(row, column)]));
  });
  return { value, columns: places.map(([key]) => key), touched: phrase(table) };
}

/** Place of a column by its header: the whole text, else the only header that contains it (sort marks stand beside); -1. */
function columnOf(keys, column) {
  const wanted = fold(column);
  const whole = keys.findIndex((key) => fold(key) === wanted);
  if (whole >= 0) return whole;
  const parts = keys.flatMap((key, index) => (fold(key).includes(wanted) ? [index] : []));
  return parts.length === 1 ? parts[0] : -1;
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

/** Compares a text with `{kind, value, flags}`; kind `address` is contained, and * stands for anything. */
function textMatcher(spec) {
  if (spec.kind !== "address") return matcherOf(spec);
  const pattern = new RegExp(spec.value.split("*").map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*"));
  return (text) => pattern.test(text);
}

const describeSpec = ({ kind, value }) =>
  ({ contains: `contain ${quote(value)}`, exact: `be ${quote(value)}`, regex: `match /${value}/`, address: `contain ${quote(value)}` })[kind];

/** State words of wait_for and expect. */
const STATES = {
  visible: (element) => isVisible(element),
  hidden: (element) => !isVisible(element),
  enabled: (element) => isEnabled(element),
  disabled: (element) => !isEnabled(element),
  editable: (element) => isEnabled(element) && isEditable(retarget(element, { followLabel: true })) === true,
  checked: (element) => checkedState(element) === true,
  unchecked: (element) => checkedState(element) === false,
  focused: (element) => element.getRootNode().activeElement === element,
  empty: (element) => (element.matches(CONTROL) ? element.value === "" : clean(element.textContent) === ""),
  attached: () => true,
};

/** States no element at all fulfils too. */
const ABSENCE_FULFILS = new Set(["hidden", "detached"]);
const STATE_REASONS = { visible: "not_visible", enabled: "not_enabled", editable: "not_editable" };

/** Waits until all that is asked for is so: address, load state, element with state and text, or text anywhere. */
async function waitFor(args) {
  return untilDone(args, async (log) => {
    const touched = [];
    if (args.url) touched.push(requirePage("address", location.href, args.url));
    if (args.load) touched.push(requireLoaded(args.load));
    if (args.selector) touched.push(await requireState(args, log));
    else if (args.text) touched.push(requireText(args.text));
    return { touched: touched.at(-1) ?? "page" };
  });
}

async function requireState(args, log) {
  const state = args.state ?? "visible";
  const trace = {};
  const found = query(args.selector, trace);
  if (ABSENCE_FULFILS.has(state)) {
    const remaining = state === "detached" ? found[0] : found.find(isVisible);
    if (!remaining) return args.selector.text;
    throw retryLater("timeout", `${preview(remaining)} is still ${state === "detached" ? "on the page" : "visible"}.`,
      [`resolved to ${preview(remaining)}`, `element is not ${state}`]);
  }
  if (found.length === 0) {
    throw retryLater("not_found", () => explainMissing(args.selector, trace), [`waiting for ${args.selector.text} to be ${state}`]);
  }
  const element = strictly(found, args.selector);
  const resolved = `resolved to ${preview(element)}`;
  if (state === "stable") {
    requireVisible(element);
    await requireStable(element, "strict");
  } else if (!STATES[state](element)) {
    throw retryLater(STATE_REASONS[state] ?? "timeout", `${preview(element)} is not ${state}.`, [resolved, `element is not ${state}`]);
  }
  if (args.text && !textMatcher(args.text)(visibleText(element))) {
    throw retryLater("timeout", `The text of ${preview(element)} should ${describeSpec(args.text)}.`, [resolved, "its text is another"]);
  }
  log.add(resolved);
  return phrase(element);
}

function requirePage(what, actual, spec) {
  if (textMatcher(spec)(actual)) return shorten(actual, 120);
  throw retryLater("timeout", `The ${what} should ${describeSpec(spec)}, but it is ${shorten(actual, 200)}.`, [`${what} is ${shorten(actual, 120)}`]);
}

function requireLoaded(wanted) {
  const ready = wanted === "load" ? document.readyState === "complete" : document.readyState !== "loading";
  if (ready) return shorten(location.href, 120);
  throw retryLater("timeout", `The page is still loading (${document.readyState}); ${wanted} has not happened.`, [`document is ${document.readyState}`]);
}

/** The visible element anywhere, frames included, that has the text. */
function visibleWithText(spec) {
  return reachableDocuments().flatMap((each) => (each.documentElement ? smallestWithText(each, spec) : [])).find(isVisible);
}

function requireText(spec) {
  const element = visibleWithText(spec);
  if (element) return phrase(element);
  lookBehindClosedRoots();
  throw retryLater("not_found", `No visible text on ${shorten(location.href, 120)} would ${describeSpec(spec)}.`, [`waiting for text ${quote(spec.value)}`]);
}

/** Assertions: all conditions must hold at one moment before the deadline; with `not` they must not. */
async function expect(args) {
  return untilDone(args, () => {
    forget();
    const { touched, conditions } = conditionsOf(args);
    const failed = (message, log = message) => retryLater("expectation_failed", message, [shorten(log, 200)]);
    if (args.not) {
      if (conditions.some(({ holds }) => !holds)) return { touched };
      throw failed(`Expected ${conditions.map(({ what, must }) => `${what} not to ${must}`).join(", or ")}, but so it is.`);
    }
    const broken = conditions.find(({ holds }) => !holds);
    if (broken?.message) throw failed(broken.message, `waiting for ${broken.what}`);
    if (broken) throw failed(`Expected ${broken.what} to ${broken.must}, but ${broken.actual}.`);
    return { touched };
  });
}

/** Whether conditions hold now. */
function isSo(args) {
  try {
    const { conditions } = conditionsOf(args);
    return args.not ? conditions.some(({ holds }) => !holds) : conditions.every(({ holds }) => holds);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** What is to be compared, as {what, must, holds, actual} (or a whole message). */
function conditionsOf(args) {
  const conditions = [];
  const compare = (what, spec, actual, isSecret) => conditions.push({
    what, must: describeSpec(spec), holds: textMatcher(spec)(actual),
    actual: isSecret ? "it is something else" : `it is ${quote(shorten(clean(actual), 200))}`,
  });
  if (args.url) compare("the address", args.url, location.href);
  if (args.title) compare("the title", args.title, document.title);
  if (!args.selector) {
    if (args.text) conditions.push({ what: "the page", must: `show text that would ${describeSpec(args.text)}`, holds: !!visibleWithText(args.text), actual: "it does not" });
    return { touched: args.url ? shorten(location.href, 120) : "page", conditions };
  }
  const trace = {};
  const found = query(args.selector, trace);
  if (args.count !== undefined) {
    conditions.push({ what: `${args.selector.text}`, must: `match ${args.count} elements`, holds: found.length === args.count, actual: `there are ${found.length}` });
    return { touched: `${found.length} × ${args.selector.text}`, conditions };
  }
  if (ABSENCE_FULFILS.has(args.state)) {
    const remaining = args.state === "detached" ? found[0] : found.find(isVisible);
    conditions.push({ what: args.selector.text, must: `be ${args.state}`, holds: !remaining, actual: remaining && `${preview(remaining)} is there` });
    return { touched: args.selector.text, conditions };
  }
  if (found.length === 0) {
    conditions.push({ what: args.selector.text, must: "be there", holds: false, message: () => explainMissing(args.selector, trace) });
    return { touched: args.selector.text, conditions };
  }
  const element = strictly(found, args.selector);
  const touched = phrase(element);
  const isSecret = secretFields.has(element) || element.type === "password";
  const text = args.attribute ? element.getAttribute(args.attribute) ?? "" : visibleText(element);
  if (args.text) compare(`the ${args.attribute ? `attribute ${args.attribute}` : "text"} of ${touched}`, args.text, text, isSecret);
  if (args.value) compare(`the value of ${touched}`, args.value, String(READERS.value(element)), isSecret);
  const state = args.state ?? (conditions.length ? null : "visible");
  if (state) conditions.push({ what: touched, must: `be ${state}`, holds: STATES[state](element), actual: "it is not" });
  return { touched, conditions };
}

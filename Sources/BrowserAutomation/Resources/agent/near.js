// Why nothing matched, and what almost did: hidden, in a frame, of another role, written a little differently. Worked out
// once, when the time is over.

/** The sentences of an error: which part fails, and what is there instead. */
function explainMissing(selector, trace) {
  forget();
  const index = trace.failedPart ?? 0;
  const part = selector.parts[index] ?? {};
  const [engine, body] = Object.entries(part)[0] ?? [];
  const where = index > 0 ? ` Its part ${selector.sources?.[index]} is what matches nothing; the parts before it match.` : "";
  const before = (trace.before ?? [document]).filter((root) => isDocument(root) || root.isConnected);
  const hint =
    engine in FILTERS || engine === "nth" ? missedFilter(engine, body, before, trace)
      : (engine !== "frame" && frameWith(selector, trace)) || (NEAR[engine]?.(body, before.slice(0, 50)) ?? "");
  return `No element matches ${selector.text} on ${shorten(location.href, 120)}.${where}` +
    (hint || " Check the selector against the page (see the screenshot), or wait for what makes it appear.");
}

/** A frame the selector would match in: people do not see frames. */
function frameWith(selector, trace) {
  const root = trace.scope?.[0]?.ownerDocument ?? trace.scope?.[0] ?? document;
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

const each = (roots, find) => [...new Set(roots.flatMap(find))];

/** Engine → what is near, as a sentence that begins with a blank. */
const NEAR = {
  role: (spec, roots) => nearRole(spec, roots),
  text: (spec, roots) => nearText(spec, roots),
  css: (css, roots) => nearCSS(css, roots),
  frame: (parts, roots) => {
    const frames = each(roots, (root) => selectAll(root, "iframe, frame"));
    return frames.length ? ` The frames there are: ${frames.slice(0, 8).map(preview).join(", ")}.` : " There are no frames on the page.";
  },
  label: (spec, roots) => {
    const texts = each(roots, (root) => [...labelled(root).flatMap(labelsOf), ...selectAll(root, "label").map(labelText)].map(clean));
    const bare = each(roots, (root) => selectAll(root, "label")).find((label) => !label.control && matcherOf(spec)(labelText(label)));
    if (bare) return ` ${preview(bare)} has that text, but it is the label of no control: name the control by css= or role=.`;
    return suggestion("labels", texts, spec) || attributeInstead(spec, roots, ["placeholder", "title"]);
  },
  placeholder: (spec, roots) => nearAttribute("placeholders", ["placeholder"], spec, roots),
  alt: (spec, roots) => nearAttribute("alternative texts", ["alt"], spec, roots),
  title: (spec, roots) => nearAttribute("titles", ["title"], spec, roots),
  testid: (spec, roots) => nearAttribute(`values of ${testIDs[0]}`, testIDs, spec, roots),
};

function nearRole(spec, roots) {
  const role = canonical(spec.role);
  const all = (query) => each(roots, (root) => selectRole(root, query));
  if (!ROLES.has(role)) return ` There is no ARIA role ${spec.role}.${closest([...ROLES], spec.role, " Did you mean")}`;
  if (!spec.hidden) {
    const hidden = all({ ...spec, hidden: true })[0];
    if (hidden) return ` ${preview(hidden)} would match, but it is hidden${hiddenBy(hidden)}. Do first what shows it, or write [include-hidden].`;
  }
  const states = Object.entries(spec.states ?? {});
  const other = states.length && all({ ...spec, states: {} })[0];
  if (other) {
    const [state, wanted] = states.find(([name, value]) => ARIA_STATES[name](other) !== value);
    return ` ${phrase(other)} is there, but its ${state} is ${ARIA_STATES[state](other) ?? "not stated"}, not ${wanted}.`;
  }
  if (!spec.name) return ` There is no ${spec.role} on the page.`;
  const matches = matcherOf(spec.name);
  const named = each(roots, (root) => selectAll(root, ["[role]", ...Object.keys(IMPLICIT)].join(", ")).slice(0, 3000))
    .find((element) => roleOf(element) && !NEVER_NAMED.has(roleOf(element)) && !isHiddenForAria(element) && matches(nameOf(element)));
  if (named) return ` There is a ${phrase(named)}: write role=${roleOf(named)}[name=${quote(shorten(nameOf(named), 60))}].`;
  const names = all({ role }).map(nameOf);
  return suggestion(`${spec.role} elements`, names, spec.name) ||
    (names.length ? ` The ${spec.role} elements there have no names.` : ` There is no ${spec.role} on the page.`);
}

/** The style or attribute that hides it. */
function hiddenBy(element) {
  for (const at of composedAncestors(element)) {
    const owner = at === element ? "" : ` of ${preview(at)}`;
    if (at.getAttribute("aria-hidden") === "true") return ` by aria-hidden${owner}`;
    if (at.hasAttribute("inert")) return ` by inert${owner}`;
    if (styleOf(at)?.display === "none") return ` by display: none${owner}`;
  }
  return styleOf(element)?.visibility !== "visible" ? " by visibility" : "";
}

function nearText(spec, roots) {
  const runs = [];
  const collect = (element) => {
    if (runs.length > 4000 || UNREAD.has(tagOf(element))) return;
    runs.push(...textOf(element).runs);
    for (const child of childrenOf(element)) collect(child);
  };
  for (const root of roots) for (const child of isDocument(root) ? [root.documentElement] : childrenOf(root)) if (child) collect(child);
  return attributeInstead(spec, roots, ["placeholder", "title", "alt", "aria-label", "value"]) || suggestion("texts", runs, spec, true);
}

/** A text people see (or hear) that is in an attribute, not in the page's text. */
function attributeInstead(spec, roots, names) {
  const matches = matcherOf(spec);
  for (const name of names) {
    const found = each(roots, (root) => selectAttribute(root, [name], spec))[0];
    if (!found) continue;
    const engine = { "aria-label": "label", value: null }[name];
    if (engine === null) return ` It is the value of ${phrase(found)}: find the field, and read its value.`;
    if (matches(found.getAttribute(name))) return ` It is the ${name} of ${preview(found)}: write ${engine ?? name}=${quote(spec.value)}.`;
  }
  return "";
}

function nearAttribute(what, names, spec, roots) {
  const values = each(roots, (root) => selectAll(root, names.map((name) => `[${CSS.escape(name)}]`).join(", "))
    .map((element) => names.map((name) => element.getAttribute(name)).find((value) => value)));
  return suggestion(what, values.filter(Boolean), spec) || ` There are no ${what} on the page.`;
}

/** How far a CSS selector gets, and names like the one that is not there. */
function nearCSS(css, roots) {
  const steps = splitCSS(css).at(0);
  for (let length = steps.length - 1; length > 0; length -= 1) {
    const shorter = steps.slice(0, length).map(({ compound, combinator }, index) => (index ? `${combinator} ${compound}` : compound)).join(" ");
    let found;
    try {
      found = each(roots, (root) => selectCSS(root, shorter));
    } catch {
      return "";
    }
    if (found.length) {
      return ` ${found.length === 1 ? "One element matches" : `${found.length} elements match`} ${shorter}, but nothing ${steps[length].combinator === ">" ? "directly " : ""}inside matches ${steps[length].compound}.${namesLike(steps[length].compound, roots)}`;
    }
  }
  return namesLike(steps[0].compound, roots);
}

function namesLike(compound, roots) {
  const wanted = /([#.])((?:\\.|[\w-]|[^\x00-\x7f])+)/.exec(compound);
  if (!wanted) return "";
  const attribute = wanted[1] === "#" ? "id" : "class";
  const names = each(roots, (root) => selectAll(root, `[${attribute}]`).slice(0, 3000).flatMap((element) => element.getAttribute(attribute).split(/\s+/)));
  return closest(names, wanted[2], ` There is no ${attribute} ${wanted[2]}; did you mean`);
}

function missedFilter(engine, body, before, trace) {
  const found = before.filter((element) => !isDocument(element));
  const count = found.length === 1 ? "One element matches" : `${found.length} elements match`;
  switch (engine) {
    case "nth": return ` ${count} before it, and places count from 0.`;
    case "visible": return ` ${count} before it, but ${body ? "none is visible" : "all are visible"}.`;
    case "has-text": return ` ${count} before it, none with this text.${suggestion("texts", found.map((element) => clean(textOf(element).full)), body)}`;
    case "and": return ` ${count} before it, none of them also and=….`;
    default: return ` ${count} before it.`;
  }
}

// Likeness of texts

/** Small letters, umlauts as they are written without an umlaut key, no accents. */
const plain = (text) => clean(text).toLowerCase()
  .replace(/[äöüß]/g, (letter) => ({ ä: "ae", ö: "oe", ü: "ue", ß: "ss" })[letter]).normalize("NFD").replace(/[\u0300-\u036f]/g, "");

/** 1 for the same but for case and umlauts, 0 for nothing in common. */
function likeness(left, right) {
  const [a, b] = [plain(left).slice(0, 80), plain(right).slice(0, 80)];
  if (a === b) return 1;
  if (!a || !b) return 0;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.includes(short)) return Math.max(0.6, short.length / long.length);
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    row = next;
  }
  return 1 - row[b.length] / Math.max(a.length, b.length);
}

/** `intro "…"?` when a name is like the wanted one. */
function closest(names, wanted, intro) {
  const best = [...new Set(names)].map((name) => ({ name, like: likeness(name, wanted) })).sort((a, b) => b.like - a.like)[0];
  return best && best.like >= 0.55 ? `${intro} ${best.name}?` : "";
}

/** What is there, the likest first; for texts only what is like it. */
function suggestion(what, names, spec, onlyLike = false) {
  const ranked = [...new Set(names.map(clean).filter(Boolean))].map((name) => ({ name, like: spec.kind === "regex" ? 0 : likeness(name, spec.value) }))
    .sort((a, b) => b.like - a.like);
  if (ranked.length === 0) return "";
  const best = ranked[0];
  if (best.like === 1 && spec.kind === "exact") return ` There is ${quote(shorten(best.name, 60))}, which differs in upper and lower case or in letters such as ä; quoted text must be exact.`;
  const mean = best.like >= 0.6 ? ` Did you mean ${quote(shorten(best.name, 60))}?` : "";
  // Where all can be told, in the order of the page.
  const told = ranked.length > 8 ? ranked.map(({ name }) => name) : names.map(clean);
  return onlyLike ? mean : `${mean}${listing(`${what} there are`, told)}`;
}

function listing(what, names) {
  const distinct = [...new Set(names.filter(Boolean))];
  if (distinct.length === 0) return "";
  return ` The ${what}: ${distinct.slice(0, 8).map((name) => `"${shorten(name, 40)}"`).join(", ")}${distinct.length > 8 ? ", …" : ""}.`;
}

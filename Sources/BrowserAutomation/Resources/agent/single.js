// Several matches where one is needed: each is named by a selector that finds it alone, in the grammar of selectors.

function ambiguous(found, selector) {
  const matches = found.slice(0, 10).map((element, index) => ({ preview: preview(element), selector: singleOut(element, selector, index) }));
  const lines = matches.map((match, index) => `  ${index + 1}) ${match.preview}  →  ${match.selector}`);
  const rest = found.length > 10 ? `\n  … and ${found.length - 10} more` : "";
  const what = selector.text ?? "the selector";
  return new Refusal(
    "ambiguous",
    `${found.length} elements match ${what}; exactly one is needed. Use one of these:\n${lines.join("\n")}${rest}`,
    { matches });
}

const exactly = (value) => ({ kind: "exact", value });

/** A selector that finds this element alone, as stable as possible; checked before it is printed. */
function singleOut(element, selector, index) {
  const frames = selector.parts?.findLastIndex((part) => "frame" in part) ?? -1;
  const prefix = (selector.prefix ?? "") + (frames < 0 || !selector.sources ? "" : `${selector.sources.slice(0, frames + 1).join(" >> ")} >> `);
  const root = element.ownerDocument;
  const finds = ({ parts }) => {
    const found = runParts(parts, [root]);
    return found.length === 1 && found[0] === element;
  };
  const own = waysTo(element);
  const paths = pathOf(element);
  // A path from the top says less than the place among the matches; where there is no text to count in, it must do.
  const good = own.find(finds) ?? inContainer(element, own, finds) ?? (selector.text ? paths.slice(0, -1) : paths).find(finds);
  const source = good ? prefix + good.source : `${selector.text} >> nth=${index}`;
  return selector.isFrame ? `frame=${source.includes(">>") || /["']/.test(source) ? quote(source) : source}` : source;
}

/** Selectors that describe an element by itself, best first, as {source, parts}. */
function waysTo(element) {
  const ways = [];
  const attribute = (engine, names) => {
    const name = names.find((each) => element.getAttribute(each)?.trim());
    if (!name) return;
    const value = clean(element.getAttribute(name));
    if (value.length <= 80) ways.push({ source: `${engine}=${quote(value)}`, parts: [{ [engine]: exactly(value) }] });
  };
  attribute("testid", testIDs);
  const [role, name] = [roleOf(element), nameOf(element)];
  if (name && role && role !== "presentation" && name.length <= 60) {
    ways.push({ source: `role=${role}[name=${quote(name)}][exact]`, parts: [{ role: { role, name: exactly(name) } }] });
  }
  const label = element.matches(CONTROL) && labelsOf(element).map(clean).find((text) => text && text.length <= 60);
  if (label) ways.push({ source: `label=${quote(label)}`, parts: [{ label: exactly(label) }] });
  attribute("placeholder", ["placeholder"]);
  if (element.matches("img, area, input")) attribute("alt", ["alt"]);
  // Numbers in ids are usually made up anew with every page.
  if (/^[a-z][\w-]*$/i.test(element.id) && !/\d{3}/.test(element.id)) ways.push({ source: `css=#${element.id}`, parts: [{ css: `#${element.id}` }] });
  const words = clean(textOf(element).full);
  if (words && words.length <= 60) ways.push({ source: `text=${quote(words)}`, parts: [{ text: exactly(words) }] });
  attribute("title", ["title"]);
  const tag = cssName(tagOf(element));
  for (const key of ["name", "href", "value", "type", "for", "data-id"]) {
    const value = element.getAttribute(key);
    if (!value || value.length > 60 || (key === "value" && element.matches("input:not([type=radio], [type=checkbox], [type=submit], [type=button])"))) continue;
    const css = `${tag}[${key}=${quote(value)}]`;
    if (!/[\n\\]/.test(value)) ways.push({ source: `css=${css}`, parts: [{ css }] });
  }
  return ways;
}

const CONTAINERS = "tr, li, article, section, fieldset, form, dialog, nav, details, [role=row], [role=listitem], [role=dialog], [role=group], [id], [data-testid]";

/** The same inside a row, list item or section that can be told from its likes. */
function inContainer(element, own, finds) {
  let tries = 0;
  for (let at = composedParent(element); at && tries < 60; at = composedParent(at)) {
    if (!at.matches(CONTAINERS)) continue;
    for (const outer of waysToContainer(at)) {
      for (const inner of own) {
        tries += 1;
        const way = { source: `${outer.source} >> ${inner.source}`, parts: [...outer.parts, ...inner.parts] };
        if (finds(way)) return way;
      }
    }
  }
  return undefined;
}

function waysToContainer(container) {
  const tag = cssName(tagOf(container));
  const texts = [];
  const collect = (element) => {
    for (const run of textOf(element).runs) if (run.length > 1 && run.length <= 40) texts.push(run);
    for (const child of childrenOf(element)) if (texts.length < 3) collect(child);
  };
  collect(container);
  const named = waysTo(container).filter(({ source }) => !source.startsWith("text="));
  const byText = texts.slice(0, 3).map((text) => ({
    source: `css=${tag} >> has-text=${quote(text)}`, parts: [{ css: tag }, { "has-text": exactly(text) }],
  }));
  return tagOf(container) === "tr" || tagOf(container) === "li" ? [...byText, ...named] : [...named, ...byText];
}

const cssName = (name) => CSS.escape(name);

/** Paths by position: from the nearest element with an id, and from the top. */
function pathOf(element) {
  const ways = [];
  let path = "";
  for (let at = element; at; at = composedParent(at)) {
    const siblings = [...(at.parentNode?.children ?? [])].filter((other) => tagOf(other) === tagOf(at));
    const step = siblings.length > 1 ? `${cssName(tagOf(at))}:nth-of-type(${siblings.indexOf(at) + 1})` : cssName(tagOf(at));
    if (at !== element && at.id) ways.push(`#${CSS.escape(at.id)} > ${path}`);
    path = path ? `${step} > ${path}` : step;
  }
  ways.push(path);
  return ways.map((css) => ({ source: `css=${css}`, parts: [{ css }] }));
}

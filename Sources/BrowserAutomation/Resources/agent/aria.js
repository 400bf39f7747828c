// Roles (ARIA in HTML) and accessible names (Accessible Name and Description Computation 1.1), as far as people use
// them to find things. Computed when asked, remembered for one query.

const within = (element, css) => !!composedParent(element)?.closest(css);
const SECTIONING = "article, aside, main, nav, section, [role=article], [role=complementary], [role=main], [role=navigation], [role=region]";

const INPUT_ROLES = {
  button: "button", image: "button", reset: "button", submit: "button", file: "button", checkbox: "checkbox",
  radio: "radio", range: "slider", number: "spinbutton", search: "searchbox", hidden: null,
};

function inputRole(input) {
  if (input.type in INPUT_ROLES && input.type !== "search") return INPUT_ROLES[input.type];
  if (input.hasAttribute("list")) return "combobox";
  return input.type === "search" ? "searchbox" : "textbox";
}

const cellRole = (cell) => (cell.closest("table")?.getAttribute("role") === "grid" ? "gridcell" : "cell");
const headerRole = (th) => {
  if (th.scope === "row" || th.scope === "rowgroup") return "rowheader";
  if (th.scope) return "columnheader";
  const row = th.closest("tr");
  return row && [...row.cells].some((cell) => tagOf(cell) === "td") ? "rowheader" : "columnheader";
};
const isNamed = (element) => element.hasAttribute("aria-label") || element.hasAttribute("aria-labelledby") || element.title;
const imageRole = (img) => (img.getAttribute("alt") === "" && !isNamed(img) ? "presentation" : "img");

/** tag → [the roles it can have, how to choose among them]. */
const IMPLICIT = {
  a: [["link"], (e) => (e.hasAttribute("href") ? "link" : null)],
  area: [["link"], (e) => (e.hasAttribute("href") ? "link" : null)],
  article: [["article"]], aside: [["complementary"]], blockquote: [["blockquote"]], button: [["button"]],
  caption: [["caption"]], code: [["code"]], datalist: [["listbox"]], dd: [["definition"]], del: [["deletion"]],
  details: [["group"]], dfn: [["term"]], dialog: [["dialog"]], dt: [["term"]], em: [["emphasis"]],
  fieldset: [["group"]], figure: [["figure"]],
  footer: [["contentinfo"], (e) => (within(e, SECTIONING) ? null : "contentinfo")],
  form: [["form"], (e) => (isNamed(e) ? "form" : null)],
  h1: [["heading"]], h2: [["heading"]], h3: [["heading"]], h4: [["heading"]], h5: [["heading"]], h6: [["heading"]],
  header: [["banner"], (e) => (within(e, SECTIONING) ? null : "banner")],
  hr: [["separator"]], html: [["document"]], img: [["img", "presentation"], imageRole],
  input: [["button", "checkbox", "combobox", "radio", "searchbox", "slider", "spinbutton", "textbox"], inputRole],
  ins: [["insertion"]], li: [["listitem"]], main: [["main"]], mark: [["mark"]], math: [["math"]], menu: [["list"]],
  meter: [["meter"]], nav: [["navigation"]], ol: [["list"]], optgroup: [["group"]], option: [["option"]],
  output: [["status"]], p: [["paragraph"]], progress: [["progressbar"]], search: [["search"]],
  section: [["region"], (e) => (isNamed(e) ? "region" : null)],
  select: [["combobox", "listbox"], (e) => (e.multiple || e.size > 1 ? "listbox" : "combobox")],
  strong: [["strong"]], sub: [["subscript"]], summary: [["button"]], sup: [["superscript"]], svg: [["img"]],
  table: [["table"]], tbody: [["rowgroup"]], td: [["cell", "gridcell"], cellRole], textarea: [["textbox"]],
  tfoot: [["rowgroup"]], th: [["columnheader", "rowheader"], headerRole], thead: [["rowgroup"]], time: [["time"]],
  tr: [["row"]], ul: [["list"]],
};

const ROLES = new Set(
  (Object.values(IMPLICIT).flatMap(([roles]) => roles).join(" ") +
    " alert alertdialog application directory feed generic grid log marquee menu menubar menuitem menuitemcheckbox" +
    " menuitemradio none note radiogroup scrollbar switch tab tablist tabpanel timer toolbar tooltip tree treegrid treeitem").split(" "),
);

const FROM_CONTENT = new Set(
  "button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row rowheader switch tab tooltip treeitem".split(" "),
);
const NEVER_NAMED = new Set(
  "caption code definition deletion emphasis generic insertion mark none paragraph presentation strong subscript superscript term time".split(" "),
);

/** The role, stated or implied; null when it has none. */
function roleOf(element) {
  const known = memo.roles.get(element);
  if (known !== undefined) return known;
  const role = computeRole(element) ?? null;
  memo.roles.set(element, role);
  return role;
}

function computeRole(element) {
  const stated = (element.getAttribute("role") ?? "").toLowerCase().split(/\s+/).find((role) => ROLES.has(role));
  if (stated && stated !== "none" && stated !== "presentation") return stated;
  const [roles, choose] = IMPLICIT[tagOf(element)] ?? [[null]];
  const implied = choose ? choose(element) : roles[0];
  // A presentational role on something that takes focus is ignored, says ARIA.
  if (stated && !(element.tabIndex >= 0)) return stated;
  return implied;
}

/** CSS that holds every element that can have the role. */
function candidatesOf(role) {
  const tags = Object.keys(IMPLICIT).filter((tag) => IMPLICIT[tag][0].includes(role));
  return ["[role]", ...tags].join(", ");
}

/** Whether assistive technology does not see it: unrendered, invisible, or under aria-hidden. */
function isHiddenForAria(element) {
  // Visibility is inherited but can be switched on again below, so each element is judged by its own.
  return styleOf(element)?.visibility !== "visible" || isCutOff(element);
}

/** Whether it and everything below it is out of sight for assistive technology. */
function isCutOff(element) {
  const known = memo.cutOff.get(element);
  if (known !== undefined) return known;
  const parent = composedParent(element);
  const cutOff =
    UNREAD.has(tagOf(element)) ||
    element.getAttribute("aria-hidden")?.toLowerCase() === "true" ||
    isUnrendered(element) ||
    (parent ? isCutOff(parent) : false);
  memo.cutOff.set(element, cutOff);
  return cutOff;
}

function isUnrendered(element) {
  // Options have no box of their own while their list is closed; `contents` has none by definition.
  if (tagOf(element) === "option" || tagOf(element) === "optgroup") return false;
  const display = styleOf(element)?.display;
  return display !== "contents" && (display === "none" || !element.checkVisibility());
}

/** Elements an attribute of ids points to, in that order. */
const referenced = (element, attribute) =>
  (element.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean)
    .map((id) => element.getRootNode().getElementById?.(id)).filter(Boolean);

/** The accessible name, white space cleaned; empty when it has none. */
function nameOf(element) {
  const known = memo.names.get(element);
  if (known !== undefined) return known;
  const name = NEVER_NAMED.has(roleOf(element)) ? "" : clean(computeName(element, { seen: new Set(), via: "self" }));
  memo.names.set(element, name);
  return name;
}

/** Letters in comments are the steps of the specification. */
function computeName(element, context) {
  if (context.seen.has(element)) return "";
  context.seen.add(element);
  // A
  if (context.via !== "self" && !context.hidden && isHiddenForAria(element)) return "";
  // B
  if (context.via !== "labelledby") {
    const named = referenced(element, "aria-labelledby").map((each) =>
      computeName(each, { seen: new Set([element]), via: "labelledby", hidden: isHiddenForAria(each) }));
    if (named.some((text) => text.trim())) return named.join(" ");
  }
  const role = roleOf(element);
  // C
  if (context.via === "content") {
    const value = embeddedValue(element, role);
    if (value !== null) return value;
  }
  // D
  const label = element.getAttribute("aria-label");
  if (label?.trim()) return label;
  // E
  const native = nativeName(element, context);
  if (native?.trim()) return native;
  // F
  if (FROM_CONTENT.has(role) || context.via !== "self" || tagOf(element) === "summary") {
    const content = contentName(element, context);
    if (content.trim()) return content;
  }
  // I
  return element.getAttribute("title") ?? "";
}

/** What a control says when it stands inside somebody else's label. */
function embeddedValue(element, role) {
  if (role === "textbox" || role === "searchbox") return element.value ?? element.textContent;
  if (role === "combobox" || role === "listbox") {
    if (tagOf(element) !== "select") return element.value ?? "";
    return [...element.selectedOptions].map((option) => option.label).join(" ");
  }
  if (role === "slider" || role === "spinbutton" || role === "progressbar") {
    return element.getAttribute("aria-valuetext") ?? element.getAttribute("aria-valuenow") ?? String(element.value ?? "");
  }
  return null;
}

function nativeName(element, context) {
  const tag = tagOf(element);
  const content = (child) => child && computeName(child, { ...context, via: "content" });
  if (tag === "input" && ["button", "submit", "reset"].includes(element.type)) {
    return element.value || { submit: "Submit", reset: "Reset" }[element.type];
  }
  if (tag === "input" && element.type === "image") return element.alt || element.title || "Submit";
  if (element.labels?.length && tag !== "button") {
    return [...element.labels].map((each) => computeName(each, { ...context, via: "content" })).join(" ") || fallbackName(element);
  }
  if (tag === "button" && element.labels?.length) {
    return [...element.labels].map((each) => computeName(each, { ...context, via: "content" })).join(" ");
  }
  if (tag === "input" || tag === "textarea" || tag === "select") return fallbackName(element);
  if (tag === "img" || tag === "area") return element.getAttribute("alt");
  if (tag === "fieldset") return content([...element.children].find((child) => tagOf(child) === "legend"));
  if (tag === "figure") return content([...element.children].find((child) => tagOf(child) === "figcaption"));
  if (tag === "table") return content(element.caption);
  if (tag === "svg") return [...element.children].find((child) => tagOf(child) === "title")?.textContent;
  if (tag === "optgroup" || tag === "option") return element.label;
  return null;
}

const fallbackName = (control) => control.title || control.getAttribute("placeholder") || "";

/** Text of children, of what aria-owns adds, and of ::before and ::after. */
function contentName(element, context) {
  const inner = { ...context, via: "content" };
  const nodes = tagOf(element) === "slot" ? element.assignedNodes() : element.shadowRoot?.childNodes ?? element.childNodes;
  let name = generated(element, "::before");
  for (const child of [...nodes, ...referenced(element, "aria-owns")]) {
    if (child.nodeType === Node.TEXT_NODE) name += child.nodeValue;
    if (child.nodeType !== Node.ELEMENT_NODE) continue;
    const text = computeName(child, inner);
    name += isInline(child) ? text : ` ${text} `;
  }
  return name + generated(element, "::after");
}

const isInline = (element) => tagOf(element) !== "br" && styleOf(element)?.display.startsWith("inline") && !styleOf(element).display.includes("block");

function generated(element, pseudo) {
  const content = viewOf(element)?.getComputedStyle(element, pseudo).content ?? "none";
  if (content === "none" || content === "normal") return "";
  const quoted = /^"((?:[^"\\]|\\.)*)"(?:\s*\/\s*"((?:[^"\\]|\\.)*)")?$/.exec(content);
  return quoted ? (quoted[2] ?? quoted[1]).replace(/\\(.)/g, "$1") : "";
}

/** Label texts of a control: aria-labelledby before aria-label before <label>. */
function labelsOf(element) {
  const referencedLabels = referenced(element, "aria-labelledby");
  if (referencedLabels.length) return referencedLabels.map((each) => textOf(each).full);
  const stated = element.getAttribute("aria-label");
  if (stated?.trim()) return [stated];
  return [...(element.labels ?? [])].map((label) => textOf(label).full);
}

const ariaFlag = (element, name) => ({ true: true, false: false, mixed: "mixed" })[element.getAttribute(name)?.toLowerCase()];

/** The states `role=` can filter by; undefined where the element has no such state. */
const ARIA_STATES = {
  checked: (e) => (e.matches("input[type=checkbox], input[type=radio]") ? (e.indeterminate ? "mixed" : e.checked) : ariaFlag(e, "aria-checked") ?? false),
  disabled: (e) => !isEnabled(e),
  expanded: (e) => (tagOf(e) === "details" ? e.open : tagOf(e) === "summary" ? e.parentElement.open : ariaFlag(e, "aria-expanded")),
  level: (e) => Number(e.getAttribute("aria-level")) || Number(/^h([1-6])$/.exec(tagOf(e))?.[1]) || 0,
  pressed: (e) => ariaFlag(e, "aria-pressed") ?? false,
  selected: (e) => (tagOf(e) === "option" ? e.selected : ariaFlag(e, "aria-selected") ?? false),
};

/** The element in the words of a person: `button "Anmelden"`. */
function phrase(element) {
  const role = roleOf(element);
  const kind = role && role !== "presentation" && role !== "none" ? role : tagOf(element);
  const words = nameOf(element) || (element.matches(CONTROL) ? "" : clean(textOf(element).full));
  if (words) return `${kind} "${shorten(words, 60)}"`;
  return element.id ? `${kind} #${element.id}` : kind;
}

// Roles: what an element is for assistive technology (ARIA in HTML, HTML-AAM), and what is hidden from it. Computed when
// asked, remembered for one query.

const isNamed = (element) => ["aria-label", "aria-labelledby", "title"].some((name) => element.getAttribute(name)?.trim());

const SECTIONING = "article, aside, main, nav, section, [role=article], [role=complementary], [role=main], [role=navigation], [role=region]";
const isOfPage = (element) => !closestComposed(composedParent(element), SECTIONING);

function closestComposed(element, css) {
  for (let at = element; at; at = at.getRootNode().host) {
    const found = at.closest(css);
    if (found) return found;
  }
  return null;
}

const INPUT_ROLES = {
  button: "button", image: "button", reset: "button", submit: "button", file: "button", checkbox: "checkbox",
  radio: "radio", range: "slider", number: "spinbutton", hidden: null,
};

function inputRole(input) {
  if (input.type in INPUT_ROLES) return INPUT_ROLES[input.type];
  if (["text", "search", "tel", "url", "email"].includes(input.type) && input.list) return "combobox";
  return input.type === "search" ? "searchbox" : "textbox";
}

const tableOf = (cell) => cell.closest("table");
const isGrid = (table) => ["grid", "treegrid"].includes(table?.getAttribute("role"));
const cellRole = (cell) => (isGrid(tableOf(cell)) ? "gridcell" : "cell");
const headerRole = (th) => {
  if (th.scope === "row" || th.scope === "rowgroup") return "rowheader";
  if (th.scope) return "columnheader";
  const row = th.closest("tr");
  const hasData = row && [...row.cells].some((cell) => tagOf(cell) === "td");
  return hasData && th.parentElement.parentElement?.localName !== "thead" ? "rowheader" : "columnheader";
};

const GLOBAL_ARIA = [
  "aria-atomic", "aria-busy", "aria-controls", "aria-current", "aria-describedby", "aria-details", "aria-dropeffect", "aria-flowto",
  "aria-grabbed", "aria-hidden", "aria-keyshortcuts", "aria-live", "aria-owns", "aria-relevant", "aria-roledescription", "aria-label", "aria-labelledby",
];
const isFocusable = (element) => element.tabIndex >= 0 || element.hasAttribute("tabindex");
/** Why an author's `role=none` is ignored, says ARIA: who can be reached or is spoken of must be there. */
const mustBeThere = (element) => GLOBAL_ARIA.some((name) => element.hasAttribute(name)) || (isFocusable(element) && !element.matches(":disabled"));

const imageRole = (img) => (img.getAttribute("alt") === "" && !isNamed(img) && !mustBeThere(img) ? "presentation" : "img");
const isInList = (li) => {
  let owner = paintedParent(li);
  if (owner && tagOf(owner) === "slot") owner = paintedParent(owner);
  return !!owner && (["ul", "ol", "menu"].includes(tagOf(owner)) || roleOf(owner) === "list");
};

/** tag → [the roles it can have, how to choose among them]. */
const IMPLICIT = {
  a: [["link"], (e) => (e.hasAttribute("href") || e.getAttribute("xlink:href") ? "link" : null)],
  address: [["group"]],
  area: [["link"], (e) => (e.hasAttribute("href") ? "link" : null)],
  article: [["article"]],
  aside: [["complementary"], (e) => (isNamed(e) || !closestComposed(composedParent(e), "article, aside, nav, section") ? "complementary" : null)],
  blockquote: [["blockquote"]], button: [["button"]], caption: [["caption"]], code: [["code"]], datalist: [["listbox"]],
  dd: [["definition"]], del: [["deletion"]], details: [["group"]], dfn: [["term"]], dialog: [["dialog"]], dt: [["term"]],
  em: [["emphasis"]], fieldset: [["group"]], figure: [["figure"]],
  footer: [["contentinfo"], (e) => (isOfPage(e) ? "contentinfo" : null)],
  form: [["form"], (e) => (isNamed(e) ? "form" : null)],
  h1: [["heading"]], h2: [["heading"]], h3: [["heading"]], h4: [["heading"]], h5: [["heading"]], h6: [["heading"]],
  header: [["banner"], (e) => (isOfPage(e) ? "banner" : null)],
  hgroup: [["group"]], hr: [["separator"]], html: [["document"]], img: [["img", "presentation"], imageRole],
  input: [["button", "checkbox", "combobox", "radio", "searchbox", "slider", "spinbutton", "textbox"], inputRole],
  ins: [["insertion"]], li: [["listitem"], (e) => (isInList(e) ? "listitem" : null)], main: [["main"]], mark: [["mark"]],
  math: [["math"]], menu: [["list"]], meter: [["meter"]], nav: [["navigation"]], ol: [["list"]], optgroup: [["group"]],
  option: [["option"]], output: [["status"]], p: [["paragraph"]], progress: [["progressbar"]], s: [["deletion"]], search: [["search"]],
  section: [["region"], (e) => (isNamed(e) ? "region" : null)],
  select: [["combobox", "listbox"], (e) => (e.multiple || e.size > 1 ? "listbox" : "combobox")],
  strong: [["strong"]], sub: [["subscript"]],
  // A button in everything but its tag; people and Chromium treat it so, ARIA in HTML leaves it open.
  summary: [["button"], (e) => (tagOf(e.parentElement ?? e) === "details" ? "button" : null)],
  sup: [["superscript"]], svg: [["img"]], table: [["table"]], tbody: [["rowgroup"]], td: [["cell", "gridcell"], cellRole],
  textarea: [["textbox"]], tfoot: [["rowgroup"]], th: [["columnheader", "rowheader"], headerRole], thead: [["rowgroup"]],
  time: [["time"]], tr: [["row"]], ul: [["list"]],
};

const ROLES = new Set(
  (Object.values(IMPLICIT).flatMap(([roles]) => roles).join(" ") +
    " alert alertdialog application directory feed generic grid image log marquee menu menubar menuitem menuitemcheckbox" +
    " menuitemradio none note radiogroup scrollbar suggestion switch tab tablist tabpanel timer toolbar tooltip tree treegrid treeitem").split(" "),
);
const SYNONYMS = { image: "img", none: "presentation", directory: "list" };
const canonical = (role) => SYNONYMS[role] ?? role;

/** Parts that lose their role with the list or table they belong to. */
const BELONGS = {
  li: "ul, ol, menu", dt: "dl", dd: "dl", caption: "table", thead: "table", tbody: "table", tfoot: "table", tr: "table", th: "table", td: "table",
};

/** The role, stated or implied; null when it has none. */
function roleOf(element) {
  const known = memo.roles.get(element);
  if (known !== undefined) return known;
  const role = computeRole(element);
  memo.roles.set(element, role);
  return role;
}

function computeRole(element) {
  const attribute = element.getAttribute("role");
  const stated = attribute && attribute.toLowerCase().split(/\s+/).find((role) => ROLES.has(role));
  const isNone = stated === "none" || stated === "presentation";
  if (stated && !isNone) return canonical(stated);
  if (isNone && !mustBeThere(element)) return "presentation";
  const [roles, choose] = IMPLICIT[tagOf(element)] ?? [[null]];
  const implied = choose ? choose(element) : roles[0];
  const owner = implied && BELONGS[tagOf(element)];
  if (owner) {
    const group = element.closest(owner);
    if (group && group.hasAttribute("role") && roleOf(group) === "presentation" && !mustBeThere(element)) return "presentation";
  }
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
  return isCutOff(element) || (styleOf(element)?.visibility !== "visible" && !isListed(element));
}

/** Options have no box of their own while their list is closed. */
const isListed = (element) => tagOf(element) === "option" || tagOf(element) === "optgroup";

/** Whether it and everything below it is out of sight for assistive technology. */
function isCutOff(element) {
  const known = memo.cutOff.get(element);
  if (known !== undefined) return known;
  const parent = composedParent(element);
  const cutOff =
    UNREAD.has(tagOf(element)) ||
    element.getAttribute("aria-hidden")?.toLowerCase() === "true" ||
    element.hasAttribute("inert") ||
    isUnrendered(element) ||
    (parent ? isCutOff(parent) : false);
  memo.cutOff.set(element, cutOff);
  return cutOff;
}

function isUnrendered(element) {
  // `contents` has no box by definition.
  if (isListed(element) || element.checkVisibility()) return false;
  return styleOf(element)?.display !== "contents";
}

// States `role=` filters by, labels of controls, and elements in the words of a person.

/** Label texts of a control: each one, and all together as its name has them. */
function labelsOf(element) {
  const texts = labelTexts(element);
  return texts.length > 1 ? [...texts, texts.join(" ")] : texts;
}

function labelTexts(element) {
  const referencedLabels = referenced(element, "aria-labelledby");
  if (referencedLabels.length) return referencedLabels.map(labelText);
  const stated = element.getAttribute("aria-label");
  if (stated?.trim()) return [stated];
  return [...(element.labels ?? [])].map(labelText);
}

/** What is written on a label; options and values of a control inside it are not. */
function labelText(label) {
  if (!label.querySelector?.("select, textarea")) return textOf(label).full;
  return contentName(label, { via: "label", owner: label.control ?? label, hidden: isHiddenForAria(label), seen: new Set([label.control]) });
}

const ariaFlag = (element, name) => ({ true: true, false: false, mixed: "mixed" })[element.getAttribute(name)?.toLowerCase()];
const hasRole = (roles) => (element) => roles.has(roleOf(element));
const CHECKABLE = new Set(["checkbox", "menuitemcheckbox", "menuitemradio", "option", "radio", "switch", "treeitem"]);
const isCheckable = hasRole(CHECKABLE);
const isSelectable = hasRole(new Set(["columnheader", "gridcell", "option", "row", "rowheader", "tab", "treeitem"]));

/** The states `role=` can filter by; undefined where the element has no such state. */
const ARIA_STATES = {
  checked: (e) => {
    if (e.matches("input[type=checkbox], input[type=radio]")) return e.indeterminate && e.type === "checkbox" ? "mixed" : e.checked;
    return ariaFlag(e, "aria-checked") ?? (isCheckable(e) ? false : undefined);
  },
  disabled: (e) => !isEnabled(e),
  expanded: (e) => {
    if (tagOf(e) === "details") return e.open;
    return tagOf(e) === "summary" && e.parentElement && "open" in e.parentElement ? e.parentElement.open : ariaFlag(e, "aria-expanded");
  },
  level: (e) => Number(e.getAttribute("aria-level")) || Number(/^h([1-6])$/.exec(tagOf(e))?.[1]) || (roleOf(e) === "heading" ? 2 : 0),
  pressed: (e) => ariaFlag(e, "aria-pressed") ?? (roleOf(e) === "button" ? false : undefined),
  selected: (e) => (tagOf(e) === "option" ? e.selected : ariaFlag(e, "aria-selected") ?? (isSelectable(e) ? false : undefined)),
};

/** The element in the words of a person: `button "Anmelden"`. What was typed into it is not among them. */
function phrase(element) {
  const role = roleOf(element);
  const kind = role && role !== "presentation" ? role : tagOf(element);
  const isTyped = element.matches(CONTROL) || (element.isContentEditable && !element.parentElement?.isContentEditable);
  const words = nameOf(element) || (isTyped ? "" : clean(textOf(element).full));
  if (words) return `${kind} "${shorten(words, 60)}"`;
  return element.id ? `${kind} #${element.id}` : kind;
}

// Accessible names (Accessible Name and Description Computation 1.2, HTML-AAM). Letters are the steps of that
// specification. Computed when asked, remembered for one query.

const FROM_CONTENT = new Set(
  "button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row rowheader switch tab tooltip treeitem".split(" "),
);
const NEVER_NAMED = new Set(
  "caption code definition deletion emphasis generic insertion mark paragraph presentation strong subscript superscript suggestion term time".split(" "),
);

/** Whether its content names an element that nothing else names. */
const isNamedByContent = (element) => FROM_CONTENT.has(roleOf(element)) || tagOf(element) === "summary";

/** Elements an attribute of ids points to, in that order. */
const referenced = (element, attribute) => {
  const ids = element.getAttribute(attribute);
  return ids ? ids.split(/\s+/).filter(Boolean).map((id) => element.getRootNode().getElementById?.(id)).filter(Boolean) : [];
};

/** The accessible name, white space cleaned; empty when it has none. */
function nameOf(element) {
  const known = memo.names.get(element);
  if (known !== undefined) return known;
  const compute = (hidden) => clean(computeName(element, { via: "self", hidden, seen: new Set() }));
  let name = NEVER_NAMED.has(roleOf(element)) ? "" : compute(false);
  // What is hidden itself is asked for its name only by who wants it all the same.
  if (!name && isNamedByContent(element) && isHiddenForAria(element)) name = compute(true);
  memo.names.set(element, name);
  return name;
}

/**
 * The text alternative of one element.
 *
 * `via`: how the traversal came here: self, labelledby, label (a native one) or content. `referred`: it is inside something
 * aria-labelledby named. `hidden`: what was named is hidden itself, so its content counts. `owner`: whose name it is.
 */
function computeName(element, context) {
  // A control in its own label adds nothing to its name.
  if (context.seen.has(element) || (context.via === "label" && element === context.owner)) return "";
  context.seen.add(element);
  // A
  if (UNREAD.has(tagOf(element)) || (context.via !== "self" && !context.hidden && isHiddenForAria(element))) return "";
  // B
  if (!context.referred) {
    const named = referenced(element, "aria-labelledby").map((each) => nameBy(each, "labelledby", element));
    if (named.some((text) => text.trim())) return named.join(" ");
  }
  const role = roleOf(element);
  // C
  if (context.via !== "self" && element !== context.owner) {
    const value = embeddedValue(element, role);
    if (value !== null) return value;
  }
  // D
  const label = element.getAttribute("aria-label");
  if (label?.trim()) return label;
  // E
  if (role !== "presentation") {
    const native = nativeName(element, context);
    if (native?.trim()) return native;
  }
  // F
  if (context.via !== "self" || isNamedByContent(element)) {
    const content = contentName(element, context);
    if (content.trim()) return content;
  }
  // I
  return role === "presentation" ? "" : element.getAttribute("title") ?? "";
}

/** The text of a label: what it names is read even when it is hidden. A name refers once, else it could go in circles. */
const nameBy = (label, via, owner, referred = via === "labelledby") =>
  computeName(label, { via, owner, referred, hidden: isHiddenForAria(label), seen: new Set() });

/** What a control says when it stands inside somebody else's label; null when it is none. */
function embeddedValue(element, role) {
  switch (role) {
    case "textbox":
    case "searchbox":
      return element.value ?? element.textContent;
    case "combobox":
    case "listbox":
      return chosenIn(element);
    case "slider":
    case "spinbutton":
    case "progressbar":
    case "scrollbar":
    case "meter":
      return element.getAttribute("aria-valuetext") ?? element.getAttribute("aria-valuenow") ?? String(element.value ?? "");
    default:
      return null;
  }
}

function chosenIn(list) {
  if (tagOf(list) === "select") return [...list.selectedOptions].map((option) => option.label).join(" ");
  if (tagOf(list) === "input") return list.value;
  const options = [list, ...referenced(list, "aria-controls"), ...referenced(list, "aria-owns")]
    .flatMap((each) => [...each.querySelectorAll("[role=option][aria-selected=true]")]);
  return options.length ? options.map((option) => option.textContent).join(" ") : list.textContent;
}

const PUSHED = { submit: "Submit", reset: "Reset" };
const HINTED = ["text", "password", "search", "tel", "email", "url", "number"];

/** What HTML itself offers as a name. */
function nativeName(element, context) {
  const tag = tagOf(element);
  if (element.labels?.length && context.via !== "label") {
    const text = [...element.labels].map((each) => nameBy(each, "label", element, context.referred)).join(" ");
    if (text.trim()) return text;
  }
  switch (tag) {
    case "input":
      if (["button", "submit", "reset"].includes(element.type)) return element.value || PUSHED[element.type];
      if (element.type === "image") return element.alt || element.title || "Submit";
      if (element.type === "file") return element.title || "Choose File";
      return element.title || (HINTED.includes(element.type) ? element.getAttribute("aria-placeholder") || element.placeholder : "");
    case "textarea": return element.title || element.getAttribute("aria-placeholder") || element.placeholder;
    case "select": case "meter": case "output": case "progress": return element.title;
    case "img": case "area": return element.getAttribute("alt");
    case "fieldset": return ofChild(element, "legend", context);
    case "figure": return ofChild(element, "figcaption", context);
    case "table": return (element.caption && nameBy(element.caption, "label", element, context.referred)) || element.summary;
    case "svg": return childTitle(element);
    case "optgroup": return element.label;
    case "option": return element.getAttribute("label");
    default: return element.namespaceURI === "http://www.w3.org/2000/svg" ? childTitle(element) || element.getAttribute("xlink:title") : null;
  }
}

function ofChild(element, tag, context) {
  const child = [...element.children].find((each) => tagOf(each) === tag);
  return child && computeName(child, { ...context, via: "label", owner: element, hidden: isHiddenForAria(child) });
}

const childTitle = (svg) => [...svg.children].find((child) => tagOf(child) === "title")?.textContent;

/** Text of children, of what aria-owns adds, and of ::before and ::after. */
function contentName(element, context) {
  const inner = { ...context, via: context.via === "self" ? "content" : context.via, owner: context.owner ?? element };
  let name = generated(element, "::before");
  for (const child of [...contentOfNode(element), ...referenced(element, "aria-owns")]) {
    if (child.nodeType === Node.TEXT_NODE) name += child.nodeValue;
    else if (child.nodeType === Node.ELEMENT_NODE && !(child.assignedSlot && tagOf(element) !== "slot")) {
      const text = computeName(child, inner);
      name += flowsInline(child) ? text : ` ${text} `;
    }
  }
  return name + generated(element, "::after");
}

/** The child nodes as they are painted. */
function contentOfNode(element) {
  const root = shadowOf(element);
  if (root) return root.childNodes;
  if (tagOf(element) !== "slot") return element.childNodes;
  const assigned = element.assignedNodes();
  return assigned.length ? assigned : element.childNodes;
}

const flowsInline = (element) => tagOf(element) !== "br" && ["inline", "contents"].includes(styleOf(element)?.display);

/** Text of `content` of a pseudo-element: strings, attr(), and the alternative after a slash. */
function generated(element, pseudo) {
  const style = viewOf(element)?.getComputedStyle(element, pseudo);
  const content = style?.content;
  if (!content || content === "none" || content === "normal" || style.display === "none" || style.visibility !== "visible") return "";
  const parts = content.match(/"(?:[^"\\]|\\.)*"|attr\([^)]*\)|\/|[^\s"/]+/g) ?? [];
  const slash = parts.indexOf("/");
  const text = (slash < 0 ? parts : parts.slice(slash + 1)).map((part) => {
    if (part.startsWith('"')) return part.slice(1, -1).replace(/\\(.)/g, "$1");
    const attribute = /^attr\(\s*([\w-]+)/.exec(part)?.[1];
    return attribute ? element.getAttribute(attribute) ?? "" : "";
  }).join("");
  return style.display === "inline" ? text : ` ${text} `;
}

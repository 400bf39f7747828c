// Entering text: what a field takes, and whether it kept what it was given.

const VALUE_TYPES = ["color", "date", "time", "datetime-local", "month", "range", "week"];
const TYPED_TYPES = ["", "email", "number", "password", "search", "tel", "text", "url"];
/** What was filled with a secret; screenshots blank it. */
const secretFields = new WeakSet();

/** The control a fill is meant for: the field itself, that of a label, or the only one inside what was named. `tried` has those that were focused. */
function fieldOf(element, tried) {
  const field = retarget(element, { followLabel: true });
  const editable = isEditable(field);
  if (editable === null || tagOf(field) === "select") {
    const remedy = tagOf(field) === "select" ? "use the action select" : "fill needs an <input>, a <textarea> or something contenteditable";
    throw new Refusal("not_editable", `${preview(element)} takes no text: ${remedy}.`);
  }
  if (tagOf(field) === "input" && !VALUE_TYPES.includes(field.type) && !TYPED_TYPES.includes(field.type)) {
    throw new Refusal("not_editable", `An input of type ${field.type} cannot be filled; ${{ checkbox: "use check", radio: "use check", file: "use upload" }[field.type] ?? "use click"}.`);
  }
  if (!editable) {
    // Some are read-only until they have the focus, to keep browsers from filling them.
    if (!tried.has(field)) field.focus();
    tried.add(field);
    throw retryLater("not_editable", `${preview(field)} is read-only.`, [`resolved to ${preview(field)}`, "element is not editable"]);
  }
  return field;
}

/** Moves the focus there, also out of another frame. */
function focusOn(element) {
  const root = element.getRootNode();
  if (root.activeElement !== element) root.activeElement?.blur?.();
  element.focus();
  // A handler of the first may have taken the focus away.
  if (root.activeElement !== element) element.focus();
}

/** Fills a field where that takes no input from outside (`needs` a confirmation, or nothing), else selects what is there and asks for it. */
function prepareFill(args) {
  const tried = new Set();
  const prepared = untilDone(args, (log) => {
    const found = required(args);
    if (args.force !== true) {
      requireVisible(retarget(found, { followLabel: true }));
      requireEnabled(found);
    }
    const field = fieldOf(found, tried);
    if (args.secret) keepSecret(field, args);
    if (tagOf(field) === "input" && VALUE_TYPES.includes(field.type)) {
      log.add(`resolved to ${preview(field)}`);
      const touched = phrase(found);
      setValue(field, args.value);
      return { touched, needs: "nothing" };
    }
    const text = textFor(field, args);
    field.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    if (!hasFocus(field) || !field.ownerDocument.hasFocus()) focusOn(field);
    selectContent(field);
    const before = contentOfField(field);
    if (text === "" && before === "") {
      log.add(`resolved to ${preview(field)}`);
      return { touched: phrase(found), needs: "nothing" };
    }
    const isDeletion = text === "";
    const filling = { selector: args.selector, text, before, byKeys: isDeletion || args.byKeys === true, isSecret: args.secret === true, isForced: args.force === true };
    const watch = watchEntry(field, found, filling);
    if (enterNow(watch)) return { needs: "confirmation" };
    return { needs: isDeletion ? "delete" : "text", text };
  });
  preparing = prepared.catch(() => {});
  return prepared;
}

/** The text as the field takes it: numbers as HTML writes them. */
function textFor(field, args) {
  if (field.type !== "number") return args.value;
  const text = plainNumber(args.value.trim());
  if (text !== "" && Number.isNaN(Number(text))) {
    throw new Refusal("invalid_input", `An input of type number takes digits with a point, not ${args.secret ? "this text" : JSON.stringify(args.value)}.`);
  }
  return text;
}

/** `1.234,50` and `1,234.50` → `1234.50`; `12,5` → `12.5`. A lone mark before three digits may mean either: left as it is. */
function plainNumber(text) {
  if (!/^[-+]?[\d.,\u00a0\u202f' ]+$/.test(text)) return text;
  const digits = text.replace(/[\u00a0\u202f' ]/g, "");
  const [comma, point] = [digits.lastIndexOf(","), digits.lastIndexOf(".")];
  if (comma < 0) return digits;
  if (point < 0) return /^[-+]?\d*,\d+$/.test(digits) && !/^[-+]?[1-9]\d{0,2},\d{3}$/.test(digits) ? digits.replace(",", ".") : text;
  const [decimal, group] = comma > point ? [",", "."] : [".", ","];
  const [whole, fraction] = digits.split(decimal);
  const isGrouped = digits.split(decimal).length === 2 && new RegExp(`^[-+]?\\d{1,3}(\\${group}\\d{3})+$`).test(whole);
  return isGrouped ? `${whole.replaceAll(group, "")}.${fraction}` : text;
}

function contentOfField(field) {
  if (field.matches("input, textarea")) return field.value;
  // As a reader would see it a veiled text is dots.
  return isVeiled(field) ? field.textContent : field.innerText ?? field.textContent;
}

/** What the field made of a fill: `{}` when it took the text, else `{undone}` with what it holds instead. */
function keptBy(field, filling) {
  if (!filling || filling.isForced || !field.isConnected) return {};
  const kept = contentOfField(field);
  if (kept === filling.text || isKept(field, filling, kept)) return {};
  const limit = field.maxLength;
  if (limit > 0 && filling.text.length > limit && kept.length <= limit && kept !== filling.before) {
    throw new Refusal("expectation_failed", `${preview(field)} takes ${limit} characters (maxlength), the text has ${filling.text.length}: it was cut off. Shorten the text.`);
  }
  const now = filling.isSecret ? "something else" : kept === "" ? "nothing" : quote(shorten(kept, 80));
  return { undone: `${preview(field)} did not keep the text: it holds ${now}` };
}

/** Whether a field took a text. Masks may add and move signs, pages may complete or tidy up; what may not be is the old text. */
function isKept(field, { text, before }, kept) {
  const same = (left, right) => left.replace(/\r\n?/g, "\n").trim() === right.replace(/\r\n?/g, "\n").trim();
  const bare = (value) => value.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  if (same(kept, text) || (field.type === "number" && Number(kept) === Number(text) && kept !== "")) return true;
  if (text === "") return bare(kept) === "" || kept !== before;
  // The empty mask of a field that listens to keys alone.
  if (bare(text) !== "" && bare(kept) === "") return false;
  if (field.maxLength > 0 && text.length > field.maxLength) return false;
  if (kept === "" || kept === before) return bare(kept) === bare(text) && kept !== "";
  // The text came beside the old one: something moved the selection.
  return !(before !== "" && kept.length >= before.length + text.length && (kept.includes(before + text) || kept.includes(text + before)));
}

const FORMS = {
  date: "2026-12-31", time: "13:45", "datetime-local": "2026-12-31T13:45", month: "2026-12", week: "2026-W53", color: "#00aa7f",
  range: "a number between min and max, on a step",
};

function setValue(field, wanted) {
  const value = valueFor(field.type, wanted);
  focusOn(field);
  const before = field.value;
  field.value = value;
  if (field.value !== value && !(value !== "" && field.type !== "range" && field.value.startsWith(value))) {
    field.value = before;
    throw new Refusal("invalid_input", `An input of type ${field.type} does not take ${JSON.stringify(wanted)}; it wants ${FORMS[field.type]}.`);
  }
  announce(field);
}

/** A value as HTML writes it, from that or from how it is written in German. */
function valueFor(type, wanted) {
  const text = wanted.trim();
  const day = (whole, d, m, y) => `${y}-${m.padStart(2, "0")}-${d.padStart(2, "0")}`;
  const german = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?=$|[ T,])/;
  switch (type) {
    case "color": return /^#[0-9a-f]{3}$/i.test(text) ? text.toLowerCase().replace(/[0-9a-f]/g, "$&$&") : text.toLowerCase();
    case "date": return text.replace(german, day);
    case "datetime-local": return text.replace(german, day).replace(/,? +(?=\d)/, "T");
    case "time": return text.replace(/ Uhr$/i, "").replace(/^(\d):/, "0$1:");
    case "month": return text.replace(/^(\d{1,2})[./](\d{4})$/, (whole, m, y) => `${y}-${m.padStart(2, "0")}`);
    case "range": return plainNumber(text);
    default: return text;
  }
}

function announce(field) {
  field.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function selectContent(field) {
  if (!field.isContentEditable || field.matches("input, textarea")) return field.select();
  const range = field.ownerDocument.createRange();
  range.selectNodeContents(field);
  const selection = viewOf(field).getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

/** Moves the focus for keys to come; without a selector says what has it. */
async function prepareKeys(args) {
  if (!args.selector) {
    const at = document.activeElement;
    if (args.secret && at && at !== document.body) keepSecret(at, args);
    return { touched: at && at !== document.body ? phrase(at) : "page", log: [] };
  }
  return untilDone(args, (log) => {
    const found = required(args);
    const touched = phrase(found);
    const target = retarget(found, { followLabel: true });
    if (args.force !== true) {
      requireVisible(target);
      requireEnabled(found);
    }
    if (args.secret) keepSecret(target, args);
    log.add(`resolved to ${preview(target)}`);
    const alreadyThere = target.getRootNode().activeElement === target && target.ownerDocument.hasFocus();
    focusOn(target);
    // Text goes on at the end, unless somebody placed the caret.
    if (args.caret === "end" && !alreadyThere) caretToEnd(target);
    return { touched };
  });
}

function caretToEnd(field) {
  if (field.isContentEditable && !field.matches("input, textarea")) {
    selectContent(field);
    viewOf(field).getSelection().collapseToEnd();
  } else if (field.setSelectionRange && TYPED_TYPES.includes(field.type ?? "") && !["email", "number"].includes(field.type)) {
    field.setSelectionRange(field.value.length, field.value.length);
  }
}

// Entering things: fill, select, focus, files.

const VALUE_TYPES = ["color", "date", "time", "datetime-local", "month", "range", "week"];
const TYPED_TYPES = ["", "email", "number", "password", "search", "tel", "text", "url"];
/** What was filled with a secret; screenshots blank it. */
const secretFields = new WeakSet();

/** The control a fill is meant for: the field itself, or that of a label. */
function fieldOf(element) {
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

/** Prepares a field: sets the value where nobody types it (`done`), else selects what is there and asks for text. */
async function prepareFill(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const touched = phrase(found);
    if (args.force !== true) {
      requireVisible(retarget(found, { followLabel: true }));
      requireEnabled(found);
    }
    const field = fieldOf(found);
    log.add(`resolved to ${preview(field)}`);
    if (args.secret) secretFields.add(field);
    if (tagOf(field) === "input" && VALUE_TYPES.includes(field.type)) {
      setValue(field, args.value);
      return { done: true, touched };
    }
    if (field.type === "number" && args.value.trim() !== "" && Number.isNaN(Number(args.value))) {
      throw new Refusal("invalid_input", `An input of type number takes digits with a point, not ${args.secret ? "this text" : JSON.stringify(args.value)}.`);
    }
    field.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    focusOn(field);
    selectContent(field);
    const needs = args.value === "" ? (hasContent(field) ? "delete" : "nothing") : "text";
    if (needs !== "nothing") watchEntry(field);
    return { touched, needs };
  });
}

const hasContent = (field) => (field.isContentEditable ? field.textContent !== "" : field.value !== "");

function setValue(field, wanted) {
  const value = field.type === "color" ? wanted.toLowerCase() : wanted.trim();
  focusOn(field);
  field.value = value;
  if (field.value !== value) {
    const forms = { date: "2026-12-31", time: "13:45", "datetime-local": "2026-12-31T13:45", month: "2026-12", week: "2026-W53", color: "#00aa7f", range: "a number between min and max, on a step" };
    throw new Refusal("invalid_input", `An input of type ${field.type} does not take ${JSON.stringify(wanted)}; it wants ${forms[field.type]}.`);
  }
  announce(field);
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
    if (args.secret) secretFields.add(target);
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

/** Chooses options by `{value}`, `{label}` or `{index}`; a text matches the value or the label. */
async function selectOptions(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const touched = phrase(found);
    const list = retarget(found, { followLabel: true });
    if (tagOf(list) !== "select") {
      throw new Refusal("invalid_input", `${preview(found)} is not a <select>. A list made of other elements is worked by clicks: open it, then click the entry.`);
    }
    requireVisible(list);
    requireEnabled(list);
    if (!list.multiple && args.options.length > 1) {
      throw new Refusal("invalid_input", `${preview(list)} takes one option, not ${args.options.length}.`);
    }
    const chosen = args.options.map((wanted) => optionOf(list, wanted));
    log.add(`resolved to ${preview(list)}`);
    const before = [...list.selectedOptions];
    for (const option of list.options) option.selected = chosen.includes(option);
    focusOn(list);
    if (before.length !== chosen.length || before.some((option) => !chosen.includes(option))) announce(list);
    return { touched, selected: chosen.map((option) => ({ value: option.value, label: clean(option.label) })) };
  });
}

function optionOf(list, wanted) {
  const options = [...list.options];
  const same = (text, value) => value !== undefined && clean(text) === clean(value);
  const by = {
    value: (option) => option.value === wanted.value,
    label: (option) => same(option.label, wanted.label) || same(option.text, wanted.label),
    text: (option) => option.value === wanted.text || same(option.label, wanted.text) || same(option.text, wanted.text),
    index: (_, index) => index === wanted.index,
  };
  const [kind, value] = Object.entries(wanted)[0];
  // What is written on an option never hides another whose value it is.
  const option = (kind === "text" && options.find((each) => each.value === value)) || options.find(by[kind]);
  if (!option) {
    throw retryLater("not_found", `${preview(list)} has no option with ${kind} ${JSON.stringify(value)}.${listing("options there are", options.map((each) => clean(each.label)))}`,
      [`resolved to ${preview(list)}`, `option ${JSON.stringify(value)} is not there`]);
  }
  if (option.matches(":disabled")) {
    throw retryLater("not_enabled", `The option ${JSON.stringify(clean(option.label))} of ${preview(list)} is disabled.`,
      [`resolved to ${preview(list)}`, `option ${JSON.stringify(value)} is disabled`]);
  }
  return option;
}

let uploadTarget = null;

/** Finds the file input of an upload; the host then takes it by `uploadElement()`. */
async function prepareUpload(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const input = retarget(found, { followLabel: true });
    if (!input.matches("input[type=file]")) {
      throw new Refusal("invalid_input", `${preview(found)} is not an <input type="file">. Name the input itself; it may be invisible.`);
    }
    requireEnabled(input);
    if (args.count > 1 && !input.multiple) throw new Refusal("invalid_input", `${preview(input)} takes one file, not ${args.count}.`);
    log.add(`resolved to ${preview(input)}`);
    uploadTarget = input;
    return { touched: phrase(input) };
  });
}

/** The file input prepared last, as an object for the host. */
const uploadElement = () => uploadTarget;

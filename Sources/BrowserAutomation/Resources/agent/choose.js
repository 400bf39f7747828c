// Choosing options of a <select>, and finding the field of an upload.

/** Chooses options by `{value}`, `{label}` or `{index}`; a text matches the value or the label. */
async function selectOptions(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const touched = phrase(found);
    const list = retarget(found, { followLabel: true });
    if (tagOf(list) !== "select") {
      throw new Refusal("invalid_input", `${preview(found)} is not a <select>. A list made of other elements is worked by clicks: open it, then click the entry.`);
    }
    if (args.force !== true) {
      requireVisible(list);
      requireEnabled(list);
    }
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
    throw retryLater("not_found", `${preview(list)} has no option with ${kind} ${JSON.stringify(value)}.${suggestion("options", options.map((each) => clean(each.label)), { kind: "contains", value: String(value) })}`,
      [`resolved to ${preview(list)}`, `option ${JSON.stringify(value)} is not there`]);
  }
  if (option.matches(":disabled")) {
    throw retryLater("not_enabled", `The option ${JSON.stringify(clean(option.label))} of ${preview(list)} is disabled.`,
      [`resolved to ${preview(list)}`, `option ${JSON.stringify(value)} is disabled`]);
  }
  return option;
}

let uploadTarget = null;

/**
 * Finds the file field of an upload; the host then takes it by `uploadElement()`.
 *
 * What was named is the field, its label, or something around the only one; anything else must be clicked: it opens a
 * file chooser, and that knows its field, which need not even be on the page.
 */
async function prepareUpload(args) {
  return untilDone(args, (log) => {
    const found = required(args);
    const input = fileFieldOf(found);
    log.add(`resolved to ${preview(input ?? found)}`);
    if (!input) {
      if (found.matches("input, textarea, select, option")) {
        throw new Refusal("invalid_input", `${preview(found)} is not an <input type="file">. Name the field itself (it may be invisible), or the button that opens the file chooser.`);
      }
      return { touched: phrase(found), needs: "click" };
    }
    requireEnabled(input);
    requireRoom(input, args);
    uploadTarget = input;
    return { touched: phrase(input) };
  });
}

function fileFieldOf(element) {
  const control = retarget(element, { followLabel: true });
  if (control.matches("input[type=file]")) return control;
  if (element.matches("button, a, [role=button], [role=link]")) return null;
  const inside = selectAll(element, "input[type=file]");
  return inside.length === 1 ? inside[0] : null;
}

function requireRoom(input, { count, isDirectory }) {
  if (input.webkitdirectory && !isDirectory) {
    throw new Refusal("invalid_input", `${preview(input)} takes a directory: name it with directory: beside files:.`);
  }
  if (isDirectory && !input.webkitdirectory) {
    throw new Refusal("invalid_input", `${preview(input)} takes files, not a directory: leave directory: out.`);
  }
  if (count > 1 && !input.multiple && !input.webkitdirectory) throw new Refusal("invalid_input", `${preview(input)} takes one file, not ${count}.`);
}

/** The element a script is to get. */
async function chooseElement(args) {
  return untilDone(args, (log) => {
    const element = required(args);
    log.add(`resolved to ${preview(element)}`);
    uploadTarget = element;
    return { touched: phrase(element) };
  });
}

/** The file field or element prepared last, as an object for the host. */
const uploadElement = () => uploadTarget;

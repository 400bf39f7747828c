// Recording: what is filled with a secret shows dots while the page is recorded, and the host asks of each frame whether
// the page says a secret elsewhere.

const veiled = new WeakSet();

/** Notes a field that gets a secret; `veil` hides its text from now on. */
function keepSecret(field, { veil }) {
  secretFields.add(field);
  if (veil !== true) return;
  veiled.add(field);
  field.style.setProperty("-webkit-text-security", "disc", "important");
}

/** Whether a document reached from here shows one of `secrets` where people could read it. */
function showsSecret({ secrets }) {
  const isSecret = (text) => secrets.some((secret) => text.includes(secret));
  return { shown: reachableDocuments().some((each) => each.documentElement && treeRoots(each).some((root) => saysAny(root, isSecret))) };
}

const UNSEEN_TEXT = "script, style, noscript, template, textarea";

function saysAny(root, isSecret) {
  const texts = (root.ownerDocument ?? root).createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const parent = text.parentElement;
    if (parent && isSecret(text.nodeValue) && !parent.matches(UNSEEN_TEXT) && !isVeiled(parent)) return true;
  }
  return [...root.querySelectorAll("input:not([type=password]), textarea")].some((field) => isSecret(field.value) && !isVeiled(field));
}

const isVeiled = (element) => [...composedAncestors(element)].some((at) => veiled.has(at));

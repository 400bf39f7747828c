// The document as HTML that shows what it looks like now and can do nothing: no scripts, no addresses to load from, open
// shadow roots and same-origin frames in place, values of fields, nothing of passwords and secrets.

const LEFT_OUT = new Set(["script", "noscript", "template", "object", "embed", "base", "meta", "applet"]);
const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
/** Attributes that load, run or submit; others are kept. */
const DROPPED = /^(on.*|src|srcset|srcdoc|href|xlink:href|action|formaction|poster|background|data|ping|integrity|nonce|autofocus|value|checked|selected|http-equiv|sandbox|allow)$/i;
const SMALL_PICTURE = 20_000;

/** Style sheets that were sent already: a long one goes over the wire once a document, not once a step. */
const sheetNames = new WeakMap();
const sheetPrefix = Math.random().toString(36).slice(2, 8);
let sheetCount = 0;
let lastSnapshot = "";

/**
 * `{html, styles: {name: css}, title, width, height, y, cut}`; `<style data-sheet=name>` stands where a sheet was.
 * `{same: true}` when nothing changed since the last one.
 *
 * Stops at `limit` characters.
 */
function snapshot(args) {
  const writer = new SnapshotWriter(args.limit ?? 1_000_000);
  writer.document(document);
  if (writer.html === lastSnapshot) return { same: true };
  lastSnapshot = writer.html;
  const { width, height, y } = pageSize();
  return { html: writer.html, styles: writer.styles, title: document.title, width, height, y, cut: writer.isCut };
}

class SnapshotWriter {
  html = "";
  styles = {};
  isCut = false;
  #limit;

  constructor(limit) {
    this.#limit = limit;
  }

  document(document_) {
    if (document_.compatMode === "CSS1Compat") this.html += "<!doctype html>";
    if (document_.documentElement) this.#element(document_.documentElement);
  }

  #node(node) {
    if (this.html.length > this.#limit) {
      this.isCut = true;
    } else if (node.nodeType === Node.TEXT_NODE) {
      this.html += escapeHTML(node.nodeValue);
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      this.#element(node);
    }
  }

  #element(element) {
    const tag = tagOf(element);
    if (LEFT_OUT.has(tag) || tag === "cpa-cover") return;
    if (tag === "style" || tag === "link") return this.#sheet(element.sheet);
    this.html += `<${tag}${this.#attributes(element, tag)}>`;
    if (VOID.has(tag)) return;
    const root = shadowOf(element);
    if (root) {
      this.html += "<template shadowrootmode=open>";
      this.#children(root);
      for (const sheet of root.adoptedStyleSheets) this.#sheet(sheet);
      this.html += "</template>";
    }
    if (tag === "textarea") this.html += `\n${escapeHTML(shownValue(element))}`;
    else this.#children(element);
    // At the end of the document, where adopted sheets count in the cascade.
    if (tag === "html") for (const sheet of element.ownerDocument.adoptedStyleSheets) this.#sheet(sheet);
    this.html += `</${tag}>`;
  }

  #children(node) {
    for (let child = node.firstChild; child && !this.isCut; child = child.nextSibling) this.#node(child);
  }

  #attributes(element, tag) {
    let text = "";
    for (const { name, value } of element.attributes) {
      if (DROPPED.test(name) || /["'<>/=\s]/.test(name)) continue;
      text += value === "" ? ` ${name}` : ` ${name}="${escapeHTML(shorten(name === "style" ? quiet(value) : value, 2000))}"`;
    }
    if (tag === "a" && element.hasAttribute("href")) text += ' href="#"';
    if (tag === "iframe" || tag === "frame") text += this.#frame(element);
    if (tag === "img" || tag === "canvas" || tag === "video") text += this.#picture(element, tag);
    if (tag === "input") {
      text += ` value="${escapeHTML(shownValue(element))}"${element.checked ? " checked" : ""}`;
    }
    if (tag === "option" && element.selected) text += " selected";
    return text;
  }

  #frame(element) {
    const inner = new SnapshotWriter(this.#limit - this.html.length);
    try {
      inner.document(element.contentDocument);
    } catch {
      inner.html = `<p style="font: 12px sans-serif; color: #777">${escapeHTML(element.src)}</p>`;
    }
    Object.assign(this.styles, inner.styles);
    this.isCut ||= inner.isCut;
    return ` sandbox srcdoc="${escapeHTML(inner.html)}"`;
  }

  /** Small pictures written into the page are kept; of others the place. */
  #picture(element, tag) {
    const source = tag === "img" ? element.currentSrc || element.src : "";
    if (source.startsWith("data:image/") && source.length < SMALL_PICTURE) return ` src="${escapeHTML(source)}"`;
    const { width, height } = element.getBoundingClientRect();
    return ` data-picture="${Math.round(width)}x${Math.round(height)}"`;
  }

  #sheet(sheet) {
    if (!sheet || sheet.disabled) return;
    let rules;
    try {
      rules = sheet.cssRules;
    } catch {
      // Of another origin: its rules are not ours to read.
      return;
    }
    const known = sheetNames.get(sheet);
    let name = known?.name;
    if (!known || known.count !== rules.length) {
      name = `${sheetPrefix}-${(sheetCount += 1)}`;
      sheetNames.set(sheet, { name, count: rules.length });
      let css = "";
      for (let index = 0; index < rules.length && css.length < this.#limit; index += 1) css += `${rules[index].cssText}\n`;
      this.styles[name] = quiet(css);
    }
    this.html += `<style data-sheet="${name}"${sheet.media?.mediaText ? ` media="${escapeHTML(sheet.media.mediaText)}"` : ""}></style>`;
  }
}

/** CSS without addresses to load from; pictures written into it may stay. */
const quiet = (css) => css.replace(/url\(\s*(?!["']?data:image\/)[^)]*\)/gi, "none").replace(/@import[^;]*;/gi, "");

/** What a field shows; dots for what nobody may read. */
function shownValue(field) {
  const isHidden = secretFields.has(field) || field.matches(SECRETS);
  return isHidden ? "•".repeat(field.value === "" ? 0 : 8) : shorten(field.value ?? "", 5000);
}

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHTML = (text) => text.replace(/[&<>"]/g, (each) => ESCAPES[each]);

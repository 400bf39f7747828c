// Preparing pictures: a still caret, animations at rest, secrets and chosen elements covered.
//
// The page's own elements keep their attributes and children: styles come by adopted sheets and by animations of ours,
// covers are drawn by one element in the top layer, which is taken away again. What the page draws anew meanwhile is
// covered before it is painted.
//
// A print keeps what stands under a cover as text, and lays the page out anew: there what must not be seen is left out, with
// its links and descriptions, and the title, which names the document, is changed until it is done. So is the style of an
// element that insists on being seen: no animation outranks `!important`.

let restore = [];
/** Animations of ours, which are not to be stilled. */
const ownAnimations = new WeakSet();

// Carets are where the focus is.
const STILL = ":focus, :focus * { caret-color: transparent !important; }";
const SECRETS = "input[type=password], input[autocomplete~=one-time-code], input[autocomplete~=current-password], input[autocomplete~=new-password], input[autocomplete|=cc]";
/** Attributes that a print keeps: addresses of links, and what is read out. */
const PRINTED = ["href", "alt", "title", "placeholder", "aria-label", "aria-description"];
const UNREADABLE = `${SECRETS} { color: transparent !important; -webkit-text-fill-color: transparent !important; text-shadow: none !important; }`;

/**
 * Makes the page ready for a picture; `unstill` undoes all of it.
 *
 * `{mask, color, animations: stop | run, caret: hide | show, secrets, style, fonts: ms, print}` → the page's size and scroll
 * position in CSS pixels.
 */
async function still(args) {
  unstill();
  // A frame of its parent's origin is the parent's to still.
  if (args.inner && parentElement_() !== null) return {};
  for (const each of reachableDocuments()) if (each.documentElement && each.defaultView) stillDocument(each, args);
  if (args.inner) await nextFrame();
  await Promise.race([fontsLoaded(), new Promise((resolve) => setTimeout(resolve, args.fonts ?? 500))]);
  return pageSize();
}

/** Puts the page back as it was. */
function unstill() {
  for (const undo of restore.splice(0).reverse()) undo();
  return {};
}

/** The element this document is shown in, or null when it is another site's. */
function parentElement_() {
  try {
    return window.frameElement;
  } catch {
    return null;
  }
}

function stillDocument(each, args) {
  const css = [args.caret === "show" ? "" : STILL, UNREADABLE, args.style ?? ""].join("\n");
  let isDressed = false;
  // A sheet that styles nothing would have the page styled and painted anew all the same.
  const dress = () => {
    if (isDressed) return;
    forget();
    const hidesCaret = args.caret !== "show" && isEditing(each);
    if (!(args.style || hidesCaret || selectAll(each, SECRETS).length > 0)) return;
    isDressed = true;
    for (const root of treeRoots(each)) addSheet(root, css);
  };
  dress();
  if (args.animations !== "run") stillAnimations(each);
  const cover = new Cover(each, args);
  cover.draw();
  // Before the next paint, so that nothing the page draws anew is ever seen.
  const observer = new MutationObserver(() => {
    dress();
    cover.draw();
  });
  each.addEventListener("focusin", dress, { capture: true });
  for (const root of treeRoots(each)) {
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributeFilter: ["type", "value", "autocomplete", ...(args.print ? PRINTED : [])] });
  }
  restore.push(() => {
    observer.disconnect();
    each.removeEventListener("focusin", dress, { capture: true });
    cover.remove();
  });
}

/** Whether there is a caret. */
function isEditing(each) {
  return each.designMode === "on" || treeRoots(each).some((root) => root.activeElement && isEditable(root.activeElement));
}

async function fontsLoaded() {
  await Promise.all(reachableDocuments().map((each) => (each.fonts?.status === "loading" ? each.fonts.ready : null)));
}

function addSheet(root, css) {
  const view = (root.ownerDocument ?? root).defaultView;
  if (!view) return;
  const sheet = new view.CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  restore.push(() => {
    root.adoptedStyleSheets = [...root.adoptedStyleSheets].filter((each) => each !== sheet);
  });
}

/** Animations that run now, and those that begin before the picture is taken. */
function stillAnimations(each) {
  const stopAll = () => each.getAnimations().forEach(stop);
  const events = ["animationstart", "transitionrun"];
  stopAll();
  for (const type of events) each.addEventListener(type, stopAll, { capture: true });
  const drawings = [...each.querySelectorAll("svg:has(animate, animateTransform, animateMotion)")].filter((svg) => !svg.animationsPaused());
  drawings.forEach((svg) => svg.pauseAnimations());
  restore.push(() => {
    for (const type of events) each.removeEventListener(type, stopAll, { capture: true });
    drawings.forEach((svg) => svg.unpauseAnimations());
  });
}

/** A finite animation jumps to its end; an endless one to its beginning, and goes on afterwards. */
function stop(animation) {
  if (ownAnimations.has(animation) || !animation.effect || animation.playState === "finished" || animation.playbackRate === 0) return;
  if (animation.effect.getComputedTiming().endTime !== Infinity) {
    animation.finish();
    return;
  }
  const [time, wasRunning] = [animation.currentTime, animation.playState === "running"];
  animation.cancel();
  restore.push(() => {
    animation.play();
    if (!wasRunning) animation.pause();
    animation.currentTime = time;
  });
}

/** What must not be seen in one document: boxes over it, and the elements themselves made transparent. */
class Cover {
  #document;
  #args;
  #host;
  #shadow;
  /** By element, what makes it be seen again. */
  #hidden = new Map();
  #renames = 0;

  constructor(document_, args) {
    this.#document = document_;
    this.#args = args;
  }

  /** Covers what is there now; called again whenever the page changes. */
  draw() {
    forget();
    if (this.#args.print) this.#rename();
    const covered = this.#covered();
    for (const element of [...covered]) {
      this.#hide(element);
      if (!this.#args.print) continue;
      // What hides an element hides what is in it, but for what says that it is seen.
      for (const inner of selectAll(element, "*")) {
        if (!this.#hidden.has(inner) && styleOf(inner)?.visibility !== "visible") continue;
        covered.add(inner);
        this.#hide(inner);
      }
    }
    for (const [element, show] of this.#hidden) {
      if (covered.has(element)) continue;
      show();
      this.#hidden.delete(element);
    }
    // What is printed has its place elsewhere than on the screen.
    if (!this.#args.print && (covered.size > 0 || this.#host)) this.#box(covered);
  }

  /** Takes secrets out of the title, which names the document. */
  #rename() {
    const title = this.#document.title;
    const clean = (this.#args.secrets ?? []).reduce((text, secret) => text.replaceAll(secret, "•••"), title);
    // A page that sets its title anew each time is not fought for ever.
    if (clean === title || (this.#renames += 1) > 20) return;
    this.#document.title = clean;
    restore.push(() => {
      if (this.#document.title === clean) this.#document.title = title;
    });
  }

  remove() {
    for (const show of this.#hidden.values()) show();
    this.#host?.remove();
  }

  #covered() {
    const covered = new Set();
    for (const selector of this.#args.mask ?? []) {
      for (const element of inReach(selector)) if (element.ownerDocument === this.#document) covered.add(element);
    }
    const secrets = this.#args.secrets ?? [];
    for (const field of selectAll(this.#document, "input, textarea, [contenteditable]")) {
      const content = field.value ?? field.textContent;
      const isSecret = secretFields.has(field) || (content !== "" && field.matches(SECRETS)) || secrets.some((secret) => content.includes(secret));
      if (isSecret) covered.add(field);
    }
    if (secrets.length > 0) for (const element of this.#quoting(secrets)) covered.add(element);
    if (secrets.length > 0 && this.#args.print) for (const element of this.#telling(secrets)) covered.add(element);
    return covered;
  }

  /** Elements that a print would have tell a secret by an attribute, or by texts of several that stand in a row. */
  *#telling(secrets) {
    const tells = (text) => secrets.some((secret) => text.includes(secret));
    for (const element of selectAll(this.#document, PRINTED.map((name) => `[${name}]`).join())) {
      const values = PRINTED.map((name) => element.getAttribute(name) ?? "");
      if (values.some((value) => tells(value) || tells(decoded(value)))) yield element;
    }
    for (const root of treeRoots(this.#document)) {
      const waiting = [...root.children];
      for (let element = waiting.pop(); element; element = waiting.pop()) {
        if (!tells(element.textContent)) continue;
        const inner = [...element.children].filter((each) => tells(each.textContent));
        if (inner.length === 0) yield element;
        waiting.push(...inner);
      }
    }
  }

  /** Elements whose own text shows a secret. */
  *#quoting(secrets) {
    for (const root of treeRoots(this.#document)) {
      const texts = this.#document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        // An option is drawn by its list.
        if (text.parentElement && secrets.some((secret) => text.nodeValue.includes(secret))) yield text.parentElement.closest("select") ?? text.parentElement;
      }
    }
  }

  /** Transparent wherever it moves to; an animation is no attribute the page could see or keep. */
  #hide(element) {
    if (this.#hidden.has(element)) return;
    const gone = this.#args.print ? { visibility: "hidden" } : { opacity: 0 };
    const animation = element.animate([gone, gone], { duration: 3_600_000, fill: "both" });
    ownAnimations.add(animation);
    const isSeen = this.#args.print && styleOf(element)?.visibility === "visible";
    const relent = isSeen && element.style ? enforced(element, { visibility: "hidden", "transition-property": "none" }) : () => {};
    this.#hidden.set(element, () => {
      animation.cancel();
      relent();
    });
  }

  #box(covered) {
    const host = this.#open();
    const view = this.#document.defaultView;
    const boxes = [...covered].map((element) => {
      const { left, top, width, height } = boxOf(element);
      return width > 0 && height > 0 ? this.#piece({ left: left + view.scrollX, top: top + view.scrollY, width, height }) : null;
    });
    this.#shadow.replaceChildren(...boxes.filter(Boolean));
    // Only what the page changes may call us again.
    if (!host.isConnected) this.#document.documentElement.append(host);
    try {
      if (!host.matches(":popover-open")) host.showPopover();
    } catch {
      // A document without a top layer shows it above the rest by its z-index.
    }
  }

  #open() {
    if (this.#host) return this.#host;
    this.#host = this.#document.createElementNS("http://www.w3.org/1999/xhtml", "cpa-cover");
    this.#host.setAttribute("popover", "manual");
    styled(this.#host, {
      all: "initial", display: "block", position: "absolute", inset: "0 auto auto 0", width: "0", height: "0", margin: "0",
      overflow: "visible", border: "none", background: "none", "pointer-events": "none", "z-index": "2147483647",
    });
    this.#shadow = this.#host.attachShadow({ mode: "closed" });
    return this.#host;
  }

  #piece({ left, top, width, height }) {
    const piece = this.#document.createElementNS("http://www.w3.org/1999/xhtml", "div");
    styled(piece, {
      position: "absolute", left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px`, background: this.#args.color ?? "#454b55",
    });
    return piece;
  }
}

/** An address as it was before it was escaped. */
function decoded(address) {
  try {
    return decodeURIComponent(address.replaceAll("+", " "));
  } catch {
    return address;
  }
}

/** What a selector finds in the documents reached from here; what it finds elsewhere is covered there. */
function inReach(selector) {
  try {
    return query(selector);
  } catch (error) {
    if (error instanceof Elsewhere || error instanceof Hidden || error.reason === "not_found") return [];
    throw error;
  }
}

function styled(element, style) {
  for (const [name, value] of Object.entries(style)) element.style.setProperty(name, value, "important");
}

/** Gives an element a style that no rule of the page outranks; returns what takes it away again. */
function enforced(element, style) {
  const before = Object.keys(style).map((name) => [name, element.style.getPropertyValue(name), element.style.getPropertyPriority(name)]);
  styled(element, style);
  return () => {
    for (const property of before) element.style.setProperty(...property);
    if (element.getAttribute("style") === "") element.removeAttribute("style");
  };
}

/** All there is to see, and the part in view. */
function pageSize() {
  const [root, body] = [document.documentElement, document.body];
  const most = (side) => Math.max(...[root, body].filter(Boolean).flatMap((each) => [each[`scroll${side}`], each[`offset${side}`], each[`client${side}`]]), 1);
  return {
    width: most("Width"), height: most("Height"), x: scrollX, y: scrollY, viewWidth: innerWidth, viewHeight: innerHeight,
    ratio: devicePixelRatio,
  };
}

// Trying again when the page changes, inside the page: nothing travels while a step waits.

/** What was tried, for the call log of the step; equal neighbours are folded. */
class CallLog {
  #blocks = [];
  /** Adds the lines of one try. */
  add(...lines) {
    const last = this.#blocks.at(-1);
    if (last && last.lines.join("\n") === lines.join("\n")) last.times += 1;
    else this.#blocks.push({ lines, times: 1 });
    // Bounded: the beginning explains, the end decides, the middle may go.
    if (this.#blocks.length > 40) this.#blocks.splice(20, 1);
  }
  lines() {
    return this.#blocks.flatMap(({ lines, times }) => (times === 1 ? lines : [`${times} × ${lines[0]}`, ...lines.slice(1).map((line) => `    ${line}`)]));
  }
}

/** The next frame: CSS animations and the page's own frame callbacks have advanced by then. False when none came in time. */
const nextFrame = (limit = 100) =>
  new Promise((resolve) => {
    // A page that is not painted gets no frames.
    const timer = setTimeout(() => resolve(false), limit);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });

/** A task after those that wait already, timers of the page among them. */
const nextTask = () => new Promise((resolve) => setTimeout(resolve));

/** The page's handlers of what just happened have run, and a form submit they put off has been asked for. */
async function settled() {
  await nextTask();
  await nextTask();
}

const CHANGES = ["input", "change", "scroll", "load", "transitionend", "animationend", "resize", "focusin", "popstate", "hashchange"];

/** Resolves when the page may have changed: DOM, events, at the latest after `limit` ms (style changes tell nobody). */
function pageChange(limit) {
  return new Promise((resolve) => {
    const documents = reachableDocuments();
    const observer = new MutationObserver(done);
    const timer = setTimeout(done, limit);
    for (const each of documents) {
      observer.observe(each, { subtree: true, childList: true, attributes: true, characterData: true });
      for (const type of CHANGES) each.defaultView?.addEventListener(type, done, { capture: true, passive: true });
    }
    function done() {
      clearTimeout(timer);
      observer.disconnect();
      for (const each of documents) {
        for (const type of CHANGES) each.defaultView?.removeEventListener(type, done, { capture: true });
      }
      resolve();
    }
  });
}

/**
 * Runs `attempt` until it gives a result or the time is over.
 *
 * `attempt(log)` returns a result, or throws a Refusal; one whose details say `retry` is tried again. When time is over
 * the last refusal is the error: it says what the page lacked, which is worth more than "timeout".
 */
async function untilDone(args, attempt) {
  const log = new CallLog();
  const end = performance.now() + (args.timeout ?? 8000);
  let pause = 20;
  for (;;) {
    forget();
    try {
      const met = args.overlays && overlayMet(args.overlays);
      return { ...(met || (await attempt(log, end))), log: log.lines() };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.details.retry) log.add(...(error.details.log ?? [shorten(error.message.split("\n")[0], 200)]));
      const left = end - performance.now();
      if (!error.details.retry || left <= 0) {
        if (error.explain) error.message = error.explain();
        throw Object.assign(error, { log: log.lines(), waited: error.details.retry });
      }
      await pageChange(Math.min(pause, left));
      pause = Math.min(pause * 2, 100);
      // A page in constant motion is looked at once a frame, not once a mutation.
      await nextFrame();
    }
  }
}

const retryLater = (reason, message, log) => new Refusal(reason, message, { retry: true, log });

/** The element of the selector, or a refusal worth another try. */
function required(args) {
  const trace = {};
  const element = queryOne(args.selector, trace);
  if (element) return element;
  throw retryLater("not_found", () => explainMissing(args.selector, trace), [`waiting for ${args.selector.text}`]);
}

function requireVisible(element) {
  if (!isVisible(element)) {
    throw retryLater("not_visible", `${preview(element)} is there but not visible. Wait for what shows it, or choose the visible one with >> visible=true.`,
      [`resolved to ${preview(element)}`, "element is not visible"]);
  }
}

function requireEnabled(element) {
  if (!isEnabled(element)) {
    throw retryLater("not_enabled", `${preview(element)} is disabled. Fill what the page needs first, or wait for it with wait_for state: enabled.`,
      [`resolved to ${preview(element)}`, "element is not enabled"]);
  }
}

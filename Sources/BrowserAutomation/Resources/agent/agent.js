// The door of the agent: one function for the host to call. The files of this folder are embedded in one function
// scope (CAgentScript/agent.c lists their order), installed in an isolated world of every document, never sent again.

const FUNCTIONS = {
  prepare, finish, dragBegan, prepareFill, entered, prepareKeys, selectOptions, prepareUpload, chooseElement, extract, expect, waitFor, scroll, still, unstill,
  hideOverlay, focusOverlay, overlayGone, setFocus, frame,
  boxForShot, snapshot, settle, pageInfo,
  through, passed, showsSecret,
};

function pageInfo() {
  return { title: document.title, url: location.href };
}

/** Confirms keys and text: answers after what they began. */
async function settle() {
  await settled();
  return {};
}

/**
 * Runs one function: `{ok: …}` or `{error: {reason, message, matches?}, log}`, always an object, never an exception.
 *
 * `reason` is a raw value of JobModel.ReasonCode. Every result names the address.
 */
async function call(name, args) {
  try {
    forget();
    // A guard whose gesture never came would swallow what comes now.
    if (name.startsWith("prepare") || name === "selectOptions") {
      guard?.disarm();
      entry?.stop();
    }
    return { url: location.href, ok: await FUNCTIONS[name](args) };
  } catch (thrown) {
    let error = thrown;
    if (error instanceof Hidden) return { url: location.href, hidden: true };
    if (error instanceof Elsewhere) {
      try {
        return { url: location.href, enter: enter(error, name, args) };
      } catch (refusal) {
        error = refusal;
      }
    }
    const known = error instanceof Refusal;
    const waited = known && error.waited ? ` (waited ${Math.round((args.timeout ?? 8000) / 100) / 10} s)` : "";
    return {
      url: location.href,
      error: {
        reason: known ? error.reason : "internal_error",
        message: known ? error.message + waited : `The agent failed in ${name}: ${error?.stack ?? error}`,
        ...(known && error.details.matches ? { matches: error.details.matches } : {}),
        ...(known && error.reason === "not_found" && args.selector ? { elsewhere: framesElsewhere() } : {}),
      },
      log: error.log ?? [],
    };
  } finally {
    // What was worked out holds on to elements the page may have removed.
    forget();
  }
}

// A document that is reused (about:blank) gets the script twice; the first keeps its state.
globalThis.cpaAgent ??= { call, uploadElement, useTestID, watchWindow, frameElement, suspectsNow, adoptRoot };

"""The jobs of a chaos run: what each does, and what must be true of it in the end."""

# Enough tries to outlive every fault, so that a failure in the end means something.
PATIENCE = {"max_retries": 12, "retry": {"policy": "exponential", "delay": "500ms", "factor": 1.5, "max_delay": "3s"}}
RESULT = 'css=#result'


def control(key, portal):
    """Nothing but the way through the queue: a step that is skipped."""
    return [{"id": "skip", "action": "hash_file", "path": "none", "when": "{{ variables.never }}"}]


def file(key, portal):
    return [
        {"id": "write", "action": "write_file", "path": "note.txt", "text": key},
        {"id": "move", "action": "move_file", "path": "note.txt", "to": "kept.txt", "depends_on": ["write"]},
        {"id": "hash", "action": "hash_file", "path": "kept.txt", "depends_on": ["move"]},
    ]


def page(key, portal):
    return [
        {"id": "open", "action": "goto", "url": f"{portal}/form", "timeout": "15s"},
        {"id": "name", "action": "fill", "selector": "css=#name", "text": key},
        {"id": "email", "action": "fill", "selector": "css=#email", "text": "anna@kunde.example"},
        {"id": "send", "action": "click", "selector": "css=#submit"},
        {"id": "see", "action": "expect", "selector": RESULT, "text": key, "retries": 1},
    ]


def order(key, portal):
    return [
        {"id": "open", "action": "goto", "url": f"{portal}/order?key={key}", "timeout": "15s"},
        {"id": "order", "action": "click", "selector": "css=#order", "once": True},
        # An order the network swallowed is never confirmed: that has to be known before the run is over.
        {"id": "see", "action": "wait_for", "selector": RESULT, "resume_at": f"{portal}/order/done?key={key}", "timeout": "5s"},
    ]


def mail(key, portal):
    return [
        {"id": "mail", "action": "send_mail", "to": "anna@kunde.example", "subject": key, "text": "Once.", "timeout": "30s"}
    ]


LATE = "setTimeout(() => { document.body.innerHTML = '<p id=late>late</p>' }, 2500)"


def slow(key, portal):
    """Runs long enough to be met by a fault, and by a cancel."""
    return [
        {"id": "wait", "action": "goto", "page": "slow", "url": f"data:text/html,<body><script>{LATE}</script>"},
        {"id": "late", "action": "wait_for", "page": "slow", "selector": "css=#late", "timeout": "20s"},
    ]


def order_and_mail(key, portal):
    """Two effects with a pause between them, in which a worker may die."""
    waiting, sending = slow(key, portal), mail(key, portal)
    waiting[0]["depends_on"] = ["see"]
    sending[0]["depends_on"] = ["late"]
    return order(key, portal) + waiting + sending


def bare_order(key, portal):
    """An order after which its page is needed, with no way back to it: a human decides when the page is lost."""
    opening, ordering, seeing = order(key, portal)
    del seeing["resume_at"]
    waiting = slow(key, portal)
    waiting[0]["depends_on"] = ["see"]
    looking = {"id": "look", "action": "expect", "selector": RESULT, "text": key, "depends_on": ["late"]}
    return [opening, ordering, seeing, *waiting, looking]


def doomed(key, portal):
    """A business error: no patience helps, and none is tried."""
    return [{"id": "read", "action": "hash_file", "path": "never-there"}]


# How often each is submitted, of a hundred; those with a page are dear.
KINDS = {
    "control": (control, 22), "file": (file, 18), "page": (page, 10), "slow": (slow, 12), "order": (order, 10),
    "mail": (mail, 12), "order_and_mail": (order_and_mail, 6), "bare_order": (bare_order, 6), "doomed": (doomed, 4),
}
EFFECTS = {"order": ("order",), "mail": ("mail",), "order_and_mail": ("order", "mail"), "bare_order": ("order",)}
WITH_A_PAGE = {"page", "slow", "order", "order_and_mail", "bare_order"}
DOOM = "artifact_missing"


def scenario(kind, key, portal):
    return {"name": f"chaos-{kind}", "variables": {"key": key, "never": False}, "tasks": KINDS[kind][0](key, portal)} | PATIENCE


def envelope(kind, key, portal):
    return {"scenario": scenario(kind, key, portal)}

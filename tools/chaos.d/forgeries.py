"""The positive controls of the checker: evidence of a sound run, and of every way in which one could be unsound."""
import copy
import hashlib
import json
import struct

import checker


def sound():
    """A small run in which nothing went wrong: every rule is content with it."""
    evidence = {
        "operations": [], "jobs": {}, "events": {}, "audit": {"default": []}, "journal": {}, "files": {}, "orders": {},
        "mails": {}, "outbox": 0, "integrity": ["ok"], "leaks": [], "watched": [], "watcher_faults": [],
        "lives": [
            life("worker0", 11, 0, 200, -9, "killed"),
            life("worker0", 12, 201, 990, 0, "asked to end"),
            life("worker1", 13, 0, None, None),
            life("worker2", 18, 0, 1, -15, "asked to end") | {"said": 0},
            life("serve", 14, 0, 400, -9, "killed"),
            life("serve", 15, 401, 990, 0, "asked to end"),
            life("redis", 16, 0, 300, -9, "killed"),
            life("redis", 17, 302, None, None),
        ],
        # A machine of its own, but for a while in which it gave a fifth.
        "clock": 0, "pulse": [(when, 0.2 if 700 <= when < 740 else 1.0) for when in range(1000)],
        "health": [(when, "ok") for when in range(1000) if not 299 < when < 304 and not 399 < when < 403],
        "faults": [
            fault("kill worker", "worker0", 200), fault("kill Redis", "redis", 300), fault("kill serve", "serve", 400),
            fault("kill Chromium", "worker1", 500), fault("cut", "worker1-serve", 650, 656),
        ],
        "ends": [{"name": "worker0", "seconds": 1.2, "exit": 0}, {"name": "serve", "seconds": 0.3, "exit": 0}],
    }
    run, end = ["pending", "running"], ["pending", "running", "done"]
    add(evidence, "j1", "k1", "mail", run + end)
    add(evidence, "j2", "k2", "order", end)
    add(evidence, "j3", "k3", "file", end)
    add(evidence, "j4", "k4", "control", ["pending", "cancelled"])
    add(evidence, "j5", "k5", "doomed", run + ["failed"], "artifact_missing")
    add(evidence, "j6", "k6", "control", (run * 3) + ["dead"], "poison")
    add(evidence, "j7", "k7", "order", run + ["needs_review"], "step_in_doubt")
    add(evidence, "j8", "k8", "control", run + ["failed"] + end, None)
    meet_limits(evidence)
    evidence["orders"]["k2"] = 1
    evidence["mails"]["k1"] = 1
    evidence["files"]["j3"] = {"kept.txt": hashlib.sha256(b"k3").hexdigest()}
    evidence["operations"] += [
        {"op": "cancel", "job": "j4", "result": "ok", "status": 200},
        {"op": "retry", "job": "j8", "result": "ok", "status": 202},
        {"op": "nonsense", "key": "k98", "result": "fail", "status": 400},
        {"op": "mismatch", "key": "k1-other", "result": "fail", "status": 422},
    ]
    evidence["watched"] = [{"j1": [{"seq": event["seq"], "type": event["kind"]} for event in evidence["events"]["j1"]]}]
    seal(evidence)
    return evidence


def life(name, pid, began, ended, code, *harm):
    return {"name": name, "pid": pid, "harm": list(harm), "exit": code, "began": began, "ended": ended, "said": 80, "may_end_with": [69]}


def fault(name, on, begun, over=None):
    return {"name": name, "on": on, "from": begun, "until": begun if over is None else over}


def meet_limits(evidence):
    """Jobs that met something for which there is a limit of time, each within it; and two that may be late."""
    cancelled, one = ["pending", "running", "stopping", "cancelled"], "host-13-cd"
    add(evidence, "t1", "t1", "control", ["pending", "running", "pending", "running", "done"], times=[199, 199, 205, 206, 206])
    add(evidence, "t2", "t2", "control", ["pending", "running", "done"], times=[303, 309, 309], worker=one)
    add(evidence, "t3", "t3", "page", ["pending", "running", "step", "done"], times=[499, 499, 504, 505], worker=one)
    add(evidence, "t4", "t4", "slow", cancelled, times=[600, 600, 601, 602], worker=one)
    # Its worker was cut off from the scheduler.
    add(evidence, "t5", "t5", "slow", cancelled, times=[650, 650, 651, 658], worker=one)
    # The machine gave it a fifth of its time.
    add(evidence, "t6", "t6", "slow", cancelled, times=[710, 710, 711, 719], worker=one)
    evidence["operations"] += [{"op": "cancel", "job": job, "result": "ok", "status": 200} for job in ("t4", "t5", "t6")]


def add(evidence, id, key, kind, path, reason=None, times=None, worker="host-11-ab"):
    """A job that was submitted and went through these states, at these seconds.

    `stopping` is the wish that it stops, and `step` something that one of its steps reported.
    """
    events, epoch = [], 0
    for index, state in enumerate(path):
        at = times[index] if times else 10
        if state in ("stopping", "step"):
            data = {"state": "running", "stopping": "cancelled"} if state == "stopping" else {"status": "done"}
            event(events, id, epoch, "step" if state == "step" else "state", data, at)
            continue
        if state == "running":
            epoch += 1
        event(events, id, epoch, "state", {"state": state} | ({"worker": worker} if state == "running" else {}), at)
        if state == "running":
            event(events, id, epoch, "step", {"status": "done"}, at)
            record(evidence, id, "job.started", {"worker": worker, "epoch": epoch})
        if state == "done":
            record(evidence, id, "job.done", {})
        if state == "pending" and index > 0 and path[index - 1] == "running":
            record(evidence, id, "job.worker_lost", {"worker": "host-11-ab"})
        if state == "pending" and index > 0 and path[index - 1] in checker.ENDED:
            record(evidence, id, "job.retried", {})
        if state in checker.ENDED:
            event(events, id, epoch, "end", {"state": state}, at)
    if path[-1] == "dead":
        record(evidence, id, "job.worker_lost", {"worker": "host-11-ab"})
    evidence["events"][id] = events
    evidence["jobs"][id] = {
        "id": id, "key": key, "name": f"chaos-{kind}", "state": path[-1], "reason": reason, "message": None, "last_seq": len(events),
    }
    submitted = times[0] if times else 10
    evidence["operations"].append({"op": "submit", "key": key, "job": id, "result": "ok", "status": 202, "at": submitted})


def event(events, job, epoch, kind, data, at=10):
    events.append({"job": job, "seq": len(events) + 1, "epoch": epoch, "kind": kind, "data": data, "ts_ms": at * 1000})


def record(evidence, job, action, detail):
    evidence["audit"]["default"].append({"job": job, "action": action, "actor": "scheduler", "ts_ms": 1, "version": 1, "detail": json.dumps(detail)})


def seal(evidence):
    """Numbers and chains the audit."""
    head = bytes(32)
    for number, row in enumerate(evidence["audit"]["default"], 1):
        row["seq"] = number
        fields = (1, "default", number, row["ts_ms"], row["actor"], row["action"], row["job"], row["detail"])
        text = [str(field).encode() for field in fields]
        head = hashlib.sha256(head + b"".join(struct.pack(">Q", len(field)) + field for field in text)).digest()
        row["hash"] = head.hex()


# Each takes sound evidence and does one thing to it; the rule it breaks stands beside it.


def job(evidence, id, **change):
    evidence["jobs"][id].update(change)


def renumber(evidence, id):
    for number, entry in enumerate(evidence["events"][id], 1):
        entry["seq"] = number
    evidence["jobs"][id]["last_seq"] = len(evidence["events"][id])


def lose_job(evidence):
    for part in ("jobs", "events"):
        del evidence[part]["j3"]


def make_phantom(evidence):
    add(evidence, "j9", "k9", "control", ["pending", "running", "done"])
    evidence["operations"].pop()
    seal(evidence)


def submit_twice(evidence):
    add(evidence, "j9", "k2", "order", ["pending", "running", "done"])
    seal(evidence)


def keep_refused(evidence):
    add(evidence, "j9", "k98", "control", ["pending", "running", "done"])
    seal(evidence)


def run_under_old_epoch(evidence):
    for entry in evidence["events"]["j1"][3:]:
        entry["epoch"] = 1


def write_without_lease(evidence):
    events = evidence["events"]["j1"]
    late = dict(events[2], kind="step")
    events.insert(4, late)  # the first worker reports after its lease was lost
    renumber(evidence, "j1")


def blame_the_innocent(evidence):
    record(evidence, "j1", "job.worker_lost", {"worker": "host-13-cd"})
    seal(evidence)


def end_twice(evidence):
    events = evidence["events"]["j2"]
    event(events, "j2", 1, "end", {"state": "done"})
    renumber(evidence, "j2")


def leave_done(evidence):
    events = evidence["events"]["j2"]
    event(events, "j2", 1, "state", {"state": "pending"})
    job(evidence, "j2", state="pending")
    renumber(evidence, "j2")


def skip_running(evidence):
    evidence["events"]["j2"] = [entry for entry in evidence["events"]["j2"] if entry["data"].get("state") != "running"]
    renumber(evidence, "j2")


def retry_unasked(evidence):
    chain = evidence["audit"]["default"]
    evidence["audit"]["default"] = [row for row in chain if row["action"] != "job.retried"]
    seal(evidence)


def edit_audit(evidence):
    evidence["audit"]["default"][2]["actor"] = "nobody"


def cut_audit(evidence):
    del evidence["audit"]["default"][3]


def hide_start(evidence):
    chain = evidence["audit"]["default"]
    chain.remove(next(row for row in chain if row["job"] == "j2" and row["action"] == "job.started"))
    seal(evidence)


def die_early(evidence):
    chain = evidence["audit"]["default"]
    chain.remove(next(row for row in chain if row["job"] == "j6" and row["action"] == "job.worker_lost"))
    seal(evidence)


def submit_again(evidence, change):
    evidence["operations"].append(change)


def forget(evidence, op, job):
    evidence["operations"] = [entry for entry in evidence["operations"] if (entry["op"], entry.get("job")) != (op, job)]


def delay(evidence, id, seconds, since):
    """Whatever happened to a job from a moment on happened later."""
    for entry in evidence["events"][id]:
        if entry["ts_ms"] >= since * 1000:
            entry["ts_ms"] += seconds * 1000


def be_silent(evidence, start, end):
    evidence["health"] = [(when, word) for when, word in evidence["health"] if not start <= when < end]


def give_all_the_time(evidence):
    evidence["pulse"] = [(when, 1.0) for when, _ in evidence["pulse"]]


FORGERIES = [
    ("an accepted job is gone", "R1 accepted is durable", lose_job),
    ("an answer named another job", "R1 accepted is durable", lambda e: e["operations"][1].update(job="j3")),
    ("a job nobody submitted", "R1 one submission, one job", make_phantom),
    ("two jobs of one key", "R1 one submission, one job", submit_twice),
    ("a refused job is there", "R1 refused is nothing", keep_refused),
    ("nonsense was accepted", "R1 refused is nothing", lambda e: e["operations"][-2].update(result="ok", status=202)),
    ("a mail was sent twice", "R2 effects at most once", lambda e: e["mails"].update(k1=2)),
    ("a once step happened twice", "R2 effects at most once", lambda e: e["orders"].update(k7=2)),
    ("done without its mail", "R2 done means it happened", lambda e: e["mails"].clear()),
    ("done without its order", "R2 done means it happened", lambda e: e["orders"].clear()),
    ("done with another file", "R2 done means it happened", lambda e: e["files"]["j3"].update({"kept.txt": "00"})),
    ("an epoch was given out twice", "R3 epochs fence", run_under_old_epoch),
    ("a zombie wrote", "R3 epochs fence", write_without_lease),
    ("a vanished worker's job waited too long", "R4 a lost job waits again", lambda e: delay(e, "t1", 2, 205)),
    ("serve did not see that Redis was back", "R4 Redis is back", lambda e: be_silent(e, 300, 314)),
    ("no job began after Redis was back", "R4 Redis is back", lambda e: delay(e, "t2", 5, 304)),
    ("cpa serve was long in starting", "R4 the service is back", lambda e: be_silent(e, 400, 406)),
    ("a job hung with its browser", "R4 the browser is back", lambda e: delay(e, "t3", 2, 504)),
    ("a cancel took its time", "R9 cancel is quick", lambda e: delay(e, "t4", 3, 602)),
    ("a cancel was late without a fault", "R9 cancel is quick", lambda e: e["faults"].pop()),
    ("a cancel was late on a quick machine", "R9 cancel is quick", give_all_the_time),
    ("an innocent worker was blamed", "R5 losses have a culprit", blame_the_innocent),
    ("dead after two losses", "R5 dead for a reason", die_early),
    ("a worker did not end", "R6 ends when asked", lambda e: e["ends"][0].update(exit=None, seconds=25)),
    ("a server ended late", "R6 ends when asked", lambda e: e["ends"][1].update(seconds=26)),
    ("a program crashed", "R6 does not crash", lambda e: e["lives"][2].update(exit=-5)),
    ("a program that was at work died of being asked to end", "R6 does not crash", lambda e: e["lives"][3].update(said=80)),
    ("a stopped program was called killed", "R6 does not crash", lambda e: e["lives"][0].update(harm=["stopped"])),
    ("a Chromium is left", "R7 no leaks", lambda e: e["leaks"].append("process 99 is left: chromium")),
    ("cancelled by itself", "R9 cancelled only when asked", lambda e: forget(e, "cancel", "j4")),
    ("a cancel was ignored", "R9 cancel is heeded", lambda e: submit_again(e, {"op": "cancel", "job": "j6", "result": "ok", "status": 202})),
    ("a job that never ended", "R10 every job is at rest", lambda e: job(e, "j2", state="running")),
    ("a failure nobody can explain", "R10 every job ends as it should", lambda e: job(e, "j8", state="failed", reason="internal_error")),
    ("success where none was possible", "R10 every job ends as it should", lambda e: job(e, "j5", state="done")),
    ("review without a doubt", "R10 every job ends as it should", lambda e: job(e, "j4", state="needs_review")),
    ("an event is missing", "R10 events without holes", lambda e: e["events"]["j1"].pop(2)),
    ("an event came twice", "R10 events without holes", lambda e: e["events"]["j1"].append(dict(e["events"]["j1"][-1]))),
    ("an end before the end", "R10 states follow the diagram", end_twice),
    ("done was left", "R10 states follow the diagram", leave_done),
    ("done without running", "R10 states follow the diagram", skip_running),
    ("a retry nobody asked for", "R10 states follow the diagram", retry_unasked),
    ("the row says something else", "R10 states follow the diagram", lambda e: job(e, "j3", state="failed", reason="timeout")),
    ("a start is not in the audit", "R10 the audit tells the same", hide_start),
    ("an audit record was changed", "R10 the audit chain verifies", edit_audit),
    ("an audit record was taken out", "R10 the audit chain verifies", cut_audit),
    ("a page of the database is damaged", "R10 the database is sound", lambda e: e["integrity"].__setitem__(0, "row 3 missing from index")),
    ("the outbox was not delivered", "R10 the database is sound", lambda e: e.update(outbox=3)),
    ("a watcher missed an event", "R10 watchers saw what happened", lambda e: e["watched"][0]["j1"].pop(1)),
    ("a watcher saw what never was", "R10 watchers saw what happened", lambda e: e["watched"][0]["j1"][-1].update(type="artifact")),
]


def test():
    """Tries every forgery; returns what went unnoticed."""
    problems = [f"sound evidence: {rule}: {sentence}" for rule, sentence in checker.check(sound())]
    for name, rule, forge in FORGERIES:
        evidence = copy.deepcopy(sound())
        forge(evidence)
        if rule not in {broken for broken, _ in checker.check(evidence)}:
            problems.append(f"{name}: '{rule}' did not notice")
    tried = {rule for _, rule, _ in FORGERIES}
    problems += [f"'{rule}' has no forgery" for rule in checker.RULES if rule not in tried]
    return problems

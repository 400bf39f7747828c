"""Evidence of a small run in which nothing went wrong: every rule is content with it. The forgeries start from it."""
import hashlib
import json
import struct

import checker


def sound():
    evidence = {
        "operations": [], "jobs": {}, "events": {}, "audit": {"default": []}, "journal": {}, "files": {}, "orders": {},
        "mails": {}, "outbox": 0, "integrity": ["ok"], "leaks": [], "watched": [], "watcher_faults": [], "mistakes": [],
        # As they are when the run is over: whoever is left of cpa was asked to end, and did.
        "lives": [
            life("worker0", 11, 0, 200, -9, (8, "stopped"), (9, "resumed"), (199.9, "killed"), stopped=(8, 9)),
            life("worker0", 12, 201, 990, 0, (989, "asked to end")),
            # It had 25 seconds, but for those in which it was stopped.
            life("worker1", 13, 0, 810, 0, (780, "asked to end"), (781, "stopped"), (789, "resumed"), stopped=(781, 789)),
            life("worker1", 19, 811, 991, 0, (858, "stopped"), (864, "resumed"), (990.5, "asked to end"), stopped=(858, 864)),
            life("worker2", 18, 0, 1, -15, (0.9, "asked to end"), said=0),
            life("worker2", 20, 2, 299, 0, (298, "asked to end")),
            life("worker2", 24, 299.5, 300.5, 69, said=60),
            life("worker2", 21, 302, 992, 0, (991, "asked to end")),
            life("serve", 14, 0, 400, -9, (399.9, "killed")),
            life("serve", 22, 401, 402, 69, said=60),
            life("serve", 15, 402, 993, 0, (992, "asked to end")),
            life("redis", 16, 0, 300, -9, (299.9, "killed")),
            life("redis", 17, 302, 750, -9, (749.9, "killed")),
            life("redis", 23, 750.2, 750.6, 1, said=60),
            life("redis", 25, 752, None, None),
        ],
        # A machine of its own, but for a while in which it gave a fifth.
        "clock": 0, "pulse": [(when, 0.2 if 700 <= when < 740 else 1.0) for when in range(1000)],
        "health": [(when, "away" if 299 < when < 304 or 399 < when < 404 else "ok") for when in range(1000)],
        "since": 0, "until": 995, "expected": 240,
        "faults": [
            fault("kill worker", "worker0", 200), fault("kill Redis", "redis", 300),
            fault("disk full under serve", "serve", 399, 401.5), fault("kill serve", "serve", 400),
            fault("kill Chromium", "worker1", 500), fault("cut", "worker1-serve", 650, 656),
            fault("disk full under Redis", "redis", 748, 751), fault("kill Redis", "redis", 750),
            fault("clock set on", "serve", 860, 866) | {"shift": 3600},
        ],
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
    add(evidence, "j9", "k9", "slow", end)
    add(evidence, "j10", "k10", "order_and_mail", end)
    add(evidence, "j11", "k11", "bare_order", end)
    add(evidence, "j12", "k12", "file", run + ["failed"], "storage_full", times=[400, 400, 400])
    meet_limits(evidence)
    evidence["orders"] |= {"k2": 1, "k10": 1, "k11": 1}
    evidence["mails"] |= {"k1": 1, "k10": 1}
    evidence["files"]["j3"] = {"kept.txt": hashlib.sha256(b"k3").hexdigest()}
    evidence["operations"] += [
        cancel("j4", 10),
        {"op": "submit", "key": "k1", "kind": "mail", "job": None, "result": "fail", "status": 409, "code": "idempotency_in_progress"},
        {"op": "retry", "job": "j8", "result": "ok", "status": 202},
        {"op": "nonsense", "key": "k98", "result": "fail", "status": 400},
        {"op": "mismatch", "key": "k1-other", "result": "fail", "status": 422},
    ]
    # j8 was being retried when its watcher came, and that was not written yet.
    evidence["watched"] = [{"j1": watch(evidence["events"]["j1"], 12), "j8": watch(evidence["events"]["j8"][:5], 10.2)}]
    seal(evidence)
    return evidence


def watch(events, over):
    return {"events": [{"seq": event["seq"], "type": event["kind"]} for event in events], "over": over}


def life(name, pid, began, ended, code, *harm, stopped=None, said=80):
    asked = [when for when, what in harm if what == "asked to end"]
    return {
        "name": name, "pid": pid, "harm": list(harm), "exit": code, "began": began, "ended": ended, "said": said, "was_at_work": said == 80,
        "stopped": [stopped] if stopped else [], "asked_at": min(asked, default=None),
    }


def cancel(job, sent_at):
    return {"op": "cancel", "job": job, "result": "ok", "status": 202, "sent_at": sent_at, "at": sent_at + 0.1}


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
    evidence["operations"] += [cancel("t4", 600.5), cancel("t5", 650.5), cancel("t6", 710.5)]
    # The clock of the scheduler was an hour ahead when it lost its worker.
    lost = ["pending", "running", "pending", "running", "done"]
    add(evidence, "t7", "t7", "control", lost, times=[857, 857, 4463, 4464, 4464], worker="host-19-ef")


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
            record(evidence, id, "job.started", {"worker": worker, "epoch": epoch}, at)
        if state == "done":
            record(evidence, id, "job.done", {}, at)
        if state == "pending" and index > 0 and path[index - 1] == "running":
            record(evidence, id, "job.worker_lost", {"worker": worker}, at)
        if state == "pending" and index > 0 and path[index - 1] in checker.ENDED:
            record(evidence, id, "job.retried", {}, at)
        if state in checker.ENDED:
            event(events, id, epoch, "end", {"state": state}, at)
    if path[-1] == "dead":
        record(evidence, id, "job.worker_lost", {"worker": worker}, at)
    evidence["events"][id] = events
    evidence["jobs"][id] = {
        "id": id, "key": key, "name": f"chaos-{kind}", "state": path[-1], "reason": reason, "message": None, "last_seq": len(events),
    }
    submitted = times[0] if times else 10
    evidence["operations"].append({"op": "submit", "key": key, "job": id, "result": "ok", "status": 202, "at": submitted})


def event(events, job, epoch, kind, data, at=10):
    events.append({"job": job, "seq": len(events) + 1, "epoch": epoch, "kind": kind, "data": data, "ts_ms": at * 1000})


def record(evidence, job, action, detail, at=10):
    row = {"job": job, "action": action, "actor": "scheduler", "ts_ms": at * 1000, "version": 1, "detail": json.dumps(detail)}
    evidence["audit"]["default"].append(row)


def seal(evidence):
    """Numbers and chains the audit."""
    head = bytes(32)
    for number, row in enumerate(evidence["audit"]["default"], 1):
        row["seq"] = number
        fields = (1, "default", number, row["ts_ms"], row["actor"], row["action"], row["job"], row["detail"])
        text = [str(field).encode() for field in fields]
        head = hashlib.sha256(head + b"".join(struct.pack(">Q", len(field)) + field for field in text)).digest()
        row["hash"] = head.hex()

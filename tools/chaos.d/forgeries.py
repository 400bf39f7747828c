"""The positive controls of the checker: every way in which evidence could be unsound, each done to sound evidence."""
import copy

import checker
from sound import add, event, record, seal, sound, watch


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
    add(evidence, "j99", "k99", "control", ["pending", "running", "done"])
    evidence["operations"].pop()
    seal(evidence)


def submit_twice(evidence):
    add(evidence, "j99", "k2", "order", ["pending", "running", "done"])
    seal(evidence)


def keep_refused(evidence):
    add(evidence, "j99", "k98", "control", ["pending", "running", "done"])
    seal(evidence)


def run_under_old_epoch(evidence):
    for entry in evidence["events"]["j1"][3:]:
        entry["epoch"] = 1


def write_without_lease(evidence):
    events = evidence["events"]["j1"]
    late = dict(events[2], kind="step")
    events.insert(4, late)  # the first worker reports after its lease was lost
    renumber(evidence, "j1")


def lose(evidence, worker, at):
    record(evidence, "j1", "job.worker_lost", {"worker": worker}, at)
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


def ask(evidence, op, job, **more):
    evidence["operations"].append(dict({"op": op, "job": job, "result": "ok", "status": 202, "sent_at": 9, "at": 9.1}, **more))


def refuse(evidence, kind):
    """Each submission of a kind is refused: there are no such jobs."""
    for entry in [entry for entry in evidence["operations"] if entry["op"] == "submit" and entry["job"]]:
        job = evidence["jobs"].get(entry["job"])
        if job and job["name"] == f"chaos-{kind}":
            entry.update(job=None, result="fail", status=400, code="invalid_input", kind=kind)
            remove(evidence, job["id"])


def refuse_one(evidence):
    ask(evidence, "submit", None, key="k77", kind="mail", result="fail", status=409, code="conflict")


def remove(evidence, *jobs):
    for id in jobs:
        del evidence["jobs"][id], evidence["events"][id]
        chain = evidence["audit"]["default"]
        chain[:] = [row for row in chain if row["job"] != id]
    seal(evidence)


def fail_some(evidence, count):
    """Every one with a reason that a fault may explain."""
    for number in range(count):
        add(evidence, f"f{number}", f"f{number}", "page", ["pending", "running", "failed"], "navigation_failed")
    seal(evidence)


def find_no_room(evidence):
    add(evidence, "f1", "f1", "file", ["pending", "running", "failed"], "storage_full", times=[450, 450, 450])
    add(evidence, "f2", "f2", "file", ["pending", "running", "failed"], "storage_full", times=[460, 460, 460])
    seal(evidence)


def program(evidence, pid):
    return next(life for life in evidence["lives"] if life["pid"] == pid)


def hang(evidence, pid, **change):
    """Asked long before the run was over, and never ended; killed at last, by whoever ends the run."""
    program(evidence, pid).update({"asked_at": 900, "ended": 992, "exit": -9, "harm": [(900, "asked to end")]} | change)


def no_faults(evidence, name):
    evidence["faults"] = [fault for fault in evidence["faults"] if fault["name"] != name]


def be_empty(evidence):
    """Nothing was done, nothing found, and no time went by."""
    for part, found in evidence.items():
        if isinstance(found, (list, dict)):
            evidence[part] = type(found)()
    evidence.update(integrity=["ok"], audit={"default": []}, until=0)


def watched(evidence, job):
    return evidence["watched"][0][job]["events"]


def miss_the_rest(evidence):
    del watched(evidence, "j1")[3:]


def retry_before_the_watch(evidence):
    """The watcher came when the job had been retried, and was sent away at its first end."""
    evidence["watched"][0]["j8"]["over"] = 11


def forget(evidence, op, job):
    evidence["operations"] = [entry for entry in evidence["operations"] if (entry["op"], entry.get("job")) != (op, job)]


def delay(evidence, id, seconds, since):
    """Whatever happened to a job from a moment on happened later."""
    for entry in evidence["events"][id]:
        if entry["ts_ms"] >= since * 1000:
            entry["ts_ms"] += seconds * 1000


def only_begin_a_step(evidence):
    next(event for event in evidence["events"]["t3"] if event["ts_ms"] == 504_000)["data"]["status"] = "running"
    delay(evidence, "t3", 9, 505)


def be_away(evidence, start, end):
    evidence["health"] = [(when, "away" if start <= when < end else word) for when, word in evidence["health"]]


def not_measured(evidence, what, start, end):
    evidence[what] = [(when, found) for when, found in evidence[what] if not start <= when < end]


def give_all_the_time(evidence):
    evidence["pulse"] = [(when, 1.0) for when, _ in evidence["pulse"]]


FORGERIES = [
    ("nothing was done at all", "the run says something", be_empty),
    ("no page was ever opened", "the run says something", lambda e: remove(e, "t3")),
    ("nobody watched", "the run says something", lambda e: e["watched"].clear()),
    ("nothing was seen by those who watched", "the run says something", lambda e: e.update(watched=[{"j1": watch([], 12)}])),
    ("nobody asked how cpa serve was", "the run says something", lambda e: e["health"].clear()),
    ("asking how cpa serve was came to an end", "the run says something", lambda e: not_measured(e, "health", 800, 1000)),
    ("the pulse was not taken", "the run says something", lambda e: e["pulse"].clear()),
    ("the pulse was not taken for a while", "the run says something", lambda e: not_measured(e, "pulse", 605, 612)),
    ("nothing went wrong, for no fault took place", "the run says something", lambda e: e["faults"].clear()),
    ("a client's thread broke off", "the run made no mistakes", lambda e: e["mistakes"].append("KeyError: 'jobs'")),
    ("a kind of job was refused", "R1 what is valid is taken", lambda e: refuse(e, "page")),
    ("one job was refused", "R1 what is valid is taken", refuse_one),
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
    ("serve did not see that Redis was back", "R4 Redis is back", lambda e: be_away(e, 300, 314)),
    ("no job began after Redis was back", "R4 Redis is back", lambda e: delay(e, "t2", 5, 304)),
    ("cpa serve was long in starting", "R4 the service is back", lambda e: be_away(e, 400, 406)),
    ("a job hung with its browser", "R4 the browser is back", lambda e: delay(e, "t3", 2, 504)),
    ("a step only said that it runs", "R4 the browser is back", only_begin_a_step),
    ("a cancel took its time", "R9 cancel is quick", lambda e: delay(e, "t4", 3, 602)),
    ("a cancel was late without a fault", "R9 cancel is quick", lambda e: no_faults(e, "cut")),
    ("a cancel was late before the scheduler noted it", "R9 cancel is quick", lambda e: delay(e, "t4", 1, 601)),
    ("a cancel of a job that waits was late", "R9 cancel is quick", lambda e: delay(e, "j4", 3, 10)),
    ("a cancel was late on a quick machine", "R9 cancel is quick", give_all_the_time),
    ("an innocent worker was blamed", "R5 losses have a culprit", lambda e: lose(e, "host-12-cd", 600)),
    ("a worker was blamed before it was harmed", "R5 losses have a culprit", lambda e: lose(e, "host-13-cd", 700)),
    ("a worker was blamed that had been harmed long before", "R5 losses have a culprit", lambda e: lose(e, "host-11-ab", 60)),
    ("a loss of another hour", "R5 losses have a culprit", lambda e: no_faults(e, "clock set on")),
    ("dead after two losses", "R5 dead for a reason", die_early),
    ("a worker did not end", "R6 ends when asked", lambda e: hang(e, 12)),
    ("a worker that was restarted hangs still", "R6 ends when asked", lambda e: hang(e, 12, ended=None, exit=None)),
    ("a worker ended late", "R6 ends when asked", lambda e: program(e, 20).update(asked_at=273)),
    ("a stop was no reason for all of it", "R6 ends when asked", lambda e: program(e, 13).update(stopped=[(781, 784)])),
    ("a stop before it was asked is no reason", "R6 ends when asked", lambda e: program(e, 13).update(stopped=[(760, 780)])),
    ("a server ended late", "R6 ends when asked", lambda e: program(e, 15).update(asked_at=966)),
    ("a worker was forgotten in the end", "R6 is ended", lambda e: program(e, 12).update(asked_at=None, ended=None, exit=None)),
    ("there was no server", "R6 is ended", lambda e: e.update(lives=[life for life in e["lives"] if life["name"] != "serve"])),
    ("a program crashed", "R6 does not crash", lambda e: program(e, 13).update(exit=-5)),
    ("a program that was at work died of being asked to end", "R6 does not crash", lambda e: program(e, 18).update(said=80)),
    ("a stopped program was called killed", "R6 does not crash", lambda e: program(e, 11).update(harm=[(8, "stopped")])),
    ("a server gave up though its disk had room", "R6 does not crash", lambda e: no_faults(e, "disk full under serve")),
    ("a server at work gave up when its disk was full", "R6 does not crash", lambda e: program(e, 22).update(was_at_work=True)),
    ("a worker gave up though Redis was there", "R6 does not crash", lambda e: program(e, 24).update(began=289, ended=290)),
    ("a worker at work gave up when Redis went", "R6 does not crash", lambda e: program(e, 24).update(was_at_work=True)),
    ("Redis gave up though its disk had room", "R6 does not crash", lambda e: no_faults(e, "disk full under Redis")),
    ("a Chromium is left", "R7 no leaks", lambda e: e["leaks"].append("process 99 is left: chromium")),
    ("cancelled by itself", "R9 cancelled only when asked", lambda e: forget(e, "cancel", "j4")),
    ("a cancel was ignored", "R9 cancel is heeded", lambda e: ask(e, "cancel", "j6")),
    ("a job that never ended", "R10 every job is at rest", lambda e: job(e, "j2", state="running")),
    ("a failure nobody can explain", "R10 every job ends as it should", lambda e: job(e, "j8", state="failed", reason="internal_error")),
    ("success where none was possible", "R10 every job ends as it should", lambda e: job(e, "j5", state="done")),
    ("review without a doubt", "R10 every job ends as it should", lambda e: job(e, "j4", state="needs_review")),
    ("two of few jobs failed", "R10 few jobs fail", lambda e: fail_some(e, 2)),
    ("jobs found no room on a disk that had some", "R10 few jobs fail", find_no_room),
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
    ("a watcher missed an event", "R10 watchers saw what happened", lambda e: watched(e, "j1").pop(1)),
    ("a watcher saw what never was", "R10 watchers saw what happened", lambda e: watched(e, "j1")[-1].update(type="artifact")),
    ("a watcher missed the end", "R10 watchers saw what happened", lambda e: watched(e, "j1").pop()),
    ("a watcher missed all that came after a while", "R10 watchers saw what happened", miss_the_rest),
    ("a watcher saw nothing", "R10 watchers saw what happened", lambda e: watched(e, "j1").clear()),
    ("a watch was never over", "R10 watchers saw what happened", lambda e: e["watched"][0]["j1"].update(over=None)),
    ("a watch was over though a retry had begun", "R10 watchers saw what happened", retry_before_the_watch),
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

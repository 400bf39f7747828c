"""How soon cpa must be back (contract R4) and let go (R9): pure, evidence in, what was judged out.

What took longer than its limit is late only where what it hangs on was left alone, and in the time the machine gave: while
programs get a quarter of a processor, four seconds on the wall are one. So an overloaded machine and a second fault raise no
false alarm. How many cases were in time, and how many had an excuse, is printed with the run.
"""
import bisect
import collections

from programs import LEASE

SETTLE = 3  # seconds after a fault in which what it did still goes on
DEAD = 15  # …of connections whose other side is gone and has not said so: each is found out by a deadline
# What Redis forgot comes back when the reconciler has compared (20 s) and a lease is over.
FORGETFUL = {"FLUSHALL", "kill Redis", "kill everything", "disk full under Redis"}
MEMORY = 20 + LEASE + SETTLE
WAITS_AGAIN, REDIS_BACK, BROWSER_BACK, SERVICE_BACK, LETS_GO = LEASE + 2, 10, 5, 3, 2
HEART = ("serve", "redis", "serve-redis")
OUTSIDE = ("pages", "graph")


class Course:
    """What happened when, all on the monotonic clock of the run, in seconds."""

    def __init__(self, evidence):
        self.evidence = evidence
        self.pulse = sorted(evidence["pulse"])
        self.beats = [when for when, _ in self.pulse]
        self.disturbances = [(fault["name"], fault["on"], fault["from"], fault["until"]) for fault in evidence["faults"]]
        # A program that is away for whatever reason, and starts.
        for life in evidence["lives"]:
            if life.get("ended") is not None:
                back = [other["began"] for other in evidence["lives"] if other["name"] == life["name"] and other["began"] >= life["ended"]]
                self.disturbances.append(("away", life["name"], life["ended"], min(back, default=life["ended"])))

    def at(self, event):
        return event["ts_ms"] / 1000 - self.evidence["clock"]

    def after(self, start, seconds):
        """When so many seconds of work were possible; None when the pulse ends before that."""
        index = bisect.bisect_right(self.beats, start)
        now, left = start, seconds
        while index < len(self.pulse):
            # The slower of the two beats around a moment.
            speed = min(self.pulse[index][1], self.pulse[max(0, index - 1)][1])
            given = (self.beats[index] - now) * speed
            if given >= left:
                return now + left / speed
            now, left, index = self.beats[index], left - given, index + 1
        return None

    def is_quiet(self, start, end, parts, but=(), memory=MEMORY):
        """Whether nothing was wrong with these parts all the time, apart from what began at the moments `but`.

        `memory`: how long it matters that Redis forgot something.
        """
        return not any(
            (on in parts or on == "everything") and begun < end and begun not in but
            and over + (memory if name in FORGETFUL else DEAD if name == "half-open" else SETTLE) > start
            for name, on, begun, over in self.disturbances
        )

    def process_of(self, worker):
        """The name of the program a worker's id speaks of: ids are host-pid-random."""
        for life in self.evidence["lives"]:
            if worker and f"-{life['pid']}-" in worker:
                return life["name"]
        return None

    def running(self, when, pid=None):
        """Jobs that ran at a moment (on one process): (job, its events after that)."""
        for job, events in self.evidence["events"].items():
            before = [event for event in events if self.at(event) <= when]
            states = [event for event in before if event["kind"] == "state" and "stopping" not in event["data"]]
            if not states or states[-1]["data"]["state"] != "running":
                continue
            if pid is None or f"-{pid}-" in (states[-1]["data"].get("worker") or ""):
                yield job, events[len(before):]


def changes_state(event):
    return event["kind"] == "state" and "stopping" not in event["data"]


IN_TIME, EXCUSED, LATE = "in time", "excused", "late"


def judge(course, sentence, start, limit, parts, happened, but=(), memory=MEMORY, has_excuse=False):
    """One case: how it came out, and what it is about. `happened` says of a moment whether it was done by then."""
    due = course.after(start, limit)
    if happened(start + limit if due is None else due):
        yield IN_TIME, sentence
    elif due is None or has_excuse or not course.is_quiet(start, due, parts, but, memory):
        yield EXCUSED, sentence
    else:
        yield LATE, f"{sentence}: not within {limit} s of work, by {due - start:.1f} s on the wall"


def lost_jobs_wait_again(evidence):
    course = Course(evidence)
    for life in evidence["lives"]:
        if not life["name"].startswith("worker") or "killed" not in life["harm"] or life["exit"] != -9:
            continue
        for job, later in course.running(life["ended"], life["pid"]):
            def happened(due):
                return any(changes_state(event) and course.at(event) <= due for event in later)
            sentence = f"job {job} of {life['name']}, killed at {life['ended']:.1f}, waits again"
            yield from judge(course, sentence, life["ended"], WAITS_AGAIN, HEART, happened)


def redis_is_back(evidence):
    course = Course(evidence)
    returns = [(fault["until"], fault["from"]) for fault in evidence["faults"] if fault["name"] == "stop Redis"]
    lives = [life for life in evidence["lives"] if life["name"] == "redis"]
    for life, last in zip(lives[1:], lives):
        faults = [fault["from"] for fault in evidence["faults"] if fault["name"] == "kill Redis" and fault["from"] <= life["began"]]
        returns.append((life["began"], max(faults, default=last["ended"]), last["ended"]))
    starts = sorted(course.at(event) for events in evidence["events"].values() for event in events if begins(event))
    workers = {life["name"] for life in evidence["lives"] if life["name"].startswith("worker")}
    for back, *own in returns:
        def heard(due):
            return any(back <= when <= due and word == "ok" for when, word in evidence["health"])
        yield from judge(course, f"serve has Redis back, which returned at {back:.1f}", back, REDIS_BACK, HEART, heard, own, SETTLE)
        due, half = course.after(back, REDIS_BACK), course.after(back, REDIS_BACK / 2)
        if due is None or not any(
            entry["op"] == "submit" and entry["result"] == "ok" and back < entry.get("at", 0) < half for entry in evidence["operations"]
        ):
            continue

        def began(due):
            return any(back <= when <= due for when in starts)

        has_excuse = not any(course.is_quiet(back, due, parts_of(worker)) for worker in workers)
        sentence = f"jobs begin after Redis returned at {back:.1f}"
        yield from judge(course, sentence, back, REDIS_BACK, HEART, began, own, SETTLE, has_excuse)


def begins(event):
    return changes_state(event) and event["data"]["state"] == "running"


def parts_of(worker):
    return (worker, f"{worker}-redis", f"{worker}-serve")


def service_is_back(evidence):
    course = Course(evidence)
    # The first start sets everything up.
    for life in [life for life in evidence["lives"] if life["name"] == "serve"][1:]:
        began = life["began"]
        due = course.after(began, SERVICE_BACK)
        # What ended the life before is over; what begins later, or lasts, is not.
        has_excuse = due is None or (life.get("ended") is not None and life["ended"] <= due) or any(
            fault["on"] in ("serve", "everything") and fault["from"] < due and fault["until"] > began for fault in evidence["faults"]
        )

        def happened(due):
            return any(began <= when <= due and word in ("ok", "degraded") for when, word in evidence["health"])

        yield from judge(course, f"cpa serve, started at {began:.1f}, answers", began, SERVICE_BACK, HEART[1:], happened, (), SETTLE, has_excuse)


def browser_is_back(evidence):
    course = Course(evidence)
    for fault in evidence["faults"]:
        if fault["name"] not in ("kill Chromium", "kill renderer"):
            continue
        pids = [life["pid"] for life in evidence["lives"] if life["name"] == fault["on"] and life["began"] <= fault["from"]]
        for job, later in course.running(fault["from"], pids[-1]) if pids else ():
            def happened(due):
                return any(course.at(event) <= due for event in later)
            sentence = f"job {job} goes on after '{fault['name']}' at {fault['from']:.1f}"
            parts = HEART + OUTSIDE + parts_of(fault["on"])
            yield from judge(course, sentence, fault["from"], BROWSER_BACK, parts, happened, (fault["from"],))


def cancel_is_quick(evidence):
    course = Course(evidence)
    for job, events in evidence["events"].items():
        worker = None
        for index, event in enumerate(events):
            if begins(event):
                worker = course.process_of(event["data"].get("worker"))
            if event["kind"] != "state" or event["data"].get("stopping") != "cancelled" or worker is None:
                continue
            later = events[index + 1:]

            def happened(due):
                return any(changes_state(other) and course.at(other) <= due for other in later)

            sentence = f"job {job} on {worker}, cancelled at {course.at(event):.1f}, ends"
            yield from judge(course, sentence, course.at(event), LETS_GO, HEART + OUTSIDE + parts_of(worker), happened)


LIMITS = {
    "R4 a lost job waits again": lost_jobs_wait_again,
    "R4 Redis is back": redis_is_back,
    "R4 the service is back": service_is_back,
    "R4 the browser is back": browser_is_back,
    "R9 cancel is quick": cancel_is_quick,
}


def late(rule):
    """The rule of the checker: what was late."""
    return lambda evidence: (sentence for outcome, sentence in LIMITS[rule](evidence) if outcome == LATE)


def outcomes(evidence):
    """How often each limit came out how: a sentence a limit."""
    for rule, cases in LIMITS.items():
        counts = collections.Counter(outcome for outcome, _ in cases(evidence))
        yield f"{rule}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in (IN_TIME, EXCUSED, LATE))

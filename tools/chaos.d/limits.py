"""How soon cpa must be back (contract R4) and let go (R9): pure, evidence in, what was judged out.

What took longer than its limit is late only where what it hangs on was left alone, and in the time the machine gave: while
programs get a quarter of a processor, four seconds on the wall are one. So an overloaded machine and a second fault raise no
false alarm. How many cases were in time, and how many had an excuse, is printed with the run.
"""
import collections

import jobs
from course import MEMORY, SETTLE, Course, changes_state
from programs import LEASE

WAITS_AGAIN, REDIS_BACK, BROWSER_BACK, SERVICE_BACK, LETS_GO = LEASE + 2, 10, 5, 3, 2
HEART = ("serve", "redis", "serve-redis")
OUTSIDE = ("pages", "graph")
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
        if not life["name"].startswith("worker") or life["exit"] != -9:
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

        sentence = f"cpa serve, started at {began:.1f}, answers"
        yield from judge(course, sentence, began, SERVICE_BACK, HEART[1:], happened, (), SETTLE, has_excuse)


def browser_is_back(evidence):
    """Of the jobs that have a page there: whatever step is under way ends, or is tried again."""
    course = Course(evidence)
    for fault in evidence["faults"]:
        if fault["name"] not in ("kill Chromium", "kill renderer", "kill zygote"):
            continue
        pids = [life["pid"] for life in evidence["lives"] if life["name"] == fault["on"] and life["began"] <= fault["from"]]
        for job, later in course.running(fault["from"], pids[-1]) if pids else ():
            if evidence["jobs"][job]["name"].removeprefix("chaos-") not in jobs.WITH_A_PAGE:
                continue

            def happened(due):
                return any(goes_on(event) and course.at(event) <= due for event in later)

            sentence = f"job {job} goes on after '{fault['name']}' at {fault['from']:.1f}"
            parts = HEART + OUTSIDE + parts_of(fault["on"])
            yield from judge(course, sentence, fault["from"], BROWSER_BACK, parts, happened, (fault["from"],))


def goes_on(event):
    return changes_state(event) or event["kind"] == "step" and event["data"].get("status") in ("done", "failed", "skipped", "retrying")


def cancel_is_quick(evidence):
    """From the moment a client asks; what has ended before its wish is no case."""
    course = Course(evidence)
    for entry in evidence["operations"]:
        if entry["op"] != "cancel" or entry["result"] != "ok":
            continue
        events, asked = evidence["events"].get(entry["job"], []), entry["sent_at"]
        before = [event for event in events if course.at(event) <= asked]
        if before and before[-1]["kind"] == "end":
            continue
        ends = [course.at(event) for event in events[len(before):] if event["kind"] == "end"]
        starts = [event for event in events if begins(event) and course.at(event) <= asked + LETS_GO]
        worker = course.process_of(starts[-1]["data"].get("worker")) if starts else None

        def happened(due):
            return any(when <= due for when in ends)

        sentence = f"job {entry['job']} on {worker or 'no worker'}, cancelled at {asked:.1f}, ends"
        parts = HEART + OUTSIDE + ("client-serve",) + (parts_of(worker) if worker else ())
        yield from judge(course, sentence, asked, LETS_GO, parts, happened)


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
        told = f"{rule}: " + ", ".join(f"{counts[outcome]} {outcome}" for outcome in (IN_TIME, EXCUSED, LATE))
        yield told + (" (NONE WAS IN TIME: it says nothing)" if counts and not counts[IN_TIME] else "")

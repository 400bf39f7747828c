"""Holds the evidence of a run against the contract (docs/reliability.md). Pure: evidence in, violations out."""
import collections
import hashlib
import struct

import jobs
import limits
import lives
import substance
import watches
from course import Course

ENDED = {"done", "failed", "cancelled", "dead"}
AT_REST = ENDED | {"needs_review"}
# docs/reliability.md, "States"; `retry` and `resolve` are checked against the log.
SUCCESSORS = {
    None: {"pending", "scheduled"},
    "pending": {"running", "failed", "cancelled"},
    "scheduled": {"running", "failed", "cancelled"},
    "running": {"running", "pending", "scheduled", "needs_review", *ENDED},
    "needs_review": {"pending", "done", "failed", "cancelled"},
    "done": set(), "failed": {"pending"}, "cancelled": {"pending", "scheduled"}, "dead": {"pending"},
}
# Reasons the faults of a run explain. Whatever else a job fails with is a mistake of ours.
EXPLAINED = {
    "navigation_failed", "timeout", "browser_crashed", "page_crashed", "page_closed", "navigated", "detached", "not_found",
    "not_visible", "mail_unavailable", "mail_throttled", "mail_authentication", "io_error", "storage_full",
    "expectation_failed", "step_in_doubt", "page_session_lost",
}
# …and that many of a kind, at most, have such luck: one of a hundred, or one.
FEW = 0.01
# What a submission that is well made may be refused for; what the server cannot do just now is unknown.
REFUSALS = {"idempotency_in_progress"}
LOSSES, INTERRUPTIONS = 3, 10


def check(evidence):
    """Every violation, as (rule, sentence)."""
    found = []
    for rule, test in RULES.items():
        found += [(rule, sentence) for sentence in test(evidence)]
    return found


def operations(evidence, op, *results):
    return [entry for entry in evidence["operations"] if entry["op"] == op and (not results or entry["result"] in results)]


def states(evidence, job):
    """The states a job went through, each with its event; a wish to stop is none."""
    return [
        (event["data"]["state"], event) for event in evidence["events"].get(job, [])
        if event["kind"] == "state" and "stopping" not in event["data"]
    ]


# R1: accepted is durable


def accepted_jobs_exist(evidence):
    for entry in operations(evidence, "submit", "ok"):
        job = evidence["jobs"].get(entry["job"])
        if job is None:
            yield f"{entry['key']} was accepted as job {entry['job']}, and there is no such job"
        elif job["key"] != entry["key"]:
            yield f"{entry['key']} was accepted as job {entry['job']}, which is of {job['key']}"


def valid_jobs_are_taken(evidence):
    for entry in operations(evidence, "submit", "fail"):
        if entry["code"] not in REFUSALS:
            yield f"{entry['key']} ({entry['kind']}) was refused with {entry['status']} {entry['code']}"


def nothing_came_of_refusals(evidence):
    known = {job["key"] for job in evidence["jobs"].values()}
    for entry in operations(evidence, "nonsense") + operations(evidence, "mismatch", "ok", "fail"):
        if entry["result"] == "ok":
            yield f"{entry['key']} should have been refused and was accepted"
        if entry["key"] in known:
            yield f"{entry['key']} was refused ({entry['status']}), and there is a job of it"


def a_submission_is_one_job(evidence):
    asked = {entry["key"] for entry in operations(evidence, "submit")}
    counts = collections.Counter(job["key"] for job in evidence["jobs"].values())
    for key, count in counts.items():
        if count > 1:
            yield f"{key} was submitted under one key and is {count} jobs"
        if key not in asked:
            yield f"there is a job of {key}, which nobody submitted"


# R2: effects at most once


def effects_happen_once(evidence):
    for what in ("orders", "mails"):
        for key, count in evidence[what].items():
            if count > 1:
                yield f"{key}: {count} {what}"


def done_means_that_it_happened(evidence):
    for id, job in evidence["jobs"].items():
        if job["state"] != "done":
            continue
        kind = kind_of(evidence, job)
        for effect in jobs.EFFECTS.get(kind, ()):
            if evidence[effect + "s"].get(job["key"], 0) != 1:
                yield f"job {id} ({kind}) is done, and there are {evidence[effect + 's'].get(job['key'], 0)} {effect}s of it"
        if kind == "file":
            wanted = hashlib.sha256(job["key"].encode()).hexdigest()
            if evidence["files"].get(id, {}).get("kept.txt") != wanted:
                yield f"job {id} (file) is done, and its files are {evidence['files'].get(id)}"


def kind_of(evidence, job):
    return job["name"].removeprefix("chaos-")


# R3: one worker at a time


def epochs_rise(evidence):
    for job in evidence["jobs"]:
        epoch, is_running = 0, False
        for event in evidence["events"].get(job, []):
            if event["kind"] == "state" and "stopping" not in event["data"]:
                state = event["data"]["state"]
                if state == "running":
                    if event["epoch"] <= epoch:
                        yield f"job {job} ran under epoch {event['epoch']} after {epoch}"
                    epoch = event["epoch"]
                is_running = state == "running"
            elif "resolved_by" in event["data"]:
                continue  # a human's word, not a worker's
            elif event["kind"] in ("step", "artifact") and not (is_running and event["epoch"] == epoch):
                yield f"job {job}: {event['kind']} {event['seq']} was written under epoch {event['epoch']} without its lease"


# R5: dead is for a reason


def dead_has_its_losses(evidence):
    losses = collections.Counter(row["job"] for row in records(evidence, "job.worker_lost"))
    breaks = collections.Counter(row["job"] for row in records(evidence, "job.interrupted", "job.lease_forgotten"))
    for id, job in evidence["jobs"].items():
        if job["state"] == "dead" and losses[id] < LOSSES and breaks[id] < INTERRUPTIONS:
            yield f"job {id} is dead after {losses[id]} losses and {breaks[id]} interruptions"


def records(evidence, *actions):
    return [row for chain in evidence["audit"].values() for row in chain if row["action"] in actions]


# R7: nothing leaks


def nothing_leaks(evidence):
    yield from evidence["leaks"]


# R9: a cancelled job stops


def cancelled_is_asked_for(evidence):
    asked = {entry["job"] for entry in operations(evidence, "cancel", "ok", "unknown")}
    for id, job in evidence["jobs"].items():
        if job["state"] == "cancelled" and id not in asked:
            yield f"job {id} is cancelled, and nobody asked for that"


def cancel_is_heeded(evidence):
    again = {entry["job"] for entry in operations(evidence, "retry", "ok", "unknown")}
    for entry in operations(evidence, "cancel", "ok"):
        job = evidence["jobs"].get(entry["job"])
        if job and entry["job"] not in again and job["state"] not in ("cancelled", "done"):
            yield f"job {entry['job']} was cancelled ({entry['status']}) and is {job['state']} ({job['reason']})"


# R10: every job ends once


def every_job_is_at_rest(evidence):
    for id, job in evidence["jobs"].items():
        if job["state"] not in AT_REST:
            yield f"job {id} ({kind_of(evidence, job)}) is still {job['state']}"


def every_job_ends_as_it_should(evidence):
    for id, job in evidence["jobs"].items():
        kind = kind_of(evidence, job)
        explained = EXPLAINED | {jobs.DOOM} if kind == "doomed" else EXPLAINED
        if kind == "doomed" and job["state"] not in ("failed", "cancelled", "dead"):
            yield f"job {id} cannot succeed and is {job['state']}"
        elif job["state"] == "failed" and job["reason"] not in explained:
            yield f"job {id} ({kind}) failed with {job['reason']}: {job['message']}"
        elif job["state"] == "needs_review" and kind not in jobs.EFFECTS and kind != "file":
            yield f"job {id} ({kind}) waits for a human, and there is nothing to decide"


def few_jobs_fail(evidence):
    course = Course(evidence)
    counts = collections.Counter(kind_of(evidence, job) for job in evidence["jobs"].values())
    failures = collections.defaultdict(list)
    for id, job in evidence["jobs"].items():
        if job["state"] == "failed" and not is_disk(course, id, job):
            failures[kind_of(evidence, job)].append(f"{id} ({job['reason']})")
    for kind, found in failures.items():
        if kind != "doomed" and len(found) > max(1, FEW * counts[kind]):
            yield f"{len(found)} of {counts[kind]} jobs of the kind '{kind}' failed: {', '.join(found[:8])}"


def is_disk(course, id, job):
    """Whether it found no room while the disk was full: such a job is told so, and not tried again."""
    ends = [course.at(event) for event in course.evidence["events"].get(id, []) if event["kind"] == "end"]
    return job["reason"] == "storage_full" and bool(ends) and course.was("disk full under serve", ends[-1], ends[-1])


def events_have_no_holes(evidence):
    for id, job in evidence["jobs"].items():
        found = [event["seq"] for event in evidence["events"].get(id, [])]
        if found != list(range(1, job["last_seq"] + 1)):
            yield f"job {id} should have events 1 to {job['last_seq']} and has {found}"


def states_follow_the_diagram(evidence):
    retried = collections.Counter(row["job"] for row in records(evidence, "job.retried"))
    for id, job in evidence["jobs"].items():
        last, left_ended = None, 0
        for state, event in states(evidence, id):
            if state not in SUCCESSORS[last]:
                yield f"job {id} went from {last} to {state} (event {event['seq']})"
            left_ended += last in ENDED
            last = state
        if last != job["state"]:
            yield f"job {id} is {job['state']}, and its last event says {last}"
        if left_ended != retried[id]:
            yield f"job {id} left its end {left_ended} times and was retried {retried[id]} times"
        ends = sum(event["kind"] == "end" for event in evidence["events"].get(id, []))
        if ends != left_ended + (job["state"] in ENDED):
            yield f"job {id} has {ends} ends"


def the_audit_tells_the_same(evidence):
    told = collections.Counter((row["job"], row["action"]) for row in records(evidence, "job.started", "job.done"))
    for id in evidence["jobs"]:
        for state, action in (("running", "job.started"), ("done", "job.done")):
            count = sum(entered == state for entered, _ in states(evidence, id))
            if count != told[id, action]:
                yield f"job {id} entered {state} {count} times, and the audit has {told[id, action]} {action}"


def the_audit_chain_verifies(evidence):
    """Computed anew, by what docs and code say of the canonical form; cpa's own verification is not asked."""
    for tenant, chain in evidence["audit"].items():
        head = bytes(32)
        for number, row in enumerate(chain, 1):
            if row["seq"] != number:
                yield f"audit of {tenant}: record {number} is missing"
                break
            fields = (row["version"], tenant, row["seq"], row["ts_ms"], row["actor"], row["action"], row["job"] or "", row["detail"])
            text = [str(field).encode() for field in fields]
            if row["version"] > 1:
                text += [row["class"].encode(), (row["key"] or "").encode(), row["sealed"] or b""]
            head = hashlib.sha256(head + b"".join(struct.pack(">Q", len(field)) + field for field in text)).digest()
            if head.hex() != row["hash"]:
                yield f"audit of {tenant}: record {number} does not match its hash"
                break


def the_database_is_sound(evidence):
    if evidence["integrity"] != ["ok"]:
        yield f"SQLite says {evidence['integrity']}"
    if evidence["outbox"]:
        yield f"{evidence['outbox']} rows wait in the outbox"


RULES = {
    "the run says something": substance.the_run_says_something,
    "the run made no mistakes": substance.no_mistakes_of_ours,
    "R1 accepted is durable": accepted_jobs_exist,
    "R1 what is valid is taken": valid_jobs_are_taken,
    "R1 refused is nothing": nothing_came_of_refusals,
    "R1 one submission, one job": a_submission_is_one_job,
    "R2 effects at most once": effects_happen_once,
    "R2 done means it happened": done_means_that_it_happened,
    "R3 epochs fence": epochs_rise,
    **{rule: limits.late(rule) for rule in limits.LIMITS},
    "R5 losses have a culprit": lives.losses_have_a_culprit,
    "R5 dead for a reason": dead_has_its_losses,
    "R6 ends when asked": lives.programs_end_when_asked,
    "R6 is ended": lives.every_program_is_ended,
    "R6 does not crash": lives.programs_do_not_crash,
    "R7 no leaks": nothing_leaks,
    "R9 cancelled only when asked": cancelled_is_asked_for,
    "R9 cancel is heeded": cancel_is_heeded,
    "R10 every job is at rest": every_job_is_at_rest,
    "R10 every job ends as it should": every_job_ends_as_it_should,
    "R10 few jobs fail": few_jobs_fail,
    "R10 events without holes": events_have_no_holes,
    "R10 states follow the diagram": states_follow_the_diagram,
    "R10 the audit tells the same": the_audit_tells_the_same,
    "R10 the audit chain verifies": the_audit_chain_verifies,
    "R10 the database is sound": the_database_is_sound,
    "R10 watchers saw what happened": watches.watchers_saw_what_happened,
}

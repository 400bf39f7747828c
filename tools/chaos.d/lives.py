"""Rules about the programs of a run: who is to blame for a loss, and how programs end. Pure, as the checker is."""
import json

from course import DEAD, SETTLE, Course
from programs import GRACE, LEASE, NOTICED

UNAVAILABLE = 69  # cpa: something that it needs at the start does not answer


def losses_have_a_culprit(evidence):
    """Harm does its work within a lease, or within the deadline that finds out a dead connection before."""
    course = Course(evidence)
    for chain in evidence["audit"].values():
        for row in chain:
            if row["action"] != "job.worker_lost":
                continue
            worker, lost_at = json.loads(row["detail"])["worker"], course.at(row)
            harm = [
                (when, what) for life in evidence["lives"]
                if life["name"].startswith("worker") and f"-{life['pid']}-" in worker for when, what in life["harm"]
            ]
            if not any(when <= lost_at <= when + LEASE + DEAD for when, _ in harm):
                told = ", ".join(f"{what} at {when:.1f}" for when, what in harm) or "nothing"
                yield f"job {row['job']} lost worker {worker} at {lost_at:.1f}; what was done to it: {told}"


def programs_end_when_asked(evidence):
    """Those that a rolling restart asks as well as all at the end. The time in which one was stopped is not its own."""
    for life in evidence["lives"]:
        asked, ended = life["asked_at"], life["ended"]
        if asked is None:
            continue
        over = evidence["until"] if ended is None else ended
        stopped = sum(max(0, min(until, over) - max(since, asked)) for since, until in life["stopped"])
        took = over - asked - stopped
        if took > GRACE + NOTICED:
            how = "is still there" if ended is None else f"ended with {life['exit']}"
            yield f"{life['name']} (process {life['pid']}) was asked to end at {asked:.1f} and {how} after {took:.1f} s"


def every_program_is_ended(evidence):
    """The last lives of cpa: each is asked at the end of the run, and ends."""
    last = {life["name"]: life for life in evidence["lives"] if life["name"] != "redis"}
    for name in ("serve", "worker0"):
        if name not in last:
            yield f"there was no {name}"
    for life in last.values():
        if life["ended"] is None or life["asked_at"] is None:
            yield f"{life['name']} (process {life['pid']}) was not asked to end, or has not ended"


def programs_do_not_crash(evidence):
    course = Course(evidence)
    for life in evidence["lives"]:
        if life["exit"] is not None and not has_reason(course, life):
            yield f"{life['name']} (process {life['pid']}) ended with {life['exit']} after {life['harm'] or 'nothing'}"


def has_reason(course, life):
    code, harm = life["exit"], {what for _, what in life["harm"]}
    if code == -9:
        return "killed" in harm
    if code == 0:
        return "asked to end" in harm
    if code == -15:
        # Asked before it was there: the loader was still at work, and there was nothing to end well.
        return "asked to end" in harm and life["said"] == 0
    if life["was_at_work"]:
        return False
    # At the start: a unit file would start it again, and so do we.
    if life["name"] == "serve":
        return code == UNAVAILABLE and course.was("disk full under serve", life["began"], life["ended"])
    if life["name"] == "redis":
        return code == 1 and course.was("disk full under Redis", life["began"], life["ended"])
    return code == UNAVAILABLE and not course.is_quiet(life["began"], life["ended"], ("redis", f"{life['name']}-redis"), memory=SETTLE)

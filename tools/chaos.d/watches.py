"""The rule of watchers: what they saw is what happened, all of it. Pure, as the checker is."""
from course import Course

WRITTEN = 0.5  # seconds from the time an event bears until it is committed, and can be seen


def watchers_saw_what_happened(evidence):
    course = Course(evidence)
    yield from evidence["watcher_faults"]
    for watched in evidence["watched"]:
        for job, watch in watched.items():
            events = {event["seq"]: event for event in evidence["events"].get(job, [])}
            yield from in_order(job, watch, events)
            yield from to_the_end(course, job, watch, events)


def in_order(job, watch, events):
    for number, event in enumerate(watch["events"], 1):
        if event["seq"] != number:
            yield f"a watcher of job {job} got event {event['seq']} where {number} was next"
            break
        if number not in events or events[number]["kind"] != event["type"]:
            yield f"a watcher of job {job} got event {number} as {event['type']}, which did not happen"


def to_the_end(course, job, watch, events):
    """A watch is over when the server says so, which it does after an end and all that was there when the watcher came."""
    if watch["over"] is None:
        yield f"the watch of job {job} was never over"
        return
    last = watch["events"][-1] if watch["events"] else {"seq": 0, "type": "nothing"}
    if last["type"] != "end":
        yield f"the watch of job {job} was over after {last['type']} ({last['seq']} of {len(events)})"
    # A retry may begin when the watch is over; one that had begun before the watcher came belongs to it.
    missed = [number for number, event in events.items() if number > last["seq"] and course.at(event) + WRITTEN < watch["over"]]
    if missed:
        yield f"the watch of job {job} was over after event {last['seq']}, and {missed} had happened before it began"

"""What happened when in a run, and whether a part was left alone: what rules about time are judged by. Pure."""
import bisect

from programs import LEASE

SETTLE = 3  # seconds after a fault in which what it did still goes on
DEAD = 15  # …of connections whose other side is gone and has not said so: each is found out by a deadline
# What Redis forgot comes back when the reconciler has compared (20 s) and a lease is over.
FORGETFUL = {"FLUSHALL", "kill Redis", "kill everything", "disk full under Redis"}
MEMORY = 20 + LEASE + SETTLE


class Course:
    """What happened when, all on the monotonic clock of the run, in seconds."""

    def __init__(self, evidence):
        self.evidence = evidence
        self.pulse = sorted(evidence["pulse"])
        self.beats = [when for when, _ in self.pulse]
        self.disturbances = [(fault["name"], fault["on"], fault["from"], fault["until"]) for fault in evidence["faults"]]
        self.shifts = [
            (fault["shift"], fault["from"], fault["until"]) for fault in evidence["faults"] if "shift" in fault and fault["on"] == "serve"
        ]
        # A program that is away for whatever reason, and starts.
        for life in evidence["lives"]:
            if life.get("ended") is not None:
                back = [other["began"] for other in evidence["lives"] if other["name"] == life["name"] and other["began"] >= life["ended"]]
                self.disturbances.append(("away", life["name"], life["ended"], min(back, default=life["ended"])))

    def at(self, row):
        """When an event or a record was written: by the clock of `cpa serve`, which may have been set meanwhile."""
        told = row["ts_ms"] / 1000 - self.evidence["clock"]
        return next((told - ahead for ahead, begun, over in self.shifts if begun <= told - ahead < over), told)

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

    def was(self, name, start, end):
        """Whether a fault of that name, or what it did, went on at some moment of these."""
        return any(fault == name and begun < end and over + SETTLE > start for fault, _, begun, over in self.disturbances)

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

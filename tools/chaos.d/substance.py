"""Whether the evidence of a run is one: what was not done, not watched or not measured breaks no rule. Pure."""
import collections

import jobs

LONGEST_GAP = 5  # seconds between two measurements
ENOUGH = 200  # operations, as in a minute of the usual rate, among which are jobs of every kind


def the_run_says_something(evidence):
    yield from missing(evidence)
    for what in ("health", "pulse"):
        yield from gaps(what, [when for when, _ in evidence[what]], evidence["since"], evidence["until"])


def missing(evidence):
    done = collections.Counter(job["name"].removeprefix("chaos-") for job in evidence["jobs"].values() if job["state"] == "done")
    wanted = set(jobs.KINDS) - {"doomed"} if evidence["expected"] >= ENOUGH else set()
    for kind in sorted(wanted):
        if not done[kind]:
            yield f"no job of the kind '{kind}' was done"
    if not done:
        yield "no job was done"
    if not any(watch["events"] for watched in evidence["watched"] for watch in watched.values()):
        yield "no event was watched"
    if not evidence["faults"]:
        yield "no fault took place"


def gaps(what, moments, since, until):
    if until <= since:
        yield f"the run lasted {until - since:.1f} s"
    marks = [since, *sorted(when for when in moments if since <= when <= until), until]
    for last, next in zip(marks, marks[1:]):
        if next - last > LONGEST_GAP:
            yield f"nothing of {what} from {last:.1f} to {next:.1f}"


def no_mistakes_of_ours(evidence):
    for mistake in evidence["mistakes"]:
        yield f"a mistake of this program: {mistake}"

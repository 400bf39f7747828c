"""The figures of the browser engine: what is measured, in which unit, and what it should be."""
import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Figure:
    name: str
    title: str
    # Key of the result: ms (a list), per_second, cpu_ms, rss_mb, growth_mb.
    key: str
    unit: str
    # What the target is held against: "ratio" (ours / theirs), "value" (ours), "floor" (ours / floor).
    target: tuple = ()
    has_floor: bool = False
    iterations: int = 40
    # 0.95 for p95; the median else.
    quantile: float = 0.5
    options: tuple = ()
    # Which measurement it is read from, when that gives several figures.
    source: str = ""

    def value(self, result):
        """One number of one run; None when the run has none."""
        measured = result.get(self.key)
        if not isinstance(measured, list):
            return measured
        if self.quantile == 0.5:
            return statistics.median(measured)
        return sorted(measured)[min(len(measured) - 1, int(len(measured) * self.quantile))]


def at_most(kind, limit):
    return (kind, "≤", limit)


def at_least(kind, limit):
    return (kind, "≥", limit)


FRAME = 1000 / 60

FIGURES = [
    Figure("click", "click, warm", "ms", "ms", (at_most("ratio", 0.5), at_most("value", FRAME + 4)), True),
    Figure("fill", "fill, warm", "ms", "ms", (at_most("ratio", 0.3),), True),
    Figure("read", "read a text", "ms", "ms", (at_most("ratio", 0.3),), True),
    Figure("role", "role and name among 4,500 nodes", "ms", "ms", (at_most("ratio", 0.6),), True),
    Figure("goto-click", "goto and the first click after it", "ms", "ms", (at_most("ratio", 0.55),), True, 20),
    Figure("contexts", "contexts a second", "per_second", "/s", (at_least("ratio", 1.5),)),
    Figure("lease", "p95 of a lease at half that rate", "ms", "ms", (at_most("value", 5),), quantile=0.95),
    Figure("form", "form job, one at a time", "ms", "ms", (at_most("ratio", 0.5),), True, 10),
    Figure("form-cold", "form job, a cold context each", "ms", "ms", (), False, 10, options=("--cold",)),
    Figure("parallel", "form jobs a second, 20 at a time", "per_second", "/s",
           (at_least("ratio", 1.4), at_least("floor", 0.85)), True, 60),
    Figure("cpu", "processor time of the host an action", "cpu_ms", "ms", (at_most("ratio", 0.3),), iterations=200),
    Figure("memory", "memory of the host after its jobs", "rss_mb", "MB", (at_most("value", 60),), iterations=1000),
    Figure("growth", "its growth per 1,000 jobs", "growth_mb", "MB", (at_most("value", 1),), iterations=1000,
           source="memory"),
]

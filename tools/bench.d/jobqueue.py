"""the queue against Sidekiq and arq, and what it costs to lose nothing

No-op jobs on one Redis with AOF everysec, each side one process, so many jobs at once. Each figure is measured in rounds that
take turns, a figure is the median of its rounds; every run ends with a ledger, and a job lost or done twice ends the measurement.

  alone    claims and leases in Redis, as Sidekiq and arq work
  durable  with SQLite (every commit synced): a worker's `agree` and `done` are each in a commit before they are answered;
           by a worker as `cpa` has one, ten jobs at work; it claims as many as it has room for
"""
import collections
import contextlib
import datetime
import json
import pathlib
import sqlite3
import statistics
import sys
import tempfile
import time

import report
import stage
import service
from browser import call

NO_OP = {"name": "no-op", "tasks": [{"action": "goto", "url": "https://portal.example/"},
                                    {"action": "screenshot", "name": "page.png"}]}
CONCURRENCY = 10
CLAIM = 10
BULK = 1000
# Milliseconds from handing in to pick-up, beyond which one in a hundred says that jobs come faster than they are taken.
PILED_UP = 250
Target = collections.namedtuple("Target", "of sign limit")


def add_arguments(parser):
    parser.add_argument("--figures", help="only these, with commas: " + ", ".join(FIGURES))
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--jobs", type=int, default=20_000, help="jobs of a run (20000)")
    parser.add_argument("--waiting", type=int, default=1_000_000, help="jobs that wait, for claims and memory (1000000)")
    parser.add_argument("--minutes", type=float, default=5, help="of the sustained load (5)")
    parser.add_argument("--skip-build", action="store_true", help="measure what was built before")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


class Bench:
    """One measurement: programs, Redis, a folder; and the rows it gives."""

    def __init__(self, arguments, binaries, redis, scratch):
        self.arguments, self.binaries, self.redis, self.scratch = arguments, binaries, redis, pathlib.Path(scratch)
        self.rows, self.known, self.folders = [], {}, 0

    def folder(self):
        self.folders += 1
        folder = self.scratch / f"run-{self.folders}"
        folder.mkdir()
        return folder

    # Sides

    def checked(self, result):
        wrong = {key: result[key] for key in ("lost", "twice", "left") if result[key]}
        if wrong:
            raise SystemExit(f"bench: the ledger does not balance: {wrong} of {result['jobs']} jobs")
        return result

    def ours(self, figure, jobs, batch=CLAIM, **options):
        self.redis.call("FLUSHALL")
        command = [self.binaries / "cpa-bench", "queue", figure, "--redis", self.redis.url, "--jobs", jobs,
                   "--concurrency", CONCURRENCY, "--batch", batch, "--directory", self.folder()]
        for name, value in options.items():
            command += [f"--{name}", value]
        return self.checked(call(command))

    def claims(self, jobs):
        """Milliseconds of claims while so many jobs wait; they still do afterwards."""
        command = [self.binaries / "cpa-bench", "queue", "claim-cost", "--redis", self.redis.url, "--jobs", jobs]
        return call(command)["ms"]

    def sidekiq(self, figure, jobs, batch=BULK):
        self.redis.call("FLUSHALL")
        script = pathlib.Path(__file__).with_name("sidekiq_peer.rb")
        return self.checked(call(["ruby", "-W0", script, figure, self.redis.url + "/0", jobs, CONCURRENCY, batch]))

    def arq(self, figure, jobs):
        self.redis.call("FLUSHALL")
        script = pathlib.Path(__file__).with_name("arq_peer.py")
        python = stage.peer_python(*stage.ARQ)
        return self.checked(call([python, script, figure, self.redis.url, jobs, CONCURRENCY, 1]))

    def rounds(self, **sides):
        """Median of each side; they take turns."""
        runs = {name: [] for name in sides}
        for _ in range(self.arguments.rounds):
            for name, side in sides.items():
                runs[name].append(side()["per_second"])
        return {name: statistics.median(values) for name, values in runs.items()}

    def remembered(self, name, measure):
        """What several figures are held against is measured once."""
        if name not in self.known:
            self.known[name] = measure()
        return self.known[name]

    def row(self, title, unit, ours, *targets, sidekiq=None, arq=None, note=""):
        ratio = ours / sidekiq if sidekiq else None
        held = {"sidekiq": ratio, "value": ours}
        met = [held[t.of] <= t.limit if t.sign == "≤" else held[t.of] >= t.limit for t in targets]
        self.rows.append({"title": title, "unit": unit, "ours": ours, "sidekiq": sidekiq, "arq": arq, "ratio": ratio,
                          "note": note, "targets": [t._asdict() | {"met": m} for t, m in zip(targets, met)]})

    @contextlib.contextmanager
    def scheduler(self, **settings):
        folder = settings.pop("folder", None) or self.folder()
        server = service.Scheduler(self.binaries, folder, self.redis, **settings)
        try:
            server.wait()
            yield server
        finally:
            server.stop()


def times(run):
    return Target("sidekiq", "≥", run)


def at_most(limit):
    return Target("value", "≤", limit)


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


# Throughput


def processed(bench):
    jobs = bench.arguments.jobs
    return bench.rounds(
        sidekiq=lambda: bench.sidekiq("process", jobs),
        # It is several times slower; the rate is the same with fewer.
        arq=lambda: bench.arq("process", max(1, jobs // 10)),
        ours=lambda: bench.ours("process", jobs),
        single=lambda: bench.ours("process", jobs, batch=1),
        durable=lambda: bench.ours("durable", jobs),
    )


def process(bench):
    rate = bench.remembered("process", lambda: processed(bench))
    bench.row(f"jobs a second, queue alone, claims of up to {CLAIM}", "/s", rate["ours"], times(2.5),
              sidekiq=rate["sidekiq"], arq=rate["arq"])
    bench.row("jobs a second, queue alone, one claim a job", "/s", rate["single"], sidekiq=rate["sidekiq"], arq=rate["arq"])
    bench.row("jobs a second, durable", "/s", rate["durable"], times(1.0), sidekiq=rate["sidekiq"],
              arq=rate["arq"])


def http(bench):
    rate = bench.remembered("process", lambda: processed(bench))
    jobs = max(1, bench.arguments.jobs // 4)

    def run():
        bench.redis.call("FLUSHALL")
        with bench.scheduler(workers=0, lease="60s") as server:
            server.submit(NO_OP, jobs)
            service.wait_until(lambda: bench.redis.ready() >= jobs, 60, "every job being in the index")
            command = [bench.binaries / "cpa-bench", "queue", "durable", "--redis", bench.redis.url, "--jobs", jobs,
                       "--concurrency", CONCURRENCY, "--batch", CLAIM, "--scheduler", server.url, "--key", server.key]
            result = bench.checked(call(command))
        with contextlib.closing(sqlite3.connect(server.data / "cpa.db")) as database:
            states = dict(database.execute("SELECT state, count(*) FROM jobs GROUP BY state"))
        if states != {"done": jobs}:
            raise SystemExit(f"bench: the database does not agree: {states} of {jobs} jobs")
        return result

    ours = bench.rounds(ours=run)["ours"]
    bench.row("jobs a second, durable, over HTTP", "/s", ours, times(0.5), sidekiq=rate["sidekiq"])


def worker(bench):
    rate = bench.rounds(ours=lambda: bench.ours("worker", bench.arguments.jobs // 4))
    bench.row("jobs a second, the whole worker, two steps each", "/s", rate["ours"])


def submit(bench):
    jobs = bench.arguments.jobs
    rate = bench.rounds(
        sidekiq=lambda: bench.sidekiq("submit", jobs), arq=lambda: bench.arq("submit", max(1, jobs // 10)),
        ours=lambda: bench.ours("submit", jobs), durable=lambda: bench.ours("durable-submit", jobs),
    )
    bench.row("handed in a second, one caller, one by one, queue alone", "/s", rate["ours"], times(1.5),
              sidekiq=rate["sidekiq"], arq=rate["arq"])
    bench.row(f"handed in a second, {CONCURRENCY} callers, one by one, durable", "/s", rate["durable"],
              sidekiq=rate["sidekiq"], arq=rate["arq"])


def bulk(bench):
    jobs = bench.arguments.jobs * 5
    rate = bench.rounds(
        sidekiq=lambda: bench.sidekiq("submit-bulk", jobs), ours=lambda: bench.ours("submit-bulk", jobs, batch=BULK),
        durable=lambda: bench.ours("durable-bulk", bench.arguments.jobs, batch=BULK),
    )
    bench.row(f"handed in a second, {BULK} a call, queue alone", "/s", rate["ours"], times(1.5), sidekiq=rate["sidekiq"])
    bench.row(f"handed in a second, {BULK} a call, durable", "/s", rate["durable"], sidekiq=rate["sidekiq"])


# Latency, size, rest


def kept_up_with(bench, figure, rate):
    """The rate, or less by tenths, at which jobs that come one by one do not pile up."""
    while quantile(bench.ours(figure, 1, rate=rate, seconds=5)["ms"], 0.99) > PILED_UP:
        rate *= 0.9
    return rate


def pickup(bench):
    for name, title, sides in (("pickup", "queue alone", ("process", "submit")),
                               ("durable-pickup", "durable", ("durable", "durable-submit"))):
        # More than this both sides, which share the processors, could not do each in its fullest batches.
        most = 1 / sum(1 / bench.ours(side, bench.arguments.jobs // 2)["per_second"] for side in sides)
        rate = kept_up_with(bench, name, most) / 2
        # A producer of its own shares the two cores with the one that is measured.
        runs = [bench.ours(name, 1, rate=rate, seconds=5)["ms"] for _ in range(bench.arguments.rounds)]
        for part, label in ((0.5, "median"), (0.99, "p99")):
            value = statistics.median(quantile(run, part) for run in runs)
            bench.row(f"from handing in to pick-up, {title}, open loop at {rate:.0f}/s, {label}", "ms", value,
                      *([at_most(15)] if part == 0.99 else []))


def waiting(bench):
    few = []
    for _ in range(bench.arguments.rounds):
        bench.redis.call("FLUSHALL")
        few.append(bench.claims(1000))
    bench.redis.call("FLUSHALL")
    before = bench.redis.memory()
    many = bench.claims(bench.arguments.waiting)
    size = (bench.redis.memory() - before) / bench.arguments.waiting
    bench.redis.call("FLUSHALL")
    low = statistics.median(statistics.median(run) for run in few)
    high = statistics.median(many)
    bench.row("a claim, 1,000 jobs wait", "ms", low)
    bench.row(f"a claim, {bench.arguments.waiting:,} jobs wait", "ms", high)
    bench.row("the latter to the former", "×", high / low, at_most(1.5))
    bench.row("Redis' memory a waiting job", "bytes", size, at_most(400))


def idle(bench):
    bench.redis.call("FLUSHALL")
    seconds = 30
    with bench.scheduler(workers=2) as server:
        time.sleep(10)
        before = server.processor_seconds()
        time.sleep(seconds)
        used = (server.processor_seconds() - before) / seconds * 100
    bench.row(f"processor time of an idle 'cpa serve' with two workers, over {seconds} s", "%", used, at_most(0.5))


# Faults and load


def page_job(portal, *more):
    return {"name": "bench-page", "max_retries": 0, "tasks": [{"action": "goto", "url": portal + "/form"}, *more]}


def recovery(bench):
    lease, at_once, kills = 5, 5, 4
    waits = []
    bench.redis.call("FLUSHALL")
    with tempfile.TemporaryDirectory() as scratch, stage.portal(bench.binaries, scratch) as portal, \
            bench.scheduler(workers=0, lease=f"{lease}s") as server, contextlib.ExitStack() as programs:
        def start():
            program = service.Program(bench.binaries, bench.folder(), "worker", redis_url=bench.redis.url, data_dir="data",
                                      scheduler_url=server.url, api_key=server.key, workers=at_once, lease=f"{lease}s")
            programs.callback(program.stop)
            return program

        scenario = page_job(portal, {"action": "wait_for", "selector": "#never", "timeout": 300})
        running = lambda ids: sum(server.call("GET", f"/jobs/{each}")["state"] == "running" for each in ids)
        first = start()
        for _ in range(kills):
            ids = server.submit(scenario, at_once)
            service.wait_until(lambda: running(ids) == at_once, 60, "every job running")
            second = start()
            time.sleep(3)
            first.kill()
            killed = time.time()

            def again():
                starts = [starts_of(server, each) for each in ids]
                return starts if all(len(each) > 1 for each in starts) else None

            service.wait_until(again, lease + 30, "every job running again")
            waits += [each[1] - killed for each in again()]
            for each in ids:
                server.call("DELETE", f"/jobs/{each}")
            service.wait_until(lambda: running(ids) == 0, 30, "every job cancelled")
            first = second
    bench.row(f"from kill -9 of a worker to its jobs running again, {len(waits)} jobs, lease {lease} s, p99", "s",
              quantile(waits, 0.99), at_most(lease + 2))


def starts_of(server, job):
    """When it was begun, each time, in seconds since 1970."""
    events = server.call("GET", f"/jobs/{job}/events")["events"]
    return [seconds_of(event["ts"]) for event in events if event["data"].get("state") == "running"]


def seconds_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def restart(bench):
    jobs = 100_000
    bench.redis.call("FLUSHALL")
    folder = bench.folder()
    with bench.scheduler(folder=folder, workers=0) as server:
        server.submit(NO_OP, jobs)
        service.wait_until(lambda: bench.redis.ready() >= jobs, 120, "every job being in the index")
        server.kill()
    readiness, refilled = [], []
    for forgets in (False, False, True):
        if forgets:
            bench.redis.call("FLUSHALL")
        server = service.Scheduler(bench.binaries, folder, bench.redis, workers=0)
        readiness.append(server.wait())
        refilled.append(service.wait_until(lambda: bench.redis.ready() >= jobs, 120, "every job being in the index"))
        server.kill()
    bench.row(f"restart with {jobs:,} waiting jobs, ready", "s", max(readiness), at_most(3))
    bench.row("the same with an emptied Redis, every job claimable again", "s", readiness[2] + refilled[2])


def load(bench):
    steps = [{"action": "fill", "selector": "#name", "text": "Anna Muster"},
             {"action": "fill", "selector": "#email", "text": "anna@kunde.example"},
             {"action": "click", "selector": "#submit"},
             {"action": "wait_for", "selector": "#result"},
             *({"action": "click", "selector": f"#count-{number}"} for number in range(1, 5)),
             {"action": "extract", "selector": "#counter"}]
    rate, minutes = 100, bench.arguments.minutes
    bench.redis.call("FLUSHALL")
    with tempfile.TemporaryDirectory() as scratch, stage.portal(bench.binaries, scratch) as portal, \
            bench.scheduler(workers=10) as server:
        scenario = page_job(portal, *steps)
        start = time.monotonic()
        ids = server.submit(scenario, 100)
        # Of the database: the index may not have heard of a job yet. What is no longer pending is running by the second look.
        ended = lambda: not any(server.call("GET", f"/jobs?status={state}&limit=1")["jobs"] for state in ("pending", "running"))
        service.wait_until(ended, 300, "100 jobs at once being done")
        at_once = time.monotonic() - start
        start, due = time.monotonic(), time.monotonic()
        while time.monotonic() - start < minutes * 60:
            ids.append(server.call("POST", "/jobs", scenario)["id"])
            due += 60 / rate
            time.sleep(max(0, due - time.monotonic()))
        service.wait_until(ended, 60, "the last jobs being done")
        sustained = time.monotonic() - start
        server.stop()
        with contextlib.closing(sqlite3.connect(server.data / "cpa.db")) as database:
            states = dict(database.execute("SELECT state, count(*) FROM jobs GROUP BY state"))
            waits = [row[0] / 1000 for row in database.execute("SELECT ended_ms - submitted_ms FROM jobs")][100:]
    if states != {"done": len(ids)}:
        raise SystemExit(f"bench: of {len(ids)} jobs on real pages: {states}")
    tasks = len(scenario["tasks"])
    bench.row(f"100 jobs of {tasks} tasks at once, ten browsers' contexts, all done in", "s", at_once)
    bench.row(f"tasks a minute on real pages, over {minutes:g} min, none failed", "/min",
              (len(ids) - 100) * tasks / sustained * 60, Target("value", "≥", 0.95 * rate * tasks))
    bench.row("from handing in to the end, under that load, p99", "s", quantile(waits, 0.99))


FIGURES = {"process": process, "http": http, "worker": worker, "submit": submit, "bulk": bulk, "pickup": pickup,
           "waiting": waiting, "idle": idle, "recovery": recovery, "restart": restart, "load": load}


def table(rows):
    lines = [("figure", "Sidekiq", "arq", "ours", "× Sidekiq", "target", "met")]
    for row in rows:
        digits = 0 if abs(row["ours"]) >= 100 else 2
        number = lambda value: "–" if value is None else f"{value:,.{digits}f} {row['unit']}"
        targets = ", ".join(
            f"{each['sign']} {each['limit']:g}{' × Sidekiq' if each['of'] == 'sidekiq' else ' ' + row['unit']}"
            for each in row["targets"])
        met = ", ".join("yes" if each["met"] else "no" for each in row["targets"])
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.2f}"
        lines.append((row["title"], number(row["sidekiq"]), number(row["arq"]), number(row["ours"]), ratio, targets, met))
    return report.table(lines)


def run(arguments):
    wanted = arguments.figures.split(",") if arguments.figures else list(FIGURES)
    unknown = set(wanted) - set(FIGURES)
    if unknown:
        raise SystemExit(f"bench: there is no figure {', '.join(sorted(unknown))}")
    binaries = stage.ROOT / ".build/release"
    if not arguments.skip_build:
        binaries = stage.build("cpa", "cpa-fixtures", "cpa-bench")
    stage.install("ruby-sidekiq")
    stage.peer_python(*stage.ARQ)
    with tempfile.TemporaryDirectory() as scratch, service.redis(scratch) as redis:
        bench = Bench(arguments, binaries, redis, scratch)
        for name in wanted:
            print(f"  {name} …", file=sys.stderr)
            FIGURES[name](bench)
    if arguments.json:
        print(json.dumps({"rounds": arguments.rounds, "figures": bench.rows}, ensure_ascii=False))
    else:
        print(table(bench.rows))
    return 0 if all(target["met"] for row in bench.rows for target in row["targets"]) else 1

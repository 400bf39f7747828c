"""What is left of a chaos run, as plain data: the checker reads nothing else.

| member | what it is |
|---|---|
| `operations` | the clients' log (client.py) |
| `jobs` | rows of `jobs`, by id, with `key` and `kind` of the submission |
| `events` | rows of `events`, by job, in order |
| `audit` | rows of `audit`, by tenant, in order |
| `journal` | rows of `tasks`, by job |
| `files` | rows of `artifacts`, by job: name -> SHA-256 |
| `orders`, `mails` | what the portal counted, and the mail service has in Sent Items, by key |
| `lives` | every life of every program (programs.py) |
| `faults` | what was done: name, on which part, from when until when; `shift`, seconds, of a clock that was set |
| `pulse` | how fast the machine let programs work: when, and a speed from 0 to 1 (pulse.py) |
| `health` | what `cpa serve` said of itself: when, and `ok` or `degraded`, or `away` when it did not answer |
| `since`, `until` | when the run began, and when the last program of cpa had ended |
| `expected` | how many operations clients were to ask for, about |
| `clock` | seconds from the monotonic clock, which all of these use, to the wall clock of events |
| `watched` | what watchers saw: a list of job -> `events`, and `over`: when the connection began on which it was all, as the server said |
| `mistakes` | what went wrong in this program itself |
| `leaks` | what is there that should not be |
| `integrity` | what SQLite says of the database |
"""
import collections
import json
import os
import pathlib
import sqlite3
import subprocess
import urllib.request

from programs import PORTS, QUEUE_PREFIX, command_line, pids, redis, with_suppressed

# Redis may keep these when nothing waits: counters, and who asked last. All of them end by themselves.
BOOKKEEPING = ("meta", "owner", "seq", "wake", "op", "idle", "offers", "arrivals", "policies")
# A program on a busy machine opens some only after it was counted; what leaks with each job is soon more.
SPARE_FILES = 16
# HTTP clients keep connections for their next request; at most so many.
KEPT_CONNECTIONS = 64


def control(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_control/{path}", timeout=30) as answer:
        return json.load(answer)


def mails():
    counts = collections.Counter()
    for box in control(PORTS["graph"], "mailboxes").values():
        counts.update(message["subject"] for message in box.get("sentitems", []))
    return dict(counts)


def running_leaks(installation, base):
    """What programs at rest hold more of than when they began; and what Redis still knows of jobs that have ended."""
    leaks = []
    for program in installation.programs.values():
        if program.name != "redis" and program.is_alive():
            now = descriptors(program.process.pid)
            allowed = {"files": base[program.name]["files"] + SPARE_FILES, "connections": KEPT_CONNECTIONS}
            for what, limit in allowed.items():
                if sum(now[what].values()) > limit:
                    leaks.append(f"{program.name} holds {sum(now[what].values())} {what}, more than {limit}: {dict(now[what])}")
    keys = redis("KEYS", "*")
    if keys is None:
        leaks.append("Redis does not tell which keys it has")
    for key in (keys or "").split():
        if key.removeprefix(QUEUE_PREFIX).split(":")[0] not in BOOKKEEPING:
            leaks.append(f"Redis keeps {key}")
    for worker in installation.workers:
        left = (installation.scratch / worker.name / "work").glob("*/*")
        leaks += [f"{worker.name} keeps {path}" for path in left if path.name != ".lock"]
    return leaks


def final_leaks(installation):
    """What is left when every program of cpa has ended well."""
    own = {os.getpid(), installation.fixtures.pid}
    own |= {program.process.pid for program in installation.programs.values()}
    words = [(pid, command_line(pid)) for pid in pids() if pid not in own]
    leaks = [f"process {pid} is left: {' '.join(line[:3])}" for pid, line in words if any(line)]
    # A browser has one directory; only who was killed leaves it behind.
    killed = sum(life["exit"] == -9 for worker in installation.workers for life in worker.lives)
    left = list(pathlib.Path("/tmp").glob("cpa-*"))
    if len(left) > killed:
        leaks.append(f"{len(left)} directories are left of {killed} killed workers: {', '.join(map(str, left[:8]))}")
    # What killed hosts left behind goes when the next browser starts, unless it is young: so it starts a minute later.
    installation.shift("worker0", 60)
    environment = installation.programs["worker0"].environment | {"CPA_DATA_DIR": str(installation.scratch / "last")}
    command = [installation.products / "cpa", "screenshot", "data:text/html,x", "-o", installation.scratch / "last.png"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    if run.returncode != 0:
        leaks.append(f"no browser starts any more: {run.stderr}")
    return leaks + [f"{path} is left" for path in pathlib.Path("/tmp").glob("cpa-*")]


def descriptors(pid):
    """What a process has open, counted: `connections` of TCP by the ports at both ends, `files` of every other kind."""
    addresses = {}
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        addresses[f"socket:[{words[9]}]"] = f"{int(words[1][9:], 16)}-{int(words[2][9:], 16)}"
    found = {"files": collections.Counter(), "connections": collections.Counter()}
    for name in os.listdir(f"/proc/{pid}/fd"):
        target = with_suppressed(OSError, os.readlink, f"/proc/{pid}/fd/{name}") or "gone"
        is_connection = target in addresses
        found["connections" if is_connection else "files"][addresses.get(target) or target.split(":")[0]] += 1
    return found


def rows(database, table, order):
    return [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY {order}")]


def by_job(found):
    groups = collections.defaultdict(list)
    for row in found:
        groups[row["job"]].append(row)
    return dict(groups)


def stored(path):
    """What the database holds; nobody else may have it open."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    integrity = [row[0] for row in database.execute("PRAGMA integrity_check")]
    integrity += [f"foreign key: {tuple(row)}" for row in database.execute("PRAGMA foreign_key_check")]
    keys = {row["job"]: row["idempotency_key"] for row in database.execute("SELECT * FROM submissions")}
    jobs = {}
    for row in rows(database, "jobs", "id"):
        variables = json.loads(row.pop("scenario")).get("variables", {})
        jobs[row["id"]] = row | {"key": variables.get("key"), "submission": keys.get(row["id"])}
    audit = collections.defaultdict(list)
    for row in rows(database, "audit", "tenant, seq"):
        audit[row["tenant"]].append(row | {"hash": row["hash"].hex()})
    events = rows(database, "events", "job, seq")
    for event in events:
        event["data"] = json.loads(event["data"])
    artifacts = by_job(rows(database, "artifacts", "job, name"))
    return {
        "integrity": integrity, "jobs": jobs, "events": by_job(events), "audit": dict(audit),
        "journal": by_job([row | {"result": None} for row in rows(database, "tasks", "number")]),
        "files": {job: {row["name"]: row["sha256"] for row in found} for job, found in artifacts.items()},
        "outbox": database.execute("SELECT count(*) FROM outbox").fetchone()[0],
    }

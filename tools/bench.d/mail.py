"""mail by Microsoft Graph against Microsoft's SDK for Python, both over TLS to the fixture Graph

Each figure is measured in rounds that take turns (theirs, ours), each by a process of its own against a service that was
just reset; a figure is the median over its rounds, the claim is the ratio. Ours does what it does in jobs: before every mail
it looks whether one with the same key was sent, which is a request more. Processor time and memory are those of the
process that sends; the fixture's are not counted.
"""
import contextlib
import hashlib
import json
import pathlib
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import report
import stage

PEER = pathlib.Path(__file__).with_name("mail_peer.py")
FIXTURES_WAIT = 20
# Both sides' number of mails before a measurement.
def warm_up(iterations):
    return max(1, min(4, iterations // 5))


# Figure: iterations, lanes, bytes attached, and what is read from its runs: key, title, unit, target of ours / theirs.
FIGURES = {
    "draft": (200, 4, 48_000, [
        ("per_second", "draft, attach, send: mails a second", "/s", (">=", 3)),
        ("cpu_ms", "  processor time a mail", "ms", ("<=", 0.2)),
        ("ms", "  one mail, median", "ms", None),
        ("rss_mb", "  memory, the most", "MB", ("<=", 0.2)),
    ]),
    "direct": (200, 4, 48_000, [
        ("per_second", "direct: mails a second", "/s", (">=", 3)),
        ("cpu_ms", "  processor time a mail", "ms", ("<=", 0.2)),
        ("ms", "  one mail, median", "ms", None),
        ("rss_mb", "  memory, the most", "MB", ("<=", 0.2)),
    ]),
    "upload": (5, 1, 20_000_000, [
        ("ms", "draft, 20 MB by upload session, send", "ms", None),
        ("cpu_ms", "  processor time a mail", "ms", None),
        ("rss_mb", "  memory, the most", "MB", ("<=", 0.2)),
    ]),
    "read": (10, 1, 0, [
        ("ms", "the newest 500 of an inbox with their texts", "ms", None),
        ("cpu_ms", "  processor time", "ms", ("<=", 0.2)),
    ]),
    # One to warm up and one: more than 150 MB in five minutes is not sent for one mailbox.
    "memory": (1, 1, 70_000_000, [
        ("growth_mb", "memory for 65 MB more attached", "MB", ("value", 24)),
    ]),
}


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs (5)")
    parser.add_argument("--figures", default=",".join(FIGURES), help="only these, with commas: " + ", ".join(FIGURES))
    parser.add_argument("--skip-build", action="store_true", help="measure what was built before")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


# MARK: The service


def certificate(scratch):
    """A made-up authority and a certificate of it for this machine."""
    script = """
        set -e
        curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
        openssl req -x509 $curve -days 2 -subj '/CN=cpa bench authority' -keyout ca.key -out ca.pem
        openssl req $curve -subj /CN=127.0.0.1 -keyout server.key -out server.csr
        echo subjectAltName=IP:127.0.0.1 > server.ext
        openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
    """
    done = subprocess.run(["/bin/sh", "-c", script], cwd=scratch, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: openssl\n{done.stderr}")


class Service:
    """The fixture Graph over TLS."""

    def __init__(self, binaries, scratch):
        certificate(scratch)
        self.ca = f"{scratch}/ca.pem"
        self.trust = ssl.create_default_context(cafile=self.ca)
        ready = pathlib.Path(scratch, "fixtures.json")
        command = [binaries / "cpa-fixtures", "--tls-cert", f"{scratch}/server.pem", "--tls-key", f"{scratch}/server.key",
                   "--ready-file", ready]
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
        until = time.monotonic() + FIXTURES_WAIT
        while not (ready.exists() and ready.stat().st_size):
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit("bench: cpa-fixtures did not start")
            time.sleep(0.05)
        self.facts = json.loads(ready.read_text())

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.facts['graph']}/_control/{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60, context=self.trust) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def fill(self, address, count):
        """Mails of a few kB, as offices get them."""
        for number in range(count):
            lines = "".join(f"<p>Zeile {line} der Mail {number}, mit einem Satz.</p>" for line in range(40))
            mail = {"from": f"k{number}@kunde.example", "subject": f"Rechnung {number}", "body": lines, "body_type": "html"}
            self.control("POST", f"mailboxes/{address}/messages", mail)

    def stop(self):
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def service(binaries, scratch):
    running = Service(binaries, scratch)
    try:
        yield running
    finally:
        running.stop()


# MARK: The sides


RECEIVER = "anna@kunde.example"


def call(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_side(side, figure, running, scratch, iterations, lanes, size):
    running.control("POST", "reset")
    if figure == "read":
        running.fill(RECEIVER, 500)
    facts = running.facts
    command = [*side, figure, "--graph", facts["graph"], "--ca", running.ca, "--tenant", facts["graph_tenant"],
               "--client", facts["graph_client_id"], "--secret", facts["graph_client_secret"], "--mailbox",
               facts["mailbox"], "--to", RECEIVER, "--iterations", iterations, "--lanes", lanes]
    if size:
        file = pathlib.Path(scratch, f"file-{size}")
        if not file.exists():
            file.write_bytes(bytes(range(256)) * (size // 256))
        content = file.read_bytes()
        command += ["--file", file, "--bytes", len(content), "--sha256", hashlib.sha256(content).hexdigest()]
    result = call(command)
    if figure != "read":
        sent = running.control("GET", "mailboxes")[facts["mailbox"]]["sentitems"]
        files = {mail["attachments"][0]["bytes"] for mail in sent}
        subjects = sorted(mail["subject"] for mail in sent)
        wanted = sorted(f"Rechnung {number}" for number in range(-warm_up(iterations), iterations))
        if subjects != wanted or files != {size // 256 * 256}:
            raise SystemExit(f"bench: {figure}: not each of {len(wanted)} mails lies in Sent Items once, with its file: "
                             f"{len(sent)} do, of {len(set(subjects))} subjects, with files of {files} bytes")
    return result


def memory(ours, running, scratch):
    """How much more a large attachment takes than a small one, once through."""
    small = run_side(ours, "upload", running, scratch, 1, 1, 5_000_000)["rss_mb"]
    return {"growth_mb": run_side(ours, "upload", running, scratch, 1, 1, FIGURES["memory"][2])["rss_mb"] - small}


def measure(ours, theirs, running, scratch, wanted, rounds):
    rows = []
    for figure in wanted:
        iterations, lanes, size, keys = FIGURES[figure]
        print(f"  {figure} …", file=sys.stderr)
        runs = {"theirs": [], "ours": []}
        if figure == "memory":
            runs["ours"].append(memory(ours, running, scratch))
        else:
            for _ in range(rounds):
                for name, side in (("theirs", theirs), ("ours", ours)):
                    runs[name].append(run_side(side, figure, running, scratch, iterations, lanes, size))
        rows += [row(figure, runs, *key) for key in keys]
    return rows


def row(figure, runs, key, title, unit, target):
    def number(run):
        return statistics.median(run[key]) if isinstance(run[key], list) else run[key]

    sides = {name: statistics.median(map(number, side)) if side else None for name, side in runs.items()}
    ratio = sides["ours"] / sides["theirs"] if sides["theirs"] else None
    met = None
    if target:
        sign, limit = target
        met = {"value": sides["ours"] <= limit, "<=": (ratio or 0) <= limit, ">=": (ratio or 0) >= limit}[sign]
    return {"figure": figure, "key": key, "title": title, "unit": unit, **sides, "ratio": ratio, "target": target, "met": met}


def table(rows):
    lines = [("figure", "theirs", "ours", "ratio", "target", "met")]
    for each in rows:
        def number(value):
            return "–" if value is None else f"{value:.2f} {each['unit']}"

        target = "–"
        if each["target"]:
            sign, limit = each["target"]
            target = f"≤ {limit} {each['unit']}" if sign == "value" else f"{'≥' if sign == '>=' else '≤'} {limit} × theirs"
        ratio = "–" if each["ratio"] is None else f"{each['ratio']:.2f}"
        met = {None: "–", True: "yes", False: "no"}[each["met"]]
        lines.append((each["title"].strip(), number(each["theirs"]), number(each["ours"]), ratio, target, met))
    return report.table(lines)


def run(arguments):
    wanted = arguments.figures.split(",")
    unknown = set(wanted) - set(FIGURES)
    if unknown:
        raise SystemExit(f"bench: there is no figure {', '.join(sorted(unknown))}")
    binaries = stage.ROOT / ".build/release" if arguments.skip_build else stage.build("cpa-fixtures", "cpa-bench")
    installed = subprocess.run([stage.ROOT / "tools/graph-clients", "--python"], check=True, capture_output=True, text=True)
    ours, theirs = [binaries / "cpa-bench", "mail"], [installed.stdout.strip(), PEER]
    with tempfile.TemporaryDirectory() as scratch, service(binaries, scratch) as running:
        rows = measure(ours, theirs, running, scratch, wanted, arguments.rounds)
    if arguments.json:
        print(json.dumps({"rounds": arguments.rounds, "figures": rows}, ensure_ascii=False))
    else:
        print(table(rows))
    return 1 if any(each["met"] is False for each in rows) else 0

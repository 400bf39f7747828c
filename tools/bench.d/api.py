"""The scheduler API against FastAPI + uvicorn (uvloop) + redis-py: requests a second, latency, messages, watchers."""
import asyncio
import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import stage

SCENARIO = json.dumps({
    "name": "bench", "tasks": [
        {"id": "open", "action": "goto", "url": "https://x.example/"},
        {"id": "user", "action": "fill", "selector": "#user", "text": "anna"},
        {"id": "go", "action": "click", "selector": "#go"},
    ],
})
FIGURES = ["get", "livez", "post", "many", "latency", "messages", "watchers"]
CONNECTIONS = {"post": 32, "many": 256}
PACKAGES = ["fastapi==0.115.*", "uvicorn==0.34.*", "uvloop==0.21.*", "httptools==0.6.*", "redis==5.*"]


def add_arguments(parser):
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs (3)")
    parser.add_argument("--seconds", type=int, default=5, help="how long a round is (5)")
    parser.add_argument("--figures", default=",".join(FIGURES), help="only these, with commas: " + ", ".join(FIGURES))
    parser.add_argument("--watchers", type=int, default=2000, help="WebSockets at once (2000)")
    parser.add_argument("--skip-build", action="store_true", help="measure what was built before")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


# MARK: What runs


def python():
    """The Python of a virtual environment with the reference's packages."""
    folder = stage.ROOT / ".build/bench-api-venv"
    program = folder / "bin/python"
    check = "import fastapi, uvicorn, uvloop, httptools, redis"
    if not program.exists() or subprocess.run([program, "-c", check], capture_output=True).returncode:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([program, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return program


def raise_limit():
    """Two thousand sockets on each side."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (16384, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


@contextlib.contextmanager
def process(command, ready, **options):
    started = subprocess.Popen([str(part) for part in command], preexec_fn=raise_limit, **options)
    try:
        until = time.monotonic() + 60
        while not ready():
            if started.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"bench: {command[0]} did not start: {started.poll()}")
            time.sleep(0.05)
        yield started
    finally:
        started.terminate()
        started.wait()


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=1).status == 200
    except OSError:
        return False


@contextlib.contextmanager
def reference(scratch, workers):
    socket = pathlib.Path(scratch, "redis.sock")
    redis = ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", scratch, "--save", "", "--appendonly", "no"]
    port = free_port()
    server = [
        python(), "-m", "uvicorn", "reference:app", "--app-dir", pathlib.Path(__file__).parent, "--port", port,
        "--workers", workers, "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning",
    ]
    environment = {**os.environ, "REDIS_SOCKET": str(socket)}
    with process(redis, socket.exists, stdout=subprocess.DEVNULL):
        base = f"http://127.0.0.1:{port}"
        with process(server, lambda: answers(base + "/livez"), env=environment) as started:
            yield base, {}, started


@contextlib.contextmanager
def ours(binaries, scratch):
    """cpa serve as people run it: keys, tenants, audit, log; jobs are durable in SQLite. No workers: they are not measured."""
    data = pathlib.Path(scratch, "data")
    port = free_port()
    command = [binaries / "cpa", "serve", "--listen", f"127.0.0.1:{port}", "--workers", "0", "--data-dir", data]
    environment = {**os.environ, "CPA_CONNECTIONS_PER_ADDRESS": "8192"}
    base = f"http://127.0.0.1:{port}"
    with open(pathlib.Path(scratch, "cpa.log"), "w") as log:
        with process(command, lambda: answers(base + "/livez"), env=environment, stderr=log) as started:
            yield base, {"X-API-Key": (data / "api-key").read_text().strip()}, started


def call(method, url, headers, body=None):
    request = urllib.request.Request(url, method=method, headers=headers, data=body and body.encode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


# MARK: Requests a second


def wrk(url, headers, seconds, body=None, script=None, connections=32):
    """What wrk says; a request that fails ends the measurement."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        if body:
            lua.write(f"wrk.method = 'POST'\nwrk.body = [==[{body}]==]\nwrk.headers['Content-Type'] = 'application/json'\n")
        lua.write(script or "")
        lua.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", lua.name, "--latency"]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"bench: {url}\n{done.stdout}")
    return done.stdout


def per_second(text):
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))


def rate(server, figure, seconds):
    base, headers, _ = server
    if figure == "livez":
        return per_second(wrk(base + "/livez", headers, seconds))
    if figure in CONNECTIONS:
        return per_second(wrk(base + "/jobs", headers, seconds, body=SCENARIO, connections=CONNECTIONS[figure]))
    job = call("POST", base + "/jobs", headers, SCENARIO)["id"]
    return per_second(wrk(f"{base}/jobs/{job}", headers, seconds))


def compare(binaries, figure, arguments):
    """Median rates over rounds that take turns: the reference with one worker and with two, and ours."""
    rates = {"one": [], "two": [], "ours": []}
    for _ in range(arguments.rounds):
        for name in rates:
            with tempfile.TemporaryDirectory() as scratch:
                side = ours(binaries, scratch) if name == "ours" else reference(scratch, 1 if name == "one" else 2)
                with side as server:
                    rates[name].append(rate(server, figure, arguments.seconds))
    return {name: statistics.median(values) for name, values in rates.items()}


# MARK: Latency at a fixed rate


async def open_loop(base, headers, rate, seconds, connections=64):
    """Submits at a fixed rate, whether the ones before are answered or not; p99 in milliseconds from when each was due."""
    host, port = base.removeprefix("http://").split(":")
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    text = f"POST /jobs HTTP/1.1\r\nHost: {host}\r\n{lines}Content-Length: {len(SCENARIO)}\r\n\r\n{SCENARIO}".encode()
    idle = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(await asyncio.open_connection(host, int(port)))
    taken = []

    async def one(due):
        reader, writer = await idle.get()
        writer.write(text)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 202 " not in head[:16]:
            raise SystemExit(f"bench: {head.decode()}")
        await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head).group(1)))
        taken.append(time.perf_counter() - due)
        idle.put_nowait((reader, writer))

    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = start + number / rate
        await asyncio.sleep(max(0, due - time.perf_counter()))
        tasks.append(asyncio.ensure_future(one(due)))
    await asyncio.gather(*tasks)
    return sorted(taken)[int(len(taken) * 0.99)] * 1000


def latency(binaries, arguments):
    with tempfile.TemporaryDirectory() as scratch, ours(binaries, scratch) as server:
        most = rate(server, "post", arguments.seconds)
        return {"rate": most / 2, "p99": asyncio.run(open_loop(server[0], server[1], most / 2, arguments.seconds))}


# MARK: Messages of workers


def lam(base, headers, message_type, job, name, **payload):
    message = {
        "id": name, "ts": "2026-03-01T08:30:00Z", "type": message_type, "sender": "agent://worker/w1",
        "to": ["agent://scheduler"], "epoch": 1, "payload": {"job_id": job, "worker": "w1", **payload},
    }
    return call("POST", base + "/lam/message", headers, json.dumps(message))


MESSAGES = """
local number, jobs = 0, {%s}
request = function()
    number = number + 1
    local job = jobs[number %% #jobs + 1]
    return wrk.format('POST', nil, nil, string.format('{"id":"m%%d","ts":"2026-03-01T08:30:00Z","type":"inform",' ..
        '"sender":"agent://worker/w1","to":["agent://scheduler"],"epoch":1,"payload":{"job_id":"%%s","worker":"w1",' ..
        '"kind":"step","step_id":"open","iteration":%%d,"status":"done","action":"goto","duration_ms":5}}', number, job, number))
end
"""


def messages(binaries, arguments):
    """LAM messages of workers that are stored, a second."""
    with tempfile.TemporaryDirectory() as scratch, ours(binaries, scratch) as (base, headers, _):
        jobs = [call("POST", base + "/jobs", headers, SCENARIO)["id"] for _ in range(64)]
        for job in jobs:
            lam(base, headers, "agree", job, f"a{job}")
        script = MESSAGES % ",".join(f"'{job}'" for job in jobs)
        events = lambda: sum(call("GET", f"{base}/jobs/{job}", headers)["last_seq"] for job in jobs)
        before, connections = events(), 128
        said = wrk(base + "/lam/message", headers, arguments.seconds, body=" ", script=script, connections=connections)
        answered, stored = int(re.search(r"(\d+) requests in", said).group(1)), events() - before
        # In the end each connection may have one under way, stored and not counted.
        if not answered <= stored <= answered + connections:
            raise SystemExit(f"bench: of {answered} messages {stored} were stored")
        return {"rate": per_second(said)}


# MARK: Watchers


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


async def watch(base, headers, job, count, publish, rounds, pid):
    host, port = base.removeprefix("http://").split(":")
    key = headers["X-API-Key"]
    before = resident(pid)
    text = (
        f"GET /ws/jobs/{job}?since=1000000 HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()
    arrivals, greeted = [], asyncio.Event()
    state = {"greeted": 0}

    class Watcher(asyncio.Protocol):
        def connection_made(self, transport):
            self.text = b""
            transport.write(text.replace(b"since=1000000", b"since=%d" % state["since"]))

        def data_received(self, data):
            if self.text is not None:
                self.text += data
                if b'"hello"' not in self.text:
                    return
                self.text = None
                state["greeted"] += 1
                if state["greeted"] == count:
                    greeted.set()
            elif b'"step"' in data:
                arrivals.append(time.perf_counter())

    state["since"] = call("GET", f"{base}/jobs/{job}", headers)["last_seq"]
    loop = asyncio.get_running_loop()
    for first in range(0, count, 100):
        await asyncio.gather(*(loop.create_connection(Watcher, host, int(port)) for _ in range(first, min(count, first + 100))))
    await asyncio.wait_for(greeted.wait(), 60)
    await asyncio.sleep(1)
    each = (resident(pid) - before) / count
    slowest = []
    for number in range(rounds):
        arrivals.clear()
        start = time.perf_counter()
        await loop.run_in_executor(None, publish, number)
        while len(arrivals) < count:
            if time.perf_counter() - start > 30:
                raise SystemExit(f"bench: {len(arrivals)} of {count} watchers got the event")
            await asyncio.sleep(0.005)
        taken = sorted(arrival - start for arrival in arrivals)
        slowest.append(taken[int(len(taken) * 0.99)] * 1000)
    return {"kilobytes": each, "p99": statistics.median(slowest)}


def watchers(binaries, arguments):
    """Memory a watcher, and the time until the 99th of a hundred has an event."""
    with tempfile.TemporaryDirectory() as scratch, ours(binaries, scratch) as (base, headers, started):
        job = call("POST", base + "/jobs", headers, SCENARIO)["id"]
        lam(base, headers, "agree", job, "a1")

        def publish(number):
            lam(base, headers, "inform", job, f"s{number}", kind="step", step_id="open", iteration=number, status="done", action="goto")

        raise_limit()
        return asyncio.run(watch(base, headers, job, arguments.watchers, publish, 10, started.pid))


# MARK: Report

TARGETS = {"get": 8, "post": 4, "many": 4, "livez": 4}
NAMES = {"get": "GET /jobs/{id}", "post": "POST /jobs", "many": "POST /jobs, 256 connections,", "livez": "GET /livez"}


def measure(binaries, arguments):
    """Lines of figure, ours, theirs, what is wanted, whether it is so."""
    for figure in arguments.figures.split(","):
        if figure in TARGETS:
            rates = compare(binaries, figure, arguments)
            best, target = max(rates["one"], rates["two"]), TARGETS[figure]
            theirs = f"{rates['one']:.0f} with one worker, {rates['two']:.0f} with two"
            factor = rates["ours"] / best
            yield f"{NAMES[figure]} a second", f"{rates['ours']:.0f}", theirs, f"≥ {target} ×: {factor:.1f}", factor >= target
        elif figure == "latency":
            found = latency(binaries, arguments)
            yield f"POST /jobs, p99 at {found['rate']:.0f} a second", f"{found['p99']:.1f} ms", "", "≤ 25 ms", found["p99"] <= 25
        elif figure == "messages":
            found = messages(binaries, arguments)
            yield "LAM messages a second, stored", f"{found['rate']:.0f}", "", "≥ 3000", found["rate"] >= 3000
        elif figure == "watchers":
            found = watchers(binaries, arguments)
            yield f"memory a watcher of {arguments.watchers}", f"{found['kilobytes']:.1f} KB", "", "≤ 24 KB", found["kilobytes"] <= 24
            yield "an event to all of them, p99", f"{found['p99']:.0f} ms", "", "≤ 250 ms", found["p99"] <= 250
        else:
            raise SystemExit(f"bench: there is no figure '{figure}'; there are {', '.join(FIGURES)}")


def run(arguments):
    if not shutil.which("wrk"):
        raise SystemExit("bench: wrk is missing: apt-get install wrk (tools/install does)")
    binaries = stage.ROOT / ".build/release" if arguments.skip_build else stage.build("cpa")
    lines = []
    for line in measure(binaries, arguments):
        lines.append(line)
        name, own, theirs, target, is_met = line
        if not arguments.json:
            print(f"{'ok  ' if is_met else 'MISS'}  {name:44} {own:>10}   {theirs:44} {target}", flush=True)
    if arguments.json:
        print(json.dumps([dict(zip(["figure", "ours", "theirs", "target", "met"], line)) for line in lines], indent=1))
    return 0 if all(line[-1] for line in lines) else 1

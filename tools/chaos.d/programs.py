"""The programs of a chaos run: started, harmed, started again, and remembered."""
import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import urllib.request

import jobs

LEASE = 4
PRECEDENCE = -10  # nice value of the proxy; programs run at 0
GRACE = 25  # seconds a program has to end well (contract R6)
NOTICED = 0.5  # seconds, at most, until an end is noticed
PORTS = {"serve": 7070, "redis": 6379, "portal": 8080, "graph": 8081}
QUEUE_PREFIX = "cpa:{default}:"
CLOCK_SHIM = "clock_shift.so"


class Program:
    """One program and its lives. The supervisor starts it again whenever it is wanted and not there.

    A life: `name`, `pid`, `exit`; `began`, `ended` and `asked_at` (its first SIGTERM), in monotonic seconds; `harm`, what was
    done to it and when; `stopped`, from when until when; `said`, how many bytes; `was_at_work`, whether it said that it was.
    """

    def __init__(self, name, arguments, environment, log, greeting=None):
        self.name, self.arguments, self.environment, self.log = name, arguments, environment, log
        self.greeting = greeting  # what it says when it is ready for work
        self.process, self.is_wanted = None, True
        self.lives = []
        self.not_before = 0.0
        self.lock = threading.RLock()

    def start(self):
        with self.lock, open(self.log, "ab") as log:
            # Links must be quicker than what they join: the proxy runs before the programs.
            self.process = subprocess.Popen(
                ["nice", "-n", str(-PRECEDENCE), *self.arguments], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self.said_before = log.tell()
            self.lives.append(
                {
                    "name": self.name, "pid": self.process.pid, "exit": None, "began": time.monotonic(), "ended": None, "asked_at": None,
                    "harm": [], "stopped": [],
                }
            )

    @property
    def is_stopped(self):
        return any(over is None for _, over in self.lives[-1]["stopped"])

    def is_alive(self):
        with self.lock:
            if self.process is None:
                return False
            code = self.process.poll()
            if code is None:
                return True
            self.over(code)
            return False

    def over(self, code):
        """Its life is over; noticed within a tenth of a second."""
        life = self.lives[-1]
        if life["exit"] is None:
            life["exit"], life["ended"] = code, time.monotonic()
            self.go_on(life["ended"])
            said = self.log.read_bytes()[self.said_before:]
            life["said"], life["was_at_work"] = len(said), self.greeting is None or self.greeting in said

    def go_on(self, now):
        stopped = self.lives[-1]["stopped"]
        stopped[:] = [(begun, now if over is None else over) for begun, over in stopped]

    def harm(self, what):
        with self.lock:
            if self.lives:
                self.lives[-1]["harm"].append((time.monotonic(), what))

    def send(self, number, what):
        """Sends a signal and remembers why; False when there is nobody."""
        with self.lock:
            if not self.is_alive():
                return False
            self.harm(what)
            now, life = time.monotonic(), self.lives[-1]
            if number == signal.SIGCONT:
                self.go_on(now)
            elif number == signal.SIGSTOP:
                life["stopped"].append((now, None))
            elif number == signal.SIGTERM and life["asked_at"] is None:
                life["asked_at"] = now
            self.process.send_signal(number)
            return True

    def end(self):
        """Ends it as an operator does, and waits; who does not end is killed. Its life tells how it went.

        Who was asked already is not asked again: a second signal ends at once what hangs after the first.
        """
        self.is_wanted = False
        with self.lock:
            if not self.is_alive() or (self.lives[-1]["asked_at"] is None and not self.send(signal.SIGTERM, "asked to end")):
                return
        try:
            code = self.process.wait(max(0.0, self.lives[-1]["asked_at"] + GRACE + NOTICED - time.monotonic()) + 1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        with self.lock:
            self.over(code)


def take_along(scratch):
    """What is run from the checkout, which may be out of sight later: the shim of the clock, compiled, and the pulse."""
    here = pathlib.Path(__file__)
    shim = ["clang", "-shared", "-fPIC", "-O2", "-o", scratch / CLOCK_SHIM, here.with_name("clock_shift.c")]
    subprocess.run(shim, check=True)
    shutil.copy(here.with_name("pulse.py"), scratch)


class Installation:
    """Redis with AOF, fixtures, `cpa serve` and its workers, in directories of their own and behind a network of links."""

    def __init__(self, products, scratch, network, workers):
        self.products, self.scratch, self.network = products, scratch, network
        self.serve_disk, self.redis_disk = scratch / "serve", scratch / "redis"
        self.shifts = {}
        self.programs = {}
        self.is_over = threading.Event()
        self.shim = scratch / CLOCK_SHIM
        for disk, size in ((self.serve_disk, "256m"), (self.redis_disk, "64m")):
            disk.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk], check=True)
        # The portal is on this machine, where a service's jobs may not go by themselves.
        self.policies = scratch / "policies.yaml"
        self.policies.write_text("default: { network: { loopback: true } }\n")
        self.start_fixtures()
        self.validate_jobs()
        self.add_redis()
        self.add_serve()
        self.workers = [self.add_worker(number) for number in range(workers)]
        self.pulse = scratch / "pulse"
        # In a session of its own, as every program is: so it is given what a program is given.
        self.pulse_process = subprocess.Popen(
            ["nice", "-n", str(-PRECEDENCE), sys.executable, scratch / "pulse.py", self.pulse],
            start_new_session=True,
        )
        self.health = []  # (when, what cpa serve said of itself, or "away")
        threading.Thread(target=self.ask_for_health, name="health", daemon=True).start()
        self.supervisor = threading.Thread(target=self.supervise, name="supervisor", daemon=True)
        self.supervisor.start()

    # What there is

    def shifted(self, name):
        """The environment of a program whose clock can be shifted."""
        path = self.scratch / f"{name}.shift"
        path.write_bytes(struct.pack("q", 0))
        self.shifts[name] = path
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LD_PRELOAD": str(self.shim), "CLOCK_SHIFT": str(path)}

    def shift(self, name, seconds):
        with open(self.shifts[name], "r+b") as file:
            file.write(struct.pack("q", seconds))

    def start_fixtures(self):
        ready = self.scratch / "fixtures.json"
        log = open(self.scratch / "fixtures.log", "wb")
        command = [self.products / "cpa-fixtures", "--portal-port", str(PORTS["portal"]), "--graph-port", str(PORTS["graph"])]
        self.fixtures = subprocess.Popen(command + ["--ready-file", ready], stdout=log, stderr=log)
        wait_for("the fixtures", lambda: ready.exists() and ready.stat().st_size)
        self.accepts = json.loads(ready.read_text())
        # Mail lies in the outbox for a while, so that workers die with one on its way.
        switch(PORTS["graph"], "settings", {"send_delay_ms": 700})
        self.portal = f"http://127.0.0.1:{self.network.add('pages', 8180, ('127.0.0.1', PORTS['portal']))}"
        self.network.add("graph", 8181, ("127.0.0.1", PORTS["graph"]))

    def validate_jobs(self):
        """A kind of job that cpa refuses would be missing in the run."""
        for kind in jobs.KINDS:
            text = json.dumps(jobs.scenario(kind, "k00000", self.portal))
            command = [self.products / "cpa", "validate", "-", "--data-dir", self.scratch / "validate"]
            run = subprocess.run(command, input=text, capture_output=True, text=True)
            if run.returncode != 0:
                raise ValueError(f"jobs.py: cpa refuses '{kind}': {run.stdout}{run.stderr}")

    def add(self, name, arguments, environment, greeting=None):
        program = Program(name, arguments, environment, self.scratch / f"{name}.log", greeting)
        self.programs[name] = program
        return program

    def add_redis(self):
        command = ["redis-server", "--port", str(PORTS["redis"]), "--bind", "127.0.0.1", "--dir", self.redis_disk, "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "everysec"]
        self.redis = self.add("redis", command, self.shifted("redis"), b"Ready to accept")
        self.redis.start()
        wait_for("Redis", lambda: redis("PING") == "PONG")

    def add_serve(self):
        port = self.network.add("serve-redis", 7379, ("127.0.0.1", PORTS["redis"]))
        self.network.add("client-serve", 7170, ("127.0.0.1", PORTS["serve"]))
        command = [
            self.products / "cpa", "serve", "--listen", f"127.0.0.1:{PORTS['serve']}", "--data-dir", self.serve_disk,
            "--workers", "0", "--redis", f"redis://127.0.0.1:{port}", "--lease", f"{LEASE}s",
            "--policies", self.policies,
        ]
        self.serve = self.add("serve", command, self.shifted("serve"), b"The API listens")
        self.serve.start()
        key = self.serve_disk / "api-key"
        wait_for("cpa serve", lambda: key.exists() and key.stat().st_size)
        self.key = key.read_text().split()[0]

    def add_worker(self, number):
        name = f"worker{number}"
        redis_port = self.network.add(f"{name}-redis", 7400 + number, ("127.0.0.1", PORTS["redis"]))
        serve_port = self.network.add(f"{name}-serve", 7500 + number, ("127.0.0.1", PORTS["serve"]))
        environment = self.shifted(name)
        accepts = self.accepts
        environment.update(
            CPA_API_KEY=self.key, CPA_GRAPH_TENANT=accepts["graph_tenant"], CPA_GRAPH_CLIENT_ID=accepts["graph_client_id"],
            CPA_GRAPH_CLIENT_SECRET=accepts["graph_client_secret"], CPA_GRAPH_MAILBOX=accepts["mailbox"],
            CPA_GRAPH_LOGIN_URL="http://127.0.0.1:8181", CPA_GRAPH_URL="http://127.0.0.1:8181/v1.0",
        )
        command = [
            self.products / "cpa", "worker", "--data-dir", self.scratch / name, "--workers", "2", "--lease", f"{LEASE}s",
            "--redis", f"redis://127.0.0.1:{redis_port}", "--scheduler", f"http://127.0.0.1:{serve_port}",
            "--policies", self.policies,
        ]
        worker = self.add(name, command, environment, b"Worker started")
        worker.start()
        return worker

    # Looking on

    def ask_for_health(self):
        """Asks `cpa serve` how it is, past every link."""
        while not self.is_over.wait(0.2):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORTS['serve']}/health", timeout=2) as answer:
                    word = json.load(answer)["status"]
            except (OSError, ValueError, http.client.HTTPException):
                word = "away"
            self.health.append((time.monotonic(), word))

    def owner(self, pid):
        """The name of the program that a process belongs to; None when it belongs to none."""
        programs = {program.process.pid: name for name, program in self.programs.items() if program.process}
        while pid > 1:
            if pid in programs:
                return programs[pid]
            pid = parent(pid)
        return None

    # Keeping it up

    def supervise(self):
        while not self.is_over.wait(0.1):
            self.reap_orphans()
            for program in self.programs.values():
                with program.lock:
                    if program.is_wanted and not program.is_alive() and time.monotonic() >= program.not_before:
                        program.start()
                        # Whoever ends at once is not started twice a second.
                        program.not_before = time.monotonic() + 1

    def reap_orphans(self):
        """We are the first process here: whoever lost its parent is ours to reap, but not our own children."""
        own = {program.process.pid for program in self.programs.values() if program.process}
        own |= {self.fixtures.pid, self.pulse_process.pid}
        for pid in children():
            if pid not in own and state(pid) == "Z":
                with_suppressed(ChildProcessError, os.waitpid, pid, os.WNOHANG)

    def kill(self, program, what, pause=0.0):
        """False when it was away already."""
        with program.lock:
            was_there = program.send(signal.SIGKILL, what)
            if was_there:
                program.process.wait()
                program.is_alive()
            program.not_before = time.monotonic() + pause
            return was_there

    def browsers(self):
        """Process ids of Chromium: `main`, and by `--type` those that it started."""
        found = collections.defaultdict(list)
        for pid in pids():
            # Chromium writes the command lines of those into one string.
            words = " ".join(command_line(pid)).split()
            if words and re.search("headless[_-]shell$", words[0]):
                kinds = [word.removeprefix("--type=") for word in words if word.startswith("--type=")]
                found[kinds[0] if kinds else "main"].append(pid)
        return found


# Small things


def with_suppressed(error, call, *arguments):
    try:
        return call(*arguments)
    except error:
        return None


def wait_for(what, condition, seconds=60):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not come within {seconds} s")


def redis(*words, timeout=5):
    """One command on a connection of our own, past every link; None when Redis is away."""
    run = with_suppressed(
        subprocess.TimeoutExpired, lambda: subprocess.run(
            ["redis-cli", "-p", str(PORTS["redis"]), *words], capture_output=True, text=True, timeout=timeout
        )
    )
    return run.stdout.strip() if run and run.returncode == 0 else None


def switch(port, path, body=None, method="POST"):
    """A switch of the fixtures, past every link; raises what went wrong."""
    address = f"http://127.0.0.1:{port}/_control/{path}"
    data = None if body is None else json.dumps(body).encode()
    urllib.request.urlopen(urllib.request.Request(address, data, method=method), timeout=5).close()


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def children():
    return [pid for pid in pids() if parent(pid) == os.getpid()]


def fields(pid):
    text = with_suppressed(OSError, pathlib.Path(f"/proc/{pid}/stat").read_text)
    return text.rpartition(")")[2].split() if text else ["?", "0"]


def state(pid):
    return fields(pid)[0]


def parent(pid):
    return int(fields(pid)[1])


def command_line(pid):
    bytes_ = with_suppressed(OSError, pathlib.Path(f"/proc/{pid}/cmdline").read_bytes)
    return (bytes_ or b"").decode(errors="replace").split("\0")


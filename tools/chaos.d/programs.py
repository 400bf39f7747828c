"""The programs of a chaos run: started, harmed, started again, and remembered."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import urllib.request

LEASE = 4
PRECEDENCE = -10  # nice value of the proxy; programs run at 0
GRACE = 25  # seconds a program has to end well (contract R6)
PORTS = {"serve": 7070, "redis": 6379, "portal": 8080, "graph": 8081}
QUEUE_PREFIX = "cpa:{default}:"
CLOCK_SHIM = "clock_shift.so"


class Program:
    """One program and its lives. The supervisor starts it again whenever it is wanted and not there."""

    def __init__(self, name, arguments, environment, log, may_end_with=()):
        self.name, self.arguments, self.environment, self.log = name, arguments, environment, log
        self.may_end_with = may_end_with
        self.process, self.is_wanted, self.is_stopped = None, True, False
        self.lives = []  # one dict a life: pid, harm (what was done to it), exit, when it began and ended, bytes it said
        self.not_before = 0.0
        self.lock = threading.RLock()

    def start(self):
        with self.lock, open(self.log, "ab") as log:
            # Links must be quicker than what they join: the proxy runs before the programs.
            self.process = subprocess.Popen(
                ["nice", "-n", str(-PRECEDENCE), *self.arguments], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self.is_stopped = False
            self.said_before = log.tell()
            self.lives.append(
                {"name": self.name, "pid": self.process.pid, "harm": [], "exit": None, "began": time.monotonic(), "ended": None}
            )

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
            life["said"] = os.path.getsize(self.log) - self.said_before

    def harm(self, what):
        with self.lock:
            if self.lives:
                self.lives[-1]["harm"].append(what)

    def send(self, number, what):
        """Sends a signal and remembers why; False when there is nobody."""
        with self.lock:
            if not self.is_alive():
                return False
            self.harm(what)
            if number == signal.SIGCONT:
                self.is_stopped = False
            elif number == signal.SIGSTOP:
                self.is_stopped = True
            self.process.send_signal(number)
            return True

    def end(self, grace=GRACE):
        """Ends it as an operator does; returns how, in seconds and by what code."""
        self.is_wanted = False
        began = time.monotonic()
        if not self.send(signal.SIGTERM, "asked to end"):
            return None
        try:
            code = self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = None
        with self.lock:
            self.over(code)
        return {"name": self.name, "seconds": round(time.monotonic() - began, 1), "exit": code}


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
        self.add_redis()
        self.add_serve()
        self.workers = [self.add_worker(number) for number in range(workers)]
        self.pulse = scratch / "pulse"
        # In a session of its own, as every program is: so it is given what a program is given.
        self.pulse_process = subprocess.Popen(
            ["nice", "-n", str(-PRECEDENCE), sys.executable, scratch / "pulse.py", self.pulse],
            start_new_session=True,
        )
        self.health = []  # (when, what cpa serve said of itself)
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
        post_control(PORTS["graph"], "settings", {"send_delay_ms": 700})
        self.portal = f"http://127.0.0.1:{self.network.add('pages', 8180, ('127.0.0.1', PORTS['portal']))}"
        self.network.add("graph", 8181, ("127.0.0.1", PORTS["graph"]))

    def add(self, name, arguments, environment, may_end_with=()):
        program = Program(name, arguments, environment, self.scratch / f"{name}.log", may_end_with)
        self.programs[name] = program
        return program

    def add_redis(self):
        command = ["redis-server", "--port", str(PORTS["redis"]), "--bind", "127.0.0.1", "--dir", self.redis_disk, "--save", ""]
        self.redis = self.add("redis", command + ["--appendonly", "yes", "--appendfsync", "everysec"], self.shifted("redis"), (1,))
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
        # 69: the disk is full at the start. A unit file would start it again, and so do we.
        self.serve = self.add("serve", command, self.shifted("serve"), (69,))
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
        worker = self.add(name, command, environment, (69,))
        worker.start()
        return worker

    # Looking on

    def ask_for_health(self):
        """Asks `cpa serve` how it is, past every link."""
        while not self.is_over.wait(0.2):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{PORTS['serve']}/health", timeout=2) as answer:
                    self.health.append((time.monotonic(), json.load(answer)["status"]))
            except (OSError, ValueError, http.client.HTTPException):
                pass

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
        with program.lock:
            if program.send(signal.SIGKILL, what):
                program.process.wait()
                program.is_alive()
            program.not_before = time.monotonic() + pause

    def browsers(self):
        """Process ids of Chromium: `main`, and `renderer`."""
        found = {"main": [], "renderer": []}
        for pid in pids():
            words = command_line(pid)
            if not any("headless_shell" in word or "headless-shell" in word for word in words[:1]):
                continue
            kinds = [word for word in words if word.startswith("--type=")]
            if not kinds:
                found["main"].append(pid)
            elif kinds[0] == "--type=renderer":
                found["renderer"].append(pid)
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


def post_control(port, path, body):
    """A switch of the fixtures, past every link."""
    address = f"http://127.0.0.1:{port}/_control/{path}"
    request = urllib.request.Request(address, json.dumps(body).encode(), method="POST")
    with_suppressed(OSError, lambda: urllib.request.urlopen(request, timeout=5).close())


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


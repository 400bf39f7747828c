"""The programs around a measurement of the queue: a private Redis, `cpa serve` and `cpa worker`, and their API."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds, what):
    """Asks until it is so; returns how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.002)
    raise SystemExit(f"bench: {what} did not happen within {seconds} s")


class Redis:
    """A Redis of our own with AOF everysec, as everybody measured here uses it."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        command = ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", folder, "--save", "",
                   "--appendonly", "yes", "--appendfsync", "everysec", "--daemonize", "no"]
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
        wait_until(lambda: self.call("PING", strict=False) == "PONG", 10, "an answer of Redis")

    def call(self, *words, strict=True):
        command = ["redis-cli", "-p", str(self.port), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True)
        if strict and (done.returncode or done.stdout.startswith("ERR")):
            raise SystemExit(f"bench: redis {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def memory(self):
        lines = self.call("INFO", "memory").splitlines()
        return next(int(line.split(":")[1]) for line in lines if line.startswith("used_memory:"))

    def ready(self):
        return int(self.call("HGET", "cpa:{default}:meta", "ready") or 0)

    def stop(self):
        self.process.terminate()
        self.process.wait()


@contextlib.contextmanager
def redis(scratch):
    folder = pathlib.Path(scratch, "redis")
    folder.mkdir()
    server = Redis(folder)
    try:
        yield server
    finally:
        server.stop()


class Program:
    """`cpa serve` or `cpa worker`, with its data in a folder."""

    def __init__(self, binaries, folder, *words, **settings):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("CPA_")}
        environment |= {f"CPA_{key.upper()}": str(value) for key, value in settings.items()}
        environment["CPA_LOG_LEVEL"] = "warning"
        # The portal is on this machine, where a service's jobs may not go by themselves.
        policies = self.folder / "policies.yaml"
        policies.write_text("default: { network: { loopback: true } }\n")
        environment["CPA_POLICIES"] = str(policies)
        self.log = open(self.folder / f"{words[0]}.log", "ab")
        command = [str(binaries / "cpa"), *map(str, words)]
        self.process = subprocess.Popen(command, cwd=self.folder, env=environment, stderr=self.log)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()

    def processor_seconds(self):
        """User and system time of the process alone: browsers are others."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Scheduler(Program):
    """`cpa serve`, reached over its API."""

    def __init__(self, binaries, folder, redis, **settings):
        self.port = settings.pop("port", None) or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {"data_dir": pathlib.Path(folder, "data"), "redis_url": redis.url, "listen": f"127.0.0.1:{self.port}",
                    **settings}
        self.data = settings["data_dir"]
        super().__init__(binaries, folder, "serve", **settings)

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait(self):
        return wait_until(self.is_ready, 60, "the scheduler being ready")

    @property
    def key(self):
        return (self.data / "api-key").read_text().strip()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        request.add_header("X-API-Key", self.key)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def submit(self, scenario, count):
        """Jobs of one scenario, by bulk calls; returns their ids."""
        ids = []
        for first in range(0, count, 1000):
            part = [{"scenario": scenario}] * min(1000, count - first)
            answer = self.call("POST", "/jobs/bulk?atomic=true", part)
            ids += [result["id"] for result in answer["results"]]
        return ids

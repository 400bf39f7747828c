"""The faults of a chaos run, and when they come: everything by the seed."""
import os
import pathlib
import random
import signal
import subprocess
import time

from programs import LEASE, PORTS, post_control, redis, with_suppressed


class Fault:
    """Something that goes wrong: `begin` does it, `end` undoes it `seconds` later (0: there is nothing to undo).

    `on` names the part that is hit; without it the first word of what `begin` answers does.
    """

    def __init__(self, name, weight, begin, end=None, seconds=(0, 0), on=None):
        self.name, self.weight, self.begin, self.end, self.seconds, self.on = name, weight, begin, end, seconds, on
        # What nobody undoes lasts as long as it may.
        self.lasting = seconds[1] if end is None else 0


def schedule(seed, minutes, worker_count):
    """What happens when: a list of (second, fault name, seconds it lasts, which worker, a number for whatever else)."""
    chance = random.Random(seed)
    names = list(CATALOGUE)
    weights = [CATALOGUE[name].weight for name in names]
    plan, now = [], 4.0
    while now < minutes * 60 - 8:
        name = chance.choices(names, weights)[0]
        low, high = CATALOGUE[name].seconds
        plan.append((round(now, 1), name, round(chance.uniform(low, high), 1), chance.randrange(worker_count), chance.random()))
        now += chance.uniform(1.5, 6)
    return plan


class Mischief:
    """Carries a plan out on an installation."""

    def __init__(self, installation, say):
        self.at, self.say = installation, say
        self.began = time.monotonic()
        self.pending = []  # (when, fault, its token, its entry in the story)
        self.story = []  # what was done: name, on which part, from when until when

    def run(self, plan, until):
        for second, name, lasts, worker, number in plan:
            self.wait_until(min(until, self.began + second))
            if time.monotonic() >= until:
                break
            fault = CATALOGUE[name]
            # A fault of the same kind that lasts still is not begun again.
            if any(other is fault for _, other, *_ in self.pending):
                continue
            began = time.monotonic()
            token = fault.begin(self.at, self.at.workers[worker], number)
            part = fault.on or (token or "nobody").split()[0]
            entry = {"name": name, "on": part, "from": began, "until": time.monotonic() + fault.lasting}
            self.story.append(entry)
            detail = token if isinstance(token, str) else ""
            self.say(f"{time.monotonic() - self.began:6.1f} s  {name} {detail}" + (f" for {lasts} s" if fault.end else ""))
            if fault.end:
                entry["until"] = float("inf")
                self.pending.append((time.monotonic() + lasts, fault, token, entry))
        self.wait_until(until)
        self.undo(everything=True)

    def wait_until(self, when):
        while (left := when - time.monotonic()) > 0:
            self.undo()
            time.sleep(min(0.1, left))

    def undo(self, everything=False):
        for waiting in list(self.pending):
            when, fault, token, entry = waiting
            if everything or when <= time.monotonic():
                self.pending.remove(waiting)
                fault.end(self.at, token)
                entry["until"] = time.monotonic()


# Programs


def kill_worker(at, worker, number):
    at.kill(worker, "killed", pause=number * 3)
    return worker.name


def kill_serve(at, worker, number):
    at.kill(at.serve, "killed", pause=number * 2)


def kill_redis(at, worker, number):
    at.kill(at.redis, "killed", pause=number * 2)


def kill_all(at, worker, number):
    for program in at.programs.values():
        at.kill(program, "killed", pause=1)


def kill_browser(at, worker, number):
    return kill_one(at, at.browsers()["main"], number)


def kill_renderer(at, worker, number):
    return kill_one(at, at.browsers()["renderer"], number)


def kill_one(at, found, number):
    if not found:
        return "nobody (there was none)"
    pid = found[int(number * len(found))]
    owner = at.owner(pid)
    with_suppressed(OSError, os.kill, pid, signal.SIGKILL)
    return owner or "nobody (its host is gone)"


def stop(program):
    program.send(signal.SIGSTOP, "stopped")
    return program.name


def resume(at, name):
    program = at.programs[name]
    if program.is_stopped:
        program.send(signal.SIGCONT, "resumed")


def restart(program):
    """As a rolling upgrade does: asked to end, given time, started again by the supervisor."""
    program.send(signal.SIGTERM, "asked to end")
    return program.name


# Redis


def flush(at, worker, number):
    redis("FLUSHALL")


def pause_clients(at, worker, number):
    redis("CLIENT", "PAUSE", str(int(1000 + number * 5000)), "ALL")


def forget_scripts(at, worker, number):
    redis("SCRIPT", "FLUSH")


# Links


def break_link(fault):
    def begin(at, worker, number):
        names = sorted(at.network.links)
        name = names[int(number * len(names))]
        owner = at.programs.get(name.split("-")[0])
        if owner:
            owner.harm(f"{name}: {fault}")
        at.network.set(name, fault, 0.05 + (number * 97 % 1) * 0.4)
        return name

    return begin


def mend_link(at, name):
    at.network.set(name)


# Disks, clocks, mail


def fill(disk):
    def begin(at, worker, number):
        path = getattr(at, disk) / "filler"
        subprocess.run(["fallocate", "-l", "1g", path], stderr=subprocess.DEVNULL)
        # fallocate takes nothing when it cannot take all: the rest goes byte by byte.
        with open(path, "ab") as file:
            with_suppressed(OSError, lambda: [file.write(b"\0" * (1 << 20)) for _ in range(300)])
            with_suppressed(OSError, lambda: [os.write(file.fileno(), b"\0" * 256) for _ in range(5000)])
        return str(path)

    return begin


def make_room(at, path):
    pathlib.Path(path).unlink(missing_ok=True)


def set_clock(at, worker, number):
    name = sorted(at.shifts)[int(number * len(at.shifts))]
    seconds = int(3600 * (1 if (number * 31) % 1 < 0.5 else -1))
    at.shift(name, seconds)
    at.programs[name].harm("clock set")
    return f"{name} {seconds:+} s"


def set_clock_back(at, token):
    at.shift(token.split()[0], 0)


def trouble_mail(at, worker, number):
    kinds = ["answer", "answer_after", "cut", "cut_after", "delay"]
    rule = {"kind": kinds[int(number * 5)], "times": 2, "delay_ms": 1500, "method": "POST"}
    post_control(PORTS["graph"], "faults", rule)
    return rule["kind"]


CATALOGUE = {
    fault.name: fault
    for fault in [
        Fault("kill worker", 12, kill_worker),
        Fault("kill serve", 7, kill_serve, on="serve"),
        Fault("kill Redis", 5, kill_redis, on="redis"),
        Fault("kill everything", 2, kill_all, on="everything"),
        Fault("kill Chromium", 6, kill_browser),
        Fault("kill renderer", 6, kill_renderer),
        Fault("stop worker past its lease", 6, lambda at, worker, _: stop(worker), resume, (LEASE + 0.5, LEASE + 4)),
        Fault("stop serve", 3, lambda at, *_: stop(at.serve), resume, (1, LEASE + 2)),
        Fault("stop Redis", 2, lambda at, *_: stop(at.redis), resume, (1, LEASE + 2)),
        Fault("restart worker", 4, lambda at, worker, _: restart(worker)),
        Fault("restart serve", 3, lambda at, *_: restart(at.serve)),
        Fault("FLUSHALL", 5, flush, on="redis"),
        Fault("CLIENT PAUSE", 3, pause_clients, seconds=(6, 6), on="redis"),
        Fault("SCRIPT FLUSH", 3, forget_scripts, on="redis"),
        Fault("delay on", 4, break_link("delay"), mend_link, (3, 8)),
        Fault("stall on", 4, break_link("stall"), mend_link, (1, 7)),
        Fault("half-open", 5, break_link("half-open"), mend_link, (1, 7)),
        Fault("cut", 5, break_link("cut"), mend_link, (0.5, 5)),
        Fault("reply lost on", 6, break_link("lost-reply"), mend_link, (0.5, 3)),
        Fault("disk full under serve", 3, fill("serve_disk"), make_room, (2, 6), on="serve"),
        Fault("disk full under Redis", 2, fill("redis_disk"), make_room, (2, 6), on="redis"),
        Fault("clock set on", 4, set_clock, set_clock_back, (3, 8)),
        Fault("mail service", 6, trouble_mail, seconds=(10, 10), on="graph"),
    ]
}

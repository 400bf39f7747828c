"""The faults of a chaos run, and when they come: everything by the seed."""
import os
import random
import signal
import subprocess
import time

from programs import LEASE, PORTS, redis, switch, with_suppressed

FULL = 64 << 10  # a disk with fewer bytes left is full


class Deed:
    """A fault that took place: on which part, what undoing it needs, what to print, and what its entry in the story has besides."""

    def __init__(self, on, token=None, detail="", **more):
        self.on, self.token, self.detail, self.more = on, token, detail, more


class Fault:
    """Something that goes wrong: `begin` does it, `end` undoes it `seconds` later (none: there is nothing to undo).

    `begin` answers with a `Deed`, or with None when it did not take place: then it counts as nothing and excuses nothing.
    """

    def __init__(self, name, weight, begin, end=None, seconds=(0, 0)):
        self.name, self.weight, self.begin, self.end, self.seconds = name, weight, begin, end, seconds
        # What nobody undoes lasts as long as it may.
        self.lasting = seconds[1] if end is None else 0


def schedule(seed, minutes, worker_count):
    """What happens when: a list of (second, fault name, seconds it lasts, which worker, a number for whatever else).

    First each kind once, in any order, which two minutes have room for; then by weight.
    """
    chance = random.Random(seed)
    names = list(CATALOGUE)
    weights = [CATALOGUE[name].weight for name in names]
    first = chance.sample(names, len(names))
    plan, now = [], 4.0
    while now < minutes * 60 - 8:
        name = first.pop() if first else chance.choices(names, weights)[0]
        low, high = CATALOGUE[name].seconds
        plan.append((round(now, 1), name, round(chance.uniform(low, high), 1), chance.randrange(worker_count), chance.random()))
        now += chance.uniform(1.5, 5.5 if first else 6)
    return plan


class Mischief:
    """Carries a plan out on an installation."""

    def __init__(self, installation, say):
        self.at, self.say = installation, say
        self.began = time.monotonic()
        self.pending = []  # (when, fault, its deed, its entry in the story)
        self.story = []  # what was done: name, on which part, from when until when

    def run(self, plan, until):
        ends = [self.began + second for second, *_ in plan[1:]] + [until]
        for (second, name, lasts, worker, number), end in zip(plan, ends):
            self.wait_until(min(until, self.began + second))
            if time.monotonic() >= until:
                break
            # A browser that is not there yet, a link that is broken: it may be possible a moment later.
            while not (is_done := self.begin(CATALOGUE[name], lasts, worker, number)) and time.monotonic() < min(until, end) - 0.5:
                self.wait_until(time.monotonic() + 0.5)
            if not is_done:
                self.say(f"{time.monotonic() - self.began:6.1f} s  {name}: not done")
        self.wait_until(until)
        self.undo(everything=True)

    def begin(self, fault, lasts, worker, number):
        """False when it did not take place: one of the same kind that lasts still is not begun again, for instance."""
        if any(other is fault for _, other, *_ in self.pending):
            return False
        began = time.monotonic()
        deed = fault.begin(self.at, self.at.workers[worker], number)
        if deed is None:
            return False
        entry = {"name": fault.name, "on": deed.on, "from": began, "until": time.monotonic() + fault.lasting, **deed.more}
        self.story.append(entry)
        self.say(f"{began - self.began:6.1f} s  {fault.name} {deed.on} {deed.detail}".rstrip() + (f" for {lasts} s" if fault.end else ""))
        if fault.end:
            entry["until"] = float("inf")
            self.pending.append((time.monotonic() + lasts, fault, deed, entry))
        return True

    def wait_until(self, when):
        while (left := when - time.monotonic()) > 0:
            self.undo()
            time.sleep(min(0.1, left))

    def undo(self, everything=False):
        for waiting in list(self.pending):
            when, fault, deed, entry = waiting
            if everything or when <= time.monotonic():
                self.pending.remove(waiting)
                fault.end(self.at, deed.token)
                entry["until"] = time.monotonic()


# Programs


def kill(program):
    def begin(at, worker, number):
        one = program(at, worker)
        return Deed(one.name) if at.kill(one, "killed", pause=number * 2) else None

    return begin


def kill_all(at, worker, number):
    killed = [at.kill(program, "killed", pause=1) for program in at.programs.values()]
    return Deed("everything") if any(killed) else None


def kill_process(kind):
    """Of a Chromium; without its zygote all of its renderers are gone, and no new one comes."""
    def begin(at, worker, number):
        found = at.browsers()[kind]
        if not found:
            return None
        pid = found[int(number * len(found))]
        owner = at.owner(pid)
        # One whose host is gone is about to end by itself.
        if owner is None:
            return None
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            return None
        return Deed(owner)

    return begin


def stop(program):
    def begin(at, worker, number):
        one = program(at, worker)
        return Deed(one.name, token=one.name) if one.send(signal.SIGSTOP, "stopped") else None

    return begin


def resume(at, name):
    program = at.programs[name]
    if program.is_stopped:
        program.send(signal.SIGCONT, "resumed")


def restart(program):
    """As a rolling upgrade does: asked to end, given time, started again by the supervisor. Nobody is asked twice."""
    def begin(at, worker, number):
        one = program(at, worker)
        is_asked = one.lives[-1]["asked_at"] is not None
        return Deed(one.name) if not is_asked and one.send(signal.SIGTERM, "asked to end") else None

    return begin


def the_worker(at, worker):
    return worker


def the_serve(at, worker):
    return at.serve


def the_redis(at, worker):
    return at.redis


# Redis


def command(*words):
    """A command to Redis; it did not take place unless Redis answers, and one that does not answer a ping is not asked."""
    def begin(at, worker, number):
        filled = [word(number) if callable(word) else word for word in words]
        is_there = redis("PING", timeout=1) == "PONG"
        return Deed("redis") if is_there and redis(*filled) is not None else None

    return begin


def pause(number):
    return str(int(1000 + number * 5000))


# Links


def break_link(fault):
    def begin(at, worker, number):
        names = sorted(at.network.links)
        name = names[int(number * len(names))]
        if name in at.network.broken:
            return None
        harm_owner(at, name, fault)
        at.network.set(name, fault, 0.05 + (number * 97 % 1) * 0.4)
        return Deed(name, token=(name, fault))

    return begin


def mend_link(at, token):
    name, fault = token
    if at.network.broken.get(name) == fault:
        at.network.set(name)
        harm_owner(at, name, "mended")


def harm_owner(at, link, what):
    if owner := at.programs.get(link.split("-")[0]):
        owner.harm(f"{link}: {what}")


# Disks, clocks, mail


def fill(disk):
    def begin(at, worker, number):
        place = getattr(at, disk)
        path = place / "filler"
        subprocess.run(["fallocate", "-l", "1g", path], stderr=subprocess.DEVNULL)
        # fallocate takes nothing when it cannot take all: the rest goes byte by byte.
        with open(path, "ab", buffering=0) as file:
            with_suppressed(OSError, lambda: [file.write(b"\0" * (1 << 20)) for _ in range(300)])
            with_suppressed(OSError, lambda: [file.write(b"\0" * 256) for _ in range(5000)])
        state = os.statvfs(place)
        if state.f_bavail * state.f_frsize >= FULL:
            make_room(at, path)
            return None
        return Deed(place.name, token=path)

    return begin


def make_room(at, path):
    path.unlink(missing_ok=True)


def set_clock(at, worker, number):
    name = sorted(at.shifts)[int(number * len(at.shifts))]
    seconds = int(3600 * (1 if (number * 31) % 1 < 0.5 else -1))
    at.shift(name, seconds)
    at.programs[name].harm("clock set")
    return Deed(name, token=name, detail=f"{seconds:+} s", shift=seconds)


def set_clock_back(at, name):
    at.shift(name, 0)
    at.programs[name].harm("clock set back")


def trouble_mail(at, worker, number):
    kinds = ["answer", "answer_after", "cut", "cut_after", "delay"]
    rule = {"kind": kinds[int(number * 5)], "times": 2, "delay_ms": 1500, "method": "POST"}
    try:
        switch(PORTS["graph"], "faults", rule)
    except OSError:
        return None
    return Deed("graph", detail=rule["kind"])


def calm_mail(at, token):
    switch(PORTS["graph"], "faults", method="DELETE")


CATALOGUE = {
    fault.name: fault
    for fault in [
        Fault("kill worker", 12, kill(the_worker)),
        Fault("kill serve", 7, kill(the_serve)),
        Fault("kill Redis", 5, kill(the_redis)),
        Fault("kill everything", 2, kill_all),
        Fault("kill Chromium", 6, kill_process("main")),
        Fault("kill renderer", 6, kill_process("renderer")),
        Fault("kill zygote", 3, kill_process("zygote")),
        Fault("stop worker past its lease", 6, stop(the_worker), resume, (LEASE + 0.5, LEASE + 4)),
        Fault("stop serve", 3, stop(the_serve), resume, (1, LEASE + 2)),
        Fault("stop Redis", 2, stop(the_redis), resume, (1, LEASE + 2)),
        Fault("restart worker", 4, restart(the_worker)),
        Fault("restart serve", 3, restart(the_serve)),
        Fault("FLUSHALL", 5, command("FLUSHALL")),
        Fault("CLIENT PAUSE", 3, command("CLIENT", "PAUSE", pause, "ALL"), seconds=(6, 6)),
        Fault("SCRIPT FLUSH", 3, command("SCRIPT", "FLUSH")),
        Fault("delay on", 4, break_link("delay"), mend_link, (3, 8)),
        Fault("stall on", 4, break_link("stall"), mend_link, (1, 7)),
        Fault("half-open", 5, break_link("half-open"), mend_link, (1, 7)),
        Fault("cut", 5, break_link("cut"), mend_link, (0.5, 5)),
        Fault("reply lost on", 6, break_link("lost-reply"), mend_link, (0.5, 3)),
        Fault("disk full under serve", 3, fill("serve_disk"), make_room, (2, 6)),
        Fault("disk full under Redis", 2, fill("redis_disk"), make_room, (2, 6)),
        Fault("clock set on", 4, set_clock, set_clock_back, (3, 8)),
        Fault("mail service", 6, trouble_mail, calm_mail, (4, 10)),
    ]
}

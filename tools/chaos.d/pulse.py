"""How fast the machine lets a program work: run as a program of its own, a line a moment, `<monotonic seconds> <speed>`.

Two processes at once, as a program has several threads that want to run, compute for a while and see how long it took. Speed 1
is a machine of one's own; a machine that is asked for four times what it has gives 0.25.
"""
import os
import sys
import time

WORK, PAUSE = 0.04, 0.7  # seconds of processor time, and of rest between them


def beat():
    began, used = time.monotonic(), time.thread_time()
    while time.thread_time() - used < WORK:
        sum(range(500))
    return min(1.0, WORK / (time.monotonic() - began))


def main(path):
    companion = os.fork() == 0
    parent = os.getppid()
    with open(path, "a", buffering=1) as out:
        while os.getppid() == parent:
            speed = beat()
            if not companion:
                out.write(f"{time.monotonic():.3f} {speed:.3f}\n")
            # Both begin together again.
            time.sleep(PAUSE - time.monotonic() % PAUSE)


def read(path):
    """What it wrote: a list of (when, speed)."""
    with open(path) as lines:
        return [tuple(map(float, line.split())) for line in lines if line.endswith("\n")]


if __name__ == "__main__":
    main(sys.argv[1])

"""Watchers of jobs over WebSocket that come back where they were: what they saw must be what happened."""
import base64
import json
import os
import socket
import struct
import threading
import time

PORT = 7170
ENDED = 4000  # close code: the job has ended, and everything was sent


class Watcher:
    """Follows one job at a time until `is_over`, and in the end those that it lost; keeps what it saw, event by event."""

    def __init__(self, key, pick, is_over):
        self.key, self.pick, self.is_over = key, pick, is_over
        self.seen = {}  # job -> its events, in the order they came, and when the connection began on which the watch was over
        self.faults = []
        self.thread = threading.Thread(target=self.run, name="watcher", daemon=True)
        self.thread.start()

    def run(self):
        while not self.is_over.is_set():
            job = self.pick()
            if job is None:
                self.is_over.wait(0.5)
                continue
            for _ in range(40):
                if self.is_over.is_set() or self.follow(job):
                    break
                self.is_over.wait(0.5)
            # A job that has ended is told at once: a dozen who ask for nothing else would keep the machine busy.
            self.is_over.wait(0.1)

    def finish(self):
        """Everything is at rest: each watch comes to its end."""
        self.is_over.set()
        self.thread.join()
        self.is_over = threading.Event()
        for job, watch in self.seen.items():
            tries = 0
            while watch["over"] is None and tries < 3:
                tries += 1
                self.follow(job)

    def follow(self, job):
        """One connection; true when the watch is over, or nothing happens before a human comes."""
        watch = self.seen.setdefault(job, {"events": [], "over": None})
        events, began, watch["over"] = watch["events"], time.monotonic(), None
        since = events[-1]["seq"] if events else 0
        try:
            with socket.create_connection(("127.0.0.1", PORT), 10) as connection:
                connection.settimeout(10)
                code = self.read(connection, job, since, events)
        except (OSError, ValueError, struct.error):
            return False
        if code == ENDED:
            watch["over"] = began
        return code == ENDED or bool(events) and events[-1]["data"].get("state") == "needs_review"

    def read(self, connection, job, since, events):
        """The code by which the server closed; None when it did not."""
        nonce = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            f"GET /ws/jobs/{job}?since={since} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\nX-API-Key: {self.key}\r\n\r\n".encode()
        )
        stream = connection.makefile("rb")
        head = stream.readline()
        while stream.readline() not in (b"\r\n", b""):
            pass
        if b" 101 " not in head:
            return None
        while not self.is_over.is_set():
            first, size = struct.unpack("!BB", stream.read(2))
            if size == 126:
                size, = struct.unpack("!H", stream.read(2))
            elif size == 127:
                size, = struct.unpack("!Q", stream.read(8))
            payload = stream.read(size)
            if len(payload) < size:
                return None
            if first & 15 == 8:
                return struct.unpack("!H", payload[:2])[0] if size > 1 else None
            if first & 15 == 1:
                message = json.loads(payload)
                if message.get("seq") is not None and message["type"] != "hello":
                    events.append({"seq": message["seq"], "type": message["type"], "data": message.get("data") or {}})
                    if events[-1]["data"].get("state") == "needs_review":
                        return None
                elif message["type"] == "gap":
                    self.faults.append(f"{job}: a gap: {message}")
        return None

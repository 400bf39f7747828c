"""What users do in a chaos run, each operation logged as ok, fail or unknown."""
import concurrent.futures
import datetime
import http.client
import json
import queue
import threading
import time
import traceback

import jobs

PORT = 7170
AGAIN = ("failed", "cancelled", "dead")  # what may be retried
UNDER_WAY = ("pending", "scheduled", "running")


class Client:
    """Calls the API over its link and keeps the log.

    An entry: `op`, `key`, `kind`, `job`, `result` (ok, fail, unknown), `status`, `code`, `sent_at` and `at` (when it was asked
    and answered), and what else the operation needs.
    """

    def __init__(self, key, portal, random):
        self.api_key, self.portal, self.random = key, portal, random
        self.log, self.lock = [], threading.Lock()
        self.accepted = {}  # key of a submission -> job id
        self.unsettled = queue.SimpleQueue()  # submissions nobody knows the fate of
        self.count = 0
        self.under_way = set()  # futures of the pool
        self.exceptions = []  # of our own: mistakes of this program
        self.open(24)

    # Its threads

    def open(self, size):
        self.pool = concurrent.futures.ThreadPoolExecutor(size, "client")

    def start(self, call, *arguments):
        """Makes a call on a thread of the pool; what it raises is kept."""
        future = self.pool.submit(call, *arguments)
        self.under_way.add(future)
        future.add_done_callback(self.over)

    def over(self, future):
        self.under_way.discard(future)
        if error := future.exception():
            self.exceptions.append("".join(traceback.format_exception(error)))

    def finish(self):
        """Lets what is under way come back, and what that began."""
        while waiting := list(self.under_way):
            concurrent.futures.wait(waiting)
        self.pool.shutdown(wait=True)

    # One call

    def call(self, method, path, body=None, headers=(), timeout=12, port=PORT):
        """One request: (status, JSON). None when nobody knows whether it was served."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            data = None if body is None else json.dumps(body)
            all_headers = {"X-API-Key": self.api_key, "Content-Type": "application/json"} | dict(headers)
            connection.request(method, path, data, all_headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def ask(self, op, method, path, body=None, headers=(), **more):
        """One operation, called and noted: (its entry, the answer's JSON)."""
        sent_at = time.monotonic()
        answer = self.call(method, path, body, headers)
        return self.note(op, answer, sent_at, **more), answer[1] if answer else {}

    def note(self, op, answer, sent_at, **more):
        if answer is None:
            result, status, code = "unknown", None, None
        else:
            status, code = answer[0], answer[1].get("code")
            result = "ok" if 200 <= status < 300 else "unknown" if status >= 500 else "fail"
        entry = {"op": op, "result": result, "status": status, "code": code, "sent_at": sent_at, "at": time.monotonic(), **more}
        with self.lock:
            self.log.append(entry)
        return entry

    # Operations

    def submit(self, kind, key, headers=(), change=None):
        envelope = jobs.envelope(kind, key, self.portal) | (change or {})
        headers = [("Idempotency-Key", key), *headers]
        entry, answer = self.ask("submit", "POST", "/jobs", envelope, headers, key=key, kind=kind)
        job = entry["job"] = answer.get("id") if entry["result"] == "ok" else None
        if entry["result"] == "ok":
            with self.lock:
                self.accepted[key] = job
        elif entry["result"] == "unknown":
            self.unsettled.put((kind, key, change))
        return entry

    def submit_thrice(self, kind, key):
        """The same submission three times at once, as impatient clients do."""
        for _ in range(3):
            self.start(self.submit, kind, key)

    def submit_bulk(self, keys):
        sent_at = time.monotonic()
        envelopes = [jobs.envelope("control", key, self.portal) | {"idempotency_key": key} for key in keys]
        answer = self.call("POST", "/jobs/bulk", envelopes)
        results = answer[1].get("results", []) if answer and answer[0] == 200 else [None] * len(keys)
        for key, result in zip(keys, results):
            single = None if result is None else (result.get("status", 200), result)
            job = result.get("id") if result else None
            entry = self.note("submit", single, sent_at, key=key, kind="control", job=job)
            if entry["result"] == "ok" and job:
                with self.lock:
                    self.accepted[key] = job
            elif entry["result"] == "unknown":
                self.unsettled.put(("control", key, None))

    def submit_other_under_same_key(self, key):
        """Another job under a key that was used: refused, and nothing comes of it."""
        envelope = jobs.envelope("control", key + "-other", self.portal)
        self.ask("mismatch", "POST", "/jobs", envelope, [("Idempotency-Key", key)], key=key + "-other")

    def submit_nonsense(self, key):
        envelope = {"scenario": {"name": "nonsense", "variables": {"key": key}, "tasks": [{"action": "clik"}]}}
        self.ask("nonsense", "POST", "/jobs", envelope, [("Idempotency-Key", key)], key=key)

    def cancel_one(self, which):
        """One that is under way; it may have ended when the wish arrives."""
        if job := self.find(UNDER_WAY, which):
            self.ask("cancel", "DELETE", f"/jobs/{job}", job=job)

    def retry_one(self, which):
        if job := self.find(AGAIN, which):
            self.ask("retry", "POST", f"/jobs/{job}/retry", {}, job=job)

    def resolve(self, job, resolution):
        self.ask("resolve", "POST", f"/jobs/{job}/resolve", {"resolution": resolution}, job=job)

    def find(self, states, which):
        """A job in one of these states, chosen by a number from 0 to 1; None when there is none, or no answer."""
        answer = self.call("GET", f"/jobs?limit=50&status={','.join(states)}")
        found = answer[1]["jobs"] if answer and answer[0] == 200 else []
        return found[int(which * len(found))]["id"] if found else None

    def list_jobs(self, port=PORT):
        """Every job, newest first; None when the answer did not come."""
        found, cursor = [], None
        while True:
            answer = self.call("GET", "/jobs?limit=200" + (f"&cursor={cursor}" if cursor else ""), port=port)
            if answer is None or answer[0] != 200:
                return None
            found += answer[1]["jobs"]
            cursor = answer[1].get("next_cursor")
            if not cursor:
                return found

    # The load

    def run(self, rate, until):
        """Submits and bothers at about `rate` operations a second until the monotonic time `until`."""
        weights = [weight for _, weight in jobs.KINDS.values()]
        while time.monotonic() < until:
            self.settle(limit=4)
            self.count += 1
            key = f"k{self.count:05}"
            kind = self.random.choices(list(jobs.KINDS), weights)[0]
            self.start(self.act, self.random.random(), self.random.random(), kind, key)
            time.sleep(self.random.expovariate(rate))

    def act(self, chance, which, kind, key):
        with self.lock:
            known = list(self.accepted)
        if chance < 0.68 or not known:
            self.submit(kind, key)
        elif chance < 0.72:
            self.submit_thrice(kind, key)
        elif chance < 0.76:
            self.submit_bulk([f"{key}b{number}" for number in range(5)])
        elif chance < 0.80:
            later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1 + which * 8)
            self.submit(kind, key, change={"not_before": later.strftime("%Y-%m-%dT%H:%M:%SZ")})
        elif chance < 0.82:
            self.submit_other_under_same_key(known[int(which * len(known))])
        elif chance < 0.84:
            self.submit_nonsense(key)
        elif chance < 0.93:
            self.cancel_one(which)
        else:
            self.retry_one(which)

    def settle(self, limit):
        """Asks again, under the same key, about submissions whose answer was lost: then they are one job each.

        A few at a time: clients that all come back at once keep a system down.
        """
        for _ in range(limit):
            try:
                kind, key, change = self.unsettled.get_nowait()
            except queue.Empty:
                return
            with self.lock:
                is_known = key in self.accepted
            if not is_known:
                self.start(self.submit, kind, key, (), change)

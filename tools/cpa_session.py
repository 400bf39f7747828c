#!/usr/bin/env python3
"""Drives a browser of `cpa serve` from Python, standard library only; docs/sessions.md has the messages and an example."""
import base64, json, os, socket, struct, urllib.parse, urllib.request

class Failure(Exception):
    """A request that failed: `reason`, and the whole `error` with call log and screenshot."""
    def __init__(self, error):
        super().__init__(f"{error['reason']}: {error['message']}")
        self.reason, self.error = error["reason"], error

class Session:
    def __init__(self, url, key, timeout=90, **options):
        self.url, self.key, self.last, self.events, self.replies = url.rstrip("/"), key, 0, [], {}
        place = urllib.parse.urlsplit(self.url)
        self.socket = socket.create_connection((place.hostname, place.port or 80), timeout)
        self.file = self.socket.makefile("rb")
        self.socket.sendall((f"GET /ws/sessions HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nX-API-Key: {key}\r\n"
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode())
        head = list(iter(lambda: self.file.readline().strip(), b""))
        if b" 101 " not in head[0] + b" ": raise ConnectionError(head[0].decode())
        self.hello = self.receive()
        self.request("open", **options)
    def frame(self, opcode, payload):  # RFC 6455: a client's frames are masked
        size, mask = len(payload), os.urandom(4)
        length = bytes([128 | size]) if size < 126 else struct.pack("!BH" if size < 65536 else "!BQ", 254 if size < 65536 else 255, size)
        self.socket.sendall(bytes([128 | opcode]) + length + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(payload)))
    def receive(self):
        while True:  # a server's messages come in one frame each
            opcode, size = self.file.read(2)
            if size > 125: size = int.from_bytes(self.file.read(2 if size == 126 else 8), "big")
            payload = self.file.read(size)
            if opcode & 15 == 1: return json.loads(payload)
            if opcode & 15 == 9: self.frame(10, payload)
            if opcode & 15 == 8: raise ConnectionError(f"closed with {int.from_bytes(payload[:2], 'big')}: {payload[2:].decode()}")
    def send(self, type, **members):
        """Sends a request and returns its id, for `wait`: several may be at work."""
        self.last += 1
        self.frame(1, json.dumps({"id": self.last, "type": type, **members}).encode())
        return self.last
    def wait(self, id):
        while id not in self.replies:
            message = self.receive()
            if message["type"] == "event": self.events.append(message)
            else: self.replies[message["id"]] = message
        reply = self.replies.pop(id)
        if not reply["ok"]: raise Failure(reply["error"])
        return reply["result"]
    def request(self, type, **members): return self.wait(self.send(type, **members))
    def do(self, action, **task): return self.request("task", task={"action": action, **task})
    def read(self, name):  # the bytes of a file of the session
        file = self.request("artifact", name=name)
        if "base64" in file: return base64.b64decode(file["base64"])
        return urllib.request.urlopen(urllib.request.Request(self.url + file["path"], headers={"X-API-Key": self.key})).read()
    def __enter__(self): return self
    def __exit__(self, *_):
        try: self.request("close")
        except ConnectionError: pass
        self.socket.close()

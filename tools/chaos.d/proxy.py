"""TCP links that break as networks do: every program talks to every other through one of these."""
import asyncio
import contextlib
import threading

PIECE = 64 << 10


class Link:
    """One proxied address. What `fault` says holds for the bytes that come by while it is set.

    | fault | what a connection sees |
    |---|---|
    | none | its bytes, at once |
    | delay | every piece `seconds` late |
    | stall | nothing, and later everything: packets are lost and sent again |
    | half-open | nothing, for ever: the other side is gone and has not said so |
    | cut | a reset; so do new ones |
    | lost-reply | the request arrives, its reply is thrown away, then a reset |
    """

    FAULTS = ("delay", "stall", "half-open", "cut", "lost-reply")

    def __init__(self, name, port, upstream):
        self.name, self.port, self.upstream = name, port, upstream
        self.fault, self.seconds = None, 0.0
        self.connections = set()

    async def serve(self):
        return await asyncio.start_server(self.connected, "127.0.0.1", self.port)

    async def connected(self, reader, writer):
        connection = Connection(self, reader, writer)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def set(self, fault, seconds=0.0):
        self.fault, self.seconds = fault, seconds
        for connection in list(self.connections):
            connection.struck(fault)


class Connection:
    def __init__(self, link, reader, writer):
        self.link, self.client = link, (reader, writer)
        self.writers = [writer]
        self.is_dead = False

    def struck(self, fault):
        if fault == "cut":
            self.reset()
        elif fault == "half-open":
            self.is_dead = True

    def reset(self):
        for writer in self.writers:
            writer.transport.abort()

    async def run(self):
        if self.link.fault == "cut":
            return self.reset()
        self.is_dead = self.link.fault == "half-open"
        try:
            server = await asyncio.open_connection(*self.link.upstream)
        except OSError:
            return self.reset()
        self.writers.append(server[1])
        pumps = [
            asyncio.ensure_future(self.pump(self.client[0], server[1], is_reply=False)),
            asyncio.ensure_future(self.pump(server[0], self.client[1], is_reply=True)),
        ]
        _, rest = await asyncio.wait(pumps, return_when=asyncio.FIRST_EXCEPTION)
        for pump in rest:
            pump.cancel()
        self.reset()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def pump(self, reader, writer, is_reply):
        while piece := await reader.read(PIECE):
            while self.link.fault == "stall":
                await asyncio.sleep(0.05)
            if self.is_dead:
                continue
            if self.link.fault == "delay":
                await asyncio.sleep(self.link.seconds)
            if is_reply and self.link.fault == "lost-reply":
                raise ConnectionResetError
            writer.write(piece)
            await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


class Network:
    """All links, on a thread of their own."""

    def __init__(self):
        self.links = {}
        self.broken = {}  # link -> the fault that is set
        self.mistakes = []  # what this program did wrong; that connections break is what it is for
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(self.heard)
        self.thread = threading.Thread(target=self.loop.run_forever, name="network", daemon=True)
        self.thread.start()

    def heard(self, loop, context):
        if not isinstance(context.get("exception"), OSError):
            self.mistakes.append(str(context))

    def add(self, name, port, upstream):
        """Listens on a loopback port for a (host, port) behind it; returns the port."""
        link = self.links[name] = Link(name, port, upstream)
        asyncio.run_coroutine_threadsafe(link.serve(), self.loop).result(5)
        return port

    def set(self, name, fault=None, seconds=0.0):
        self.broken.pop(name, None)
        if fault:
            self.broken[name] = fault
        self.loop.call_soon_threadsafe(self.links[name].set, fault, seconds)

    def heal(self):
        for name in self.links:
            self.set(name)

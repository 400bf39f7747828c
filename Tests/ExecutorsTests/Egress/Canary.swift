import EventLoops
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A server nobody may reach: it writes down who did, by the first word of the path, and answers everything.
final class Canary: Sendable {
    let port: Int
    private let listeners: [TCPListener]
    private let song: Song
    /// For UDP at 127.0.0.1 and the same port.
    private let datagrams: Int32

    private init(_ listeners: [TCPListener], _ song: Song, datagrams: Int32) {
        port = listeners[0].localAddress.port
        self.listeners = listeners
        self.song = song
        self.datagrams = datagrams
    }

    /// Listens on one port of each address.
    static func start(
        on loop: EventLoop,
        at hosts: [String] = ["127.0.0.1", "127.0.0.2", "::1"]
    ) async throws -> Canary {
        let song = Song()
        var listeners: [TCPListener] = []
        for host in hosts {
            let address = SocketAddress(host: host, port: listeners.first?.localAddress.port ?? 0)
            listeners.append(
                try await TCPListener.listen(on: loop, at: address) { connection in
                    song.connected()
                    connection.handler = Visitor(connection, song)
                    connection.startReading()
                }
            )
        }
        return Canary(listeners, song, datagrams: Self.datagramSocket(at: listeners[0].localAddress.port))
    }

    private static func datagramSocket(at port: Int) -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        precondition(result == 0, "Cannot bind a socket for datagrams: error \(errno)")
        return socket
    }

    /// How many datagrams came since the last look.
    func countDatagrams() -> Int {
        var buffer = [UInt8](repeating: 0, count: 2048)
        var count = 0
        while recv(datagrams, &buffer, buffer.count, Int32(MSG_DONTWAIT)) >= 0 { count += 1 }
        return count
    }

    /// Waits until all of these were asked for, at most for `limit`.
    ///
    /// - Returns: those that were not.
    func missing(of names: Set<String>, within limit: Duration) async -> Set<String> {
        let end = ContinuousClock.now + limit
        let signal = song.signal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(until: end) }
            group.addTask { [song] in
                for await _ in signal where song.state.withLock({ names.isSubset(of: $0.paths) }) { return }
            }
            await group.next()
            group.cancelAll()
        }
        return names.subtracting(paths)
    }

    /// Connections so far.
    var connections: Int { song.state.withLock { $0.connections } }
    /// What was asked for, by the first word of the path.
    var paths: Set<String> { song.state.withLock { $0.paths } }

    func close() async {
        for listener in listeners { await listener.close() }
        Glibc.close(datagrams)
    }

    fileprivate final class Song: Sendable {
        struct State {
            var connections = 0
            var paths: Set<String> = []
            var listener: AsyncStream<Void>.Continuation?
        }

        let state = Mutex(State())

        /// Tells of each request from now on, once at once.
        func signal() -> AsyncStream<Void> {
            let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            state.withLock { $0.listener = continuation }
            continuation.yield()
            return stream
        }

        func connected() { state.withLock { $0.connections += 1 } }

        func asked(_ path: String) {
            let word = path.drop { $0 == "/" }.prefix { $0.isLetter || $0 == "-" }
            state.withLock { state in
                state.paths.insert(String(word))
                state.listener?.yield()
            }
        }
    }

    private actor Visitor: TCPConnectionHandler {
        nonisolated let loop: EventLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        private let connection: TCPConnection
        private let song: Song
        private var head = ""

        init(_ connection: TCPConnection, _ song: Song) {
            self.connection = connection
            self.song = song
            loop = connection.loop
        }

        nonisolated func connectionDidReceive(_ bytes: [UInt8]) { assumeIsolated { $0.received(bytes) } }
        nonisolated func connectionDidReceiveEnd() { assumeIsolated { $0.connection.close() } }
        nonisolated func connectionDidClose(_ error: EventLoopError?) {}

        private func received(_ bytes: [UInt8]) {
            head += String(decoding: bytes, as: UTF8.self)
            while let end = head.firstRange(of: "\r\n\r\n") {
                let parts = head.split(separator: " ", maxSplits: 2)
                if parts.count > 1 { song.asked(String(parts[1])) }
                head = String(head[end.upperBound...])
                let body = "<title>canary</title>"
                connection.write(
                    Array(
                        """
                        HTTP/1.1 200 OK\r
                        Content-Type: text/html\r
                        Access-Control-Allow-Origin: *\r
                        Content-Length: \(body.utf8.count)\r
                        \r
                        \(body)
                        """.utf8
                    )
                )
            }
        }
    }
}

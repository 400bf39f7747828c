import EventLoops
import FoundationEssentials
import Glibc
import JSON

/// Where the protocol's description comes from.
enum ProtocolSource {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static func read(file: String) throws -> JSONValue {
        let data = try Data(contentsOf: URL(filePath: file))
        return try JSONValue(parsing: Array(data), options: .trustedPeer)
    }

    /// Starts the browser for as long as it takes to ask it.
    static func ask(browser: String) async throws -> JSONValue {
        let directory = FileManager.default.temporaryDirectory.appending(path: "cdp-generate-\(getpid())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let loop = EventLoop(name: "browser")
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        let isRoot = getuid() == 0
        let child = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(
                executable: browser,
                // The browser opens no page here: nothing for a sandbox to hold.
                arguments: ["--remote-debugging-port=0", "--no-startup-window", "--user-data-dir=\(directory)"]
                    + (isRoot ? ["--no-sandbox"] : []),
                environment: ["HOME": directory, "TMPDIR": directory, "PATH": "/usr/bin:/bin"]
            ),
            output: .init(line: { feed.yield($0) })
        )
        let watchdog = loop.schedule(after: .seconds(20)) { feed.finish() }
        defer { watchdog.cancel() }
        var port: UInt16?
        for await line in lines where line.contains("DevTools listening on ws://127.0.0.1:") {
            port = line.split(separator: ":").last.flatMap { UInt16($0.prefix { $0.isNumber }) }
            break
        }
        let answer = Result { try get("/json/protocol", port: port) }
        await child.terminate(grace: .seconds(2))
        return try JSONValue(parsing: answer.get(), options: .trustedPeer)
    }

    /// One HTTP/1.0 request, whose answer ends with the connection.
    private static func get(_ path: String, port: UInt16?) throws -> [UInt8] {
        guard let port else { throw Failure(description: "The browser did not say where it listens") }
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(description: "Cannot connect to the browser: errno \(errno)") }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
        guard write(socket, request, request.count) == request.count else {
            throw Failure(description: "Cannot ask the browser: errno \(errno)")
        }
        return try body(of: socket)
    }

    private static func body(of socket: Int32) throws -> [UInt8] {
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var end: Int?
        while end.map({ answer.count < $0 }) ?? true {
            let count = Glibc.read(socket, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer.prefix(count)
            if end == nil, let head = headLength(of: answer) {
                end = head + (contentLength(in: answer.prefix(head)) ?? Int.max / 2)
            }
        }
        guard let head = headLength(of: answer) else { throw Failure(description: "The browser gave no answer") }
        return Array(answer.dropFirst(head))
    }

    private static func headLength(of bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { Array(bytes[$0..<$0 + 4]) == mark }.map { $0 + 4 }
    }

    private static func contentLength(in head: some Sequence<UInt8>) -> Int? {
        let lines = String(decoding: Array(head), as: UTF8.self).lowercased().split(separator: "\r\n")
        return lines.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) }
    }
}

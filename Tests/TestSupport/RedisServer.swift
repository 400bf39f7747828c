package import EventLoops
import FoundationEssentials

/// A Redis of one test's own: a private directory, a unix socket, no port, gone at the end.
package actor RedisServer {
    /// What can go wrong with it.
    package struct Failure: Error, CustomStringConvertible {
        package var description: String
    }

    private let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let directory: String
    private let arguments: [String]
    private var process: ChildProcess?

    /// Where it listens.
    package nonisolated let socketPath: String
    /// `unix://…`
    package nonisolated var url: String { "unix://\(socketPath)" }

    /// A server that is not started yet; keeps its data in `directory`.
    ///
    /// - Parameters:
    ///   - isDurable: whether every write is on disk before its reply (AOF, fsync always).
    ///   - arguments: further settings, as on redis-server's command line.
    package init(on loop: EventLoop, directory: String, isDurable: Bool = false, arguments: [String] = []) {
        self.loop = loop
        self.directory = directory
        socketPath = directory + "/redis.sock"
        let durability = isDurable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"]
        self.arguments = durability + arguments
    }

    /// Starts it, or starts it again over the same data; returns when it accepts connections.
    package func start() async throws {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        // Redis logs to stdout, and only stderr is read here; exec keeps the process id.
        let configuration = ChildProcessConfiguration(
            executable: "/bin/sh",
            arguments: [
                "-c", "exec \"$0\" \"$@\" >&2", "/usr/bin/redis-server", "--port", "0", "--unixsocket", socketPath,
                "--dir",
                directory, "--save", "", "--daemonize", "no",
            ] + arguments,
            workingDirectory: directory
        )
        let process = try await ChildProcess.start(
            on: loop,
            configuration,
            output: .init(line: { continuation.yield($0) })
        )
        self.process = process
        // Not structured: ends with the process, and with it the lines.
        Task {
            _ = await process.waitForExit()
            continuation.finish()
        }
        var log: [String] = []
        for await line in lines {
            log.append(line)
            if line.contains("eady to accept connections") { return }
        }
        throw Failure(description: "redis-server did not start; is it installed? \(log.joined(separator: "\n"))")
    }

    /// Kills it without a word (SIGKILL).
    package func kill() async {
        await process?.terminate(grace: .zero)
        process = nil
    }

    /// Stops it in good order.
    package func stop() async {
        await process?.terminate(grace: .seconds(5))
        process = nil
    }
}

/// Runs a test with a private Redis and a loop.
package func withRedis<R>(
    isDurable: Bool = false,
    arguments: [String] = [],
    _ body: (RedisServer, EventLoop) async throws -> R
) async throws -> R {
    try await withTemporaryDirectory { directory in
        let loop = EventLoop(name: "test-redis")
        let server = RedisServer(on: loop, directory: directory, isDurable: isDurable, arguments: arguments)
        let result: Result<R, any Error>
        do {
            try await server.start()
            result = .success(try await body(server, loop))
        } catch {
            result = .failure(error)
        }
        await server.stop()
        await loop.shutdown()
        return try result.get()
    }
}

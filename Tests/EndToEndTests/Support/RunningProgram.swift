import EventLoops
import Synchronization

/// A program at work, and what it says on stderr.
struct RunningProgram: Sendable {
    /// It ended, or did not say what was expected.
    struct Silence: Error, CustomStringConvertible {
        var description: String
    }

    let process: ChildProcess
    /// The line that said it is ready.
    let sign: String

    /// Starts a program; returns when it has written a line that contains `sign`.
    init(on loop: EventLoop, _ configuration: ChildProcessConfiguration, until sign: String) async throws {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1000))
        let process = try await ChildProcess.start(
            on: loop,
            configuration,
            output: .init(line: { continuation.yield($0) })
        )
        // Not structured: ends with the process, and with it the lines.
        Task {
            _ = await process.waitForExit()
            continuation.finish()
        }
        let timer = loop.schedule(after: .seconds(30)) { continuation.finish() }
        defer { timer.cancel() }
        var log: [String] = []
        for await line in lines {
            log.append(line)
            if line.contains(sign) {
                self.process = process
                self.sign = line
                return
            }
        }
        await process.terminate(grace: .zero)
        let said = log.joined(separator: "\n")
        throw Silence(description: "\(configuration.executable) never said '\(sign)' but: \(said)")
    }

    /// Ends it well after `body`, whatever happens there.
    func use<R>(_ body: () async throws -> R) async throws -> R {
        let result: Result<R, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        await process.terminate(grace: .seconds(20))
        return try result.get()
    }

    /// Kills it, and only it, without a word.
    func kill() async { await process.terminate(grace: .zero) }
}

package import EventLoops
import Synchronization

/// Another program, run to its end.
package struct CommandRun: Sendable {
    /// A program a test cannot go on without has failed.
    package struct Failed: Error, CustomStringConvertible {
        package let description: String
        package init(_ run: CommandRun) { description = "\(run.exit): \(run.text)" }
    }

    private final class Lines: Sendable {
        let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    /// How it ended.
    package let exit: ChildExit
    /// What it wrote, on standard output and standard error.
    package let text: String

    /// Whether it ended with 0.
    package var isSuccess: Bool { exit == .exited(code: 0) }

    /// Runs a program, by its absolute path, and waits for its end.
    package static func run(
        _ executable: String,
        _ arguments: [String],
        in directory: String? = nil,
        environment: [String: String] = ["PATH": "/usr/bin:/bin"]
    ) async throws -> CommandRun {
        let loop = EventLoop(name: "command")
        let lines = Lines()
        let process = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(
                executable: "/bin/sh",
                // Lines are read from standard error only.
                arguments: ["-c", #"exec "$0" "$@" 1>&2"#, executable] + arguments,
                environment: environment,
                workingDirectory: directory
            ),
            output: .init(line: { lines.add($0) })
        )
        let exit = await process.waitForExit()
        await loop.shutdown()
        return CommandRun(exit: exit, text: lines.lines.withLock { $0.joined(separator: "\n") })
    }
}

import FoundationEssentials
import TestSupport
import Testing
import Threads

@testable import ExecutorHost

#if canImport(Glibc)
    import Glibc
#endif

/// Commands that read from a pipe whose writer never says that this was all.
@Suite(.timeLimit(.minutes(1))) struct InterruptedInputTests {
    /// How a command ends that gets a signal while it reads.
    ///
    /// - Parameter words: the command; gets the path of the pipe.
    private func end(
        of signal: Int32,
        in directory: String,
        _ words: (_ pipe: String) throws -> [String]
    ) async throws -> ExitCode {
        let pipe = directory + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let signals = Signals()
        let tool = CommandLineTool(
            environment: ["CPA_API_KEY": "k", "CPA_DATA_DIR": directory + "/data"],
            terminal: Terminal(result: { _ in }, note: { _ in }),
            signals: signals
        )
        let words = try words(pipe)
        async let code = tool.run(words)
        // Opens when the command has opened its end.
        let writer = try await BlockingThread(name: "test-writer").runCancellably { open(pipe, O_WRONLY | O_CLOEXEC) }
        defer { close(writer) }
        signals.receive(signal)
        return await code
    }

    @Test(arguments: [["validate"], ["run"], ["submit"], ["submit", "--bulk"]], [SIGINT, SIGTERM])
    func `a signal ends a command that still reads what it is to do`(words: [String], signal: Int32) async throws {
        try await withTemporaryDirectory { directory in
            let code = try await end(of: signal, in: directory) { words + [$0] }
            #expect(code == Signals.exitCode(of: signal))
        }
    }

    @Test func `a signal ends a run that still reads a file it is given, and there is no job of it`() async throws {
        try await withTemporaryDirectory { directory in
            let code = try await end(of: SIGINT, in: directory) { pipe in
                let path = directory + "/hash.yaml"
                try Data("tasks:\n  - {action: hash_file, path: x}\n".utf8).write(to: URL(filePath: path))
                return ["run", path, "--file", "x=\(pipe)"]
            }
            #expect(code == .interrupted)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/data/jobs") == [])
        }
    }
}

import Glibc
import Synchronization
import Testing

@testable import EventLoops

/// Lines a child said, in order.
private final class Transcript: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

@Suite struct ChildProcessTests {
    private func shell(_ script: String, environment: [String: String] = [:]) -> ChildProcessConfiguration {
        ChildProcessConfiguration(executable: "/bin/sh", arguments: ["-c", script], environment: environment)
    }

    private func run(_ configuration: ChildProcessConfiguration) async throws -> (ChildExit, [String]) {
        let loop = EventLoop(name: "test")
        let transcript = Transcript()
        let child = try await ChildProcess.start(on: loop, configuration, output: .init(line: { transcript.add($0) }))
        let status = await child.waitForExit()
        // The loop ends when every handle is closed, stderr among them: everything was read then.
        await loop.shutdown()
        return (status, transcript.all)
    }

    @Test func `the exit code and every line of stderr arrive, the last one without a line feed too`() async throws {
        let (status, lines) = try await run(shell("echo one >&2; printf two >&2; exit 7"))
        #expect(status == .exited(code: 7))
        #expect(lines == ["one", "two"])
    }

    @Test func `nothing of our environment is inherited`() async throws {
        setenv("CPA_TEST_LEAK", "secret", 1)
        let (_, lines) = try await run(shell("echo \"[$CPA_TEST_LEAK][$GIVEN]\" >&2", environment: ["GIVEN": "yes"]))
        #expect(lines == ["[][yes]"])
    }

    @Test func `a child has a session and a group of its own`() async throws {
        let (_, lines) = try await run(shell("cut -d' ' -f1,5,6 /proc/$$/stat >&2", environment: ["PATH": "/usr/bin"]))
        let numbers = try #require(lines.first).split(separator: " ")
        #expect(Set(numbers).count == 1, "pid, group and session are one number: \(numbers)")
    }

    @Test func `a missing program is an error that names it`() async {
        let loop = EventLoop(name: "test")
        let error = await #expect(throws: EventLoopError.self) {
            _ = try await ChildProcess.start(on: loop, ChildProcessConfiguration(executable: "/no/such/program"))
        }
        #expect(error?.code == .notFound)
        #expect(error?.message.contains("/no/such/program") == true)
        await loop.shutdown()
    }

    @Test func `a child that ignores SIGTERM is killed after the grace, with its whole group`() async throws {
        let loop = EventLoop(name: "test")
        let (ready, signal) = AsyncStream.makeStream(of: String.self)
        let script = "trap '' TERM; sleep 1000 & echo ready >&2; while :; do sleep 1000; done"
        let child = try await ChildProcess.start(
            on: loop,
            shell(script, environment: ["PATH": "/usr/bin:/bin"]),
            output: .init(line: { signal.yield($0) })
        )
        for await _ in ready { break }
        let group = await child.processID
        let status = await child.terminate(grace: .milliseconds(50))
        #expect(status == .signalled(SIGKILL))
        let groupIsThere = kill(-group, 0) == 0
        #expect(!groupIsThere)
        await loop.shutdown()
    }

    @Test func `what is left of the group dies when the child itself ends`() async throws {
        let loop = EventLoop(name: "test")
        let child = try await ChildProcess.start(
            on: loop,
            shell("sleep 1000 & exit 0", environment: ["PATH": "/usr/bin:/bin"])
        )
        let group = await child.processID
        #expect(await child.waitForExit() == .exited(code: 0))
        await child.terminate(grace: .zero)
        let groupIsThere = kill(-group, 0) == 0
        #expect(!groupIsThere)
        await loop.shutdown()
    }

    @Test func `extra pipes carry bytes both ways`() async throws {
        let loop = EventLoop(name: "test")
        let (bytes, feed) = AsyncStream.makeStream(of: [UInt8].self)
        var configuration = shell("head -n 1 <&3 >&4", environment: ["PATH": "/usr/bin:/bin"])
        configuration.extraPipes = [.childReads, .childWrites]
        let child = try await ChildProcess.start(
            on: loop,
            configuration,
            output: .init(pipe: { descriptor, bytes in if descriptor == 4 { feed.yield(Array(bytes)) } })
        )
        try await child.write(Array("hello\n".utf8), to: 3)
        for await answer in bytes {
            #expect(String(decoding: answer, as: UTF8.self) == "hello\n")
            break
        }
        await child.terminate(grace: .seconds(1))
        await loop.shutdown()
    }

    @Test func `a line longer than the limit is cut and the next one is whole`() {
        var reader = LineReader(limit: 4)
        #expect(reader.append(Array("abcdefgh\nxy\r\nz".utf8)) == ["abcd", "xy"])
        #expect(reader.finish() == "z")
        #expect(reader.finish() == nil)
    }

    @Test func `blocking work runs off the loop and brings its result or error back`() async throws {
        struct Broken: Error {}
        let loop = EventLoop(name: "test")
        let wasOnLoop = try await loop.runBlocking { loop.isCurrent }
        #expect(!wasOnLoop)
        await #expect(throws: Broken.self) { try await loop.runBlocking { throw Broken() } }
        await loop.shutdown()
    }
}

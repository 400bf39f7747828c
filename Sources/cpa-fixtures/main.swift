import Cryptography
import EventLoops
import FixtureServer
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

private let running = Mutex<Fixtures?>(nil)

/// Writes a line at once; standard output may be a pipe somebody waits at.
@Sendable private func say(_ line: String, to descriptor: Int32) {
    _ = (line + "\n").withCString { write(descriptor, $0, strlen($0)) }
}

@Sendable private func fail(_ message: String, status: Int32) -> Never {
    say("cpa-fixtures: \(message)", to: STDERR_FILENO)
    exit(status)
}

/// Starts both servers and says where they are.
@Sendable private func start(_ options: FixtureOptions) async {
    do {
        if let directory = options.dataDirectory {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        var tls: TLSServerContext?
        if let certificate = options.certificateFile, let key = options.keyFile {
            tls = try TLSServerContext(certificateFile: certificate, keyFile: key)
        }
        let fixtures = try await Fixtures.start(
            on: EventLoop(name: "fixtures"),
            portalPort: options.portalPort,
            graphPort: options.graphPort,
            uploadPort: options.uploadPort,
            tls: tls
        )
        running.withLock { $0 = fixtures }
        say(fixtures.description(), to: STDOUT_FILENO)
        guard let path = options.readyFile else { return }
        do {
            try Fixtures.write(fixtures.description() + "\n", to: path)
        } catch {
            fail("cannot write the ready file '\(path)': does its directory exist, and may it be written?", status: 73)
        }
    } catch {
        fail("cannot start: \(error)", status: 69)
    }
}

private let options: FixtureOptions
do {
    options = try FixtureOptions(Array(CommandLine.arguments.dropFirst()))
} catch {
    fail(error.message, status: 64)
}
if options.wantsHelp {
    print(FixtureOptions.help)
    exit(0)
}

// Blocked here, before any other thread exists, the signals wait for `sigwait`.
private var signals = sigset_t()
sigemptyset(&signals)
sigaddset(&signals, SIGINT)
sigaddset(&signals, SIGTERM)
pthread_sigmask(SIG_BLOCK, &signals, nil)

// Detached, because the main thread waits for signals and runs nothing else.
private let chosen = options
Task.detached { await start(chosen) }

private var received: Int32 = 0
sigwait(&signals, &received)
Task.detached {
    if let directory = chosen.dataDirectory, let fixtures = running.withLock({ $0 }) {
        do {
            try await fixtures.save(mailboxesTo: directory + "/mailboxes.json")
        } catch {
            fail("cannot write to \(directory): \(error)", status: 74)
        }
    }
    exit(0)
}
while true { pause() }

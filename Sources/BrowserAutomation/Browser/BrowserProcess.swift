import CDP
import EventLoops
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A running Chromium: its process group, its directory and what it said last.
///
/// Ends with its host: the debugging pipe we hold is its life line.
final class BrowserProcess: Sendable {
    /// `ws://127.0.0.1:<port>/devtools/browser/<id>`; nil when only the pipe is open.
    let debuggerURL: String?
    let processID: Int32
    let directory: BrowserDirectory
    private let child: ChildProcess
    private let words: LastWords
    private let removal = Mutex<Task<Void, Never>?>(nil)

    /// Descriptors of Chromium's debugging pipe.
    private static let (inlet, outlet): (Int32, Int32) = (3, 4)

    private init(url: String?, processID: Int32, directory: BrowserDirectory, child: ChildProcess, words: LastWords) {
        debuggerURL = url
        self.processID = processID
        self.directory = directory
        self.child = child
        self.words = words
    }

    /// - Parameter pipe: opened to the browser; nil when it is to listen for a WebSocket.
    static func launch(
        on loop: EventLoop,
        _ configuration: BrowserConfiguration,
        _ pipe: CDPPipeTransport?
    ) async throws -> BrowserProcess {
        guard configuration.isInstalled else {
            throw BrowserError(
                .browserMissing,
                "There is no Chromium at '\(configuration.executable)': run 'apt install chromium-headless-shell' "
                    + "or set CPA_BROWSER_PATH"
            )
        }
        let directory = try await loop.runBlocking {
            try BrowserDirectory.create(in: configuration.directoryParent, for: configuration.user)
        }
        do {
            return try await start(on: loop, configuration, directory, pipe)
        } catch {
            try? await loop.runBlocking { directory.remove() }
            throw error
        }
    }

    private static func start(
        on loop: EventLoop,
        _ configuration: BrowserConfiguration,
        _ directory: BrowserDirectory,
        _ pipe: CDPPipeTransport?
    ) async throws -> BrowserProcess {
        let words = LastWords()
        let child = try await ChildProcess.start(
            on: loop,
            ChildProcessConfiguration(
                executable: configuration.executable,
                arguments: BrowserFlags.arguments(configuration, directory: directory),
                environment: try environment(directory, configuration.display),
                workingDirectory: directory.path,
                userID: directory.owner?.user,
                groupID: directory.owner?.group,
                extraPipes: [.childReads, .childWrites]
            ),
            output: .init(
                line: { words.add($0) },
                pipe: { descriptor, bytes in if descriptor == outlet { pipe?.didRead(bytes) } },
                pipeEnd: { descriptor in if descriptor == outlet { pipe?.didEnd() } }
            )
        )
        do {
            await pipe?.open { bytes in try child.assumeIsolated { try $0.write(bytes, to: inlet) } }
            let url =
                pipe == nil
                ? try await debuggerURL(of: child, words, on: loop, within: configuration.launchDeadline) : nil
            return BrowserProcess(
                url: url,
                processID: await child.processID,
                directory: directory,
                child: child,
                words: words
            )
        } catch {
            await child.terminate(grace: .zero)
            throw error
        }
    }

    private static func environment(
        _ directory: BrowserDirectory,
        _ display: [String: String]?
    ) throws -> [String: String] {
        var variables = [
            "HOME": directory.home, "TMPDIR": directory.scratch, "XDG_RUNTIME_DIR": directory.scratch,
            "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8",
            // There is no bus; without an address Chromium looks for one and complains about each try.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        ]
        variables.merge(display ?? [:]) { $1 }
        if let key = display?["XAUTHORITY"] {
            // Only its owner may read it, and Chromium may run as another user.
            let copy = "\(directory.home)/.Xauthority"
            try FileManager.default.copyItem(atPath: key, toPath: copy)
            try directory.giveToBrowser(copy)
            variables["XAUTHORITY"] = copy
        }
        return variables
    }

    private static func debuggerURL(
        of child: ChildProcess,
        _ words: LastWords,
        on loop: EventLoop,
        within deadline: Duration
    ) async throws -> String {
        let watchdog = loop.schedule(after: deadline) { words.giveUp() }
        // Not structured: it ends with the child, whose end is what it waits for.
        let exit = Task {
            _ = await child.waitForExit(); words.giveUp()
        }
        defer {
            watchdog.cancel()
            exit.cancel()
        }
        if let url = await words.url() { return url }
        try Task.checkCancellation()
        throw launchFailure(status: await child.status, words: words.text, deadline: deadline)
    }

    /// Why a browser that has ended never answered.
    func launchFailure(deadline: Duration) async -> BrowserError {
        Self.launchFailure(status: await child.status, words: words.text, deadline: deadline)
    }

    private static func launchFailure(status: ChildExit?, words: String, deadline: Duration) -> BrowserError {
        if words.contains("No usable sandbox") || words.contains("without --no-sandbox is not supported")
            || words.contains("Failed to move to new namespace")
        {
            return BrowserError(
                .sandboxUnavailable,
                "Chromium cannot build its sandbox here: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1; "
                    + "in Docker a seccomp profile with clone and unshare). It said: \(words)"
            )
        }
        let what = status.map { "Chromium \($0) at once" } ?? "Chromium did not come up within \(deadline)"
        return BrowserError(.browserCrashed, "\(what). It said: \(words.isEmpty ? "nothing" : words)")
    }

    /// Its last lines on stderr.
    var lastWords: String { words.text }

    /// Called once, on the loop, when its network service is lost; at once when it already is.
    func whenNetworkIsLost(_ body: @escaping @Sendable () -> Void) { words.whenNetworkIsLost(body) }

    /// Kills it now, on the loop; `end` still reaps and removes.
    func kill() { child.assumeIsolated { $0.signal(SIGKILL) } }

    func waitForExit() async -> ChildExit { await child.waitForExit() }

    /// Ends it, reaps it, removes its directory; safe to repeat, at the same time too, and from a cancelled task.
    func end(grace: Duration, on loop: EventLoop) async {
        await child.terminate(grace: grace)
        // Not structured: whoever comes first removes, all wait. Two at once would trip over each other.
        let task = removal.withLock { removal in
            let task = removal ?? Task { [directory] in try? await loop.runBlocking { directory.remove() } }
            removal = task
            return task
        }
        await task.value
    }
}

/// What a browser said on stderr: its address once, and the last lines for error messages.
private final class LastWords: Sendable {
    private static let limit = 12
    private static let mark = "DevTools listening on "
    private static let networkLoss = "Network service crashed"

    private struct State {
        var lines: [String] = []
        var url: String?
        var isOver = false
        var waiting: CheckedContinuation<String?, Never>?
        var isNetworkLost = false
        var onNetworkLoss: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    func add(_ line: String) {
        if line.hasPrefix(Self.mark) {
            finish(url: String(line.dropFirst(Self.mark.count)))
            return
        }
        if line.contains(Self.networkLoss) { loseNetwork() }
        // A machine without a bus or a GPU makes it complain about nothing that matters.
        guard !line.isEmpty, !line.contains("dbus/"), !line.contains("vaapi") else { return }
        state.withLock { state in
            state.lines.append(line)
            if state.lines.count > Self.limit { state.lines.removeFirst() }
        }
    }

    private func loseNetwork() {
        let body = state.withLock { state in
            state.isNetworkLost = true
            defer { state.onNetworkLoss = nil }
            return state.onNetworkLoss
        }
        body?()
    }

    func whenNetworkIsLost(_ body: @escaping @Sendable () -> Void) {
        let isLost = state.withLock { state in
            if !state.isNetworkLost { state.onNetworkLoss = body }
            return state.isNetworkLost
        }
        if isLost { body() }
    }

    func giveUp() { finish(url: nil) }

    private func finish(url: String?) {
        let waiting = state.withLock { state in
            guard !state.isOver else { return nil as CheckedContinuation<String?, Never>? }
            state.isOver = true
            state.url = url
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: url)
    }

    func url() async -> String? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isOver, url) = state.withLock { state in
                    if !state.isOver { state.waiting = continuation }
                    return (state.isOver, state.url)
                }
                if isOver { continuation.resume(returning: url) }
            }
        } onCancel: {
            giveUp()
        }
    }

    var text: String { state.withLock { $0.lines.joined(separator: " | ") } }
}

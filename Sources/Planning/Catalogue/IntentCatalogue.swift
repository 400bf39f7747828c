import JSON
import JobModel
import Synchronization
package import Telemetry
import Threads

#if canImport(Glibc)
    import Glibc
#endif

/// The registry in use, read again when its file or a scenario of it changes.
///
/// A file that cannot be used leaves the registry as it was; `problem` says what is wrong with it, with lines.
package final class IntentCatalogue: Sendable {
    /// Bytes of a sentence at most.
    package static let messageLimit = 2_000
    /// Bytes of a file at most.
    private static let fileLimit = 4 << 20

    private struct State {
        var registry: IntentRegistry
        var problem: String?
        var stamps: [String: FileStamp?]
    }

    /// Path of the registry; nil when there is none.
    package let path: String?
    /// Who understands sentences.
    package let router: any IntentRouter
    private let logger: Logger
    private let thread = BlockingThread(name: "cpa-intents")
    private let state: Mutex<State>

    /// A catalogue without intents.
    package init(router: any IntentRouter = RuleRouter()) {
        path = nil
        self.router = router
        logger = .silent
        state = Mutex(State(registry: .empty, problem: nil, stamps: [:]))
    }

    /// Reads a registry.
    ///
    /// - Throws: `InvalidInput` with lines, also when the file cannot be read.
    package init(
        path: String,
        router: any IntentRouter = RuleRouter(),
        logger: Logger = .silent
    ) async throws {
        self.path = path
        self.router = router
        self.logger = logger.with("component", "intents")
        let registry = try await thread.run { try Self.read(path) }
        let files = [path] + registry.files
        let stamps = try await thread.run { Self.stamps(of: files) }
        state = Mutex(State(registry: registry, problem: nil, stamps: stamps))
    }

    /// The registry in use.
    package var registry: IntentRegistry { state.withLock { $0.registry } }
    /// Why the file as it is now is not in use; nil when it is.
    package var problem: String? { state.withLock { $0.problem } }

    /// Understands a sentence with the registry in use.
    ///
    /// - Throws: `InvalidInput` when it is empty or too long; what the router throws.
    package func decide(_ message: String) async throws -> IntentDecision {
        guard message.utf8.count <= Self.messageLimit, !message.trimmed.isEmpty else {
            throw InvalidInput(problems: [
                .init(pointer: "/message", message: "must be a sentence of 1 to \(Self.messageLimit) bytes")
            ])
        }
        let decision = try await router.route(message, among: registry)
        for problem in decision.problems { logger.warning("A pattern gives up", ["why": problem]) }
        return decision
    }

    /// Looks every second whether a file changed, until cancelled.
    package func run() async {
        guard path != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            await reloadIfChanged()
        }
    }

    /// Reads the registry again when a file of it changed.
    package func reloadIfChanged() async {
        guard let path else { return }
        let old = state.withLock { $0.stamps }
        let files = Array(old.keys)
        guard let stamps = try? await thread.run({ Self.stamps(of: files) }), stamps != old else { return }
        do {
            let registry = try await thread.run { try Self.read(path) }
            let files = [path] + registry.files
            let stamps = try await thread.run { Self.stamps(of: files) }
            state.withLock { $0 = State(registry: registry, problem: nil, stamps: stamps) }
            logger.info("Intents were read again", ["path": path, "intents": String(registry.intents.count)])
        } catch {
            state.withLock { state in
                state.problem = "\(error)"
                state.stamps = stamps
            }
            logger.warning("The intents stay as they were", ["path": path, "why": "\(error)"])
        }
    }

    // MARK: Files

    private static func read(_ path: String) throws -> IntentRegistry {
        guard let bytes = bytes(of: path) else {
            throw InvalidInput(file: path, problems: [.init(pointer: "", message: "cannot be read")])
        }
        return try IntentRegistry(parsing: bytes, file: path, read: bytes(of:))
    }

    private static func bytes(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        while bytes.count <= fileLimit {
            let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
                count = max(0, Glibc.read(file, buffer.baseAddress, buffer.count))
            }
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }

    private static func stamps(of paths: [String]) -> [String: FileStamp?] {
        Dictionary(paths.map { ($0, FileStamp(path: $0)) }) { first, _ in first }
    }
}

/// Tells whether a file is still the one that was read.
private struct FileStamp: Hashable, Sendable {
    private let numbers: [Int64]

    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        numbers = [
            Int64(status.st_ino), Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
        ]
    }
}

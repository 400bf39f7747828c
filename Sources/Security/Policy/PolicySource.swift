import FoundationEssentials
package import JobModel
package import NetworkPolicy
import Synchronization
package import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// The policies that hold now: read from a file, and again whenever it has changed.
///
/// Callable from any thread. A file that is being written is not read: a changed one is, when it has rested for a second or
/// looks the same twice. One that cannot be read any more keeps what held before, and says so once.
package final class PolicySource: Sendable {
    /// What tells one version of a file from another.
    private struct Version: Equatable {
        var inode: UInt64 = 0
        var bytes: Int64 = 0
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0

        /// Whether nobody has written to it for a second; never of one whose time is still to come.
        var hasRested: Bool {
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let (seconds, nanoseconds) = (Int64(now.tv_sec) - seconds, Int64(now.tv_nsec) - nanoseconds)
            return seconds > 1 || seconds == 1 && nanoseconds >= 0
        }
    }

    private struct State {
        var policies: Policies
        var version: Version
        /// What the last look saw.
        var seen: Version
        var checked: ContinuousClock.Instant
        var problem: String?
    }

    private static let sizeLimit = 4 << 20

    /// Places no job may reach, whatever the policies say.
    package let own: OwnEndpoints
    private let path: String?
    private let base: TenantPolicy
    private let interval: Duration
    private let logger: Logger
    private let state: Mutex<State>

    /// Policies that never change.
    package init(_ policies: Policies = Policies(), own: OwnEndpoints = OwnEndpoints()) {
        self.own = own
        path = nil
        base = policies.standard
        interval = .zero
        logger = .silent
        state = Mutex(State(policies: policies, version: Version(), seen: Version(), checked: .now))
    }

    /// Policies of a file.
    ///
    /// - Parameters:
    ///   - base: what holds where the file says nothing.
    ///   - own: places no job may reach.
    ///   - interval: how often the file is looked at, at most.
    /// - Throws: `InvalidInput` with every problem, or `SecurityError` when it cannot be read.
    package init(
        path: String,
        base: TenantPolicy,
        own: OwnEndpoints = OwnEndpoints(),
        interval: Duration = .seconds(1),
        logger: Logger = .silent
    ) throws {
        self.own = own
        self.path = path
        self.base = base
        self.interval = interval
        self.logger = logger
        let version = Self.version(of: path)
        let policies = try Self.read(path, base)
        state = Mutex(State(policies: policies, version: version, seen: version, checked: .now))
    }

    /// What holds now.
    package var current: Policies {
        guard let path else { return state.withLock { $0.policies } }
        let now = ContinuousClock.now
        let (policies, changed) = state.withLock { state -> (Policies, Version?) in
            guard now - state.checked >= interval else { return (state.policies, nil) }
            state.checked = now
            let version = Self.version(of: path)
            defer { state.seen = version }
            let isWhole = version == state.seen || version.hasRested
            return (state.policies, version != state.version && isWhole ? version : nil)
        }
        return changed.map { reload(path, $0) } ?? policies
    }

    /// The policy of a tenant.
    package subscript(tenant: TenantID) -> TenantPolicy { current[tenant.rawValue] }

    /// What a tenant's jobs want, held against what holds for it now.
    package func check(for tenant: TenantID) -> PolicyCheck { PolicyCheck(self[tenant], isOwn: own.contains) }

    /// Why the file's latest version does not hold; nil when it does.
    package var problem: String? { state.withLock { $0.problem } }

    private func reload(_ path: String, _ version: Version) -> Policies {
        let result: Result<Policies, any Error>
        do { result = .success(try Self.read(path, base)) } catch { result = .failure(error) }
        let (policies, problem) = state.withLock { state in
            state.version = version
            switch result {
            case .success(let policies):
                state.policies = policies
                state.problem = nil
            case .failure(let error): state.problem = "\(error)"
            }
            return (state.policies, state.problem)
        }
        if let problem {
            logger.error("New policies cannot be read, the old ones hold", ["problem": problem])
        } else {
            logger.info("Policies were read anew", ["path": path])
        }
        return policies
    }

    /// What a file is by now; one that is not there has a version of its own.
    private static func version(of path: String) -> Version {
        var status = stat()
        guard stat(path, &status) == 0 else { return Version() }
        return Version(
            inode: UInt64(status.st_ino),
            bytes: Int64(status.st_size),
            seconds: Int64(status.st_mtim.tv_sec),
            nanoseconds: Int64(status.st_mtim.tv_nsec)
        )
    }

    private static func read(_ path: String, _ base: TenantPolicy) throws -> Policies {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw SecurityError(
                code: .policyFile,
                message: "The policies '\(path)' cannot be read: \(String(cString: strerror(errno)))"
            )
        }
        guard status.st_size <= sizeLimit, let data = FileManager.default.contents(atPath: path) else {
            throw SecurityError(
                code: .policyFile,
                message: "The policies '\(path)' cannot be read, or have more than \(sizeLimit) bytes"
            )
        }
        return try Policies(parsing: Array(data), file: path, base: base)
    }
}

import EventLoops
import FoundationEssentials
import HTTPClient
import Storage
import Synchronization
import Telemetry

/// One thing a service reads of its settings when it starts, for `cpa doctor` to read as the service does.
struct StartReading: Sendable {
    let name: String
    /// What it is read from, in words: settings with their origin, files. Nothing is read when there is none.
    let sources: @Sendable (StartCheck) -> [String]
    /// Throws what keeps a service from starting, and warns by the logger of the check.
    let read: @Sendable (StartCheck) async throws -> Void

    init(
        _ name: String,
        _ sources: @escaping @Sendable (StartCheck) -> [String],
        read: @escaping @Sendable (StartCheck) async throws -> Void
    ) {
        self.name = name
        self.sources = sources
        self.read = read
    }

    /// In the order in which they are shown.
    static let all: [StartReading] = [
        StartReading("variables", { $0.unknownVariables }, read: { $0.checkVariables() }),
        StartReading("tls", set(.tlsCertificate, .tlsKey)) { _ = try Server.tlsContext($0.configuration) },
        StartReading("tokens", set(.jwks, .jwtIssuer, .jwtAudience), read: readTokens),
        StartReading("webhooks", set(.webhookAllow, .webhookPreviousSecretFile)) {
            _ = try Guards.openings(.webhookAllow, $0.configuration)
            _ = try WebhookSecrets.previous($0.configuration)
        },
        StartReading("agents", set(.agentEndpoints)) { _ = try Guards.openings(.agentEndpoints, $0.configuration) },
        StartReading("queue", set(.queue)) { try Dispatch.check(queue: $0.configuration.text(.queue)) },
        StartReading("policies", set(.policies, usually: Guards.usualFile)) {
            _ = try Guards.policies($0.configuration, allowsLoopback: false)
        },
        StartReading("intents", set(.intentsFile, usually: Setting.intentsFile.fallback)) {
            _ = try await Server.intents($0.configuration, $0.logger)
        },
        StartReading("checkpoints", set(.auditCheckpoints), read: readCheckpoints),
        StartReading("mail domains", set(.mailDomains, .mailDeniedDomains)) {
            _ = try MailSetup.rules($0.configuration)
        },
        StartReading("vault", set(.vaultURL, .vaultToken)) { _ = try WorkShop.vault($0.configuration) },
        StartReading("secrets file", set(.secretsFile)) { try $0.checkSecretsFile() },
        StartReading("secrets", { SecretsPlace($0.configuration, $0.environment).sources }) {
            try SecretsPlace($0.configuration, $0.environment).check()
        },
    ]

    /// Those of these that somebody has set; else a file that is read unless another is named.
    private static func set(_ settings: Setting..., usually file: String? = nil) -> @Sendable (StartCheck) -> [String] {
        { start in
            let origins = settings.compactMap { setting -> String? in
                guard let origin = start.configuration.origin(of: setting), origin != .fallback else { return nil }
                return "\(setting.key) (\(origin))"
            }
            guard origins.isEmpty, let file, FileManager.default.fileExists(atPath: file) else { return origins }
            return [file]
        }
    }

    private static func readTokens(_ start: StartCheck) async throws {
        let loop = EventLoop(name: "cpa-doctor")
        let transport = CurlTransport(on: loop)
        let result = Result { try TokenSource.authority(start.configuration, transport, start.logger) }
        await transport.shutdown()
        await loop.shutdown()
        _ = try result.get()
    }

    private static func readCheckpoints(_ start: StartCheck) async throws {
        start.checkCheckpoints()
        guard let path = start.configuration[.auditCheckpoints] else { return }
        // Nothing is signed.
        _ = try await AuditCheckpointFile(path: path, seed: Array(repeating: 0, count: 32), logger: start.logger)
    }
}

extension Check {
    /// One check for each of those that there is something to read of.
    static func settings(of invocation: Invocation) -> [Check] {
        StartReading.all.compactMap { reading -> Check? in
            let sources = reading.sources(StartCheck(invocation, .silent))
            guard !sources.isEmpty else { return nil }
            return Check(name: reading.name) { _ in
                let warnings = Warnings()
                do {
                    try await reading.read(StartCheck(invocation, Logger(sink: warnings)))
                } catch {
                    let text = "\(error)".split(separator: "\n").joined(separator: "; ")
                    let fix = "correct \(sources.joined(separator: " or ")): no service starts with it"
                    return .failure(text, fix: fix)
                }
                return warnings.result ?? .ok(sources.joined(separator: ", "))
            }
        }
    }
}

/// Keeps what a service would write to its log.
private final class Warnings: LogSink {
    private let lines = Mutex<[Logger.Line]>([])

    func accepts(_ level: Logger.Level) -> Bool { level >= .warning }
    func write(_ line: Logger.Line) { lines.withLock { $0.append(line) } }

    var result: Check.Result? {
        let lines = lines.withLock { $0 }
        guard !lines.isEmpty else { return nil }
        let details = lines.map { line in
            let metadata = line.metadata.filter { $0.key != "remedy" }.sorted { $0.key < $1.key }
            return "\(line.message): \(metadata.map(\.value).joined(separator: ", "))"
        }
        let fixes = lines.compactMap { $0.metadata["remedy"] }
        return .warning(details.joined(separator: "; "), fix: fixes.joined(separator: "; "))
    }
}

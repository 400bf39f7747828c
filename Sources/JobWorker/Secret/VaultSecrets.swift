import Executors
package import HTTPClient
import JSON
package import JobModel

/// Secrets in HashiCorp Vault's key-value engine, version 2: the members of one secret for each tenant.
///
/// What was read is used again for some seconds: a job names several at once.
package actor VaultSecrets: SecretSource {
    /// Where Vault is and what is read there.
    package struct Settings: Sendable {
        /// As `https://vault.example:8200`.
        package var url: String
        package var token: String
        /// Where the engine is mounted.
        package var mount: String
        /// The secret's path; `{tenant}` stands for the tenant.
        package var path: String
        /// Vault Enterprise's namespace.
        package var namespace: String?

        /// Settings.
        package init(
            url: String,
            token: String,
            mount: String = "secret",
            path: String = "cpa/{tenant}",
            namespace: String? = nil
        ) {
            self.url = url
            self.token = token
            self.mount = mount
            self.path = path
            self.namespace = namespace
        }
    }

    private static let answerLimit = 1 << 20
    private static let freshness = Duration.seconds(5)

    private let settings: Settings
    private let transport: any HTTPTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private var known: [TenantID: (values: JSONObject, at: ContinuousClock.Instant)] = [:]

    /// Secrets of a Vault.
    package init(
        _ settings: Settings,
        transport: any HTTPTransport,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.settings = settings
        self.transport = transport
        self.now = now
    }

    /// The member of that name, or nil.
    ///
    /// - Throws: `StepFailure`: `io_error` when Vault cannot be reached or is sealed, `invalid_input` when it refuses the token.
    package func secret(_ name: String, tenant: TenantID) async throws -> String? {
        let values = try await values(of: tenant)
        switch values[name] {
        case .string(let text)?: return text
        case .integer, .number, .bool: return values[name]?.text()
        default: return nil
        }
    }

    /// The secret with the tenant's, and its engine.
    package nonisolated func place(for tenant: TenantID) -> String? {
        guard let path = try? self.path(of: tenant) else { return nil }
        return "'\(path)' of Vault's engine '\(settings.mount)'"
    }

    private func values(of tenant: TenantID) async throws -> JSONObject {
        if let known = known[tenant], now() - known.at < Self.freshness { return known.values }
        let values = try await read(tenant)
        known[tenant] = (values, now())
        return values
    }

    private func read(_ tenant: TenantID) async throws -> JSONObject {
        let base = settings.url.last == "/" ? String(settings.url.dropLast()) : settings.url
        let path = try self.path(of: tenant)
        var headers = [(name: "X-Vault-Token", value: settings.token), (name: "X-Vault-Request", value: "true")]
        if let namespace = settings.namespace { headers.append((name: "X-Vault-Namespace", value: namespace)) }
        let request = HTTPClientRequest(
            method: "GET",
            url: "\(base)/v1/\(settings.mount)/data/\(path)",
            headers: headers,
            sink: .memory(limit: Self.answerLimit),
            timeout: .seconds(15)
        )
        let answer: HTTPClientResponse
        do {
            answer = try await transport.execute(request)
        } catch let error as HTTPClientError {
            throw failure(.ioError, "cannot be reached: \(error.message)")
        }
        switch answer.status {
        case 200:
            guard let values = try? JSONValue(parsing: answer.body)["data"]?["data"]?.object else {
                throw failure(
                    .ioError,
                    "answered with no secret; is '\(settings.mount)' a key-value engine of version 2?"
                )
            }
            return values
        case 404:
            // It says so of a secret that is not there, without a word, and of an engine that is not.
            let words = (try? JSONValue(parsing: answer.body))?["errors"]?.array ?? []
            guard !words.contains(where: { $0.string?.contains("no handler for route") ?? false }) else {
                throw failure(
                    .invalidInput,
                    "has no engine '\(settings.mount)', where '\(path)' was looked for; correct CPA_VAULT_MOUNT"
                )
            }
            return [:]
        case 400, 401, 403:
            throw failure(
                .invalidInput,
                "refuses the token for '\(path)' (status \(answer.status)); renew CPA_VAULT_TOKEN or its policy"
            )
        case 503: throw failure(.ioError, "is sealed or in maintenance")
        default: throw failure(.ioError, "answered with status \(answer.status)")
        }
    }

    private nonisolated func path(of tenant: TenantID) throws -> String {
        settings.path.replacing("{tenant}", with: try segment(tenant))
    }

    /// The tenant's name as one part of a path, and no way to another's.
    private nonisolated func segment(_ tenant: TenantID) throws -> String {
        let name = tenant.rawValue
        let isPlain = name.utf8.allSatisfy { byte in
            let scalar = UnicodeScalar(byte)
            return byte < 0x80
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".utf8.contains(byte))
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix(".") else {
            throw failure(
                .invalidInput,
                "has no place for the tenant '\(name.prefix(80))': its name must be letters, digits, '-', '_' and '.'"
            )
        }
        return name
    }

    private nonisolated func failure(_ reason: ReasonCode, _ problem: String) -> StepFailure {
        StepFailure(
            reason: reason,
            message: "Vault at \(settings.url) \(problem).",
            isRetryable: reason == .ioError,
            mayHaveActed: false
        )
    }
}

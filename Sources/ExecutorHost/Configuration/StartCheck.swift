import Executors
import JobModel
import JobWorker
import Telemetry

#if canImport(Glibc)
    import Glibc
#endif

/// What a service looks at before it starts, because nobody would hear of it before a job fails: settings that mean nothing
/// without another, secrets that cannot be read, variables that are none.
struct StartCheck {
    let configuration: Configuration
    /// The process's.
    let environment: [String: String]
    let logger: Logger

    init(_ invocation: Invocation, _ logger: Logger) {
        configuration = invocation.configuration
        environment = invocation.environment
        self.logger = logger
    }

    /// - Parameters:
    ///   - readsSecrets: whether jobs run in this process.
    ///   - openFiles: as many files and connections as may be open at once.
    ///   - neededFiles: as many as there should be.
    /// - Throws: `HostError` that names the setting and the remedy.
    func run(readsSecrets: Bool, openFiles: Int = .max, neededFiles: Int = 0) throws {
        if openFiles < neededFiles {
            logger.warning(
                "Fewer files and connections may be open at once than there may be",
                ["limit": String(openFiles), "needed": String(neededFiles), "remedy": OpenFiles.remedy]
            )
        }
        if readsSecrets {
            _ = try WorkShop.vault(configuration)
            try SecretsPlace(configuration, environment).check()
            try checkSecretsFile()
        }
        checkVariables()
    }

    /// Warns of variables that are no settings.
    func checkVariables() { for name in unknownVariables { warn(of: name) } }

    /// Variables that look like ours and are not.
    var unknownVariables: [String] {
        let known = Set(Setting.all.map(\.variable) + ["CPA_CONFIG", "CPA_SECRETS_KEY"])
        // Kubernetes gives every container variables of a service that is called cpa.
        let foreign = ["CPA_SECRET_", "CPA_PORT", "CPA_SERVICE_"]
        return environment.keys.filter { name in
            name.hasPrefix("CPA_") && !known.contains(name) && !foreign.contains { name.hasPrefix($0) }
        }.sorted()
    }

    private func warn(of name: String) {
        let key = name.dropFirst("CPA_".count).lowercased()
        let meant = Suggestion.nearest(to: key, among: Setting.all.map(\.key) + ["config", "secrets_key"])
        logger.warning(
            "A variable of the environment is no setting and does nothing",
            [
                "variable": name,
                "remedy": meant.map { "did you mean CPA_\($0.uppercased())?" } ?? "'cpa doctor' shows every setting",
            ]
        )
    }

    /// - Throws: `HostError` when others may read it, or nobody; warns when it is not there.
    func checkSecretsFile() throws {
        guard let path = configuration[.secretsFile] else { return }
        do {
            guard try !SecretFile(path: path).check() else { return }
            // It is read anew for each job, so it may still come.
            logger.warning(
                "The secrets file is not there",
                ["path": path, "remedy": "correct CPA_SECRETS_FILE, or make it"]
            )
        } catch let error as StepFailure {
            throw HostError(.usage, "secrets_file: \(error.message)")
        }
    }

    /// Warns of a place for checkpoints that cannot be written to: the service works, and nobody signs its audit.
    func checkCheckpoints() {
        guard let path = configuration[.auditCheckpoints] else { return }
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(access(path, F_OK) == 0 ? path : directory, W_OK) != 0 else { return }
        let cause = String(cString: strerror(errno))
        logger.warning(
            "The checkpoints of the audit cannot be written",
            ["path": path, "error": cause, "remedy": "correct CPA_AUDIT_CHECKPOINTS, or make its directory"]
        )
    }
}

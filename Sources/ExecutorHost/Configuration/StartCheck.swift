import Executors
import JobModel
import JobWorker
import Telemetry

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

    /// - Parameter readsSecrets: whether jobs run in this process.
    /// - Throws: `HostError` that names the setting and the remedy.
    func run(readsSecrets: Bool) throws {
        if readsSecrets {
            _ = try WorkShop.vault(configuration)
            try SecretsPlace(configuration, environment).check()
            try checkSecretsFile()
        }
        for name in unknownVariables { warn(of: name) }
    }

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

    private func checkSecretsFile() throws {
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
}

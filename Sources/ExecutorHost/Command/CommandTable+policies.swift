import JSON
import Security

extension CommandTable {
    static let policies = Command(
        name: "policies",
        summary: "Checks a file of policies, and shows what holds for each tenant.",
        arguments: [.init(name: "FILE", isOptional: true)],
        options: [.setting("--policies", "file", .policies)],
        examples: ["cpa policies config/policies.yaml", "cpa policies   # the file a server would read here"],
        run: { invocation in
            var configuration = invocation.configuration
            if let path = invocation.arguments.positionals.first { configuration = try configuration.naming(path) }
            let policies = try Guards.policies(configuration, allowsLoopback: false).current
            for name in [nil] + policies.tenantNames.map(Optional.some) {
                let policy = name.map { policies[$0] } ?? policies.standard
                if invocation.isJSON {
                    var json: JSONObject = ["tenant": name.map(JSONValue.string) ?? .null]
                    for (key, value) in policy.summary { json[key] = .string(value) }
                    invocation.terminal.result(json.text())
                } else {
                    invocation.terminal.result(name.map { "tenant \($0)" } ?? "every other tenant")
                    for (key, value) in policy.summary {
                        invocation.terminal.result("  \(ProgressPrinter.pad(key, 12))\(value)")
                    }
                }
            }
            return .ok
        }
    )
}

extension Configuration {
    /// The same with another file of policies.
    fileprivate func naming(_ path: String) throws -> Configuration {
        var copy = self
        try copy.set(.policies, path)
        return copy
    }
}

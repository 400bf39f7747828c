import FoundationEssentials
import JSON
import JobModel
import JobScheduler
import Security

extension CommandTable {
    static let secrets = Command(
        name: "secrets",
        summary: "Keeps secrets for {{ secrets.name }}, encrypted: set, list, remove, rotate.",
        arguments: [.init(name: "ACTION"), .init(name: "NAME", isOptional: true)],
        options: [.value("--tenant", "name", "whose secret it is (default); list: only this tenant's (all)")],
        examples: [
            "cpa secrets set portal_password           # asks for it; or: … < file", "cpa secrets list --tenant acme",
            "cpa secrets remove portal_password --tenant acme",
            "cpa secrets rotate                        # a new key; values stay",
        ],
        run: { invocation in
            let words = invocation.arguments.positionals
            let wanted = invocation.arguments.value("--tenant")
            if let problem = wanted.flatMap(SecretStore.problem(tenant:)) {
                throw UsageError(message: "--tenant: \(problem)", command: "secrets")
            }
            let tenant = wanted ?? TenantID.default.rawValue
            let vault = SecretsPlace(invocation.configuration, invocation.environment)
            switch (words[0], words.count) {
            case ("set", 2):
                if let problem = SecretStore.problem(name: words[1]) {
                    throw UsageError(message: problem, command: "secrets")
                }
                let store = try vault.store(isMade: true)
                let value = try await SecretInput(terminal: invocation.terminal).value(of: words[1])
                let entry = try store.set(words[1], to: value, tenant: tenant)
                invocation.terminal.note("kept \(entry.tenant)/\(entry.name), version \(entry.version)")
            case ("remove", 2):
                guard try vault.store(isMade: false).remove(words[1], tenant: tenant) else {
                    throw HostError(.usage, "tenant '\(tenant)' has no secret '\(words[1])'")
                }
                invocation.terminal.note("removed \(tenant)/\(words[1])")
            case ("list", 1): try list(vault, of: wanted, invocation)
            case ("rotate", 1): try vault.rotate(invocation.terminal)
            default:
                throw UsageError(message: "write set NAME, list, remove NAME or rotate", command: "secrets")
            }
            return .ok
        }
    )

    /// - Parameter tenant: whose are shown; nil for everybody's.
    private static func list(_ place: SecretsPlace, of tenant: String?, _ invocation: Invocation) throws {
        guard SecretStore.exists(at: place.file) else {
            return invocation.terminal.note("there are no secrets in \(place.file)")
        }
        let entries = try place.store(isMade: false).list().filter { tenant == nil || $0.tenant == tenant }
        if let tenant, entries.isEmpty {
            return invocation.terminal.note("the tenant '\(tenant)' has no secrets in \(place.file)")
        }
        for entry in entries {
            let time = RFC3339.format(entry.updated)
            if invocation.isJSON {
                let json: JSONObject = [
                    "tenant": .string(entry.tenant), "name": .string(entry.name), "version": JSONValue(entry.version),
                    "updated": .string(time),
                ]
                invocation.terminal.result(json.text())
            } else {
                let name = ProgressPrinter.pad("\(entry.tenant)/\(entry.name)", 40)
                invocation.terminal.result("\(name)  version \(entry.version)  \(time)")
            }
        }
    }
}

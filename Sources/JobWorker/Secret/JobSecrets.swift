import Executors
package import JSON
package import JobModel
import Security

/// The secrets one job names, read before it starts: so that a missing one stops nothing half-way, and all can be redacted.
package struct JobSecrets: Sendable {
    /// By the names templates use; a one-time password's key is `totp_<name>`.
    package private(set) var values: [String: String] = [:]
    /// What the filters of the scenario make of them, on their way too: it can be seen no more than the secrets themselves.
    package private(set) var made: Set<String> = []
    /// Where they were looked for, for whoever misses one; nil where that goes without saying.
    package let place: String?

    /// Reads what the templates of a scenario name.
    ///
    /// What is missing stays missing here: the task that needs it fails and says so, unless it has a default.
    package init(of scenario: JSONObject, tenant: TenantID, from source: any SecretSource) async throws {
        place = source.place(for: tenant)
        let expressions = Self.expressions(in: scenario)
        for name in Set(expressions.compactMap(\.secretName)).sorted() {
            values[name] = try await source.secret(name, tenant: tenant)
        }
        for expression in expressions where expression.root == .secrets {
            guard let value = expression.secretName.flatMap({ values[$0] }) else { continue }
            made.formUnion(expression.made(from: value))
        }
    }

    /// All that nobody may see.
    package var hidden: [String] { Array(values.values) + made }

    /// The names of secrets that are too short to be kept out of logs, events and errors.
    package var short: [String] {
        values.filter { !$0.value.isEmpty && $0.value.count < Redactor.shortestSecret }.keys.sorted()
    }

    private static func expressions(in scenario: JSONObject) -> [TemplateExpression] {
        let templated: [JSONValue] = ["tasks", "outputs", "browser"].compactMap { scenario[$0] }
        return (try? Template.expressions(in: .array(templated)).map(\.expression)) ?? []
    }
}

extension TemplateExpression {
    /// Which secret it asks for; nil when it asks for none.
    fileprivate var secretName: String? {
        switch root {
        case .secrets: name
        case .totp: name.map { "totp_\($0)" }
        default: nil
        }
    }
}

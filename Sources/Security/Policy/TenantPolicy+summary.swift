import DomainNames
import NetworkPolicy

extension TenantPolicy {
    /// What holds, section by section, for people.
    package var summary: [(name: String, text: String)] {
        [
            ("actions", actionText),
            ("scripts", scripts.map { $0 ? "allowed" : "denied" } ?? "as the worker is set up"),
            ("apps", apps.map { list($0.sorted()) } ?? "any"), ("network", networkText),
            ("requests", requestText), ("mail", mailText),
            ("upload", text(upload)), ("download", text(download)), ("pii", personalDataText),
        ]
    }

    private var actionText: String {
        let allowed = allowedActions.map { "only " + list($0.sorted()) } ?? "all"
        return deniedActions.isEmpty ? allowed : "\(allowed), but not \(list(deniedActions.sorted()))"
    }

    private var networkText: String {
        let kinds = [
            ("public", network.allowsPublic), ("loopback", network.allowsLoopback), ("private", network.allowsPrivate),
        ]
        var parts = ["open: " + list(kinds.filter(\.1).map(\.0) + network.openings.map(text))]
        if let hosts = network.hosts { parts.append("only " + list(hosts.map(\.description))) }
        if !network.blockedHosts.isEmpty { parts.append("not " + list(network.blockedHosts.map(\.description))) }
        parts.append("\(network.maximumConnections) connections")
        if let bytes = network.maximumBytes { parts.append("\(bytes) bytes") }
        return parts.joined(separator: "; ")
    }

    private func text(_ opening: Opening) -> String {
        guard let rule = opening.closingRule else { return opening.description }
        return "\(opening) (stays closed: nothing opens it, rule '\(rule.rawValue)')"
    }

    private var requestText: String {
        let limits = [
            ("a key", requests.perKey), ("the tenant", requests.perTenant), ("an address", requests.perAddress),
        ]
        let given = limits.compactMap { name, limit in limit.map { "\(name) \($0)" } }
        return given.isEmpty ? "as the server is set up" : list(given)
    }

    private var mailText: String {
        "to \(mail.domains.map { list($0.map(\.description)) } ?? "anybody"), at most \(mail.maximumRecipients) recipients"
    }

    private var personalDataText: String {
        guard !personalData.rules.isEmpty else { return "no rules" }
        let rules = personalData.rules.map { rule in
            "\(rule.action.rawValue) \(list(rule.kinds.map(\.rawValue).sorted())) in \(list(rule.places.map(\.rawValue).sorted()))"
        }
        return rules.joined(separator: "; ") + "; from \(personalData.threshold)"
    }

    private func text(_ files: Files) -> String {
        let parts = [files.maximumFiles.map { "\($0) files" }, files.maximumBytes.map { "\($0) bytes a file" }]
        let given = parts.compactMap(\.self)
        return given.isEmpty ? "as the worker is set up" : "at most " + list(given)
    }

    private func list(_ words: [String]) -> String { words.isEmpty ? "nothing" : words.joined(separator: ", ") }
}

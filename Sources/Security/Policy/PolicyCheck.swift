import Cryptography
import DomainNames
package import JSON
package import JobModel
package import NetworkPolicy

/// A tenant's policy against what a job wants: at submission as far as its scenario shows, and each task again with its values.
///
/// Pure.
package struct PolicyCheck: Sendable {
    private let policy: TenantPolicy
    private let isOwn: @Sendable (IPAddress, Int) -> Bool

    /// A check against a policy.
    ///
    /// - Parameter isOwn: whether an address and port are ours: nothing opens those.
    package init(_ policy: TenantPolicy, isOwn: @escaping @Sendable (IPAddress, Int) -> Bool = { _, _ in false }) {
        self.policy = policy
        self.isOwn = isOwn
    }

    // MARK: A submission

    /// Everything a scenario shows already that will be denied, with its place.
    package func denials(of scenario: Scenario) -> [(pointer: JSONPointer, denial: PolicyDenial)] {
        var denials: [(JSONPointer, PolicyDenial)] = []
        for task in scenario.tasks {
            let task = Self.known(task, scenario.variables)
            do throws(PolicyDenial) {
                try check(task, isResolved: false)
                try checkPersonalData(of: task)
            } catch {
                denials.append((JSONPointer(["tasks", String(task.index)] + [error.field].compactMap(\.self)), error))
            }
        }
        for (index, route) in (scenario.browser["routes"]?.array ?? []).enumerated() {
            guard let url = route["modify"]?["url"]?.string, !Template.isTemplate(url) else { continue }
            do throws(PolicyDenial) { try checkAddress(url) } catch {
                denials.append((JSONPointer(["browser", "routes", String(index), "modify", "url"]), error))
            }
        }
        return denials
    }

    /// The task with what the job's variables say already of where it goes; what depends on more stays a template, and so does
    /// all of a task that may be skipped.
    private static func known(_ task: ToDo, _ variables: JSONObject) -> ToDo {
        if let condition = task.when, !holds(condition, variables) { return task }
        var task = task
        for member in ["url", "to", "cc", "bcc", "app"] {
            guard let value = task.fields[member] else { continue }
            task.fields[member] = known(value, variables)
        }
        return task
    }

    private static func known(_ value: JSONValue, _ variables: JSONObject) -> JSONValue {
        if case .array(let elements) = value { return .array(elements.map { known($0, variables) }) }
        guard dependsOnVariablesAlone(value) else { return value }
        var resolver = TemplateResolver(TemplateContext(variables: variables, now: { 0 }))
        return (try? resolver.resolve(value)) ?? value
    }

    /// Whether the condition of a task is known to hold.
    private static func holds(_ condition: JSONValue, _ variables: JSONObject) -> Bool {
        guard dependsOnVariablesAlone(condition) else { return false }
        var resolver = TemplateResolver(TemplateContext(variables: variables, now: { 0 }))
        return (try? resolver.isTrue(condition)) ?? false
    }

    private static func dependsOnVariablesAlone(_ value: JSONValue) -> Bool {
        guard let found = try? Template.expressions(in: value), !found.isEmpty else { return false }
        return found.allSatisfy { $0.expression.root == .variables }
    }

    /// Looks for personal data in what a task says in plain words.
    private func checkPersonalData(of task: ToDo) throws(PolicyDenial) {
        guard !policy.personalData.rules.isEmpty else { return }
        var plain = task
        if let text = task.text, Template.isTemplate(text) { plain.text = nil }
        for (member, value) in task.fields { plain.fields[member] = Self.literal(value) }
        _ = try admit(plain)
    }

    /// What of a value is said in plain words; nil when nothing is.
    private static func literal(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .array(let elements): return .array(elements.compactMap { literal($0) })
        case .object(let object):
            var said = JSONObject()
            for (name, value) in object { said[name] = literal(value) }
            return .object(said)
        default: return (try? Template.expressions(in: value))?.isEmpty == true ? value : nil
        }
    }

    /// The variables as they may be kept: with personal data blackened where the policy wants that.
    ///
    /// - Throws: `PolicyDenial` when the policy keeps one out; its `field` names it.
    package func admit(variables: JSONObject) throws(PolicyDenial) -> JSONObject {
        var admitted = JSONObject()
        for (name, value) in variables {
            admitted[name] = try Self.about(name) { () throws(PolicyDenial) in
                try personalData(value, at: .submission)
            }
        }
        return admitted
    }

    // MARK: A task

    /// What can be said of a task.
    ///
    /// - Parameter isResolved: whether its members have their values; until then those that are templates are skipped. A
    ///   value may look like a template all the same: `{` is a letter of mail addresses.
    package func check(_ task: ToDo, isResolved: Bool) throws(PolicyDenial) {
        let isOpen = { isResolved || !Template.isTemplate($0) }
        let action = task.namedAction
        try check(action, of: task)
        if let url = task.fields["url"]?.string, [.goto, .download].contains(action), isOpen(url) {
            try Self.about("url") { () throws(PolicyDenial) in try checkAddress(url) }
        }
        if Self.outgoingMail.contains(action) { try checkRecipients(of: task, where: isOpen) }
        if action == .upload, let limit = policy.upload.maximumFiles {
            let count = task.fields["files"]?.array?.count ?? 1
            guard count <= limit else {
                throw PolicyDenial(
                    rule: "upload_files",
                    message: "It uploads \(count) files; \(limit) are allowed",
                    field: "files"
                )
            }
        }
        if action == .openApp, let apps = policy.apps, let app = task.fields["app"]?.string, isOpen(app),
            !apps.contains(app)
        {
            throw PolicyDenial(
                rule: "app_not_allowed",
                message: "It starts '\(app)', which is not among the allowed apps",
                field: "app"
            )
        }
    }

    /// The task as it may run: checked with its values, limits set, personal data blackened where the policy wants that.
    ///
    /// - Throws: `PolicyDenial`.
    package func admit(_ task: ToDo) throws(PolicyDenial) -> ToDo {
        try check(task, isResolved: true)
        for member in task.fileNameMembers { try checkFileName(member, of: task) }
        var task = task
        switch task.namedAction {
        case .download, .downloadAttachments:
            if let limit = policy.download.maximumBytes {
                task.fields["max_bytes"] = JSONValue(min(task.fields["max_bytes"]?.int ?? limit, limit))
            }
        case .sendMail, .replyMail, .forwardMail:
            for member in ["subject", "html"] { try admit(member, of: &task, at: .mail) }
            task.text = try admit(task.text, at: .mail)
            try admit("text", of: &task, at: .mail)
            let headers = (task.fields["headers"]?.object ?? [:]).map { Self.text($0.value) }
            try Self.about("headers") { () throws(PolicyDenial) in try check(mailTexts: headers) }
        case .fill, .type: task.text = try admit(task.text, at: .page)
        case .writeFile:
            task.text = try admit(task.text, at: .file)
            try admit("content", of: &task, at: .file)
            task.fields["base64"] = try admit(base64: task.fields["base64"])
        default: break
        }
        return task
    }

    /// What a mail shows in the end: its text without markup, names of files and people, header fields, and what it passes on. What `admit` would have blackened in plain
    /// words, but could not see, stays here.
    package func check(mailTexts texts: [String]) throws(PolicyDenial) {
        let rules = policy.personalData
        guard rules.rules.contains(where: { $0.places.contains(.mail) }) else { return }
        let detector = PersonalDataDetector(threshold: rules.threshold)
        for finding in texts.flatMap(detector.findings(in:)) where rules.action(for: finding.kind, at: .mail) != .allow
        {
            throw PolicyDenial(
                rule: "pii_\(finding.kind.rawValue)",
                message:
                    "Personal data (\(finding.kind.rawValue)) may not leave by mail; behind markup, in a name, a header field or a "
                    + "mail that is passed on it cannot be blackened: take it out"
            )
        }
    }

    /// The limit on files that are uploaded, in bytes.
    package var uploadLimit: Int? { policy.upload.maximumBytes }

    // MARK: Rules

    private static let outgoingMail: Set<Action> = [.sendMail, .replyMail, .forwardMail]

    private func check(_ action: Action, of task: ToDo) throws(PolicyDenial) {
        let member = action == task.action ? "action" : "op"
        if [action, task.action].contains(where: { policy.deniedActions.contains($0.rawValue) }) {
            throw PolicyDenial(
                rule: "action_denied",
                message: "The action '\(action.rawValue)' is denied",
                field: member
            )
        }
        if let allowed = policy.allowedActions, !allowed.contains(action.rawValue) {
            throw PolicyDenial(
                rule: "action_not_allowed",
                message: "The action '\(action.rawValue)' is not among the allowed ones",
                field: member
            )
        }
        let runsScript = action == .evaluate || task.fields["function"] != nil
        if runsScript, policy.scripts == false {
            throw PolicyDenial(
                rule: "scripts_denied",
                message:
                    "It runs JavaScript of the scenario; use extract, expect or wait_for, or let the operator allow scripts: "
                    + "--allow-scripts (CPA_BROWSER_SCRIPTS=true), or 'scripts: true' in the policies",
                field: action == .evaluate ? member : "function"
            )
        }
    }

    private func checkAddress(_ url: String) throws(PolicyDenial) {
        guard !url.lowercased().hasPrefix("data:text/html") else { return }
        do throws(EgressDenial) {
            let address = try PageAddress(url)
            guard let host = address.host else { return }
            try policy.network.check(host, port: address.port)
            if case .address(let number) = host.kind {
                try policy.network.check(host, port: address.port, [number], isOwn: isOwn)
            }
        } catch {
            throw PolicyDenial(rule: error.rule.rawValue, message: error.description)
        }
    }

    private func checkRecipients(of task: ToDo, where isOpen: (String) -> Bool) throws(PolicyDenial) {
        let members = ["to", "cc", "bcc"].map { ($0, Self.texts(task.fields[$0])) }.filter { !$0.1.isEmpty }
        let largest = members.max { $0.1.count < $1.1.count }?.0
        try Self.about(largest) { () throws(PolicyDenial) in try checkCount(members.reduce(0) { $0 + $1.1.count }) }
        for (member, recipients) in members {
            try Self.about(member) { () throws(PolicyDenial) in try checkDomains(of: recipients, where: isOpen) }
        }
    }

    /// A denial in `body` is about that member, or variable.
    private static func about<R>(_ field: String?, _ body: () throws(PolicyDenial) -> R) throws(PolicyDenial) -> R {
        do {
            return try body()
        } catch {
            var error = error
            error.field = error.field ?? field
            throw error
        }
    }

    /// Whom a mail may go to; those of an answer are known only once its draft is made.
    package func check(recipients: [String]) throws(PolicyDenial) {
        try checkCount(recipients.count)
        try checkDomains(of: recipients) { _ in true }
    }

    private func checkCount(_ recipients: Int) throws(PolicyDenial) {
        guard recipients <= policy.mail.maximumRecipients else {
            throw PolicyDenial(
                rule: "mail_recipients",
                message: "The mail has \(recipients) recipients; \(policy.mail.maximumRecipients) are allowed"
            )
        }
    }

    private func checkDomains(of recipients: [String], where isOpen: (String) -> Bool) throws(PolicyDenial) {
        guard let domains = policy.mail.domains else { return }
        for recipient in recipients where isOpen(recipient) {
            let text = Self.domain(of: recipient)
            let isAllowed = DomainName(text).map { domain in domains.contains { $0.matches(domain) } } ?? false
            guard isAllowed else {
                throw PolicyDenial(
                    rule: "mail_domain",
                    message:
                        "Mail to '\(text)' is not allowed; allowed are \(domains.map(\.description).joined(separator: ", "))"
                )
            }
        }
    }

    /// What stands behind the last `@`, without the bracket of a name and address.
    private static func domain(of recipient: String) -> String {
        let tail = recipient.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return tail.filter { $0 != ">" && $0 != " " }
    }

    // MARK: Personal data

    private func admit(_ member: String, of task: inout ToDo, at place: PersonalDataPolicy.Place) throws(PolicyDenial) {
        guard let value = task.fields[member] else { return }
        task.fields[member] = try personalData(value, at: place)
    }

    private func admit(_ text: String?, at place: PersonalDataPolicy.Place) throws(PolicyDenial) -> String? {
        guard let text else { return nil }
        return try personalData(.string(text), at: place).string
    }

    /// The name a file is given: other steps look for it by that, so it is kept out where it would be blackened elsewhere.
    private func checkFileName(_ member: String, of task: ToDo) throws(PolicyDenial) {
        let rules = policy.personalData
        guard let name = task.fields[member].map(Self.text) else { return }
        let found = PersonalDataDetector(threshold: rules.threshold).findings(in: name)
        guard let kind = found.first(where: { rules.action(for: $0.kind, at: .file) != .allow })?.kind else { return }
        throw PolicyDenial(
            rule: "pii_\(kind.rawValue)",
            message:
                "'\(member)' names a file by personal data (\(kind.rawValue)), which nothing blackens in a name, because later "
                + "steps look for the file by it: name it otherwise",
            field: member
        )
    }

    /// Text that is written in base64; what is no text is nothing we can look into.
    private func admit(base64 value: JSONValue?) throws(PolicyDenial) -> JSONValue? {
        guard let encoded = value?.string, let bytes = try? Base64.decode(encoded),
            let text = String(validating: bytes, as: UTF8.self)
        else { return value }
        let admitted = try personalData(.string(text), at: .file).string ?? text
        return admitted == text ? value : .string(Base64.encode(Array(admitted.utf8)))
    }

    private func personalData(_ value: JSONValue, at place: PersonalDataPolicy.Place) throws(PolicyDenial) -> JSONValue
    {
        guard policy.personalData.rules.contains(where: { $0.places.contains(place) }) else { return value }
        switch value {
        case .string(let text): return .string(try personalData(text, at: place))
        case .array(let elements):
            return .array(try elements.map { (element) throws(PolicyDenial) in try personalData(element, at: place) })
        case .object(let object):
            var admitted = JSONObject()
            for (key, value) in object {
                admitted[try personalData(key, at: place)] = try personalData(value, at: place)
            }
            return .object(admitted)
        case .integer, .number:
            // A card number is a number too; there is nothing to blacken in one.
            let text = value.text()
            return try personalData(text, at: place) == text ? value : .string(try personalData(text, at: place))
        case .null, .bool: return value
        }
    }

    private func personalData(_ text: String, at place: PersonalDataPolicy.Place) throws(PolicyDenial) -> String {
        let rules = policy.personalData
        let detector = PersonalDataDetector(threshold: rules.threshold)
        var masked: [PersonalData.Finding] = []
        for finding in detector.findings(in: text) {
            switch rules.action(for: finding.kind, at: place) {
            case .allow: continue
            case .mask: masked.append(finding)
            case .block:
                throw PolicyDenial(
                    rule: "pii_\(finding.kind.rawValue)",
                    message: "Personal data (\(finding.kind.rawValue)) may not leave by \(place.rawValue)"
                )
            case .requireApproval:
                throw PolicyDenial(
                    rule: "pii_\(finding.kind.rawValue)",
                    message:
                        "Personal data (\(finding.kind.rawValue)) leaves by \(place.rawValue) only after approval, "
                        + "and nobody can approve it yet: block, mask or allow it in the policies"
                )
            }
        }
        return detector.masked(text, masked)
    }

    // MARK: Members

    private static func text(_ value: JSONValue) -> String { value.string ?? value.text() }

    private static func texts(_ value: JSONValue?) -> [String] {
        switch value {
        case .string(let text)?: text.split(whereSeparator: { $0 == "," || $0 == ";" }).map(String.init)
        case .array(let elements)?: elements.flatMap { texts($0) }
        default: []
        }
    }
}

import FoundationEssentials
import JSON
import JobModel
import Security
import YAML

/// Every setting with its value and where the value came from: flags before `CPA_*` before `cpa.yaml` before defaults.
package struct Configuration: Sendable {
    /// Where a value came from.
    package enum Origin: Sendable, Hashable, CustomStringConvertible {
        case flag
        case environment(String)
        /// `cpa.yaml:3`
        case file(String)
        case fallback

        /// In words.
        package var description: String {
            switch self {
            case .flag: "flag"
            case .environment(let name): name
            case .file(let place): place
            case .fallback: "default"
            }
        }
    }

    private struct Entry {
        var value: String
        var origin: Origin
    }

    private var entries: [String: Entry] = [:]

    /// Puts the layers on each other.
    ///
    /// - Parameters:
    ///   - flags: values by setting key, from the command line.
    ///   - environment: the process's.
    ///   - file: path and bytes of the configuration file; nil when there is none.
    /// - Throws: `ConfigurationError` that names the value and its origin.
    package init(
        flags: [String: String] = [:],
        environment: [String: String] = [:],
        file: (path: String, bytes: [UInt8])? = nil
    ) throws(ConfigurationError) {
        for setting in Setting.all {
            entries[setting.key] = setting.fallback.map { Entry(value: $0, origin: .fallback) }
        }
        if let file { try read(file.path, file.bytes) }
        for setting in Setting.all {
            if let value = environment[setting.variable], !value.isEmpty {
                try set(setting, value, .environment(setting.variable))
            }
            if let value = flags[setting.key] { try set(setting, value, .flag) }
        }
    }

    private mutating func read(_ path: String, _ bytes: [UInt8]) throws(ConfigurationError) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsingYAML: bytes, file: path)
        } catch {
            throw ConfigurationError(message: "\(error)")
        }
        if document.value.isNull { return }
        guard let members = document.value.object else {
            throw ConfigurationError(message: "\(path): settings are 'name: value' lines")
        }
        for (key, value) in members {
            let line = document.keyPosition(of: JSONPointer([key]))?.line ?? 1
            guard let setting = Setting.all.first(where: { $0.key == key }) else {
                let suggestion = Suggestion.phrase(for: key, among: Setting.all.map(\.key))
                throw ConfigurationError(message: "\(path):\(line): there is no setting '\(key)'\(suggestion)")
            }
            let text: String
            switch value {
            case .string(let string): text = string
            case .integer, .number, .bool: text = value.text()
            case .null: continue
            case .array, .object:
                throw ConfigurationError(message: "\(path):\(line): '\(key)' must be one value, is \(value.typeName)")
            }
            try set(setting, text, .file("\(path):\(line)"))
        }
    }

    private mutating func set(_ setting: Setting, _ value: String, _ origin: Origin) throws(ConfigurationError) {
        if let problem = setting.problem(with: value) {
            let shown = setting.kind == .secret ? "the value" : "'\(value.withoutLogIns)'"
            throw ConfigurationError(message: "\(setting.key) (\(origin)): \(shown) \(problem)")
        }
        entries[setting.key] = Entry(value: value, origin: origin)
    }

    /// Gives a setting the value of an argument.
    mutating func set(_ setting: Setting, _ value: String) throws(ConfigurationError) {
        try set(setting, value, .flag)
    }

    // MARK: Values

    /// The value, nil when nobody gave one.
    package subscript(setting: Setting) -> String? { entries[setting.key]?.value }

    /// Where the value came from; nil when there is none.
    package func origin(of setting: Setting) -> Origin? { entries[setting.key]?.origin }

    /// The value of a setting that has a default.
    func text(_ setting: Setting) -> String {
        guard let value = self[setting] else { preconditionFailure("Cannot read \(setting.key): it has no default") }
        return value
    }

    func count(_ setting: Setting) -> Int { Int(text(setting)) ?? 0 }
    func boolean(_ setting: Setting) -> Bool { text(setting) == "true" }
    func rate(_ setting: Setting) -> RateLimit? { self[setting].flatMap(RateLimit.init) }
    /// Words between commas; empty when nobody gave any.
    func list(_ setting: Setting) -> [String] {
        (self[setting] ?? "").split(separator: ",").map { String($0.filter { $0 != " " }) }
    }
    func duration(_ setting: Setting) -> Duration { Duration(ofAnyLength: .string(text(setting))) ?? .zero }

    /// Each setting, what it is (secrets and log-ins of URLs hidden), and where that came from: what `cpa doctor` prints.
    package var description: [(setting: Setting, value: String, origin: String)] {
        Setting.all.map { setting in
            guard let entry = entries[setting.key] else { return (setting, "–", "not set") }
            return (setting, setting.kind == .secret ? "••••" : entry.value.withoutLogIns, "\(entry.origin)")
        }
    }
}

/// A setting that cannot be used.
package struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which setting, from where, with which value, and what to write instead.
    package var message: String
    /// The message.
    package var description: String { message }
}

/// A word after `cpa`: what it takes, what it says of itself, what it does.
package struct Command: Sendable {
    /// What stands behind the options.
    package struct Argument: Sendable {
        package var name: String
        package var isOptional = false
    }

    package var name: String
    package var summary: String
    package var arguments: [Argument] = []
    package var options: [Option]
    /// Lines shown at the end of help.
    package var examples: [String] = []
    /// Whether it ends well by itself when a signal comes; any other is ended by it.
    package var hearsSignals = false
    package var run: @Sendable (Invocation) async throws -> ExitCode

    /// Options every command takes.
    static let common: [Option] = [
        .value("--config", "file", "settings to read (./cpa.yaml when there is one)"),
        .setting("--data-dir", "directory", .dataDirectory),
        .setting("--log-level", "level", .logLevel),
        .flag("--json", "write JSON lines instead of text"),
        .flag("--help", "show this"),
    ]

    /// Reads what follows the command's name.
    ///
    /// - Throws: `UsageError`.
    package func parse(_ words: ArraySlice<String>) throws(UsageError) -> Arguments {
        var arguments = Arguments()
        var words = words
        let known = options + Self.common
        while let word = words.popFirst() {
            if word == "--" {
                arguments.positionals += words
                break
            }
            if word == "-h" {
                arguments.flags.insert("--help")
                continue
            }
            guard word.hasPrefix("-"), word != "-" else {
                arguments.positionals.append(word)
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let option = known.first(where: { $0.name == parts[0] }) else {
                throw unknown(parts[0], among: known)
            }
            try take(option, parts, from: &words, into: &arguments)
        }
        if !arguments.flags.contains("--help") { try check(arguments.positionals) }
        return arguments
    }

    private func take(
        _ option: Option,
        _ parts: [String],
        from words: inout ArraySlice<String>,
        into arguments: inout Arguments
    ) throws(UsageError) {
        guard let placeholder = option.placeholder else {
            guard parts.count == 1 else { throw error("\(option.name) takes no value") }
            arguments.flags.insert(option.name)
            if let setting = option.setting { arguments.settings[setting.key] = "true" }
            return
        }
        guard let value = parts.count == 2 ? parts[1] : words.popFirst() else {
            throw error("\(option.name) needs a value: \(option.name) <\(placeholder)>")
        }
        if arguments.values[option.name] != nil, !option.isRepeatable {
            throw error("\(option.name) is there twice")
        }
        arguments.values[option.name, default: []].append(value)
        guard let setting = option.setting else { return }
        if let problem = setting.problem(with: value) { throw error("\(option.name): '\(value)' \(problem)") }
        arguments.settings[setting.key] = value
    }

    private func check(_ positionals: [String]) throws(UsageError) {
        let needed = arguments.filter { !$0.isOptional }
        if positionals.count < needed.count {
            throw error("'\(name)' needs \(needed[positionals.count].name)")
        }
        if positionals.count > arguments.count {
            throw error("'\(positionals[arguments.count])' is one word too many")
        }
    }

    private func unknown(_ name: String, among known: [Option]) -> UsageError {
        error("there is no option '\(name)'\(suggestion(for: name, among: known.map(\.name)))")
    }

    private func error(_ message: String) -> UsageError { UsageError(message: message, command: name) }
}

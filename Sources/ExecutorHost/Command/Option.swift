/// One option of a command.
package struct Option: Sendable {
    /// `--redis`
    package var name: String
    /// What follows it; nil for a flag.
    package var placeholder: String?
    package var summary: String
    /// Whether it may be given several times.
    package var isRepeatable = false
    /// The setting it gives a value to; nil for what only the command knows.
    package var setting: Setting?

    static func flag(_ name: String, _ summary: String) -> Option {
        Option(name: name, placeholder: nil, summary: summary)
    }

    static func value(_ name: String, _ placeholder: String, _ summary: String, isRepeatable: Bool = false) -> Option {
        Option(name: name, placeholder: placeholder, summary: summary, isRepeatable: isRepeatable)
    }

    /// An option that says a setting; its default is shown in help.
    static func setting(_ name: String, _ placeholder: String?, _ setting: Setting) -> Option {
        let fallback = setting.fallback.map { " (\($0))" } ?? ""
        return Option(
            name: name,
            placeholder: placeholder,
            summary: setting.summary + fallback,
            setting: setting
        )
    }

    /// `--redis <url>`
    var usage: String { name + (placeholder.map { " <\($0)>" } ?? "") }
}

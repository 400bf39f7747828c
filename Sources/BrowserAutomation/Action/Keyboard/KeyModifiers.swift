/// Keys held down while another is pressed; raw values as in CDP.
package struct KeyModifiers: OptionSet, Sendable, Hashable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    package static let alt = KeyModifiers(rawValue: 1)
    package static let control = KeyModifiers(rawValue: 2)
    package static let meta = KeyModifiers(rawValue: 4)
    package static let shift = KeyModifiers(rawValue: 8)

    /// The modifier a name stands for; nil when it is none.
    package init?(named name: String) {
        switch name.lowercased() {
        case "alt", "option": self = .alt
        case "control", "ctrl", "strg", "controlormeta": self = .control
        case "meta", "cmd", "command", "win": self = .meta
        case "shift", "umschalt": self = .shift
        default: return nil
        }
    }

    /// The keys to hold, in the order to press them.
    var keys: [Key] {
        var keys: [Key] = []
        if contains(.control) { keys.append(Key("Control", "ControlLeft", 17, location: 1)) }
        if contains(.alt) { keys.append(Key("Alt", "AltLeft", 18, location: 1)) }
        if contains(.meta) { keys.append(Key("Meta", "MetaLeft", 91, location: 1)) }
        if contains(.shift) { keys.append(Key("Shift", "ShiftLeft", 16, location: 1)) }
        return keys
    }
}

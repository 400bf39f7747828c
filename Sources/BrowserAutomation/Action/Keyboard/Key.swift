/// A key of the US keyboard, as CDP wants it described (Input.dispatchKeyEvent).
package struct Key: Sendable, Hashable {
    /// `KeyboardEvent.key`.
    package var key: String
    /// `KeyboardEvent.code`: the place on the keyboard.
    package var code: String
    /// The Windows virtual key code; 0 when it has none.
    package var virtualKeyCode: Int
    /// What it types; nil when it types nothing.
    package var text: String?
    /// 1 left, 2 right, 3 keypad, else 0.
    package var location: Int
    /// Whether Shift is needed to type it.
    package var needsShift: Bool

    init(
        _ key: String,
        _ code: String,
        _ virtualKeyCode: Int,
        text: String? = nil,
        location: Int = 0,
        needsShift: Bool = false
    ) {
        self.key = key
        self.code = code
        self.virtualKeyCode = virtualKeyCode
        self.text = text
        self.location = location
        self.needsShift = needsShift
    }
}

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

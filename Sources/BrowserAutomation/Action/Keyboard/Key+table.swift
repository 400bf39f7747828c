extension Key {
    /// The key with a name as in `KeyboardEvent.key` or `.code`, or the one that types the character.
    package static func named(_ name: String) -> Key? {
        if let key = byName[name] ?? byCode[name] { return key }
        if name.count > 1 { return byLowercasedName[name.lowercased()] }
        return nil
    }

    /// The key that types a character; nil for characters no key of the US keyboard types.
    package static func typing(_ character: Character) -> Key? {
        switch character {
        case "\n", "\r", "\r\n": byName["Enter"]
        case "\t": byName["Tab"]
        default: byName[String(character)]
        }
    }

    /// Every name `named` takes as it is written here.
    package static var names: Set<String> { Set(byName.keys).union(byCode.keys) }

    private static let byName: [String: Key] = {
        var keys: [String: Key] = [:]
        for key in special + letters + digits + punctuation { keys[key.key] = key }
        keys["Space"] = keys[" "]
        keys["Esc"] = keys["Escape"]
        keys["Return"] = keys["Enter"]
        keys["Del"] = keys["Delete"]
        for direction in ["Left", "Right", "Up", "Down"] { keys[direction] = keys["Arrow" + direction] }
        return keys
    }()

    /// By the place on the keyboard: the keypad, and keys that are there twice, have no other name.
    private static let byCode: [String: Key] = {
        let right = [
            Key("Control", "ControlRight", 17, location: 2), Key("Shift", "ShiftRight", 16, location: 2),
            Key("Alt", "AltRight", 18, location: 2), Key("Meta", "MetaRight", 92, location: 2),
        ]
        let plain = (special + letters + digits + punctuation).filter { !$0.needsShift }
        return Dictionary((plain + keypad + right).map { ($0.code, $0) }) { first, _ in first }
    }()

    private static let keypad: [Key] =
        (0...9).map { Key("\($0)", "Numpad\($0)", 96 + $0, text: "\($0)", location: 3) }
        + [
            Key("*", "NumpadMultiply", 106, text: "*", location: 3), Key("+", "NumpadAdd", 107, text: "+", location: 3),
            Key("-", "NumpadSubtract", 109, text: "-", location: 3),
            Key(".", "NumpadDecimal", 110, text: ".", location: 3),
            Key("/", "NumpadDivide", 111, text: "/", location: 3),
            Key("Enter", "NumpadEnter", 13, text: "\r", location: 3),
        ]

    private static let byLowercasedName = Dictionary(
        byName.filter { $0.key.count > 1 }.map { ($0.key.lowercased(), $0.value) },
        uniquingKeysWith: { first, _ in first }
    )

    private static let special =
        [
            Key("Enter", "Enter", 13, text: "\r"), Key("Tab", "Tab", 9, text: "\t"), Key("Escape", "Escape", 27),
            Key("Backspace", "Backspace", 8), Key("Delete", "Delete", 46), Key("Insert", "Insert", 45),
            Key("Home", "Home", 36), Key("End", "End", 35), Key("PageUp", "PageUp", 33),
            Key("PageDown", "PageDown", 34), Key("ArrowLeft", "ArrowLeft", 37), Key("ArrowUp", "ArrowUp", 38),
            Key("ArrowRight", "ArrowRight", 39), Key("ArrowDown", "ArrowDown", 40),
            Key("ContextMenu", "ContextMenu", 93), Key("CapsLock", "CapsLock", 20), Key("Pause", "Pause", 19),
            Key("PrintScreen", "PrintScreen", 44), Key(" ", "Space", 32, text: " "),
            Key("Control", "ControlLeft", 17, location: 1), Key("Shift", "ShiftLeft", 16, location: 1),
            Key("Alt", "AltLeft", 18, location: 1), Key("Meta", "MetaLeft", 91, location: 1),
        ] + (1...24).map { Key("F\($0)", "F\($0)", 111 + $0) }

    private static let letters = "abcdefghijklmnopqrstuvwxyz".flatMap { letter in
        let upper = letter.uppercased()
        let code = Int(letter.asciiValue ?? 0) - 32
        return [
            Key(String(letter), "Key" + upper, code, text: String(letter)),
            Key(upper, "Key" + upper, code, text: upper, needsShift: true),
        ]
    }

    private static let digits = zip("0123456789", ")!@#$%^&*(").flatMap { digit, shifted in
        let code = Int(digit.asciiValue ?? 0)
        return [
            Key(String(digit), "Digit\(digit)", code, text: String(digit)),
            Key(String(shifted), "Digit\(digit)", code, text: String(shifted), needsShift: true),
        ]
    }

    private static let punctuation: [Key] = [
        ("`", "~", "Backquote", 192), ("-", "_", "Minus", 189), ("=", "+", "Equal", 187),
        ("[", "{", "BracketLeft", 219), ("]", "}", "BracketRight", 221), ("\\", "|", "Backslash", 220),
        (";", ":", "Semicolon", 186), ("'", "\"", "Quote", 222), (",", "<", "Comma", 188),
        (".", ">", "Period", 190), ("/", "?", "Slash", 191),
    ].flatMap { plain, shifted, code, number in
        [Key(plain, code, number, text: plain), Key(shifted, code, number, text: shifted, needsShift: true)]
    }
}

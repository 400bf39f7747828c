/// One event of a key.
struct KeyEvent: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case down, up
    }

    var kind: Kind
    var key: Key
    var modifiers: KeyModifiers

    init(_ kind: Kind, _ key: Key, modifiers: KeyModifiers) {
        self.kind = kind
        self.key = key
        self.modifiers = modifiers
    }

    /// What it types: nothing while a shortcut is held.
    var text: String? {
        guard kind == .down, modifiers.isDisjoint(with: [.control, .alt, .meta]) else { return nil }
        return key.text
    }
}

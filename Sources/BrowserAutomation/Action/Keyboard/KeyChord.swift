/// A key with the modifiers held down: `Enter`, `Control+A`, `Control++`.
package struct KeyChord: Sendable, Hashable {
    /// What is held down meanwhile.
    package var modifiers: KeyModifiers
    /// What is pressed.
    package var key: Key

    /// A key and its modifiers.
    package init(_ key: Key, modifiers: KeyModifiers = []) {
        self.key = key
        self.modifiers = modifiers
    }

    /// Reads a chord; names as in `KeyboardEvent.key`, joined by `+`.
    ///
    /// - Throws: `BrowserError` with `invalidInput` that names the unknown key.
    package init(parsing text: String) throws(BrowserError) {
        var names = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        // "Control++" and "+" end in the key +.
        if names.count > 1, names.suffix(2).allSatisfy(\.isEmpty) {
            names.replaceSubrange((names.count - 2)..., with: ["+"])
        }
        var modifiers: KeyModifiers = []
        for name in names.dropLast() {
            guard let modifier = KeyModifiers(named: name) else {
                throw BrowserError(
                    .invalidInput,
                    "In the chord \(text), \(name) is no modifier. Use Control, Shift, Alt or Meta."
                )
            }
            modifiers.insert(modifier)
        }
        guard let name = names.last, let key = Key.named(name) ?? KeyModifiers(named: name)?.keys.first else {
            throw BrowserError(
                .invalidInput,
                "There is no key \(names.last ?? ""). Use names such as Enter, Tab, Escape, ArrowDown, F5, a, A; to enter text use type or fill."
            )
        }
        self.init(key, modifiers: modifiers)
    }

    /// The events to dispatch, in order.
    var events: [KeyEvent] {
        var held: KeyModifiers = []
        var events: [KeyEvent] = []
        // Alone, a capital is typed with Shift; in a chord it only names the key: Control+A is not Control+Shift+A.
        let holding = key.needsShift && modifiers.isEmpty ? .shift : modifiers
        for modifier in modifiers.keys {
            held.insert(KeyModifiers(named: modifier.key) ?? [])
            events.append(KeyEvent(.down, modifier, modifiers: held))
        }
        // A modifier counts as held from its own event on.
        let own = KeyModifiers(named: key.key) ?? []
        events.append(KeyEvent(.down, shifted, modifiers: holding.union(own)))
        events.append(KeyEvent(.up, shifted, modifiers: holding))
        for modifier in modifiers.keys.reversed() {
            held.remove(KeyModifiers(named: modifier.key) ?? [])
            events.append(KeyEvent(.up, modifier, modifiers: held))
        }
        return events
    }

    /// With Shift held a letter is a capital, with another modifier alone it is none.
    private var shifted: Key {
        guard !modifiers.isEmpty, let text = key.text, text.count == 1 else { return key }
        let letter = modifiers.contains(.shift) ? text.uppercased() : text.lowercased()
        return Key.named(letter).flatMap { $0.code == key.code ? $0 : nil } ?? key
    }
}

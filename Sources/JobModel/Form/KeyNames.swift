import JSON

/// What keys are called in a chord such as `Control+A`, for a check before the run.
///
/// The keys themselves are BrowserAutomation's, which knows no scenario; `KeyNamesTests` of the executors holds both together.
package enum KeyNames {
    /// Names in any case, as `KeyboardEvent.key` has them, and short ones.
    package static let named: [String] =
        [
            "Enter", "Return", "Tab", "Escape", "Esc", "Backspace", "Delete", "Del", "Insert", "Home", "End", "PageUp",
            "PageDown", "ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "Left", "Up", "Right", "Down", "ContextMenu",
            "CapsLock", "Pause", "PrintScreen", "Space", "Control", "Shift", "Alt", "Meta",
        ] + (1...24).map { "F\($0)" }

    /// Places on the keyboard, as `KeyboardEvent.code` has them; only in this case.
    package static let codes: [String] =
        [
            "ControlLeft", "ShiftLeft", "AltLeft", "MetaLeft", "ControlRight", "ShiftRight", "AltRight", "MetaRight",
            "Backquote", "Minus", "Equal", "BracketLeft", "BracketRight", "Backslash", "Semicolon", "Quote", "Comma",
            "Period", "Slash", "NumpadMultiply", "NumpadAdd", "NumpadSubtract", "NumpadDecimal", "NumpadDivide",
            "NumpadEnter",
        ] + (0...9).flatMap { ["Digit\($0)", "Numpad\($0)"] }
        + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".map { "Key\($0)" }

    /// What is held down meanwhile, in any case.
    package static let modifiers = [
        "Control", "Shift", "Alt", "Meta", "Ctrl", "Strg", "ControlOrMeta", "Option", "Cmd", "Command", "Win",
        "Umschalt",
    ]

    private static let known = Set(codes)
    private static let knownInAnyCase = Set((named + modifiers).map { $0.lowercased() })
    private static let heldInAnyCase = Set(modifiers.map { $0.lowercased() })

    /// What is wrong with a chord, as the rest of a sentence about its member; nil when nothing is.
    package static func problem(with chord: String) -> String? {
        guard !chord.isEmpty else { return "is empty; name a key such as Enter, or a chord such as Control+A" }
        var names = chord.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        // "Control++" and "+" end in the key +.
        if names.count > 1, names.suffix(2).allSatisfy(\.isEmpty) {
            names.replaceSubrange((names.count - 2)..., with: ["+"])
        }
        let shown = TaskReader.shown(.string(chord))
        for name in names.dropLast() where !heldInAnyCase.contains(name.lowercased()) {
            let suggestion = Suggestion.phrase(for: name, among: modifiers)
            let remedy = suggestion.isEmpty ? "; use Control, Shift, Alt or Meta" : suggestion
            return "must be a key or a chord, is \(shown): '\(name)' is no modifier\(remedy)"
        }
        guard let name = names.last, !isKey(name) else { return nil }
        let suggestion = name.count < 2 ? "" : Suggestion.phrase(for: name, among: named)
        let remedy =
            suggestion.isEmpty
            ? "; use names such as Enter, Tab, Escape, ArrowDown, F5, a, A; to enter text use type or fill" : suggestion
        return "must be a key or a chord, is \(shown): there is no key '\(name)'\(remedy)"
    }

    /// A name, a place, or what a key of the US keyboard types.
    private static func isKey(_ name: String) -> Bool {
        if known.contains(name) { return true }
        guard name.unicodeScalars.count == 1, let only = name.unicodeScalars.first else {
            return knownInAnyCase.contains(name.lowercased())
        }
        return (" "..."~").contains(only)
    }
}

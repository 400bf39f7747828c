/// A line of which the program itself colours a part.
struct StyledLine: Sendable, Hashable {
    /// What stands for a colour after `ESC [` (ECMA-48, SGR).
    enum Colour: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case faint = "2"
    }

    private struct Part: Hashable {
        var text: String
        var colour: Colour?
    }

    private var parts: [Part] = []

    init(_ text: String) { append(text) }

    /// Adds words, in a colour when one is given.
    mutating func append(_ text: String, _ colour: Colour? = nil) {
        parts.append(Part(text: text, colour: colour))
    }

    /// The line as a terminal takes it: nothing but the colours here is for the terminal to act on.
    func text(isStyled: Bool) -> String {
        parts.map { part in
            guard isStyled, let colour = part.colour else { return part.text.visible }
            return "\u{1B}[\(colour.rawValue)m\(part.text.visible)\u{1B}[0m"
        }.joined()
    }
}

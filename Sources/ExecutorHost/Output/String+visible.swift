extension String {
    /// One line of the text: what a terminal acts on, or what hides how a text runs, stands as the escape JSON has for it.
    ///
    /// Such an escape means the same in a JSON text, so lines of JSON stay what they are.
    var visible: String {
        guard unicodeScalars.contains(where: \.isHidden) else { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.isHidden { text += scalar.escape } else { text.unicodeScalars.append(scalar) }
        }
    }

    /// The same of each line, the breaks kept; only for texts whose breaks the program itself made.
    var visibleLines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).visible }.joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1, what breaks lines, and what turns the direction of a text around (Unicode TR 36, 2.7).
    fileprivate var isHidden: Bool {
        switch self {
        case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{202A}"..."\u{202E}",
            "\u{2066}"..."\u{2069}":
            true
        default: false
        }
    }

    fileprivate var escape: String {
        switch self {
        case "\n": return #"\n"#
        case "\r": return #"\r"#
        case "\t": return #"\t"#
        default:
            let digits = String(value, radix: 16)
            return #"\u"# + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}

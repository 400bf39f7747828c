@_spi(_Unicode) import Swift

/// The rule for names of a job's files: one path component that is safe on every disk and in every terminal.
package enum ArtifactName {
    /// Longest name in bytes of UTF-8; leaves room for a suffix below the 255 of the usual file systems.
    package static let byteLimit = 200

    /// Why a name is refused, as the end of the sentence "The name … ", or nil when it is fine.
    package static func problem(with name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > byteLimit { return "is longer than \(byteLimit) bytes" }
        if name.contains(where: { $0 == "/" || $0 == "\\" }) { return "holds a path separator" }
        if name.hasPrefix(".") { return "starts with a dot" }
        if name.unicodeScalars.contains(where: isInvisible) { return "holds control or invisible characters" }
        return nil
    }

    /// The nearest allowed name: separators and control characters become `_`, Unicode is composed (NFC), the extension stays.
    ///
    /// For names that pages and servers choose (`Content-Disposition`).
    package static func sanitized(_ suggestion: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in suggestion._nfc where !isBidirectional(scalar) {
            scalars.append(isInvisible(scalar) || scalar == "/" || scalar == "\\" ? "_" : scalar)
        }
        var name = String(String(scalars).drop { $0 == "." || $0 == " " })
        while name.last == "." || name.last == " " { name.removeLast() }
        guard !name.isEmpty else { return "file" }
        let (stem, suffix) = split(name)
        return shortened(stem, String(suffix))
    }

    /// The same name composed (NFC), or nil when it is not allowed.
    package static func exact(_ name: String) -> String? {
        guard problem(with: name) == nil else { return nil }
        var scalars = String.UnicodeScalarView()
        for scalar in name._nfc { scalars.append(scalar) }
        return String(scalars)
    }

    /// `report.pdf` as `report-2.pdf`; only the last extension is kept behind the number, and a long name is cut before it.
    package static func numbered(_ name: String, _ number: Int) -> String {
        let (stem, suffix) = split(name)
        return shortened(stem, "-\(number)\(suffix)")
    }

    private static func split(_ name: String) -> (stem: Substring, suffix: Substring) {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex, name[dot...].utf8.count <= 16 else {
            return (name[...], "")
        }
        return (name[..<dot], name[dot...])
    }

    /// The stem is cut so that both fit.
    private static func shortened(_ stem: Substring, _ suffix: String) -> String {
        var stem = stem
        while stem.utf8.count + suffix.utf8.count > byteLimit { stem.removeLast() }
        return String(stem) + suffix
    }

    /// Controls, format characters and unassigned code points: what a reader of the name would not see.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// `gpj.exe` behind U+202E reads `exe.jpg`: such marks are dropped, not replaced.
    private static func isBidirectional(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\u{061C}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
        default: false
        }
    }
}

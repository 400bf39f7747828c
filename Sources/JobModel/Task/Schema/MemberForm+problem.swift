import JSON

extension MemberForm {
    /// What is wrong with one value, as the rest of a sentence about its member; nil when nothing is, or a template is in it.
    ///
    /// What consists of several values (an array, an object) is `ProblemCollector`'s to take apart.
    func problem(with value: JSONValue) -> String? {
        if let text = value.string, Template.isTemplate(text) { return nil }
        let shown = TaskReader.shown(value)
        switch self {
        case .receivers, .copies:
            guard value.string.map(Self.isMailAddress) != true else { return nil }
            return "must be a mail address such as anna@kunde.de, is \(shown); write several as an array"
        case .fileName:
            return value.string.flatMap(ArtifactName.problem(with:)).map {
                "must be the name of a file, \(shown) \($0); files are named inside the job, without directories"
            }
        case .pageAddress:
            guard let text = value.string else { return Self.noAddress(shown) }
            return Self.addressProblem(with: text)
        case .mediaType:
            return value.string.flatMap(MediaType.problem(with:)).map {
                "must be a media type such as text/csv, \(shown) \($0)"
            }
        case .number(let range):
            guard let number = value.double, !range.contains(number) else { return nil }
            return "must be from \(Self.shown(range.lowerBound)) to \(Self.shown(range.upperBound)), is \(shown)"
        case .pause(let seconds):
            guard let pause = Duration(scenario: value), pause < .seconds(seconds) else { return nil }
            return "must be at least \(seconds)s, is \(shown); write a longer one, or leave it out"
        case .uploads: return Self.uploadProblem(with: value, shown)
        case .clip:
            guard let clip = value.object, !Self.isClip(clip) else { return nil }
            return "must be {x, y, width, height} in pixels, width and height at least 1, is \(shown)"
        case .mailHeaders, .headers: return nil
        case .length, .margin, .pageRanges, .keyChord, .time, .locale, .timeZone, .origin, .proxyServer:
            return textProblem(with: Self.text(of: value), shown)
        }
    }

    /// - Parameter text: nil for what is no text, nor taken as one.
    private func textProblem(with text: String?, _ shown: String) -> String? {
        switch self {
        case .length:
            guard text.flatMap(PaperLength.inches) == nil else { return nil }
            return "must be a length such as 1cm, 10mm, 0.4in or 96px, is \(shown)"
        case .margin:
            guard text.flatMap(PaperLength.inches) == nil else { return nil }
            return "must be a length such as 1cm, or {top, right, bottom, left} with lengths, is \(shown)"
        case .pageRanges:
            guard text.map(PageRanges.isWellFormed) != true else { return nil }
            return "must be pages such as 1-3,5, is \(shown)"
        case .keyChord: return text.flatMap(KeyNames.problem(with:))
        case .time:
            guard text.flatMap(RFC3339.parse) == nil else { return nil }
            return "must be an RFC 3339 time such as 2026-03-01T08:30:00Z, is \(shown)"
        case .locale:
            guard text.map(Self.isLanguageTag) != true else { return nil }
            return "must be a language tag such as de or de-DE, is \(shown)"
        case .timeZone:
            guard let text, !TimeZoneNames.isKnown(text) else { return nil }
            let suggestion = Suggestion.phrase(for: text, among: TimeZoneNames.all.sorted())
            let remedy = suggestion.isEmpty ? "; write an IANA name such as Europe/Berlin" : suggestion
            return "there is no time zone \(shown)\(remedy)"
        case .origin:
            guard text.map(SiteOrigin.isWellFormed) != true else { return nil }
            return "must be https://host or https://host:port, without a path, is \(shown)"
        case .proxyServer:
            guard let text, !Self.isProxyServer(text) else { return nil }
            // A password may stand in it, where it does not belong.
            return "must be http://host:port, https://… or socks5://…, is \(text.contains("@") ? "'…'" : shown)"
        default: return nil
        }
    }

    /// Text, and what is taken as text.
    private static func text(of value: JSONValue) -> String? { try? TemplateFilter.text(of: value) }

    /// A bound as people write it: 2, not 2.0.
    private static func shown(_ bound: Double) -> String {
        bound == bound.rounded() ? String(Int(bound)) : String(bound)
    }

    /// `local@host`, or with a name before it in angle brackets.
    private static func isMailAddress(_ text: String) -> Bool {
        var address = Substring(text)
        if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
            address = text[text.index(after: open)...].dropLast()
        }
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".")
    }

    // MARK: Addresses

    private static func noAddress(_ shown: String) -> String {
        "must be an absolute address such as https://example.com/, is \(shown)"
    }

    /// The schemes are those of `PageAddress` (NetworkPolicy), and pages written out; what else is wrong with an address it says.
    private static func addressProblem(with text: String) -> String? {
        let shown = TaskReader.shown(.string(text))
        guard let scheme = scheme(of: text) else { return noAddress(shown) }
        let address = text.lowercased()
        let isOpened =
            ["http", "https"].contains(scheme) || address == "about:blank" || address.hasPrefix("data:text/html")
        guard !isOpened else { return nil }
        return "the scheme '\(scheme):' of \(shown) is not for pages; write http://…, https://…, about:blank, "
            + "or a page as data:text/html,…"
    }

    /// RFC 3986, 3.1; in lower case.
    private static func scheme(of text: String) -> String? {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let scheme = text[..<colon]
        let isScheme =
            scheme.first?.isLetter == true
            && scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        return isScheme ? scheme.lowercased() : nil
    }

    /// An address with one of the schemes, or `host:port`, which counts as http.
    private static func isProxyServer(_ text: String) -> Bool {
        guard let separator = text.firstRange(of: "://") else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            return parts.count > 1 && !parts[0].isEmpty && parts.last.flatMap { Int($0) } != nil
        }
        let schemes = ["http", "https", "socks4", "socks5", "socks5h"]
        return schemes.contains(text[..<separator.lowerBound].lowercased())
            && !text[separator.upperBound...].drop { $0 == "/" }.isEmpty
    }

    /// Well formed by BCP 47 as far as it has a say here: a language, then parts of up to eight letters and digits.
    ///
    /// Chromium takes `de_DE` and `zh_Hans_CN` as well, as ICU writes them, and nothing longer.
    private static func isLanguageTag(_ text: String) -> Bool {
        let words = text.split(separator: "_", omittingEmptySubsequences: false)
        if words.count == 2 || words.count == 3 && words[1].utf8.count == 4 {
            return isLanguageTag(words.joined(separator: "-"))
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let language = parts.first, (2...8).contains(language.utf8.count) else { return false }
        return language.utf8.allSatisfy(isLetter)
            && parts.dropFirst().allSatisfy { part in
                (1...8).contains(part.utf8.count)
                    && part.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) }
            }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    // MARK: Objects

    private static func isClip(_ clip: JSONObject) -> Bool {
        for name in ["x", "y", "width", "height"] {
            if let text = clip[name]?.string, Template.isTemplate(text) { continue }
            guard let number = clip[name]?.double else { return false }
            if name == "width" || name == "height", number < 1 { return false }
        }
        return true
    }

    /// The name of an artifact, or `{name, content}` or `{name, base64}`.
    private static func uploadProblem(with value: JSONValue, _ shown: String) -> String? {
        if value.string != nil { return MemberForm.fileName.problem(with: value) }
        guard let file = value.object else {
            return "must be the name of a file, {name, content} or {name, base64}, is \(shown)"
        }
        guard let name = file["name"]?.string else { return "a file that is written out needs 'name' as text" }
        guard file["content"] != nil || file["base64"] != nil else {
            return "the file \(TaskReader.shown(.string(name))) needs 'content' or 'base64'"
        }
        return nil
    }
}

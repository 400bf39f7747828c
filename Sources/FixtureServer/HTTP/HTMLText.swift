/// The words of HTML without its markup, as previews and text bodies show them.
enum HTMLText {
    /// Names of U+00A1 to U+00FF, in order (HTML 4.01 §24.2).
    private static let latin = """
        iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para
        middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave
        Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute
        Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
        iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
        """
    private static let entities: [String: String] = {
        var entities = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "euro": "€", "ndash": "–",
            "mdash": "—",
            "hellip": "…", "lsquo": "‘", "rsquo": "’", "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„",
            "bull": "•",
            "trade": "™",
        ]
        for (index, name) in latin.split(whereSeparator: \.isWhitespace).enumerated() {
            entities[String(name)] = Unicode.Scalar(UInt32(0xA1 + index)).map { String(Character($0)) }
        }
        return entities
    }()

    /// What stands between `&` and `;` as its character.
    private static func character(_ entity: Substring) -> String? {
        guard entity.first == "#" else { return entities[String(entity)] }
        let digits = entity.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
    }

    /// Text with tags taken out, blocks on lines of their own, the common entities decoded.
    static func plain(_ html: String) -> String {
        var text = ""
        var rest = Substring(html)
        while let next = rest.first {
            switch next {
            case "<":
                let tag = rest.prefix { $0 != ">" }
                rest = rest.dropFirst(tag.count + 1)
                let name = tag.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "/" }.lowercased()
                if ["style", "script", "head"].contains(name), let end = rest.firstRange(of: "</\(name)") {
                    rest = rest[end.lowerBound...]
                } else if ["br", "p", "/p", "div", "/div", "/tr", "hr", "li"].contains(name), !text.hasSuffix("\n"),
                    !text.isEmpty
                {
                    text += "\r\n"
                }
            case "&":
                let name = rest.dropFirst().prefix(8).prefix { $0 != ";" }
                if let character = character(name), rest.dropFirst(name.count + 1).first == ";" {
                    text += character
                    rest = rest.dropFirst(name.count + 2)
                } else {
                    text.append(next)
                    rest.removeFirst()
                }
            default:
                text.append(next)
                rest.removeFirst()
            }
        }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

/// The words of HTML without its markup, as previews and text bodies show them.
enum HTMLText {
    private static let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'", "nbsp": " "]

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
                if let character = entities[String(name)], rest.dropFirst(name.count + 1).first == ";" {
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

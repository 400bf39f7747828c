/// Names of the protocol in Swift's words.
enum Names {
    private static let keywords: Set<String> = [
        "as", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else", "enum",
        "extension", "false", "for", "func", "guard", "if", "import", "in", "init", "internal", "is", "let", "nil",
        "operator", "private", "protocol", "public", "repeat", "return", "self", "static", "struct", "subscript",
        "super", "switch", "throw", "throws", "true", "try", "var", "where", "while", "Type",
    ]

    /// `frameId` → `frameID`, `unreachableUrl` → `unreachableURL`.
    static func member(_ name: String) -> String {
        escaped(initialisms(name))
    }

    /// `navigate` → `Navigate`, `FrameId` → `FrameID`.
    static func type(_ name: String) -> String {
        // Swift keeps `Type` for itself.
        name == "type" ? "Kind" : initialisms(name.prefix(1).uppercased() + name.dropFirst())
    }

    /// `image/png`, `keyDown`, `XHR`, `-0` → a constant's name.
    static func word(_ word: String) -> String {
        var result = ""
        var isStart = false
        for character in word {
            guard character.isLetter || character.isNumber else {
                isStart = !result.isEmpty
                continue
            }
            result += isStart ? character.uppercased() : String(character)
            isStart = false
        }
        let head = result.prefix { $0.isUppercase }
        if head.count == result.count {
            result = result.lowercased()
        } else if head.count > 1 {
            result = head.dropLast().lowercased() + result.dropFirst(head.count - 1)
        } else {
            result = result.prefix(1).lowercased() + result.dropFirst()
        }
        if result.first?.isNumber == true { result = "_" + result }
        return escaped(initialisms(result))
    }

    private static func initialisms(_ name: String) -> String {
        for (ending, replacement) in [("Id", "ID"), ("Ids", "IDs"), ("Url", "URL"), ("Urls", "URLs")]
        where name.count > ending.count && name.hasSuffix(ending) {
            return name.dropLast(ending.count) + replacement
        }
        return name
    }

    private static func escaped(_ name: String) -> String {
        keywords.contains(name) ? "`\(name)`" : name
    }
}

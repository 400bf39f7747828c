import Cryptography

/// Makes ids that look like the service's: URL-safe base64 with its kind in the first letters.
struct MailIdentifiers: Sendable {
    /// How ids that change when a message moves begin.
    static let restPrefix = "AAMkAG"
    /// How immutable ids begin.
    static let immutablePrefix = "AAkALg"
    /// How ids of folders somebody made begin.
    static let folderPrefix = "AAMkAI"
    /// How attachment ids begin.
    static let attachmentPrefix = "AAMkAH"

    /// Gives random bytes.
    var random: @Sendable (Int) -> [UInt8] = { RandomBytes.generate($0) }

    /// A new id of a kind.
    func make(_ prefix: String) -> String { prefix + Base64.encodeURL(random(27)) + "AAA=" }

    /// A new change key.
    func changeKey() -> String { Base64.encode([9, 0, 0, 0, 22, 0, 0, 0] + random(22)) }

    /// A new `Message-ID` of the sending server.
    func internetMessageID() -> String { "<\(Hex.encode(random(16)).uppercased())@fixture.prod.outlook.com>" }

    /// Whether text could be an id at all; what could not is answered with 400, not 404.
    static func isWellFormed(_ id: String) -> Bool {
        id.hasPrefix("AA") && id.hasSuffix("=") && id.utf8.count > 20
            && id.dropLast().unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic && $0.isASCII || ("0"..."9").contains($0) || $0 == "-" || $0 == "_"
                    || $0 == "="
            }
    }
}

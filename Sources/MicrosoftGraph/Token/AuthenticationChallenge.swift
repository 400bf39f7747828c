import Cryptography
import HTTPClient
import HTTPSyntax
import JSON

/// One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1): a scheme with its parameters.
struct AuthenticationChallenge: Hashable {
    /// In lower case.
    var scheme: String
    /// By lower-case name.
    var parameters: [String: String]

    /// What the claims challenge among the headers asks for; nil when there is none.
    ///
    /// Source: Microsoft identity platform, "Claims challenges, claims requests, and client capabilities". Several headers may
    /// come, each may hold several challenges, and parameters have no order.
    static func claims(in response: HTTPClientResponse) -> JSONObject? {
        for (name, value) in response.headers where name.lowercased() == "www-authenticate" {
            for challenge in read(value) where challenge.parameters["error"] == "insufficient_claims" {
                guard let text = challenge.parameters["claims"], let bytes = lenientBase64(text) else { continue }
                if let claims = (try? JSONValue(parsing: bytes, options: .trustedPeer))?.object { return claims }
            }
        }
        return nil
    }

    /// The challenges of one header value; what cannot be read ends the list.
    static func read(_ text: String) -> [AuthenticationChallenge] {
        var reader = Reader(text: Substring(text))
        var challenges: [AuthenticationChallenge] = []
        while let word = reader.token() {
            if reader.take("="), !challenges.isEmpty {
                guard let value = reader.value() else { return challenges }
                challenges[challenges.count - 1].parameters[word.lowercased()] = value
            } else {
                challenges.append(AuthenticationChallenge(scheme: word.lowercased(), parameters: [:]))
            }
            reader.skipSeparators()
        }
        return challenges
    }

    /// Either alphabet, with or without padding: senders differ.
    private static func lenientBase64(_ text: String) -> [UInt8]? {
        let plain = text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }.filter { $0 != "=" }
        return try? Base64.decodeURL(String(plain))
    }

    private struct Reader {
        var text: Substring

        mutating func skipSeparators() { text = text.drop { $0 == " " || $0 == "\t" || $0 == "," } }

        mutating func take(_ character: Character) -> Bool {
            let rest = text.drop { $0 == " " || $0 == "\t" }
            guard rest.first == character else { return false }
            text = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            return true
        }

        mutating func token() -> String? {
            skipSeparators()
            let token = text.utf8.prefix(while: HTTPToken.mayHold)
            guard !token.isEmpty else { return nil }
            text = text[token.endIndex...]
            return String(Substring(token))
        }

        mutating func value() -> String? {
            guard text.first == "\"" else { return token() }
            var value = ""
            var index = text.index(after: text.startIndex)
            while index < text.endIndex, text[index] != "\"" {
                if text[index] == "\\", text.index(after: index) < text.endIndex { index = text.index(after: index) }
                value.append(text[index])
                index = text.index(after: index)
            }
            guard index < text.endIndex else { return nil }
            text = text[text.index(after: index)...]
            return value
        }
    }
}

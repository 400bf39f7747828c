import Cryptography
import JSON

/// A file, or another message, attached to a message.
struct StoredAttachment: Sendable {
    var id: String
    var name: String
    var contentType: String
    var bytes: [UInt8]
    var isInline = false
    var contentID: String?
    /// Whether it is a message (itemAttachment); its bytes are the MIME text then.
    var isItem = false
    /// Milliseconds since 1970.
    var modified: Int64

    /// Lower-case hexadecimal.
    var sha256: String { SHA256.digest(of: bytes).hex }
    /// What the service calls `size`: more than the bytes, as observed.
    var size: Int { bytes.count + bytes.count / 22 + 150 }

    /// The attachment as the service shows it.
    func json(withContent: Bool) -> JSONObject {
        var json: JSONObject = [
            "@odata.type": "#microsoft.graph.fileAttachment",
            "@odata.mediaContentType": .string(contentType),
            "id": .string(id),
            "lastModifiedDateTime": .string(FixtureClock.rfc3339(modified)),
            "name": .string(name),
            "contentType": .string(contentType),
            "size": .integer(Int64(size)),
            "isInline": .bool(isInline),
            "contentId": contentID.map { .string($0) } ?? .null,
            "contentLocation": .null,
        ]
        guard !isItem else {
            json["@odata.type"] = "#microsoft.graph.itemAttachment"
            for member in ["@odata.mediaContentType", "contentId", "contentLocation"] { json[member] = nil }
            json["contentType"] = .null
            return json
        }
        if withContent { json["contentBytes"] = .string(Base64.encode(bytes)) }
        return json
    }
}

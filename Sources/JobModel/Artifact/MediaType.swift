/// MIME types of the files offices work with, for those that come without a word of their own.
package enum MediaType {
    /// Longest media type in bytes.
    package static let byteLimit = 200
    /// What a file is when nobody says more.
    package static let unknown = "application/octet-stream"
    private static let types: [String: String] = [
        "pdf": "application/pdf", "csv": "text/csv", "txt": "text/plain", "json": "application/json",
        "xml": "application/xml", "html": "text/html", "zip": "application/zip", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "doc": "application/msword", "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "eml": "message/rfc822", "ics": "text/calendar",
    ]

    /// By the ending of the name; `application/octet-stream` when it is not known.
    package static func of(fileName: String) -> String { known(fileName) ?? unknown }

    /// By the ending of the name, or else of the file it was given for, whose name may be without one.
    package static func of(fileName: String, at path: String) -> String { known(fileName) ?? of(fileName: path) }

    /// Why a text is no media type, as the end of the sentence "The type … ", or nil when it is one.
    ///
    /// RFC 9110 §8.3.1, in printable ASCII: it goes into header fields as it is.
    package static func problem(with text: String) -> String? {
        if text.isEmpty { return "is empty" }
        if text.utf8.count > byteLimit { return "is longer than \(byteLimit) bytes" }
        if text.utf8.contains(where: { !(0x20...0x7E).contains($0) }) { return "holds more than printable ASCII" }
        var reader = MediaTypeReader(text)
        return reader.isWhole() ? nil : "is not of the form type/subtype; name=value"
    }

    /// The text when it is a media type, else `application/octet-stream`: what mails and pages call their files is their affair.
    package static func usable(_ text: String) -> String { problem(with: text) == nil ? text : unknown }

    private static func known(_ name: String) -> String? {
        name.lastIndex(of: ".").flatMap { types[name[name.index(after: $0)...].lowercased()] }
    }
}

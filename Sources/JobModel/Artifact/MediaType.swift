/// MIME types of the files offices work with, for those that come without a word of their own.
package enum MediaType {
    private static let unknown = "application/octet-stream"
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

    private static func known(_ name: String) -> String? {
        name.lastIndex(of: ".").flatMap { types[name[name.index(after: $0)...].lowercased()] }
    }
}

/// MIME types of the files offices download; a server's own word does not come with the file.
enum MediaType {
    private static let types: [String: String] = [
        "pdf": "application/pdf", "csv": "text/csv", "txt": "text/plain", "json": "application/json",
        "xml": "application/xml", "html": "text/html", "zip": "application/zip", "png": "image/png",
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "doc": "application/msword", "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "eml": "message/rfc822", "ics": "text/calendar",
    ]

    /// By the ending of the name; `application/octet-stream` when it is not known.
    static func of(fileName: String) -> String {
        let ending = fileName.lastIndex(of: ".").map { fileName[fileName.index(after: $0)...].lowercased() } ?? ""
        return types[ending] ?? "application/octet-stream"
    }
}

/// A large attachment on its way: pieces in order, at a URL that needs and takes no token.
struct UploadSession: Sendable {
    let mailbox: String
    let message: String
    let name: String
    let contentType: String
    let isInline: Bool
    let contentID: String?
    let size: Int
    /// Milliseconds since 1970.
    let expires: Int64
    private(set) var bytes: [UInt8] = []

    init(
        mailbox: String,
        message: String,
        name: String,
        contentType: String,
        isInline: Bool,
        contentID: String?,
        size: Int,
        expires: Int64
    ) {
        self.mailbox = mailbox
        self.message = message
        self.name = name
        self.contentType = contentType
        self.isInline = isInline
        self.contentID = contentID
        self.size = size
        self.expires = expires
    }

    /// The key in the path of an upload URL, `/api/gv1.0/users('…')/messages('…')/AttachmentSessions('key')`.
    static func key(in segments: [String]) -> String? {
        let prefix = "AttachmentSessions('"
        guard segments.count == 5, segments[0] == "api", segments[1] == "gv1.0", let last = segments.last,
            last.hasPrefix(prefix), last.hasSuffix("')")
        else { return nil }
        return String(last.dropFirst(prefix.count).dropLast(2))
    }

    var isComplete: Bool { bytes.count == size }

    /// Takes the next piece.
    ///
    /// - Parameter range: the value of `Content-Range`, `bytes 0-3932159/5000000`.
    mutating func append(_ piece: [UInt8], range: String?) throws(GraphFailure) {
        guard piece.count <= Mailbox.requestLimit else { throw .tooLarge }
        guard let range, let (first, last, total) = Self.parse(range), total == size, last - first + 1 == piece.count
        else { throw .badRequest("Invalid Content-Range header.", code: "ErrorInvalidContentRange") }
        guard first == bytes.count else {
            throw GraphFailure(
                status: 416,
                code: "InvalidRange",
                message: "The bytes must be uploaded in order; next expected: \(bytes.count)."
            )
        }
        bytes += piece
    }

    /// Takes the first half of a piece, as when the connection breaks within it.
    mutating func appendHalf(_ piece: [UInt8], range: String?) {
        guard let range, let (first, _, _) = Self.parse(range), first == bytes.count else { return }
        bytes += piece.prefix(piece.count / 2)
    }

    /// What is wanted next, as the service writes it: no dash.
    var nextExpectedRanges: [String] { isComplete ? [] : [String(bytes.count)] }

    private static func parse(_ range: String) -> (Int, Int, Int)? {
        guard range.hasPrefix("bytes ") else { return nil }
        let numbers = range.dropFirst(6).split { $0 == "-" || $0 == "/" }.map { Int($0) }
        guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2], first <= last,
            last < total
        else { return nil }
        return (first, last, total)
    }
}

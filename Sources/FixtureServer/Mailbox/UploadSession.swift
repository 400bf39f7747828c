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

    private static func parse(_ range: String) -> (Int, Int, Int)? {
        guard range.hasPrefix("bytes ") else { return nil }
        let numbers = range.dropFirst(6).split { $0 == "-" || $0 == "/" }.map { Int($0) }
        guard numbers.count == 3, let first = numbers[0], let last = numbers[1], let total = numbers[2], first <= last,
            last < total
        else { return nil }
        return (first, last, total)
    }
}

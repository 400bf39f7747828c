/// Why pictures cannot be put together.
package struct PNGError: Error, CustomStringConvertible, Hashable, Sendable {
    /// What went wrong.
    package struct Code: Hashable, Sendable {
        private enum Value { case invalid, mismatch, compression }
        private let value: Value
        /// The bytes are no PNG of the kind browsers make (8 bit RGB or RGBA, not interlaced).
        package static let invalid = Code(value: .invalid)
        /// A part has another width or colour type than the first.
        package static let mismatch = Code(value: .mismatch)
        /// zlib refused to go on.
        package static let compression = Code(value: .compression)
    }

    package var code: Code
    package var message: String
    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension JSONValue {
    /// Reads JSON (RFC 8259, strictly: no comments, no trailing commas, no member twice).
    ///
    /// - Throws: `JSONError` with line, column and pointer.
    package init(parsing bytes: UnsafeBufferPointer<UInt8>, options: JSONParsingOptions = .strict) throws(JSONError) {
        self = try JSONParser.parse(bytes, options: options)
    }

    /// Reads JSON.
    package init(parsing bytes: [UInt8], options: JSONParsingOptions = .strict) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { Self.result($0, options) }.get()
    }

    /// Reads JSON.
    package init(parsing bytes: ArraySlice<UInt8>, options: JSONParsingOptions = .strict) throws(JSONError) {
        self = try bytes.withUnsafeBufferPointer { Self.result($0, options) }.get()
    }

    /// Reads JSON.
    package init(parsing text: String, options: JSONParsingOptions = .strict) throws(JSONError) {
        var text = text
        self = try text.withUTF8 { Self.result($0, options) }.get()
    }

    private static func result(
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ options: JSONParsingOptions
    ) -> Result<JSONValue, JSONError> {
        do throws(JSONError) {
            return .success(try JSONParser.parse(bytes, options: options))
        } catch {
            return .failure(error)
        }
    }
}

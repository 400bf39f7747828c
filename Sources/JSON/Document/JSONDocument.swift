/// A value together with the places in the text its parts came from: for errors that name file and line.
package struct JSONDocument: Sendable {
    /// What was read.
    package var value: JSONValue
    /// File name for messages; nil for a request body.
    package var file: String?
    /// Where each value begins.
    private var positions: [JSONPointer: SourcePosition]
    /// Where the name of each member begins.
    private var keyPositions: [JSONPointer: SourcePosition]

    /// A document of which the places are known (YAML makes one too).
    package init(
        value: JSONValue,
        file: String? = nil,
        positions: [JSONPointer: SourcePosition] = [:],
        keyPositions: [JSONPointer: SourcePosition] = [:]
    ) {
        self.value = value
        self.file = file
        self.positions = positions
        self.keyPositions = keyPositions
    }

    /// Reads JSON and remembers where everything is.
    ///
    /// - Throws: `JSONError`.
    package init(parsing bytes: [UInt8], file: String? = nil, options: JSONParsingOptions = .strict) throws(JSONError) {
        var places = JSONParser.Places()
        value = try JSONParser.parse(bytes, options: options, places: &places)
        self.file = file
        positions = places.values
        keyPositions = places.keys
    }

    /// Where the value begins, or the nearest thing around it that exists.
    package func position(of pointer: JSONPointer) -> SourcePosition? {
        var pointer: JSONPointer? = pointer
        while let current = pointer {
            if let position = positions[current] { return position }
            pointer = current.parent
        }
        return nil
    }

    /// Where the member's name begins; the value's own place when it is no member.
    package func keyPosition(of pointer: JSONPointer) -> SourcePosition? {
        keyPositions[pointer] ?? position(of: pointer)
    }
}

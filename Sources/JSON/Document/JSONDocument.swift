/// A value together with the places in the text its parts came from: for errors that name file and line.
package struct JSONDocument: Sendable {
    /// What was read.
    package var value: JSONValue
    /// File name for messages; nil for a request body.
    package var file: String?
    private let places: SourcePlaces

    /// A document of which the places are known (YAML makes one too).
    package init(
        value: JSONValue,
        file: String? = nil,
        positions: [JSONPointer: SourcePosition] = [:],
        keyPositions: [JSONPointer: SourcePosition] = [:]
    ) {
        self.value = value
        self.file = file
        places = SourcePlaces(values: positions, keys: keyPositions)
    }

    /// Reads JSON; where everything is in it is found out when it is first asked for.
    ///
    /// - Throws: `JSONError`.
    package init(parsing bytes: [UInt8], file: String? = nil, options: JSONParsingOptions = .strict) throws(JSONError) {
        value = try JSONValue(parsing: bytes, options: options)
        self.file = file
        places = SourcePlaces(of: bytes, options)
    }

    /// Where the value begins, or the nearest thing around it that exists.
    package func position(of pointer: JSONPointer) -> SourcePosition? {
        let positions = places.values
        var pointer: JSONPointer? = pointer
        while let current = pointer {
            if let position = positions[current] { return position }
            pointer = current.parent
        }
        return nil
    }

    /// Where the member's name begins; the value's own place when it is no member.
    package func keyPosition(of pointer: JSONPointer) -> SourcePosition? {
        places.keys[pointer] ?? position(of: pointer)
    }
}

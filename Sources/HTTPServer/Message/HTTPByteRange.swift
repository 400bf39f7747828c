/// A `Range` field of one byte range (RFC 9110 §14).
package enum HTTPByteRange {
    /// What a `Range` field asks of a resource.
    package enum Request: Equatable, Sendable {
        /// No field, or one that we may ignore: several ranges, other units, malformed.
        case whole
        case part(Range<Int>)
        /// Begins behind the end: 416.
        case unsatisfiable
    }

    /// Reads the field.
    ///
    /// - Parameter length: of the resource in bytes.
    package static func parse(_ field: String?, length: Int) -> Request {
        guard let field, field.lowercased().hasPrefix("bytes=") else { return .whole }
        let parts = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return .whole
        }
        switch (Int(parts[0]), Int(parts[1])) {
        case (let first?, let last?):
            guard first <= last else { return .whole }
            return first < length ? .part(first..<(min(last, length - 1) + 1)) : .unsatisfiable
        case (let first?, nil): return first < length ? .part(first..<length) : .unsatisfiable
        case (nil, let count?): return count > 0 && length > 0 ? .part(max(0, length - count)..<length) : .unsatisfiable
        case (nil, nil): return .whole
        }
    }
}

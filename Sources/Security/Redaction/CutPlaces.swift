/// Where somebody has cut a text short: before each `…`.
///
/// Valid only as long as the buffer is. Looks at each byte once, however often it is asked.
struct CutPlaces {
    private static let mark = Array("…".utf8)

    private let bytes: UnsafeBufferPointer<UInt8>
    /// The last one that was found; the end when there is none any more.
    private var found = -1

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The first at a position or behind it, or nil.
    ///
    /// - Parameter position: not before that of the call before.
    mutating func first(from position: Int) -> Int? {
        if found < position { found = search(from: position) }
        return found < bytes.count ? found : nil
    }

    private func search(from position: Int) -> Int {
        var place = position
        while place < bytes.count {
            // Most bytes are not worth a comparison of three.
            if bytes[place] == Self.mark[0], bytes[place...].starts(with: Self.mark) { break }
            place += 1
        }
        return place
    }
}

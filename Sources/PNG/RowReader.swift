/// Sees the rows of one PNG go by, and takes the filter off the first.
struct RowReader {
    private let rowBytes: Int
    private let pixelBytes: Int
    private var first: [UInt8] = []
    /// Bytes seen.
    private(set) var total = 0
    /// How much of the latest piece belongs to the first row.
    private(set) var skipped = 0

    init(rowBytes: Int, pixelBytes: Int) {
        self.rowBytes = rowBytes
        self.pixelBytes = pixelBytes
    }

    /// The first row without its filter, once it is complete; else nothing.
    mutating func take(_ piece: UnsafeMutableBufferPointer<UInt8>) -> [UInt8] {
        total += piece.count
        skipped = min(piece.count, rowBytes - first.count)
        guard skipped > 0 else { return [] }
        first.append(contentsOf: piece[..<skipped])
        return first.count == rowBytes ? unfiltered(first) : []
    }

    /// PNG specification, 9.2, with zeroes above: Up is None, Paeth is Sub, Average halves the pixel before.
    private func unfiltered(_ row: [UInt8]) -> [UInt8] {
        var row = row
        switch row[0] {
        case 1, 4:
            for place in 1 + pixelBytes..<max(rowBytes, 1 + pixelBytes) { row[place] &+= row[place - pixelBytes] }
        case 3:
            for place in 1 + pixelBytes..<max(rowBytes, 1 + pixelBytes) { row[place] &+= row[place - pixelBytes] / 2 }
        default: break
        }
        row[0] = 0
        return row
    }
}

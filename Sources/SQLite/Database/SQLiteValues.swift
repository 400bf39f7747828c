import CSQLite

/// The values of one run of a statement, given in the order of its `?`.
///
/// Bound as they come: what stands in the statements of every write is neither boxed nor put into a list before.
package struct SQLiteValues: ~Copyable {
    private let statement: OpaquePointer
    private var words = Words()
    /// Values given so far.
    private(set) var count = 0
    /// The first that SQLite did not take, from 1.
    private(set) var refused: Int?

    init(_ statement: OpaquePointer) { self.statement = statement }

    /// Forgets what was given for the run before.
    mutating func reset() {
        words.forget()
        (count, refused) = (0, nil)
    }

    /// An integer.
    package mutating func add(_ integer: Int64) { note(sqlite3_bind_int64(statement, next(), integer)) }

    /// An integer.
    package mutating func add(_ integer: Int) { add(Int64(integer)) }

    /// An integer, or NULL.
    package mutating func add(_ integer: Int64?) {
        if let integer { add(integer) } else { addNull() }
    }

    /// Text.
    package mutating func add(_ text: String) {
        var text = text
        // Without a destructor: what is bound stays where it is until the statement has run.
        let (word, size) = text.withUTF8 { (words.add(UnsafeRawBufferPointer($0)), Int32($0.count)) }
        note(sqlite3_bind_text(statement, next(), word.assumingMemoryBound(to: CChar.self), size, nil))
    }

    /// Text, or NULL.
    package mutating func add(_ text: String?) {
        if let text { add(text) } else { addNull() }
    }

    /// Bytes.
    package mutating func add(_ bytes: [UInt8]) {
        let word = bytes.withUnsafeBytes { words.add($0) }
        note(sqlite3_bind_blob(statement, next(), word, Int32(bytes.count), nil))
    }

    /// Bytes, or NULL.
    package mutating func add(_ bytes: [UInt8]?) {
        if let bytes { add(bytes) } else { addNull() }
    }

    mutating func add(_ value: SQLiteValue) {
        switch value {
        case .null: addNull()
        case .integer(let integer): add(integer)
        case .real(let real): note(sqlite3_bind_double(statement, next(), real))
        case .text(let text): add(text)
        case .blob(let bytes): add(bytes)
        }
    }

    private mutating func addNull() { note(sqlite3_bind_null(statement, next())) }

    private mutating func next() -> Int32 {
        count += 1
        return Int32(count)
    }

    private mutating func note(_ status: Int32) {
        if status != SQLITE_OK, refused == nil { refused = count }
    }
}

/// The texts and blobs a statement was given, in one piece of memory where they fit: SQLite would allocate a copy of each.
private struct Words: ~Copyable {
    private static let firstSize = 1_024
    /// What is kept from one run to the next.
    private static let keptSize = 64 << 10

    private var memory = UnsafeMutableRawPointer.allocate(byteCount: firstSize, alignment: 1)
    private var size = firstSize
    private var used = 0
    /// Values there was no room for.
    private var others: [UnsafeMutableRawPointer] = []
    private var othersSize = 0

    deinit {
        memory.deallocate()
        for other in others { other.deallocate() }
    }

    /// Keeps bytes until `forget`, and returns where. An empty text has an address, too: SQLite takes none for NULL.
    mutating func add(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        let place = takePlace(bytes.count)
        if let source = bytes.baseAddress { place.copyMemory(from: source, byteCount: bytes.count) }
        return UnsafeRawPointer(place)
    }

    private mutating func takePlace(_ count: Int) -> UnsafeMutableRawPointer {
        if used + count < size {
            used += count
            return memory + (used - count)
        }
        let other = UnsafeMutableRawPointer.allocate(byteCount: count + 1, alignment: 1)
        others.append(other)
        othersSize += count
        return other
    }

    /// Ends a run; the next one finds room for as much, unless that was very much.
    mutating func forget() {
        let wanted = 2 * (used + othersSize)
        used = 0
        guard !others.isEmpty else { return }
        for other in others { other.deallocate() }
        (others, othersSize) = ([], 0)
        guard wanted <= Self.keptSize else { return }
        memory.deallocate()
        memory = .allocate(byteCount: wanted, alignment: 1)
        size = wanted
    }
}

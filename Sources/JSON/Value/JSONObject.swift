/// The members of a JSON object, in the order they were written.
///
/// Equality ignores the order, as RFC 8259 does. Small objects are searched from the front, which beats hashing; from
/// `indexThreshold` members on a dictionary finds them.
package struct JSONObject: Sendable {
    private static let indexThreshold = 32

    // No tuple: the runtime copies and destroys those piece by piece, by description.
    private struct Member {
        let key: String
        var value: JSONValue
    }

    private var members: [Member] = []
    /// Position of each key in `members`; nil while the object is small.
    private var index: [String: Int]?

    /// An object without members.
    package init() {}

    /// An object of many members at once, of which those that are nil are left out.
    ///
    /// - Parameter members: under different names; nobody looks whether they are.
    package init(_ members: [(String, JSONValue?)]) {
        self.members.reserveCapacity(members.count)
        for case (let key, let value?) in members { self.members.append(Member(key: key, value: value)) }
        if self.members.count > Self.indexThreshold { reindex() }
    }

    /// Reads, sets or (with nil) removes a member.
    package subscript(key: String) -> JSONValue? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// Number of members.
    package var count: Int { members.count }
    /// Whether there are none.
    package var isEmpty: Bool { members.isEmpty }
    /// The names of the members, in order.
    package var keys: [String] { members.map(\.key) }

    mutating func reserveCapacity(_ count: Int) {
        members.reserveCapacity(count)
    }

    func contains(_ key: String) -> Bool { position(of: key) != nil }

    /// Adds a member known to be absent.
    mutating func append(unchecked key: String, _ value: JSONValue) {
        append(key, value)
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        return members.firstIndex { $0.key == key }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append(Member(key: key, value: value))
        if index != nil {
            index?[key] = members.count - 1
        } else if members.count > Self.indexThreshold {
            reindex()
        }
    }

    private mutating func remove(at position: Int) {
        members.remove(at: position)
        if index != nil { reindex() }
    }

    private mutating func reindex() {
        index = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.key, $0) })
    }
}

extension JSONObject: Hashable {
    package static func == (lhs: JSONObject, rhs: JSONObject) -> Bool {
        lhs.count == rhs.count && lhs.members.allSatisfy { rhs[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        var sum = 0
        for member in members {
            var hash = Hasher()
            hash.combine(member.key)
            hash.combine(member.value)
            sum &+= hash.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}

extension JSONObject: Sequence {
    /// Over the members, in order.
    package struct Iterator: IteratorProtocol {
        private var members: IndexingIterator<[Member]>

        fileprivate init(_ object: JSONObject) { members = object.members.makeIterator() }

        package mutating func next() -> (key: String, value: JSONValue)? {
            members.next().map { ($0.key, $0.value) }
        }
    }

    package func makeIterator() -> Iterator { Iterator(self) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        members.reserveCapacity(elements.count)
        for (key, value) in elements { self[key] = value }
    }
}

extension JSONObject {
    /// This object with the members of another, whose values win.
    package func merging(_ other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other { merged[key] = value }
        return merged
    }
}

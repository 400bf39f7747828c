package import JSON

/// Gathers problems while a document is read, and stops gathering at the limit.
package struct ProblemCollector {
    private(set) var problems: [InvalidInput.Problem] = []
    private let document: JSONDocument?

    /// Nothing noted yet.
    ///
    /// - Parameter document: where the values stand; nil when that is not known.
    package init(document: JSONDocument? = nil) {
        self.document = document
    }

    /// Notes a problem with a value (or, when it is missing, with what should hold it).
    package mutating func add(_ pointer: JSONPointer, _ message: String, atKey: Bool = false) {
        guard problems.count < InvalidInput.limit else { return }
        let position = atKey ? document?.keyPosition(of: pointer) : document?.position(of: pointer)
        problems.append(InvalidInput.Problem(pointer: pointer, position: position, message: message))
    }

    /// Throws when anything was noted.
    package func check() throws(InvalidInput) {
        guard !problems.isEmpty else { return }
        let sorted = problems.enumerated().sorted { one, two in
            let first = one.element.position ?? SourcePosition(line: 0, column: 0)
            let second = two.element.position ?? SourcePosition(line: 0, column: 0)
            return first == second ? one.offset < two.offset : first < second
        }
        throw InvalidInput(file: document?.file, problems: sorted.map(\.element))
    }
}

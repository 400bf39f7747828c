/// `uniqueId` of a Runtime.ExecutionContextDescription: one document and world, never used again.
package struct ExecutionContextID: Sendable, Hashable {
    package let rawValue: String

    init(rawValue: String) {
        self.rawValue = rawValue
    }
}

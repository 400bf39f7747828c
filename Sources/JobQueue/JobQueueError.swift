/// A failure of the dispatch index itself; failures to reach Redis come as they are.
package struct JobQueueError: Error, CustomStringConvertible, Sendable {
    /// What kind of failure it was.
    package struct Code: Hashable, Sendable {
        private enum Kind: Hashable { case newerLayout, tooManyKinds, invalidName, unexpectedReply }
        private let kind: Kind

        /// The data in Redis is of a newer version of the program; update this one.
        package static let newerLayout = Code(kind: .newerLayout)
        /// Jobs need more different sets of capabilities than the index keeps apart.
        package static let tooManyKinds = Code(kind: .tooManyKinds)
        /// A queue or capability has a name the index cannot hold.
        package static let invalidName = Code(kind: .invalidName)
        /// A script answered what no version of it answers.
        package static let unexpectedReply = Code(kind: .unexpectedReply)
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence: what failed, with which value.
    package var message: String
    /// The sentence.
    package var description: String { message }

    /// A failure.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

extension AuditChain {
    /// What the chain does not show, for it is over the ciphertext: whether what is sealed can be read, and the people in it found.
    package struct SealedRecords: Sendable {
        /// The first record whose key is gone, and no record says why.
        package var unreadable: Int64?
        private var unfindable: Int64?

        /// Nothing looked at yet.
        package init() {}

        /// Takes the next records.
        package mutating func take(_ page: AuditPage) { unfindable = unfindable ?? page.unfindable }

        /// Ends, after the chain was found whole.
        ///
        /// - Throws: `Break`.
        package func finish() throws {
            if let unreadable {
                throw Break(
                    sequence: unreadable,
                    message:
                        "cannot be read in full: its key is gone, and no record says that it was erased or has expired"
                )
            }
            if let unfindable {
                throw Break(
                    sequence: unfindable,
                    message:
                        "names somebody by whom it is not found any more: what people are found by was taken out, and an "
                        + "erasure by person would miss it"
                )
            }
        }
    }
}

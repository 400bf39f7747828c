/// A set of capabilities as the scripts take it: sorted, with commas.
///
/// The last one is kept: a worker asks with the same set all its life, and jobs handed in together mostly need the same.
struct CapabilityText {
    private var last: (capabilities: Set<String>, text: String) = ([], "")

    /// - Throws: `JobQueueError` with `invalidName`.
    mutating func text(of capabilities: Set<String>) throws(JobQueueError) -> String {
        // Nothing is asked for in between, when leases are only given back.
        if capabilities.isEmpty { return "" }
        if last.capabilities != capabilities {
            for name in capabilities where name.isEmpty || name.contains(",") {
                throw JobQueueError(code: .invalidName, message: "'\(name)' is no name of a capability")
            }
            last = (capabilities, capabilities.sorted().joined(separator: ","))
        }
        return last.text
    }
}

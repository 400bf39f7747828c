/// What jobs need as the enqueue script takes it: sorted, with commas. Jobs handed in together mostly need the same.
struct KindText {
    private var last: (needs: Set<String>, text: String) = ([], "")

    /// - Throws: `JobQueueError` with `invalidName`.
    mutating func text(of needs: Set<String>) throws(JobQueueError) -> String {
        if last.needs != needs {
            for need in needs where need.isEmpty || need.contains(",") {
                throw JobQueueError(code: .invalidName, message: "'\(need)' is no name of a capability")
            }
            last = (needs, needs.sorted().joined(separator: ","))
        }
        return last.text
    }
}

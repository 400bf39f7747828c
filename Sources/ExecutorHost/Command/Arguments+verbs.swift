extension Arguments {
    /// Refuses an option of another verb of the same command: it would change nothing.
    ///
    /// A verb that is not known is refused elsewhere.
    /// - Parameter own: the options of every verb, those of none with an empty list.
    /// - Throws: `UsageError` that names the option, and those the verb takes.
    func checkOptions(of verb: String, in command: String, _ own: [String: [String]]) throws(UsageError) {
        guard let known = own[verb] else { return }
        let given = flags.union(values.keys).intersection(own.values.joined())
        guard let option = given.subtracting(known).min() else { return }
        let remedy = known.isEmpty ? "it takes none of these" : "it takes \(known.joined(separator: ", "))"
        throw UsageError(message: "\(option) does not go with '\(command) \(verb)': \(remedy)", command: command)
    }
}

/// What to start and with what: nothing of the parent is inherited unless it is named here.
package struct ChildProcessConfiguration: Sendable {
    /// A pipe between us and the child beyond stdin, stdout and stderr.
    package enum ExtraPipe: Sendable, Hashable {
        /// The child reads what we write.
        case childReads
        /// We read what the child writes.
        case childWrites
    }

    /// Absolute path of the program; no search along `PATH`.
    package var executable: String
    /// What follows the program's name on its command line.
    package var arguments: [String]
    /// The whole environment of the child.
    package var environment: [String: String]
    /// Where it starts; nil for our own working directory.
    package var workingDirectory: String?
    /// User it runs as; needs us to be root. Supplementary groups are dropped.
    package var userID: UInt32?
    /// Group it runs as; needs us to be root.
    package var groupID: UInt32?
    /// Pipes at descriptor 3, 4, … of the child, in this order.
    package var extraPipes: [ExtraPipe]
    /// Longest line reported from stderr, in bytes; the rest of a longer one is dropped.
    package var maximumLineLength: Int

    /// A child with an empty environment.
    package init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        workingDirectory: String? = nil,
        userID: UInt32? = nil,
        groupID: UInt32? = nil,
        extraPipes: [ExtraPipe] = [],
        maximumLineLength: Int = 4096
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.userID = userID
        self.groupID = groupID
        self.extraPipes = extraPipes
        self.maximumLineLength = maximumLineLength
    }
}

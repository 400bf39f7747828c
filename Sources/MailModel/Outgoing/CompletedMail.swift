/// What an answer, or a mail that is passed on, becomes by the mail it is about.
package struct CompletedMail: Sendable, Hashable {
    /// A file of the mail it is about.
    package struct File: Sendable, Hashable {
        package var name: String
        /// As the service counts.
        package var bytes: Int

        /// A file.
        package init(name: String, bytes: Int) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Addresses: to, cc and bcc.
    package var receivers: [String]
    /// What receivers are called.
    package var names: [String]
    package var subject: String
    /// As plain text, with what is quoted.
    package var body: String
    /// Those that go out beside its own.
    package var files: [File]

    /// What goes out.
    package init(receivers: [String], names: [String], subject: String, body: String, files: [File]) {
        self.receivers = receivers
        self.names = names
        self.subject = subject
        self.body = body
        self.files = files
    }
}

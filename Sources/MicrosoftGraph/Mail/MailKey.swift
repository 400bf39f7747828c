/// The mark a mail carries so that it is found again.
enum MailKey {
    /// Id of the extended property: a GUID of ours as its name space. It survives into Sent Items and can be filtered by.
    static let property = "String {6f0f1b1e-5d0a-4c53-9b1a-7a3d0a5c2e41} Name ExecutorSendKey"
    /// The header that reaches the receiver.
    static let header = "x-executor-send-key"

    /// A `$filter` that finds what carries the key.
    static func filter(_ key: String) -> String {
        "singleValueExtendedProperties/Any(ep: ep/id eq \(URLText.literal(property)) and ep/value eq \(URLText.literal(key)))"
    }
}

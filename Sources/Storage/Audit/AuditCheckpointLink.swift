import Cryptography

/// What the next checkpoint of a file is chained to: SHA-256 of the last one's line and, after a line break each, of what
/// interrupted writes left behind it; zeros at the beginning.
struct AuditCheckpointLink {
    private var text = ""
    /// Lines since the last checkpoint that are none.
    private(set) var tornLines = 0
    /// Whether the last checkpoint is written otherwise than it was: in what its signature is not over.
    private(set) var isEdited = false

    var hash: [UInt8] { text.isEmpty ? [UInt8](repeating: 0, count: 32) : SHA256.digest(of: text).bytes }

    /// Goes on behind the next line of the file.
    mutating func add(_ line: String) {
        if let checkpoint = AuditCheckpoint(line: line) {
            text = line
            tornLines = 0
            isEdited = checkpoint.line != line
        } else {
            text += text.isEmpty ? line : "\n" + line
            tornLines += 1
        }
    }
}

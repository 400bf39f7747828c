import CDPProtocol
import JSON

/// `Security.setIgnoreCertificateErrors`: the one command in use of its domain.
struct IgnoreCertificateErrors: CDPCommand {
    static let method = "Security.setIgnoreCertificateErrors"
    var ignore: Bool
    var parameters: JSONObject { ["ignore": .bool(ignore)] }
    typealias Reply = CDPEmptyReply
}

import HTTPClient

extension HTTPClientError {
    /// What to look at after a handshake that failed; nil when it was something else.
    var remedy: String? {
        code == .tls ? "Check the authorities to trust (CPA_GRAPH_CA_FILE) and this machine's clock." : nil
    }
}

extension NetworkProblem {
    /// What a message comes to whose cause this is; nil when it is about something else than a connection.
    ///
    /// To Chromium a door that stays shut and a server that hangs up look alike: what it says of the server is a guess then.
    package func sentence(insteadOf message: String) -> String? {
        // Whole words of Chromium for a proxy that does not connect.
        let isCause = ["ERR_TUNNEL", "ERR_CONNECTION", "ERR_EMPTY", "broke off"].contains { message.contains($0) }
        guard isCause else { return nil }
        guard rule == nil else { return "A policy kept the page from the network: \(self.message)" }
        return NetworkErrorWords.sentence(message, because: self.message)
    }
}

extension Duration {
    /// For messages: whole seconds, or milliseconds below one.
    var words: String {
        let (seconds, attoseconds) = components
        guard seconds > 0 else { return "\(attoseconds / 1_000_000_000_000_000) ms" }
        return "\(attoseconds < 500_000_000_000_000_000 ? seconds : seconds + 1) s"
    }
}

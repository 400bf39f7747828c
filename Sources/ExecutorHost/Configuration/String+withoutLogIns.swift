extension String {
    /// The text with the user names and passwords of its URLs hidden.
    var withoutLogIns: String {
        guard let start = firstRange(of: "://")?.upperBound else { return self }
        // A password may have everything in it that ends a host's name; more than it may be hidden, never less.
        let end = self[start...].firstIndex(where: \.isWhitespace) ?? endIndex
        let hidden = self[start..<end].lastIndex(of: "@")
        let place = hidden.map { "••••" + String(self[$0..<end]) } ?? String(self[start..<end])
        return String(self[..<start]) + place + String(self[end...]).withoutLogIns
    }
}

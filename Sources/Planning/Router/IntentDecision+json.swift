package import JSON

extension IntentDecision.Candidate {
    /// The candidate as clients of the API and of the commands see it.
    ///
    /// - Parameter intent: gives an example, for whoever does not know what to say.
    package func json(_ intent: Intent? = nil) -> JSONObject {
        var json: JSONObject = [
            "intent": .string(self.intent), "confidence": .number((confidence * 1000).rounded() / 1000),
        ]
        json["example"] = intent?.examples.first.map { .string($0) }
        return json
    }
}

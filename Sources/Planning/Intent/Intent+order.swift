package import JSON
package import JobModel

/// A scenario with the values it is to run with: what an intent comes to.
package struct IntentOrder: Hashable, Sendable {
    /// The intent's scenario; its `intent` is the intent's name.
    package var scenario: JSONObject
    /// Values that win over the scenario's own.
    package var variables: JSONObject
}

extension Intent {
    /// Fills the scenario.
    ///
    /// - Parameters:
    ///   - slots: as a sentence or a client gave them.
    ///   - variables: further variables of the scenario, as they are.
    /// - Throws: `InvalidInput` with pointers `/slots/…` and `/variables/…`.
    package func order(slots: JSONObject, variables: JSONObject = [:]) throws(InvalidInput) -> IntentOrder {
        var problems = ProblemCollector()
        var values = JSONObject()
        for (name, written) in slots where !written.isNull {
            guard let slot = slot(name) else {
                let phrase = Suggestion.phrase(for: name, among: self.slots.map(\.name))
                let known = self.slots.isEmpty ? "none" : self.slots.map(\.name).joined(separator: ", ")
                let remedy = phrase.isEmpty ? "; it has \(known)" : phrase
                problems.add(JSONPointer(["slots", name]), "\(self.name) has no slot '\(name)'\(remedy)")
                continue
            }
            do throws(Slot.Problem) {
                values[name] = try slot.value(of: written)
            } catch { problems.add(JSONPointer(["slots", name]), error.message) }
        }
        for (name, value) in variables {
            guard self.variables.contains(name) else {
                let phrase = Suggestion.phrase(for: name, among: self.variables)
                problems.add(JSONPointer(["variables", name]), "\(self.name) has no variable '\(name)'\(phrase)")
                continue
            }
            values[name] = value
        }
        for slot in self.slots where slot.isRequired && (values[slot.name] ?? slots[slot.name])?.isNull ?? true {
            problems.add(
                JSONPointer(["slots", slot.name]),
                "\(name) needs '\(slot.name)': \(slot.summary); say it in the sentence, or give it under 'slots'"
            )
        }
        try problems.check()
        var scenario = scenario
        scenario["intent"] = .string(name)
        return IntentOrder(scenario: scenario, variables: values)
    }
}

package import JSON

/// Where the parts of a submission stand in what the client sent: what is wrong is told at that place.
package struct SubmissionPlaces: Sendable {
    /// Where the scenario stands, or what it was made of.
    package var scenario: JSONPointer
    /// Whether the scenario itself was sent; else nothing in it is a place the client knows.
    package var isSent: Bool
    /// Where the members beside the scenario stand: `not_before`, the keys.
    package var envelope: JSONPointer = ""
    /// Where values of variables stand that came beside the scenario, by name.
    package var variables: [String: JSONPointer]

    /// A scenario by itself, unless said otherwise.
    package init(scenario: JSONPointer = "", isSent: Bool = true, variables: [String: JSONPointer] = [:]) {
        self.scenario = scenario
        self.isSent = isSent
        self.variables = variables
    }

    /// The place of a member beside the scenario.
    package func place(ofMember name: String) -> JSONPointer { JSONPointer(envelope.components + [name]) }

    /// The place of a part of the scenario.
    package func place(of part: JSONPointer) -> JSONPointer {
        let components = part.components
        if components.count >= 2, components[0] == "variables", let own = variables[components[1]] {
            return JSONPointer(own.components + components.dropFirst(2))
        }
        return isSent ? JSONPointer(scenario.components + components) : scenario
    }
}

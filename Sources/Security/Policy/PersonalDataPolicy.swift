/// What becomes of personal data that a job would let out.
package struct PersonalDataPolicy: Sendable, Hashable {
    /// Where data leaves.
    package enum Place: String, Sendable, Hashable, CaseIterable {
        /// Subject, text and names of files of mail that is sent.
        case mail
        /// What is typed into pages.
        case page
        /// Files that are written.
        case file
        /// Values of variables a job is submitted with.
        case submission
    }

    /// What is done.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        case allow
        /// The data is blackened, the rest goes on.
        case mask
        case block
        /// A human is to say; until there are approvals, the step fails.
        case requireApproval = "require_approval"
    }

    /// One rule; the first that fits counts.
    package struct Rule: Sendable, Hashable {
        package var kinds: Set<PersonalData.Kind>
        package var places: Set<Place>
        package var action: Action

        /// A rule.
        package init(kinds: Set<PersonalData.Kind>, places: Set<Place>, action: Action) {
            self.kinds = kinds
            self.places = places
            self.action = action
        }
    }

    package var rules: [Rule] = []
    /// What is less sure than this is no finding, 0…1.
    package var threshold = 0.6

    /// No rules.
    package init() {}

    /// What is to be done with a finding; `allow` when no rule fits.
    package func action(for kind: PersonalData.Kind, at place: Place) -> Action {
        rules.first { $0.kinds.contains(kind) && $0.places.contains(place) }?.action ?? .allow
    }
}

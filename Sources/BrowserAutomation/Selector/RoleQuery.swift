/// What `role=` asks for.
package struct RoleQuery: Sendable, Hashable {
    /// A state an element can be filtered by.
    package enum State: String, Sendable, Hashable, CaseIterable {
        case checked, disabled, expanded, level, pressed, selected
    }

    /// The wanted value of a state.
    package enum StateValue: Sendable, Hashable {
        case bool(Bool)
        /// Partly checked or pressed.
        case mixed
        /// A level, from 1.
        case number(Int)
    }

    /// The ARIA role, stated or implied by the tag.
    package var role: String
    /// The accessible name.
    package var name: TextMatch?
    /// Wanted states.
    package var states: [State: StateValue] = [:]
    /// Whether elements hidden from assistive technology count.
    package var includesHidden = false

    /// A query for a role.
    package init(role: String) {
        self.role = role
    }
}

/// One member of a task: its name, what may stand in it, and whether it must be there.
package struct FieldSchema: Sendable, Hashable {
    package var name: String
    package var type: FieldType
    package var isRequired: Bool
    /// One line for docs: meaning, default, unit.
    package var summary: String

    /// A member that must be there.
    package static func required(_ name: String, _ type: FieldType, _ summary: String) -> FieldSchema {
        FieldSchema(name: name, type: type, isRequired: true, summary: summary)
    }

    /// A member that may be left out.
    package static func optional(_ name: String, _ type: FieldType, _ summary: String) -> FieldSchema {
        FieldSchema(name: name, type: type, isRequired: false, summary: summary)
    }
}

package import JSON

/// A template that cannot be read or resolved.
package struct TemplateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    package enum Code: String, Sendable, Hashable {
        /// Not a template.
        case syntax
        /// A name or path that leads nowhere.
        case missing
        /// A value that a filter, a text or a selector cannot take.
        case unsuitable
        /// A secret this worker does not have.
        case missingSecret
    }

    /// What is wrong.
    package var code: Code
    /// One or two sentences: what, and what to do.
    package var message: String
    /// Inside which value the template stands.
    package var pointer: JSONPointer

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
        pointer = JSONPointer()
    }

    /// The message, with the place when it is not the whole.
    package var description: String {
        pointer.components.isEmpty ? message : "\(pointer.scenarioPath): \(message)"
    }

    func at(_ pointer: JSONPointer) -> TemplateError {
        var copy = self
        copy.pointer = JSONPointer(pointer.components + self.pointer.components)
        return copy
    }
}

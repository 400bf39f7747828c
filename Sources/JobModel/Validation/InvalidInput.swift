package import JSON

/// What somebody sent cannot be used: all that is wrong with it, up to `limit` problems.
package struct InvalidInput: Error, Sendable, Hashable, CustomStringConvertible {
    /// Problems collected before giving up.
    package static let limit = 20

    /// One thing that is wrong.
    package struct Problem: Sendable, Hashable {
        /// Which value.
        package var pointer: JSONPointer
        /// Where it is in the file or body; nil when it did not come from text.
        package var position: SourcePosition?
        /// What is wrong, with the value, and what to write instead.
        package var message: String

        /// A problem.
        package init(pointer: JSONPointer, position: SourcePosition? = nil, message: String) {
            self.pointer = pointer
            self.position = position
            self.message = message
        }
    }

    /// File name, when there is one.
    package var file: String?
    /// At least one, in the order of the text.
    package var problems: [Problem]

    /// Problems of one input.
    package init(file: String? = nil, problems: [Problem]) {
        self.file = file
        self.problems = problems
    }

    /// The problem of a text that is no JSON.
    package init(file: String? = nil, _ error: JSONError) {
        let problem = Problem(pointer: error.pointer, position: error.position, message: error.message)
        self.init(file: file, problems: [problem])
    }

    /// The lines, one a problem.
    package var description: String { lines.joined(separator: "\n") }

    /// Each problem with its place: `portal.yaml:12:5: tasks[3]: click needs 'selector'; …`.
    package var lines: [String] { problems.map(line) }

    private func line(_ problem: Problem) -> String {
        let place = [file, problem.position.map(\.description)].compactMap(\.self).joined(separator: ":")
        let path = problem.pointer.scenarioPath
        return [place, path, problem.message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

extension JSONPointer {
    /// The way as people write it: `tasks[3].selector`.
    package var scenarioPath: String {
        var path = ""
        for component in components {
            if Int(component) != nil {
                path += "[\(component)]"
            } else {
                path += path.isEmpty ? component : ".\(component)"
            }
        }
        return path
    }
}

import Cryptography
import JSON
package import JobModel

/// Members of a resolved task, read strictly: what is there with the wrong type is `invalid_input`.
extension ToDo {
    /// A string that must be there.
    package func requiredString(_ member: String) throws(StepFailure) -> String {
        guard let text = try optionalString(member) else { throw invalid("needs '\(member)'") }
        return text
    }

    /// A string, or nil when the member is absent or null.
    package func optionalString(_ member: String) throws(StepFailure) -> String? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let text = value.string else { throw invalid("wants text in '\(member)', not \(value.typeName)") }
        return text
    }

    /// The type of a file, or nil when the member is absent or null.
    package func mediaType(_ member: String) throws(StepFailure) -> String? {
        guard let type = try optionalString(member) else { return nil }
        if let problem = MediaType.problem(with: type) {
            throw invalid("wants a media type such as text/csv in '\(member)': '\(type.prefix(60))' \(problem)")
        }
        return type
    }

    /// A whole number from 0, or nil when the member is absent or null.
    package func optionalCount(_ member: String) throws(StepFailure) -> Int? {
        guard let value = fields[member], !value.isNull else { return nil }
        guard let count = value.int, count >= 0 else { throw invalid("wants a number from 0 in '\(member)'") }
        return count
    }

    /// A boolean; false when the member is absent or null.
    package func flag(_ member: String) throws(StepFailure) -> Bool {
        guard let value = fields[member], !value.isNull else { return false }
        guard let flag = value.bool else { throw invalid("wants true or false in '\(member)', not \(value.typeName)") }
        return flag
    }

    /// One of the words of a type, or nil when the member is absent or null.
    package func word<Word: RawRepresentable & CaseIterable>(_ member: String) throws(StepFailure) -> Word?
    where Word.RawValue == String {
        guard let text = try optionalString(member) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw invalid("has '\(text)' in '\(member)'; use \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// The failure of a task that is filled in wrongly.
    package func invalid(_ problem: String) -> StepFailure {
        StepFailure(
            reason: .invalidInput,
            message: "The task '\(id)' (\(action.rawValue)) \(problem).",
            isRetryable: false
        )
    }

    /// What `write_file` writes: exactly one of `text`, `base64` and `content`.
    func fileContent() throws(StepFailure) -> (bytes: [UInt8], type: String) {
        let given = [text != nil, fields["base64"] != nil, fields["content"] != nil].filter { $0 }.count
        guard given == 1 else { throw invalid("needs exactly one of 'text', 'base64' and 'content'") }
        if let text { return (Array(text.utf8), "text/plain; charset=utf-8") }
        if let encoded = try optionalString("base64") {
            guard let bytes = try? Base64.decode(encoded) else { throw invalid("has no valid Base64 in 'base64'") }
            return (bytes, "application/octet-stream")
        }
        return ((fields["content"] ?? .null).serialized(.pretty) + [UInt8(ascii: "\n")], "application/json")
    }
}

import JSON
import JobModel

extension JSONObject {
    /// Refuses members nobody reads: a word mistyped must not be silently without effect.
    func refuseMembers(except known: Set<String>, at place: [String] = []) throws {
        for (name, _) in self where !known.contains(name) {
            throw Problem.member(
                JSONPointer(place + [name]),
                "is not known here\(Suggestion.phrase(for: name, among: known))"
            )
        }
    }

    /// A member that is true or false; false when it is not there.
    func flag(_ name: String) throws -> Bool {
        guard let value = self[name] else { return false }
        guard let flag = value.bool else { throw Problem.member(JSONPointer([name]), "must be true or false") }
        return flag
    }
}

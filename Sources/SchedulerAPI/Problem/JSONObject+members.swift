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

    /// What a member was, for whoever is told what it must be: `is "x"`, or `is missing`.
    func said(_ name: String) -> String {
        guard let text = self[name]?.text() else { return "is missing" }
        return text.count > 60 ? "is \(text.prefix(60))…" : "is \(text)"
    }

    /// The tenant that `tenant` names; nil when it is not there.
    func tenant() throws -> TenantID? {
        guard let value = self["tenant"] else { return nil }
        guard let tenant = value.string.flatMap(TenantID.init(checking:)) else {
            throw Problem.member(
                "/tenant",
                "must be a name of 1 to 100 bytes in composed Unicode (NFC), without control characters"
            )
        }
        return tenant
    }

    /// A member that is true or false; false when it is not there.
    func flag(_ name: String) throws -> Bool {
        guard let value = self[name] else { return false }
        guard let flag = value.bool else { throw Problem.member(JSONPointer([name]), "must be true or false") }
        return flag
    }
}

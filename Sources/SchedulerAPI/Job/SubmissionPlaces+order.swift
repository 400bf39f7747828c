import JSON
import JobScheduler

extension SubmissionPlaces {
    /// Where an order names values of variables: as slots of an intent, or as its variables.
    static func names(in order: JSONObject, at root: JSONPointer) -> [String: JSONPointer] {
        var places: [String: JSONPointer] = [:]
        for member in ["slots", "variables"] {
            for name in order[member]?.object?.keys ?? [] {
                places[name] = JSONPointer(root.components + [member, name])
            }
        }
        return places
    }
}

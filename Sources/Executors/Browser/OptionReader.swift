import JSON
import JobModel

/// Reads the members of one object of the scenario; what is wrong is `invalid_scenario` and named with its place.
struct OptionReader {
    let members: JSONObject
    private let place: String

    init(_ members: JSONObject, in place: String) {
        self.members = members
        self.place = place
    }

    func text(_ name: String) throws(StepFailure) -> String? {
        switch members[name] {
        case nil, .null: nil
        case .string(let text):
            // Templates are resolved before; one that is left names a secret there is none of.
            if text.contains("{{") {
                throw invalid(name, "resolved: what '\(text)' names does not exist")
            } else {
                text
            }
        case let value? where value.double != nil || value.bool != nil:
            String(decoding: value.serialized(), as: UTF8.self)
        default: throw invalid(name, "text")
        }
    }

    func flag(_ name: String) throws(StepFailure) -> Bool? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let flag = value.bool else { throw invalid(name, "true or false") }
        return flag
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(StepFailure) -> Int? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw invalid(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ name: String, _ range: ClosedRange<Double>) throws(StepFailure) -> Double? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let number = value.double, range.contains(number) else {
            throw invalid(name, "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws(StepFailure) -> Word?
    where Word.RawValue == String {
        guard let value = members[name], !value.isNull else { return nil }
        guard let word = value.string.flatMap(Word.init(rawValue:)) else {
            throw invalid(name, Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    func words<Word: RawRepresentable & CaseIterable>(_ name: String) throws(StepFailure) -> [Word]?
    where Word.RawValue == String {
        guard let value = members[name], !value.isNull else { return nil }
        var words: [Word] = []
        for element in value.array ?? [value] {
            guard let word = element.string.flatMap(Word.init(rawValue:)) else {
                throw invalid(name, "an array of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            words.append(word)
        }
        return words
    }

    func list(_ name: String) throws(StepFailure) -> [String]? {
        guard let value = members[name], !value.isNull else { return nil }
        let texts = (value.array ?? [value]).map(\.string)
        guard !texts.contains(nil) else { throw invalid(name, "text or an array of texts") }
        return texts.compactMap(\.self)
    }

    func texts(_ name: String) throws(StepFailure) -> [String: String]? {
        guard let object = try object(name) else { return nil }
        var texts: [String: String] = [:]
        for key in object.members.keys { texts[key] = try object.required(object.text(key), key) }
        return texts
    }

    func object(_ name: String) throws(StepFailure) -> OptionReader? {
        guard let value = members[name], !value.isNull else { return nil }
        guard let object = value.object else { throw invalid(name, "an object") }
        return OptionReader(object, in: "\(place).\(name)")
    }

    func required<T>(_ value: T?, _ name: String) throws(StepFailure) -> T {
        guard let value else { throw invalid(name, "given") }
        return value
    }

    func invalid(_ name: String, _ wanted: String) -> StepFailure {
        StepFailure(
            reason: .invalidScenario,
            message: "\(place).\(name) of the scenario must be \(wanted).",
            isRetryable: false
        )
    }
}

import HTTPSyntax
import JSON

extension ProblemCollector {
    /// Checks members against their forms, those that have one and are of the type their table says.
    mutating func check(
        members: JSONObject,
        against fields: [FieldSchema],
        forms: [String: MemberForm],
        at pointer: JSONPointer
    ) {
        for (name, value) in members {
            guard let form = forms[name], let field = fields.first(where: { $0.name == name }),
                field.type.accepts(value)
            else { continue }
            check(value, against: form, at: pointer.appending(name))
        }
    }

    /// Checks a value of the right type against its form, each part of it by itself.
    mutating func check(_ value: JSONValue, against form: MemberForm, at place: JSONPointer) {
        switch (form, value) {
        // `files` and `margin` are of any type: null is as if they were not there, or refused where they are needed.
        case (.margin, .null): return
        case (.margin, .object(let sides)): check(sides: sides, at: place)
        case (.mailHeaders, .object(let headers)): check(mailHeaders: headers, at: place)
        case (.headers, .object(let headers)): check(headers: headers, at: place)
        case (.receivers, .array), (.copies, .array), (.fileName, .array), (.uploads, .array):
            check(elements: value.array ?? [], against: form, at: place)
        default:
            if let problem = form.problem(with: value) { add(place, problem) }
        }
    }

    private mutating func check(elements: [JSONValue], against form: MemberForm, at place: JSONPointer) {
        if elements.isEmpty, form == .receivers { add(place, "is empty; give at least one mail address") }
        for (index, element) in elements.enumerated() {
            if let problem = form.problem(with: element) { add(place.appending(index), problem) }
        }
    }

    private mutating func check(sides: JSONObject, at place: JSONPointer) {
        let names = ["top", "right", "bottom", "left"]
        for (side, length) in sides {
            guard names.contains(side) else {
                let suggestion = Suggestion.phrase(for: side, among: names)
                let remedy = suggestion.isEmpty ? "; it has \(names.joined(separator: ", "))" : suggestion
                add(place.appending(side), "a margin has no side '\(side)'\(remedy)", atKey: true)
                continue
            }
            if let problem = MemberForm.length.problem(with: length) { add(place.appending(side), problem) }
        }
    }

    /// The fields a mail may have beside those of the service.
    private mutating func check(mailHeaders headers: JSONObject, at place: JSONPointer) {
        if headers.count > MailHeaderForm.most {
            add(place, "has \(headers.count) header fields; \(MailHeaderForm.most) are allowed")
        }
        for name in headers.keys {
            let shown = TaskReader.shown(.string(name))
            if !MailHeaderForm.isName(name) {
                add(
                    place.appending(name),
                    "\(shown) is no name of a header field of your own; begin it with x-, then letters, digits and '-'",
                    atKey: true
                )
            } else if name.lowercased() == MailHeaderForm.mark {
                add(
                    place.appending(name),
                    "\(shown) is the mark mails are found again by; take another name",
                    atKey: true
                )
            }
        }
    }

    private mutating func check(headers: JSONObject, at place: JSONPointer) {
        for name in headers.keys where !HTTPToken.isToken(name.utf8) {
            let shown = TaskReader.shown(.string(name))
            add(
                place.appending(name),
                "\(shown) is no name of a header field; write one such as Accept-Language",
                atKey: true
            )
        }
    }
}

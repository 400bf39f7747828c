import JSON

extension ScenarioReader {
    /// Holds `browser` and what is inside it against their tables.
    mutating func checkBrowser() {
        guard let browser = json["browser"]?.object else { return }
        problems.check(members: browser, against: ScenarioSchema.browser, at: "/browser", of: "browser")
        problems.check(
            members: browser,
            against: ScenarioSchema.browser,
            forms: MemberForm.forBrowser,
            at: "/browser"
        )
        let objects = [
            ("viewport", ScenarioSchema.viewport), ("geolocation", ScenarioSchema.geolocation),
            ("http_credentials", ScenarioSchema.httpCredentials), ("proxy", ScenarioSchema.proxy),
        ]
        for (name, fields) in objects {
            guard let members = browser[name]?.object else { continue }
            let place = JSONPointer(["browser", name])
            problems.check(members: members, against: fields, at: place, of: "browser.\(name)")
            let forms = MemberForm.forObjectsInBrowser[name] ?? [:]
            problems.check(members: members, against: fields, forms: forms, at: place)
        }
        checkGeolocation(browser["geolocation"])
        for name in ["trace", "recording"] { checkRecordingMode(browser[name], at: JSONPointer(["browser", name])) }
        checkRoutes(browser["routes"])
    }

    private mutating func checkGeolocation(_ value: JSONValue?) {
        for (name, range) in ScenarioSchema.geolocationBounds {
            guard let member = value?[name], let number = member.double else { continue }
            guard number < Double(range.lowerBound) || number > Double(range.upperBound) else { continue }
            problems.add(
                JSONPointer(["browser", "geolocation", name]),
                "must be from \(range.lowerBound) to \(range.upperBound), is \(TaskReader.shown(member))"
            )
        }
    }

    private mutating func checkRecordingMode(_ value: JSONValue?, at place: JSONPointer) {
        let modes = ScenarioSchema.recordingModes
        switch value {
        case nil, .null?, .bool?: return
        case .string(let text)? where modes.contains(text) || Template.isTemplate(text): return
        case let value?:
            let suggestion = Suggestion.phrase(for: value.string ?? "", among: modes)
            problems.add(
                place,
                "must be one of \(modes.joined(separator: ", ")), is \(TaskReader.shown(value))\(suggestion)"
            )
        }
    }

    private mutating func checkRoutes(_ value: JSONValue?) {
        guard let value else { return }
        guard let routes = value.array else {
            problems.add("/browser/routes", "must be an array of {url, fulfil | abort | modify}, is \(value.typeName)")
            return
        }
        for (index, value) in routes.enumerated() {
            let pointer = JSONPointer(["browser", "routes", String(index)])
            guard let route = value.object else {
                problems.add(pointer, "must be {url, fulfil | abort | modify}, is \(value.typeName)")
                continue
            }
            problems.check(members: route, against: ScenarioSchema.route, at: pointer, of: "a route")
            if ["fulfil", "abort", "modify"].filter({ route[$0] != nil }).count != 1 {
                problems.add(pointer, "a route needs exactly one of fulfil, abort and modify")
            }
            if let fulfil = route["fulfil"]?.object {
                let place = pointer.appending("fulfil")
                problems.check(members: fulfil, against: ScenarioSchema.fulfil, at: place, of: "fulfil")
                problems.check(
                    members: fulfil,
                    against: ScenarioSchema.fulfil,
                    forms: MemberForm.forFulfil,
                    at: place
                )
                if ["body", "json", "artifact"].filter({ fulfil[$0] != nil }).count > 1 {
                    problems.add(place, "has more than one of body, json and artifact")
                }
            }
            if let modify = route["modify"]?.object {
                let place = pointer.appending("modify")
                problems.check(members: modify, against: ScenarioSchema.modify, at: place, of: "modify")
                problems.check(members: modify, against: ScenarioSchema.modify, forms: MemberForm.forModify, at: place)
            }
        }
    }
}

import DomainNames
import JSON
import JobModel
import NetworkPolicy

/// Reads sections of a policy file and gathers what is wrong with them.
struct PolicyReader {
    private let document: JSONDocument
    private var problems: [InvalidInput.Problem] = []

    init(document: JSONDocument) { self.document = document }

    func check() throws(InvalidInput) {
        guard !problems.isEmpty else { return }
        throw InvalidInput(file: document.file, problems: problems)
    }

    mutating func problem(_ place: JSONPointer, _ message: String, atKey: Bool = false) {
        guard problems.count < InvalidInput.limit else { return }
        let position = atKey ? document.keyPosition(of: place) : document.position(of: place)
        problems.append(InvalidInput.Problem(pointer: place, position: position, message: message))
    }

    // MARK: A policy

    /// - Parameters:
    ///   - base: what holds for sections that are not there.
    ///   - network: what holds for members of `network` that are not there.
    ///   - isDefault: whether it holds for everybody, also before they are known.
    mutating func policy(
        _ value: JSONValue,
        at place: JSONPointer,
        over base: TenantPolicy,
        _ network: EgressPolicy,
        isDefault: Bool
    ) -> TenantPolicy {
        var policy = base
        let sections = ["actions", "scripts", "apps", "network", "requests", "mail", "upload", "download", "pii"]
        for (name, value) in members(value, at: place, sections) {
            let place = place.appending(name)
            switch name {
            case "actions":
                let members = members(value, at: place, ["deny", "allow"])
                policy.deniedActions = actions(members["deny"], at: place.appending("deny")) ?? []
                policy.allowedActions = actions(members["allow"], at: place.appending("allow"))
            case "scripts": policy.scripts = flag(value, at: place)
            case "apps": policy.apps = strings(value, at: place).map(Set.init)
            case "network": policy.network = self.network(value, at: place, over: network)
            case "requests":
                policy.requests = requests(value, at: place, base.requests.perAddress, isDefault: isDefault)
            case "mail":
                let members = members(value, at: place, ["domains", "maximum_recipients"])
                policy.mail = .init()
                policy.mail.domains = domains(members["domains"], at: place.appending("domains"))
                if let count = count(members["maximum_recipients"], at: place.appending("maximum_recipients")) {
                    policy.mail.maximumRecipients = count
                }
            case "upload": policy.upload = files(value, at: place)
            case "download": policy.download = files(value, at: place)
            case "pii": policy.personalData = personalData(value, at: place)
            default: continue
            }
        }
        return policy
    }

    private mutating func network(_ value: JSONValue, at place: JSONPointer, over base: EgressPolicy) -> EgressPolicy {
        var network = base
        let names = [
            "public", "loopback", "private", "open", "hosts", "block", "maximum_connections", "maximum_bytes",
        ]
        for (name, value) in members(value, at: place, names) {
            let place = place.appending(name)
            switch name {
            case "public": network.allowsPublic = flag(value, at: place) ?? network.allowsPublic
            case "loopback": network.allowsLoopback = flag(value, at: place) ?? network.allowsLoopback
            case "private": network.allowsPrivate = flag(value, at: place) ?? network.allowsPrivate
            case "open":
                network.openings = list(value, at: place, "host:port, such as 192.168.1.5:443 or portal.lan:*") {
                    Opening($0)
                }
            case "hosts": network.hosts = hosts(value, at: place)
            case "block": network.blockedHosts = hosts(value, at: place)
            case "maximum_connections":
                network.maximumConnections = count(value, at: place) ?? network.maximumConnections
            case "maximum_bytes": network.maximumBytes = count(value, at: place)
            default: continue
            }
        }
        return network
    }

    /// - Parameter perAddress: what holds for addresses when the section says nothing of them.
    private mutating func requests(
        _ value: JSONValue,
        at place: JSONPointer,
        _ perAddress: RateLimit?,
        isDefault: Bool
    ) -> TenantPolicy.Requests {
        var requests = TenantPolicy.Requests()
        let members = members(value, at: place, ["key", "tenant", "address"])
        requests.perKey = rate(members["key"], at: place.appending("key"))
        requests.perTenant = rate(members["tenant"], at: place.appending("tenant"))
        requests.perAddress = rate(members["address"], at: place.appending("address")) ?? perAddress
        if members["address"] != nil, !isDefault {
            problem(place.appending("address"), "counts before anybody is known: it can stand in 'default' only")
        }
        return requests
    }

    private mutating func rate(_ value: JSONValue?, at place: JSONPointer) -> RateLimit? {
        guard let value, !value.isNull else { return nil }
        let limit = value.string.flatMap { RateLimit($0) }
        if limit == nil { problem(place, "must be count/time, such as 600/1m, is \(value.text())") }
        return limit
    }

    private mutating func hosts(_ value: JSONValue, at place: JSONPointer) -> [HostPattern] {
        list(value, at: place, "a host, such as portal.example, *.portal.example or 10.1.0.0/16") { HostPattern($0) }
    }

    private mutating func domains(_ value: JSONValue?, at place: JSONPointer) -> [DomainPattern]? {
        guard let value else { return nil }
        return list(value, at: place, "a domain, such as kunde.example or *.kunde.example") { try? DomainPattern($0) }
    }

    private mutating func files(_ value: JSONValue, at place: JSONPointer) -> TenantPolicy.Files {
        var files = TenantPolicy.Files()
        let members = members(value, at: place, ["maximum_bytes", "maximum_files"])
        files.maximumBytes = count(members["maximum_bytes"], at: place.appending("maximum_bytes"))
        files.maximumFiles = count(members["maximum_files"], at: place.appending("maximum_files"))
        return files
    }

    private mutating func personalData(_ value: JSONValue, at place: JSONPointer) -> PersonalDataPolicy {
        var policy = PersonalDataPolicy()
        let members = members(value, at: place, ["threshold", "rules"])
        if let threshold = members["threshold"] {
            if let number = threshold.double, (0...1).contains(number) {
                policy.threshold = number
            } else {
                problem(place.appending("threshold"), "must be a number from 0 to 1")
            }
        }
        for (index, value) in (array(members["rules"], at: place.appending("rules")) ?? []).enumerated() {
            let place = place.appending("rules").appending(index)
            let members = self.members(value, at: place, ["kinds", "where", "action"])
            let kinds: Set<PersonalData.Kind>? = words(members["kinds"], at: place.appending("kinds"))
            let places: Set<PersonalDataPolicy.Place>? = words(members["where"], at: place.appending("where"))
            guard let word = members["action"]?.string, let action = PersonalDataPolicy.Action(rawValue: word) else {
                problem(place, "needs 'action': \(Self.choices(PersonalDataPolicy.Action.self))")
                continue
            }
            policy.rules.append(
                .init(
                    kinds: kinds ?? Set(PersonalData.Kind.allCases),
                    places: places ?? Set(PersonalDataPolicy.Place.allCases),
                    action: action
                )
            )
        }
        return policy
    }

    // MARK: Values

    /// The members of an object that have a known name; nothing for anything else.
    mutating func members(_ value: JSONValue, at place: JSONPointer, _ known: [String]) -> JSONObject {
        guard let object = object(value, at: place) else { return [:] }
        var members = JSONObject()
        for (name, value) in object {
            guard known.contains(name) else {
                let suggestion = Suggestion.phrase(for: name, among: known)
                let remedy = suggestion.isEmpty ? "; there are \(known.joined(separator: ", "))" : suggestion
                problem(place.appending(name), "is nothing a policy knows\(remedy)", atKey: true)
                continue
            }
            members[name] = value
        }
        return members
    }

    /// An object; nil when there is none.
    mutating func object(_ value: JSONValue?, at place: JSONPointer) -> JSONObject? {
        guard let value, !value.isNull else { return nil }
        guard let object = value.object else {
            problem(place, "must have members, is \(value.typeName)")
            return nil
        }
        return object
    }

    private mutating func array(_ value: JSONValue?, at place: JSONPointer) -> [JSONValue]? {
        guard let value, !value.isNull else { return nil }
        guard let array = value.array else {
            problem(place, "must be a list, is \(value.typeName)")
            return nil
        }
        return array
    }

    private mutating func flag(_ value: JSONValue, at place: JSONPointer) -> Bool? {
        if value.bool == nil { problem(place, "must be true or false, is \(value.typeName)") }
        return value.bool
    }

    private mutating func count(_ value: JSONValue?, at place: JSONPointer) -> Int? {
        guard let value, !value.isNull else { return nil }
        guard let count = value.int, count > 0 else {
            problem(place, "must be a whole number above 0")
            return nil
        }
        return count
    }

    private mutating func strings(_ value: JSONValue?, at place: JSONPointer) -> [String]? {
        value.map { list($0, at: place, "text") { $0 } }
    }

    private mutating func actions(_ value: JSONValue?, at place: JSONPointer) -> Set<String>? {
        guard let value else { return nil }
        let known = Set(Action.allCases.map(\.rawValue))
        return Set(list(value, at: place, "an action of docs/scenarios.md") { known.contains($0) ? $0 : nil })
    }

    private mutating func words<Word: RawRepresentable & CaseIterable & Hashable>(
        _ value: JSONValue?,
        at place: JSONPointer
    ) -> Set<Word>? where Word.RawValue == String {
        guard let value else { return nil }
        return Set(list(value, at: place, "one of \(Self.choices(Word.self))") { Word(rawValue: $0) })
    }

    private static func choices<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) -> String
    where Word.RawValue == String {
        Word.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// The elements of a list that can be read; the others are problems.
    private mutating func list<Element>(
        _ value: JSONValue,
        at place: JSONPointer,
        _ what: String,
        _ read: (String) -> Element?
    ) -> [Element] {
        var elements: [Element] = []
        for (index, value) in (array(value, at: place) ?? []).enumerated() {
            guard let text = value.string, let element = read(text) else {
                problem(place.appending(index), "'\(value.string ?? value.text())' is not \(what)")
                continue
            }
            elements.append(element)
        }
        return elements
    }
}

import JSON
package import JobModel
import YAML

/// The policies of every tenant, as `config/policies.yaml` says them.
package struct Policies: Sendable, Hashable {
    /// Of tenants with no section of their own.
    package var standard: TenantPolicy
    private var tenants: [String: TenantPolicy] = [:]

    /// What holds without a file.
    package init(standard: TenantPolicy = TenantPolicy()) { self.standard = standard }

    /// The policy of a tenant.
    package subscript(tenant: String) -> TenantPolicy { tenants[tenant] ?? standard }

    /// Tenants with a section of their own, sorted.
    package var tenantNames: [String] { tenants.keys.sorted() }

    /// Reads a file; a tenant's section takes the place of the default's section of that name.
    ///
    /// - Parameter base: what holds where the file says nothing.
    /// - Throws: `InvalidInput` with every problem, each with its line.
    package init(parsing bytes: [UInt8], file: String, base: TenantPolicy = TenantPolicy()) throws(InvalidInput) {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsingYAML: bytes, file: file)
        } catch {
            throw InvalidInput(
                file: file,
                problems: [.init(pointer: JSONPointer(), position: error.position, message: error.message)]
            )
        }
        var reader = PolicyReader(document: document)
        standard = base
        if document.value.isNull {
            // As a file is while it is being saved: taking it for no policy would open everything.
            reader.problem(JSONPointer(), "is empty; a file that adds nothing to the defaults says: version: 1")
        }
        for (name, value) in reader.members(document.value, at: JSONPointer(), ["version", "default", "tenants"]) {
            let place = JSONPointer([name])
            switch name {
            case "version":
                if value.int != 1 { reader.problem(place, "must be 1, the only version there is") }
            case "default": standard = reader.policy(value, at: place, over: base, base.network, isDefault: true)
            default: continue
            }
        }
        for (name, value) in reader.object(document.value["tenants"], at: JSONPointer(["tenants"])) ?? [:] {
            let place = JSONPointer(["tenants", name])
            tenants[name] = reader.policy(value, at: place, over: standard, base.network, isDefault: false)
        }
        try reader.check()
    }
}

import FoundationEssentials
import JobModel
import TestSupport
import Testing

@testable import JobWorker

/// Whether one tenant's secrets stay its own, however another names them.
@Suite struct TenantSecretsTests {
    @Test(arguments: ["acme__password", "acme-_password", "acme._password", "ACME__PASSWORD", "_password"])
    func `no name is the variable of another tenant`(name: String) {
        let source = EnvironmentSecrets(["CPA_SECRET_ACME__PASSWORD": "acme's", "CPA_SECRET_ACME___PASSWORD": "acme's"])
        for tenant: TenantID in [.default, "other", "acme_"] {
            #expect(source.secret(name, tenant: tenant) == nil, "\(tenant)")
        }
        #expect(source.secret("password", tenant: "acme") == "acme's", "the control: its own it has")
    }

    @Test(arguments: ["acme_east", "Acme-East", "acme.east", "acmé-east"])
    func `no tenant has the variables of one whose name is written alike`(tenant: TenantID) {
        let source = EnvironmentSecrets([
            "CPA_SECRET_ACME_EAST__PASSWORD": "east's", "CPA_SECRET_ACM__EAST__PASSWORD": "east's",
        ])
        #expect(source.secret("password", tenant: tenant) == nil)
        #expect(source.secret("password", tenant: "acme-east") == "east's", "the control: its own it has")
    }

    @Test func `no name is another tenant's line of the file`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/secrets"
            let made = FileManager.default.createFile(
                atPath: path,
                contents: Data("acme/password=acme's\nb/c/d=other's\n\tacme east/password =east's\n".utf8),
                attributes: [.posixPermissions: 0o600]
            )
            try #require(made)
            let source = SecretFile(path: path)
            #expect(try source.secret("acme/password", tenant: "other") == nil)
            #expect(try source.secret("c/d", tenant: "b") == nil)
            #expect(try source.secret("password", tenant: "acmeeast") == nil)
            #expect(try source.secret("password", tenant: "acme") == "acme's", "the control: its own it has")
            #expect(try source.secret("password", tenant: "acme east") == "east's", "the control: its own it has")
        }
    }
}

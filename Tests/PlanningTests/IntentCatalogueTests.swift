import FoundationEssentials
import JobModel
import TestSupport
import Testing

@testable import Planning

@Suite struct IntentCatalogueTests {
    private static func registry(_ name: String) -> String {
        """
        intents:
          - { name: \(name), summary: s, keywords: [go], scenario: plan.yaml }
        """
    }
    private static let scenario = "tasks: [{ action: goto, url: 'https://x/' }]"

    private func write(_ text: String, _ path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }

    @Test func `a changed file is read again; a broken one leaves the old and says why, with the line`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/intents.yaml"
            try write(Self.scenario, directory + "/plan.yaml")
            try write(Self.registry("first"), path)
            let catalogue = try await IntentCatalogue(path: path)
            #expect(try await catalogue.decide("go").best?.intent == "first")
            try write(Self.registry("second_one"), path)
            await catalogue.reloadIfChanged()
            #expect(try await catalogue.decide("go").best?.intent == "second_one")
            try write(Self.registry("third").replacing("keywords", with: "keyword"), path)
            await catalogue.reloadIfChanged()
            #expect(try await catalogue.decide("go").best?.intent == "second_one")
            #expect(catalogue.problem?.contains("intents.yaml:2:") == true, "\(catalogue.problem ?? "")")
            try write(Self.registry("fourth"), path)
            await catalogue.reloadIfChanged()
            #expect(try await catalogue.decide("go").best?.intent == "fourth")
            #expect(catalogue.problem == nil)
        }
    }

    @Test func `a scenario that breaks, or is mended, counts as a change`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/intents.yaml"
            try write(Self.scenario, directory + "/plan.yaml")
            try write(Self.registry("first"), path)
            let catalogue = try await IntentCatalogue(path: path)
            try write("tasks: []", directory + "/plan.yaml")
            await catalogue.reloadIfChanged()
            #expect(catalogue.problem?.contains("plan.yaml:1:8: tasks: is empty") == true)
            #expect(catalogue.registry.intents.count == 1)
            try write(Self.scenario, directory + "/plan.yaml")
            await catalogue.reloadIfChanged()
            #expect(catalogue.problem == nil)
        }
    }

    @Test func `a server does not start with a registry it cannot read`() async throws {
        await #expect(throws: InvalidInput.self) { try await IntentCatalogue(path: "/nowhere/intents.yaml") }
    }
}

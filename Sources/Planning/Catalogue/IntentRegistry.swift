import JSON
package import JobModel

/// The intents there are: `config/intents.yaml`, read and checked.
package struct IntentRegistry: Sendable {
    /// Intents a registry may have.
    package static let limit = 1_000

    /// In the order of the file: of equals the first counts.
    package let intents: [Intent]
    /// What a sentence must come to; below it is unknown.
    package let minimumConfidence: Double
    /// Scenario files it was read with.
    package let files: [String]

    init(intents: [Intent], minimumConfidence: Double, files: [String]) {
        self.intents = intents
        self.minimumConfidence = minimumConfidence
        self.files = files
    }

    /// No intents at all: everything is unknown.
    package static let empty = IntentRegistry(intents: [], minimumConfidence: 0.5, files: [])

    /// Reads a registry.
    ///
    /// - Parameters:
    ///   - bytes: YAML.
    ///   - file: its path, for messages; scenario files are named from its directory.
    ///   - read: gives the bytes of a scenario file, nil when there is none.
    /// - Throws: `InvalidInput` with file, line and column of up to 20 problems.
    package init(
        parsing bytes: [UInt8],
        file: String,
        read: @escaping (String) -> [UInt8]?
    ) throws(InvalidInput) {
        self = try IntentRegistryReader.registry(bytes, file: file, read: read)
    }

    /// The intent of that name.
    package func intent(_ name: String) -> Intent? { intents.first { $0.name == name } }
}

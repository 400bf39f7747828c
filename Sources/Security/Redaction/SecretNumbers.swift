import JSON

/// The secrets that are numbers, to be known where JSON has them without quotes.
struct SecretNumbers: Sendable {
    private var whole: Set<UInt64> = []
    /// Above 2^53 they are not told from their neighbours.
    private var decimals: Set<Double> = []

    init(_ secrets: some Sequence<String>) {
        for secret in secrets {
            if let number = Int64(secret) { whole.insert(number.magnitude) }
            if let number = Double(secret), number.isFinite { decimals.insert(number.magnitude) }
        }
    }

    /// Whether the number is a secret, whatever its sign; one of fewer than 4 digits is none.
    func contains(_ value: JSONValue) -> Bool {
        switch value {
        case .integer(let number):
            number.magnitude >= 1000
                && (whole.contains(number.magnitude)
                    || number.magnitude < 1 << 53 && decimals.contains(Double(number.magnitude)))
        case .number(let number): value.text().utf8.count >= 4 && decimals.contains(number.magnitude)
        case .null, .bool, .string, .array, .object: false
        }
    }
}

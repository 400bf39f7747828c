import JSON
import JobModel
import YAML

/// What is read and written again is read as the same value.
func fuzzJSON(_ input: [UInt8]) {
    guard let value = try? JSONValue(parsing: input) else { return }
    let again = try? JSONValue(parsing: value.serialized())
    require(again == value, "JSON survives writing and reading")
    _ = try? JSONDocument(parsing: input)
}

/// YAML is read into values that JSON can hold.
func fuzzYAML(_ input: [UInt8]) {
    guard let document = try? JSONDocument(parsingYAML: input) else { return }
    let again = try? JSONValue(parsing: document.value.serialized())
    require(again == document.value, "a YAML document survives as JSON")
}

/// A message that is accepted comes back from its wire form as it was.
func fuzzLAM(_ input: [UInt8]) {
    guard let message = try? LAMMessage(parsing: input) else { return }
    require((try? LAMMessage(json: message.json)) == message, "a message survives writing and reading")
}

/// Any text is a template or an error with a column in it.
func fuzzTemplate(_ input: [UInt8]) {
    guard let template = try? Template(parsing: String(decoding: input, as: UTF8.self)) else { return }
    require(template.isLiteral || !template.expressions.isEmpty, "a template has parts")
}

import CDP
import CDPProtocol
import JSON

/// The console of one page, from its events alone; bounded, the oldest go first.
///
/// Pure. Facts from `Runtime.consoleAPICalled`, `Runtime.exceptionThrown` and `Log.entryAdded`.
struct ConsoleLog {
    /// Messages kept of a page.
    static let limit = 200
    /// Characters kept of a message.
    static let textLimit = 8192

    static let subscriptions: Set<String> = [
        RuntimeDomain.ConsoleAPICalledEvent.method, RuntimeDomain.ExceptionThrownEvent.method,
        LogDomain.EntryAddedEvent.method,
    ]

    private(set) var messages: [ConsoleMessage] = []
    /// How many there were; a mark for who wants those after it.
    private(set) var count = 0
    /// How many of them are not kept any more.
    var dropped: Int { count - messages.count }

    mutating func apply(_ message: CDPEventMessage) {
        if let event = message.as(RuntimeDomain.ConsoleAPICalledEvent.self) {
            append(
                ConsoleMessage(
                    source: .console,
                    level: event.type.rawValue,
                    text: Self.text(event.args),
                    time: event.timestamp / 1000
                )
            )
        } else if let event = message.as(RuntimeDomain.ExceptionThrownEvent.self) {
            let details = event.exceptionDetails
            append(
                ConsoleMessage(
                    source: .exception,
                    level: "error",
                    text: details.exception.map { $0.description ?? Self.text($0) } ?? details.text,
                    url: details.url,
                    line: details.lineNumber + 1,
                    time: event.timestamp / 1000
                )
            )
        } else if let entry = message.as(LogDomain.EntryAddedEvent.self)?.entry {
            append(
                ConsoleMessage(
                    source: .browser,
                    level: entry.level.rawValue,
                    text: entry.text,
                    url: entry.url,
                    line: entry.lineNumber.map { $0 + 1 },
                    time: entry.timestamp / 1000
                )
            )
        }
    }

    private mutating func append(_ message: ConsoleMessage) {
        var message = message
        if message.text.utf8.count > Self.textLimit { message.text = String(message.text.prefix(Self.textLimit)) + "…" }
        messages.append(message)
        count += 1
        if messages.count > Self.limit { messages.removeFirst() }
    }

    /// Arguments as the console shows them, joined by spaces; styles (`%c`) are left out with their argument.
    static func text(_ arguments: [RuntimeDomain.RemoteObject]) -> String {
        guard let format = arguments.first?.value?.string, format.contains("%") else {
            return arguments.map(text).joined(separator: " ")
        }
        var rest = arguments.dropFirst()
        var result = ""
        var characters = format[...]
        while let character = characters.popFirst() {
            guard character == "%", let kind = characters.first else {
                result.append(character)
                continue
            }
            switch kind {
            case "%": result.append("%")
            case "c" where !rest.isEmpty: rest.removeFirst()
            case "s", "d", "i", "f", "o", "O":
                guard let argument = rest.popFirst() else {
                    result += "%\(kind)"
                    break
                }
                result += text(argument)
            default: result += "%\(kind)"
            }
            characters.removeFirst()
        }
        return ([result] + rest.map(text)).joined(separator: " ")
    }

    private static func text(_ object: RuntimeDomain.RemoteObject) -> String {
        if let text = object.value?.string { return text }
        if let special = object.unserializableValue { return special }
        if let value = object.value, object.objectID == nil {
            return String(decoding: value.serialized(), as: UTF8.self)
        }
        return object.description ?? object.type.rawValue
    }
}

#if canImport(Glibc)
    import Glibc
#endif

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The program's `main`: SwiftPM gives that of an executable this name. `CPA_FUZZ_TARGET` names the parser (tools/fuzz).
@_cdecl("cpa_fuzz_main")
func main(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { data, count in
        // Called by libFuzzer with each input, on its one thread; the memory is its own.
        chosen(Array(UnsafeBufferPointer(start: data, count: count)))
        return 0
    }
}

private let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "http": fuzzHTTP, "websocket": fuzzWebSocket, "json": fuzzJSON, "yaml": fuzzYAML, "lam": fuzzLAM,
    "template": fuzzTemplate, "address": fuzzAddress, "pii": fuzzPersonalData, "policies": fuzzPolicies,
    "redactor": fuzzRedactor,
]

private let chosen: @Sendable ([UInt8]) -> Void = {
    let name = getenv("CPA_FUZZ_TARGET").map { String(cString: $0) } ?? "http"
    guard let target = targets[name] else {
        fatalError("No fuzz target '\(name)': \(targets.keys.sorted().joined(separator: ", "))")
    }
    return target
}()

/// Stops the run when a property does not hold; libFuzzer then keeps the input.
func require(_ condition: Bool, _ property: StaticString) {
    precondition(condition, "Property violated: \(property)")
}

/// The input in the pieces that a network might deliver: the first byte says how long they are.
func pieces(of input: [UInt8]) -> (whole: [UInt8], pieces: [[UInt8]]) {
    guard let first = input.first else { return ([], []) }
    let whole = Array(input.dropFirst())
    let size = Int(first % 32) + 1
    let cut = stride(from: 0, to: whole.count, by: size).map { Array(whole[$0..<min($0 + size, whole.count)]) }
    return (whole, cut)
}

package import JSON

extension JSONDocument {
    /// Reads one YAML document into JSON values, with the place of each.
    ///
    /// Plain scalars follow the core schema of YAML 1.2: `yes`, `no`, `on`, `off` are text, there are no sexagesimal numbers
    /// and no dates. Whole numbers with leading zeros or more digits than 64 bits hold stay text, so that postcodes and
    /// account numbers keep every digit. Anchors and aliases work within `limits`; merge keys are refused.
    ///
    /// - Throws: `YAMLError` with file, line and column.
    package init(
        parsingYAML bytes: [UInt8],
        file: String? = nil,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLError) {
        self = try bytes.withUnsafeBufferPointer { buffer -> Result<JSONDocument, YAMLError> in
            do throws(YAMLError) {
                var composer = try YAMLComposer(buffer, file: file, limits: limits)
                return .success(try composer.document())
            } catch {
                return .failure(error)
            }
        }.get()
    }
}

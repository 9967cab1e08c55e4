import ObjectModel

/// The text of an object: a second scan, the finder of references and an upload agree with the first scan.
@_cdecl("LLVMFuzzerTestOneInput")
public func texts(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    var found: [ObjectID] = []
    let outcome = ReferenceFinder.find(in: bytes, into: &found)
    var scanner = ObjectScanner()
    guard let facts = try? scanner.scan(bytes) else { return 0 }
    require((try? scanner.scan(bytes)) == facts, "a scanner remembers")
    require(outcome == .needsScan || Set(found) == Set(facts.references), "finder and scanner disagree")
    _ = BlockDirectory.leadingID(of: bytes)
    for mask in masks { check(mask, bytes) }
    return 0
}

private let masks: [PropertyMask] = [.include(["id", "a"]), .exclude(["id", "a"])]

/// What a mask leaves is an object too.
private func check(_ mask: PropertyMask, _ bytes: UnsafeRawBufferPointer) {
    guard let text = try? mask.apply(to: bytes) else { return }
    text.withUnsafeBytes { text in
        var scanner = ObjectScanner()
        do {
            _ = try scanner.scan(text)
        } catch ObjectTextError.invalidID {
            return
        } catch {
            fatalError("a masked object is none: \(error)")
        }
    }
}

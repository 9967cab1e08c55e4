import Foundation
import GraphQL

/// A document: parsing and validation end, and agree with themselves.
@_cdecl("LLVMFuzzerTestOneInput")
public func graphql(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    let problems = schema.check(text).map(\.value)
    require(schema.check(text).map(\.value) == problems, "a check depends on the one before")
    _ = try? JSONReader.decode(Array(text.utf8), depthMax: GraphQLLimits().valueDepthMax)
    return 0
}

private let schema: Schema = {
    let file = URL(filePath: #filePath).appending(path: "../../../Tests/Conformance/graphql/schema.graphql")
    do {
        return try Schema([String(contentsOf: file.standardized, encoding: .utf8)])
    } catch {
        fatalError("the schema: \(error)")
    }
}()

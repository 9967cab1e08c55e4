/// Which objects of one window are wanted (Spec §8.13).
public struct NeedMessage: WireMessage {
    public static let type = FrameType.need
    /// Number of the window that it answers.
    public var window: UInt64
    /// Bit `i % 8` of byte `i / 8` stands for object `i` of the window. The last byte is not zero.
    public private(set) var bitmap: [UInt8]
    /// A block that a cut left unfinished. A hint (`RESUME-6`).
    public var unfinished: UnfinishedBlock?

    /// - Parameter needed: for each object of the window, in order, whether it is wanted.
    public init(window: UInt64, needed: some Collection<Bool>, unfinished: UnfinishedBlock? = nil) {
        precondition(needed.count <= Limits.offerWindowCountMax, "too many objects in one window")
        var bitmap = [UInt8](repeating: 0, count: (needed.count + 7) / 8)
        for (index, isNeeded) in needed.enumerated() where isNeeded { bitmap[index / 8] |= 1 << UInt8(index % 8) }
        while bitmap.last == 0 { bitmap.removeLast() }
        self.window = window
        self.bitmap = bitmap
        self.unfinished = unfinished
    }

    public init(decoding payload: RawSpan) throws(WireError) {
        self.window = 0
        self.bitmap = []
        var fields = FieldReader()
        while let field = try fields.next(in: payload) {
            switch field.tag {
            case 2: self.window = try field.varint(in: payload)
            case 4:
                self.bitmap = try field.bytes(in: payload, byteCountMax: Limits.offerWindowCountMax / 8)
                guard self.bitmap.last != 0 else { throw field.invalid }
            case 5: self.unfinished = try field.unfinishedBlock(in: payload)
            default: try field.skipUnknown()
            }
        }
    }

    public func encoded() -> [UInt8] {
        var fields = FieldWriter()
        fields.varint(2, self.window)
        fields.bytes(4, self.bitmap)
        if let unfinished { fields.unfinishedBlock(5, unfinished) }
        return fields.bytes
    }

    /// Whether object `index` of the window is wanted.
    public func needs(_ index: Int) -> Bool {
        index / 8 < self.bitmap.count && self.bitmap[index / 8] >> UInt8(index % 8) & 1 == 1
    }

    /// How many objects are wanted.
    public var neededCount: Int { self.bitmap.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// One more than the highest object that is wanted; 0 when none is.
    public var indexEnd: Int {
        guard let last = self.bitmap.last else { return 0 }
        return self.bitmap.count * 8 - last.leadingZeroBitCount
    }
}

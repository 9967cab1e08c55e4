// The first types of this target come with its first message.

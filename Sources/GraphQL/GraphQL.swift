// The engine lands here.

package local

// Keep sees to it that a directory does not outlive this process. Here nothing can, and a
// process that is ended leaves it behind.
func Keep(string) (release func()) { return func() {} }

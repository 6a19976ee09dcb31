/* An app extension: the system's NSExtensionMain is its entry point. */
__attribute__((used, noinline)) int refresh(int minutes) { return minutes * 60; }

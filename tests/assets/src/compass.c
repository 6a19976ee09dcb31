/* The framework's one function. */
__attribute__((visibility("default"))) int heading(int degrees) { return ((degrees % 360) + 360) % 360; }

/* A watch app, built for two architectures. */
int puts(const char *text);

int main(void) { return puts("watch"); }

/* An App Clip. */
int puts(const char *text);

int main(void) { return puts("clip"); }

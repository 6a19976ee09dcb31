/* The smallest app that has something to symbolicate. */
int puts(const char *text);

static int fade(int level) { return level > 1 ? level + fade(level - 1) : level; }

__attribute__((noinline)) int brightness(int nights) { return fade(nights) % 256; }

int main(int count, char **words) {
  (void)words;
  return brightness(count) > 0 ? puts("aurora") : 1;
}

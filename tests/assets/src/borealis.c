/* An app that needs a framework of its own. */
int heading(int degrees);
int puts(const char *text);

int main(int count, char **words) {
  (void)words;
  return heading(count * 90) == 0 ? puts("north") : puts("elsewhere");
}

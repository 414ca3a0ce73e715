/* Prints the system calls that the programs may make in their sandboxes, for
 * tests/e2e/test_calls.py: PROGRAM NAME WHERE, where "here" is what they make
 * whenever they run on this kind of machine. */
#include "daemon/calls.h"
#include "signer/calls.h"

#include <stdio.h>

/* In place of the other one's. */
#ifdef __x86_64__
#define OWN FILTER_AMD64
#else
#define OWN FILTER_ARM64
#endif

static const char *where_of(const struct filter_call *call)
{
  switch (call->where) {
  case FILTER_HERE:
    return "here";
  case FILTER_AMD64:
  case FILTER_ARM64:
    return call->where == OWN ? "here" : "elsewhere";
  case FILTER_RARE:
    break;
  }
  return "rare";
}

static void print(const char *program, const struct filter_call *calls, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    printf("%s %s %s\n", program, calls[i].name, where_of(&calls[i]));
  }
}

int main(void)
{
  size_t n;
  const struct filter_call *calls = calls_publisher(&n);

  print("onionbalance", calls, n);
  calls = calls_get(false, &n);
  print("child", calls, n);
  calls = calls_get(true, &n);
  print("listener", calls, n);
  return 0;
}
